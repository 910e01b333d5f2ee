import { fileURLToPath } from "node:url";
import { heapFlags } from "octoproxy/heap-flags";
import { askAdmin } from "../harness/admin.ts";
import { DaemonProcess, type LogLine } from "../harness/daemon-process.ts";
import { askProbe } from "./ask-probe.ts";
import { type Inside, probeVariable } from "./probe.ts";
import { type ProcessFacts, processFacts } from "./process-facts.ts";

const command = fileURLToPath(new URL("../../../packages/octoproxy/bin/octoproxy.js", import.meta.url));
const probe = new URL("./probe.js", import.meta.url).href;

/** A daemon as users run it, but for the probe that is loaded beside its code. */
export class SoakDaemon implements AsyncDisposable {
  readonly name: string;
  readonly process: DaemonProcess;
  readonly #probePath: string;
  #admin = "";

  constructor(name: string, role: "client" | "server", file: string) {
    this.name = name;
    this.#probePath = `${file}.probe`;
    this.process = new DaemonProcess([role, "-c", file], {
      // With the flags that the command gives itself, so that it need not begin anew.
      detached: true,
      program: [process.execPath, ...heapFlags, "--import", probe, command],
      env: { OCTOPROXY_LOG: "info", [probeVariable]: this.#probePath },
    });
  }

  /** The address of a listener. */
  async ready(protocol: string): Promise<string> {
    this.#admin = await this.process.listening("admin");
    return await this.process.listening(protocol);
  }

  get admin(): string {
    return this.#admin;
  }

  get facts(): ProcessFacts {
    return processFacts(this.process.pid);
  }

  inside(): Promise<Inside> {
    return askProbe(this.#probePath);
  }

  async shiftClock(ms: number): Promise<void> {
    await askProbe(this.#probePath, { shiftMs: ms });
  }

  async writeSnapshot(file: string): Promise<void> {
    await askProbe(this.#probePath, { snapshot: file });
  }

  async metrics(): Promise<string> {
    return (await askAdmin(this.#admin, "/metrics")).text;
  }

  /** The lines since the last time, which it forgets. */
  takeLines(): readonly LogLine[] {
    return this.process.lines.splice(0);
  }

  /** What it wrote that is no line of the log. */
  takeWords(): readonly string[] {
    return this.process.words.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}
