import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { userInfo } from "node:os";
import { freePort } from "@octoproxy/lib/testing/free-port";
import { startAnsweringOrigin } from "../harness/answering-origin.ts";
import { onEachTransport } from "../harness/on-each-transport.ts";
import type { Folder } from "../harness/pair.ts";
import { needs, run } from "../harness/programs.ts";

onEachTransport("nc, by SOCKS5, SOCKS4 and CONNECT", { skip: needs("nc") }, async (pair) => {
  await using origin = await startAnsweringOrigin(async (peer) => {
    await peer.take(/\n/);
    peer.send(peer.all.toUpperCase()).end();
  });
  const [host, port] = origin.address.split(":") as [string, string];
  for (const way of ["5", "4", "connect"]) {
    const outcome = await run("nc", ["-X", way, "-x", pair.proxy, host, port], { input: "it works\n" });
    assert.deepEqual([outcome.status, outcome.stdout.toString()], [0, "IT WORKS\n"], outcome.stderr);
  }
});

/** An sshd for the one who runs the test, with keys of its own. @returns the port. */
const startSshd = async (folder: Folder, stack: AsyncDisposableStack): Promise<number> => {
  for (const name of ["host", "user"]) {
    const made = await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder.file(name)]);
    assert.equal(made.status, 0, made.stderr);
  }
  const port = await freePort();
  const lines = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${folder.file("host")}`,
    `AuthorizedKeysFile ${folder.file("user.pub")}`,
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "PidFile none",
  ];
  const config = await folder.write("sshd_config", `${lines.join("\n")}\n`);
  await run("mkdir", ["-p", "/run/sshd"]); // its service would make it
  const sshd = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
  stack.defer(async () => {
    sshd.kill();
    if (sshd.exitCode === null) await once(sshd, "exit");
  });
  let said = "";
  for await (const chunk of sshd.stderr) {
    said += chunk;
    if (said.includes("Server listening")) break;
  }
  assert.match(said, /Server listening/);
  return port;
};

onEachTransport(
  "ssh, with nc as its ProxyCommand",
  { skip: needs("ssh", "nc", "/usr/sbin/sshd") },
  async (pair) => {
    await using stack = new AsyncDisposableStack();
    const port = await startSshd(pair.folder, stack);
    const options = [
      `ProxyCommand=nc -X 5 -x ${pair.proxy} %h %p`,
      "BatchMode=yes",
      "StrictHostKeyChecking=accept-new",
      `UserKnownHostsFile=${pair.folder.file("known_hosts")}`,
      `IdentityFile=${pair.folder.file("user")}`,
    ].flatMap((option) => ["-o", option]);
    const input = "octoproxy ".repeat(100_000);
    const command = [
      "-F",
      "none",
      ...options,
      "-p",
      String(port),
      `${userInfo().username}@127.0.0.1`,
      "cat; exit 7",
    ];
    const outcome = await run("ssh", command, { input });
    assert.equal(outcome.status, 7, outcome.stderr);
    assert.equal(outcome.stdout.toString(), input);
    const target = `127.0.0.1:${port}`;
    await pair.client.line(
      (line) => line.msg === "tunnel" && line.target === target && line.door === "socks5",
      target,
    );
  },
);
