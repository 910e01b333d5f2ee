import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { SubjectAsk, SubjectReport } from "./subject-messages.ts";
import type { CertificateFiles, TestCertificates } from "./test-certificates.ts";

type Report<T extends SubjectReport["type"]> = Extract<SubjectReport, { type: T }>;

/** A process of its own that is attacked, so that its memory is its own and a crash is seen. */
export class SubjectProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, ((report: SubjectReport) => void)[]>();
  /** Ends of connections, in the order in which they came. */
  readonly closed: Report<"closed">[] = [];
  /** What the process said when it broke; must stay empty. */
  readonly crashes: string[] = [];
  port = 0;

  private constructor(
    role: "server" | "client",
    ca: string,
    files: CertificateFiles,
    ports: readonly number[],
  ) {
    this.#child = fork(
      fileURLToPath(new URL("./subject.js", import.meta.url)),
      [role, ca, files.cert, files.key, ...ports.map(String)],
      { execArgv: ["--expose-gc", "--max-semi-space-size=2"] },
    );
    this.#child.on("message", (report: SubjectReport) => {
      if (report.type === "closed") this.closed.push(report);
      if (report.type === "crashed") this.crashes.push(report.words);
      for (const resolve of this.#waiting.get(report.type)?.splice(0) ?? []) resolve(report);
    });
    this.#child.once("exit", (status, signal) => {
      if (status !== null && status !== 0) this.crashes.push(`it exited with ${status}`);
      if (status === null && signal !== "SIGKILL") this.crashes.push(`it was ended by ${signal}`);
      for (const waiting of this.#waiting.values()) {
        for (const resolve of waiting.splice(0)) resolve({ type: "crashed", words: "gone" });
      }
    });
  }

  static async server(certificates: TestCertificates): Promise<SubjectProcess> {
    const subject = new SubjectProcess("server", certificates.ca, certificates.server, []);
    subject.port = (await subject.next("listening")).port;
    return subject;
  }

  /** A client with one connection to a server that behaves; `go` makes it connect to the hostile one. */
  static async client(
    certificates: TestCertificates,
    hostilePort: number,
    siblingPort: number,
  ): Promise<SubjectProcess> {
    const ports = [hostilePort, siblingPort];
    const subject = new SubjectProcess("client", certificates.ca, certificates.client, ports);
    await subject.next("listening");
    return subject;
  }

  /** The next report of that type. */
  async next<T extends SubjectReport["type"]>(type: T): Promise<Report<T>> {
    if (this.#child.exitCode !== null) throw new Error(`the process is gone: ${this.crashes.join("\n")}`);
    const { promise, resolve } = Promise.withResolvers<SubjectReport>();
    const waiting = this.#waiting.get(type) ?? [];
    waiting.push(resolve);
    this.#waiting.set(type, waiting);
    const report = await promise;
    if (report.type !== type) throw new Error(`the process is gone: ${this.crashes.join("\n")}`);
    return report as Report<T>;
  }

  ask(ask: SubjectAsk): void {
    this.#child.send(ask);
  }

  /** @param fresh collect garbage and start a new peak. */
  async memory(fresh: boolean): Promise<Report<"memory">> {
    this.ask({ type: "memory", fresh });
    return this.next("memory");
  }

  /** A tunnel of the connection to the server that behaves goes there and back. */
  async siblingAnswers(): Promise<void> {
    this.ask({ type: "sibling" });
    await this.next("sibling");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}
