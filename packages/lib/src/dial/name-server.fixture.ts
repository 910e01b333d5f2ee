import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";

export interface Zone {
  /** Addresses by name; an empty list is a name without addresses; a name that is not here does not exist. */
  [name: string]: readonly string[];
}

/** A name server on 127.0.0.1 for tests: answers A and AAAA (RFC 1035 section 4) from a table. */
export class TestNameServer implements AsyncDisposable {
  /** Questions in order, `name A` or `name AAAA`. */
  readonly questions: string[] = [];
  /** `name A`: questions that get no answer. */
  readonly silent = new Set<string>();
  ttl = 60;
  zone: Zone;
  readonly #socket: Socket;

  static async start(zone: Zone): Promise<TestNameServer> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new TestNameServer(zone, socket);
  }

  private constructor(zone: Zone, socket: Socket) {
    this.zone = zone;
    this.#socket = socket;
    socket.on("message", (message, from) => this.#answer(message, from));
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }

  #answer(message: Buffer, from: RemoteInfo): void {
    const labels: string[] = [];
    let at = 12;
    for (let length = message[at]!; length > 0; length = message[at]!) {
      labels.push(message.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
    const name = labels.join(".").toLowerCase();
    const type = message.readUInt16BE(at + 1);
    const question = message.subarray(12, at + 5);
    const key = `${name} ${type === 28 ? "AAAA" : "A"}`;
    this.questions.push(key);
    if (this.silent.has(key)) return;
    const addresses = this.zone[name]?.filter((address) => isIPv6(address) === (type === 28));
    const header = Buffer.alloc(12);
    message.copy(header, 0, 0, 2);
    // Response, recursion desired and available; NXDOMAIN where the name is not known.
    header.writeUInt16BE(addresses === undefined ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses?.length ?? 0, 6);
    const records = (addresses ?? []).map((address) => this.#record(type, address));
    this.#socket.send(Buffer.concat([header, question, ...records]), from.port, from.address);
  }

  #record(type: number, address: string): Buffer {
    const bytes = Buffer.from(ipaddr.parse(address).toByteArray());
    const head = Buffer.alloc(12);
    head.writeUInt16BE(0xc00c, 0);
    head.writeUInt16BE(type, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt32BE(this.ttl, 6);
    head.writeUInt16BE(bytes.length, 10);
    return Buffer.concat([head, bytes]);
  }
}
