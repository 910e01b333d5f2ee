import type { Duplex } from "node:stream";
import type { ListenerHandlers, PeerIdentity } from "../transport.ts";
import { Http2Connection, type PipedProtocol } from "./connection.ts";
import { DialectServerRole } from "./dialect-server-role.ts";
import type { Http2Settings } from "./http2-settings.ts";
import { ServerRole } from "./server-role.ts";
import { maxStreamId } from "./wire-constants.ts";

/** How long the first step of a drain waits for the client's answer before the second. */
const drainStepMs = 1_000;

/** The server's side of a connection. Made by the listener, once the client's certificate was judged. */
export class Http2ServerConnection extends Http2Connection {
  constructor(
    socket: Duplex,
    settings: Http2Settings,
    peer: PeerIdentity,
    remoteAddress: string,
    protocol?: PipedProtocol,
  ) {
    super("server", socket, settings, peer, remoteAddress, protocol);
  }

  /** Starts to read; tunnels go to `handler`. `dialect`: the client is one of the Rust original. */
  serve(handler: ListenerHandlers["tunnel"], dialect = false): void {
    const Role = dialect ? DialectServerRole : ServerRole;
    this.core.role = new Role(this.core, this, handler);
    this.start();
  }

  /**
   * Two steps (RFC 9113 section 6.8): first a GOAWAY that promises everything, so that the client opens nothing new;
   * then, when all that was under way must have arrived, the one that names the last stream.
   */
  protected override sayGoaway(): Promise<void> {
    this.core.goaway(maxStreamId);
    return new Promise((resolve) => {
      this.core.now = performance.now();
      const number = this.core.ping(() => {
        clearTimeout(timer);
        this.core.lastServed = this.core.table.lastId;
        this.core.goaway(this.core.lastServed);
        resolve();
      });
      const timer = setTimeout(() => this.core.pings.acknowledge(number, performance.now()), drainStepMs);
    });
  }
}
