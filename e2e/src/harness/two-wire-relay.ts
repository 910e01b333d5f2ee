import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { hostAndPort } from "./raw-tunnel.ts";

/**
 * Stands before a server with TCP and UDP on one port, as the network between: UDP can be blocked like a firewall does,
 * in silence, and clients can be made to come from other ports, as a NAT does.
 */
export class TwoWireRelay implements AsyncDisposable {
  readonly #tcp: Server;
  readonly #udp: UdpSocket;
  readonly #server: { host: string; port: number };
  readonly #sockets = new Set<Socket>();
  /** Towards the server, one for each client's port. */
  readonly #backs = new Map<number, UdpSocket>();
  udpBlocked = false;
  /** Datagrams that were let through from clients. */
  passed = 0;

  private constructor(tcp: Server, udp: UdpSocket, server: string) {
    this.#tcp = tcp;
    this.#udp = udp;
    this.#server = hostAndPort(server);
    tcp.on("connection", (socket) => this.#pipe(socket));
    udp.on("message", (data, { port }) => this.#toServer(data, port));
  }

  /** @param server `127.0.0.1:port`. */
  static async start(server: string): Promise<TwoWireRelay> {
    for (;;) {
      const tcp = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, "127.0.0.1");
      await once(tcp, "listening");
      const udp = udpSocket();
      try {
        udp.bind((tcp.address() as AddressInfo).port, "127.0.0.1");
        await once(udp, "listening");
        return new TwoWireRelay(tcp, udp, server);
      } catch {
        // Somebody else has that port for UDP.
        tcp.close();
      }
    }
  }

  get address(): string {
    return `127.0.0.1:${(this.#tcp.address() as AddressInfo).port}`;
  }

  /** The clients' datagrams come from other ports from now on. */
  rebind(): void {
    for (const back of this.#backs.values()) back.close();
    this.#backs.clear();
  }

  #pipe(socket: Socket): void {
    const back = connect({ ...this.#server, allowHalfOpen: true, noDelay: true });
    for (const [one, other] of [
      [socket, back],
      [back, socket],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }

  #toServer(data: Buffer, client: number): void {
    if (this.udpBlocked) return;
    this.passed++;
    let back = this.#backs.get(client);
    if (back === undefined) {
      back = udpSocket();
      back.on("message", (answer) => {
        if (!this.udpBlocked) this.#udp.send(answer, client, "127.0.0.1", ignore);
      });
      this.#backs.set(client, back);
    }
    back.send(data, this.#server.port, this.#server.host, ignore);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#tcp.close();
    this.#udp.close();
    this.rebind();
  }
}

const buffer = 4 * 2 ** 20;

const udpSocket = (): UdpSocket =>
  createSocket({ type: "udp4", recvBufferSize: buffer, sendBufferSize: buffer });

const ignore = (): void => {};
