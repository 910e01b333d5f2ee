import { execFile } from "node:child_process";

/** Hands assignments, `READY=1`, to whoever supervises the service. Resolves when that is done, or has failed. */
export type SendToSupervisor = (assignments: readonly string[]) => Promise<void>;

/**
 * Tells systemd how a daemon is (`Type=notify`). Node has no unix datagram sockets, so `systemd-notify` speaks for it,
 * which needs `NotifyAccess=all`. Messages go one after the other; of states that wait only the last is sent.
 */
export class ServiceNotify {
  readonly #send: SendToSupervisor;
  #sending: Promise<void> = Promise.resolve();
  #status: string | undefined;

  constructor(send: SendToSupervisor) {
    this.#send = send;
  }

  ready(): void {
    this.#say(["READY=1"]);
  }

  reloading(): void {
    this.#say(["RELOADING=1"]);
  }

  stopping(): void {
    this.#say(["STOPPING=1"]);
  }

  /** @param text one line, which `systemctl status` shows. */
  status(text: string): void {
    const waits = this.#status !== undefined;
    this.#status = text;
    if (waits) return;
    this.#sending = this.#sending.then(() => {
      const latest = this.#status;
      this.#status = undefined;
      return this.#send([`STATUS=${latest}`]);
    });
  }

  /** Resolves when everything was said. */
  get said(): Promise<void> {
    return this.#sending;
  }

  #say(assignments: readonly string[]): void {
    this.#sending = this.#sending.then(() => this.#send(assignments));
  }
}

/** Longest wait for `systemd-notify`. */
const patienceMs = 5000;

/** The supervisor of this process, where there is one; else nobody is told anything. */
export const supervisorOf = (env: NodeJS.ProcessEnv): ServiceNotify =>
  new ServiceNotify(
    env.NOTIFY_SOCKET === undefined ? async () => undefined : notifyThrough("systemd-notify"),
  );

const notifyThrough =
  (program: string): SendToSupervisor =>
  (assignments) =>
    new Promise((resolve) => {
      // Who is not heard goes on: systemd itself gives up on a service that is never ready.
      execFile(program, [...assignments], { timeout: patienceMs }, () => resolve());
    });
