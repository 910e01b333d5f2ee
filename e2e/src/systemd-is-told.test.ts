import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { DaemonProcess } from "./harness/daemon-process.ts";
import { backendTable, Folder, makeCertificates, startServer } from "./harness/pair.ts";
import { needs } from "./harness/programs.ts";

/** What arrives at a unix datagram socket, which Node does not have. */
class Supervisor implements AsyncDisposable {
  readonly socket: string;
  readonly #child;
  #said = "";
  #heard = Promise.withResolvers<void>();

  constructor(socket: string) {
    this.socket = socket;
    this.#child = spawn("nc", ["-lkuU", socket], { stdio: ["ignore", "pipe", "inherit"] });
    this.#child.stdout.on("data", (chunk: Buffer) => {
      this.#said += chunk;
      this.#heard.resolve();
      this.#heard = Promise.withResolvers();
    });
  }

  async hears(wanted: string): Promise<void> {
    const signal = AbortSignal.timeout(20_000);
    const late = new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () =>
        reject(new Error(`no ${wanted} in ${JSON.stringify(this.#said)}`)),
      ),
    );
    while (!this.#said.includes(wanted)) await Promise.race([this.#heard.promise, late]);
    late.catch(() => undefined);
  }

  async bound(): Promise<void> {
    while (!existsSync(this.socket)) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
  }
}

test("READY, STATUS, RELOADING and STOPPING reach the supervisor's socket", {
  skip: needs("nc", "systemd-notify"),
}, async () => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  await using supervisor = new Supervisor(folder.file("notify"));
  await supervisor.bound();
  const server = await startServer(folder);
  await using _ = server.process;
  const file = await folder.write(
    "client.toml",
    `listen_address = "127.0.0.1:0"\nmetric_address = "off"\n${backendTable("local", server.address)}`,
  );
  await using client = new DaemonProcess(["client", "-c", file], {
    env: { NOTIFY_SOCKET: supervisor.socket },
  });
  await supervisor.hears("READY=1");
  await supervisor.hears("STATUS=1 of 1 backends up");
  client.kill("SIGHUP");
  await supervisor.hears("RELOADING=1");
  await client.line((line) => line.msg === "reloaded", "reloaded");
  client.kill("SIGTERM");
  await supervisor.hears("STOPPING=1");
  assert.equal(await client.exit(), 0);
});
