import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { freePort } from "@octoproxy/lib/testing/free-port";
import { builtBinary, repository, runScript } from "./harness/binary.ts";
import { DaemonProcess } from "./harness/daemon-process.ts";
import { Folder, octoproxy } from "./harness/pair.ts";
import { needs, run } from "./harness/programs.ts";

const reason =
  process.getuid?.() === 0
    ? needs("chroot", "ldd", "mount", "unshare")
    : process.env.OCTOPROXY_NO_SKIP === undefined && "chroot needs root";

describe("the container's file system", { skip: reason }, () => {
  before(async () => {
    await builtBinary();
    await runScript("build-image-root");
  });

  test("serves and is healthy, read-only and not as root, with a small writable /tmp", async () => {
    await using folder = await Folder.make();
    const port = await freePort();
    const made = await octoproxy(["init", folder.file("set"), "--server-listen", `127.0.0.1:${port}`]);
    assert.equal(made.status, 0, made.stderr);
    const image = join(repository, "dist/image");
    // A mount namespace of its own: the set where a container has it, the rest read-only. Nothing of it stays.
    const inside = (command: string): string[] => [
      "--mount",
      "sh",
      "-ec",
      `mkdir -p "${folder.file("root")}"; mount --bind "${image}" "${folder.file("root")}"
mount -o remount,bind,ro "${folder.file("root")}"
mount --bind "${folder.file("set")}" "${folder.file("root")}/etc/octoproxy"
mount -t tmpfs -o size=8m,mode=1777 tmpfs "${folder.file("root")}/tmp"
exec chroot --userspec=65534:65534 "${folder.file("root")}" /octoproxy ${command}`,
    ];
    await run("chown", ["-R", "65534:65534", folder.path]);
    const bare = { PATH: process.env.PATH ?? "" };
    await using server = new DaemonProcess(inside("server -c /etc/octoproxy/server.toml"), {
      program: ["unshare"],
      env: bare,
      onlyEnv: true,
    });
    await server.listening("http2");
    await server.listening("quic");
    const healthy = await run("unshare", inside("healthcheck -c /etc/octoproxy/server.toml"), { env: bare });
    assert.equal(healthy.status, 0, healthy.stderr);
    server.kill("SIGTERM");
    assert.equal(await server.exit(), 0);
  });

  test("buildah makes the image without a network, and what it starts serves", {
    skip: needs("buildah"),
  }, async () => {
    await using folder = await Folder.make();
    const env = { PATH: process.env.PATH ?? "", HOME: folder.path };
    const storage = [
      "--root",
      folder.file("root"),
      "--runroot",
      folder.file("run"),
      "--storage-driver",
      "vfs",
    ];
    const buildah = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await run("buildah", [...storage, ...args], {
        cwd: repository,
        env,
      });
      assert.equal(status, 0, `${args.join(" ")}: ${stderr}`);
      return stdout.toString();
    };
    // `chroot` asks least of the machine; the docker format has the health check.
    const chroot = ["--isolation", "chroot"];
    await buildah("build", ...chroot, "--pull-never", "--format", "docker", "--tag", "octoproxy", ".");
    const image = JSON.parse(await buildah("inspect", "--type", "image", "octoproxy"));
    const { User, Entrypoint, Healthcheck } = image.Docker.config;
    assert.deepEqual([User, Entrypoint], ["65534:65534", ["/octoproxy"]]);
    assert.deepEqual(Healthcheck.Test.slice(0, 3), ["CMD", "/octoproxy", "healthcheck"]);

    const port = await freePort();
    await octoproxy(["init", folder.file("set"), "--server-listen", `127.0.0.1:${port}`]);
    await run("chown", ["-R", "65534:65534", folder.file("set")]);
    await buildah("from", "--pull-never", "--name", "one", "localhost/octoproxy");
    const inside = (...args: string[]): string[] => [
      "run",
      ...chroot,
      ...["--volume", `${folder.file("set")}:/etc/octoproxy:ro`],
      ...["one", "--", "/octoproxy", ...args],
    ];
    await using server = new DaemonProcess(
      [...storage, ...inside("server", "-c", "/etc/octoproxy/server.toml")],
      { program: ["buildah"], env, onlyEnv: true, cwd: repository },
    );
    await server.listening("http2");
    await server.listening("quic");
    await buildah(...inside(...Healthcheck.Test.slice(2)));
    // Its way to isolate ends what it started with it, at once.
    server.kill("SIGTERM");
    await server.exit();
  });
});
