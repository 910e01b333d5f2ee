import type { ProxyError } from "../../../error/proxy-error.ts";
import type { Connection, IncomingTunnel } from "../../transport.ts";
import { ClientRole } from "../client-role.ts";
import { Http2Core } from "../core.ts";
import type { CoreHost } from "../core-contract.ts";
import { defaultHttp2Settings, type Http2Settings } from "../http2-settings.ts";
import { ServerRole } from "../server-role.ts";

/** A core without a socket: what it would send is taken by hand, and time stands still unless it is set. */
export class BareSide implements CoreHost {
  readonly core: Http2Core;
  readonly client: ClientRole | undefined;
  readonly tunnels: IncomingTunnel[] = [];
  onTunnel: ((tunnel: IncomingTunnel) => void) | undefined;
  isReady = false;
  farewell: { code: number; words: string } | undefined;
  failure: ProxyError | undefined;
  now = 1;
  #tickedAt = 1;

  constructor(role: "client" | "server", settings: Partial<Http2Settings> = {}) {
    this.core = new Http2Core(
      role,
      { ...defaultHttp2Settings, maxKept: Number.POSITIVE_INFINITY, ...settings },
      this,
    );
    if (role === "client") {
      this.client = new ClientRole(this.core);
      this.core.role = this.client;
    } else {
      this.core.role = new ServerRole(this.core, {} as Connection, (tunnel) => this.incoming(tunnel));
    }
  }

  /** Starts; for a role other than the usual one set `core.role` before. */
  start(): this {
    this.core.start(this.now);
    return this;
  }

  incoming(tunnel: IncomingTunnel): void {
    this.tunnels.push(tunnel);
    this.onTunnel?.(tunnel);
  }

  receive(bytes: Uint8Array): void {
    this.core.receive(bytes, this.now);
  }

  /** Time passes up to `now`, looked at twice a second as by the clock of connections. */
  tickUntil(now: number): void {
    while (this.#tickedAt < now) {
      this.#tickedAt = Math.min(this.#tickedAt + 500, now);
      this.core.tick(this.#tickedAt);
    }
  }

  /** Everything that is to be sent now. */
  take(): Buffer {
    const parts: Buffer[] = [];
    for (;;) {
      this.core.sender.fill();
      const out = this.core.sender.output;
      if (out.length === 0) return Buffer.concat(parts);
      parts.push(Buffer.from(out.bytes.subarray(0, out.length)));
      out.clear();
    }
  }

  wake(): void {}

  ready(): void {
    this.isReady = true;
  }

  goaway(code: number, words: string): void {
    this.farewell = { code, words };
  }

  fail(error: ProxyError): void {
    this.failure = error;
  }

  streamDone(): void {}
}

/** Carries bytes both ways until nobody has anything to say. */
export const settle = (one: BareSide, other: BareSide): void => {
  for (;;) {
    const there = one.take();
    other.receive(there);
    const back = other.take();
    one.receive(back);
    if (there.length === 0 && back.length === 0) return;
  }
};
