import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

export interface OvertakingRoad {
  readonly delayMs: number;
  /** Of those that overtake: each one in `every`. */
  readonly overtakingMs: number;
  readonly every: number;
}

/** A wire between clients and one server that can be cut: datagrams just stop, as with a pulled plug. */
export class UdpRelay {
  #server: number;
  readonly #front: Socket;
  /** Towards the server, one socket for each client. */
  readonly #backs = new Map<number, Socket>();
  #cut = false;
  #road: OvertakingRoad | undefined;
  #carried = 0;
  #isOpen = true;
  #passed = Promise.withResolvers<"passed">();

  private constructor(front: Socket, server: number) {
    this.#front = front;
    this.#server = server;
    front.on("message", (data, { port }) => this.#toServer(data, port));
  }

  /** @param server `127.0.0.1:port`. */
  static async start(server: string): Promise<UdpRelay> {
    const front = udpSocket();
    front.bind(0, "127.0.0.1");
    await once(front, "listening");
    return new UdpRelay(front, Number(server.split(":")[1]));
  }

  get address(): string {
    return `127.0.0.1:${(this.#front.address() as AddressInfo).port}`;
  }

  /** Nothing passes any more for the clients that are known by now. */
  cut(): void {
    this.#cut = true;
  }

  /** Datagrams overtake from now on, both ways. */
  letOvertake(road: OvertakingRoad): void {
    this.#road = road;
  }

  /** The next datagram of a client goes through. */
  passed(): Promise<"passed"> {
    return this.#passed.promise;
  }

  /** Everything goes to another server from now on: what a restart on the same address looks like. */
  retarget(server: string): void {
    this.#server = Number(server.split(":")[1]);
  }

  /** The clients' datagrams come from other ports from now on: what a NAT does. */
  rebind(): void {
    for (const back of this.#backs.values()) back.close();
    this.#backs.clear();
  }

  close(): void {
    this.#isOpen = false;
    this.#front.close();
    this.rebind();
  }

  #toServer(data: Buffer, client: number): void {
    if (this.#cut) return;
    this.#passed.resolve("passed");
    this.#passed = Promise.withResolvers();
    let back = this.#backs.get(client);
    if (back === undefined) {
      back = udpSocket();
      back.on("message", (answer) => {
        if (!this.#cut) this.#carry(() => this.#front.send(answer, client, "127.0.0.1", ignore));
      });
      this.#backs.set(client, back);
    }
    const way = back;
    this.#carry(() => way.send(data, this.#server, "127.0.0.1", ignore));
  }

  #carry(send: () => void): void {
    if (this.#road === undefined) {
      send();
      return;
    }
    const { delayMs, overtakingMs, every } = this.#road;
    const waitMs = ++this.#carried % every === 0 ? overtakingMs : delayMs;
    setTimeout(() => this.#isOpen && send(), waitMs); // equal timers fire in order
  }
}

const buffer = 4 * 2 ** 20;

const udpSocket = (): Socket =>
  createSocket({ type: "udp4", recvBufferSize: buffer, sendBufferSize: buffer });

const ignore = (): void => {};
