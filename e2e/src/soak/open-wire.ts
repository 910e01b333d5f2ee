import { hostAndPort } from "../harness/raw-tunnel.ts";
import { Wire } from "./wire.ts";

export const tunnelDoors = ["connect", "connect", "socks5", "socks4a"] as const;
export type TunnelDoor = (typeof tunnelDoors)[number];

export interface Asked {
  readonly wire: Wire;
  /** The status of HTTP, or the reply of SOCKS. */
  readonly said: number;
  readonly stands: boolean;
}

/** Asks for a tunnel through one of the client's doors. The answer may be a refusal. */
export const ask = async (door: TunnelDoor, proxy: string, target: string): Promise<Asked> => {
  const wire = await Wire.connect(proxy);
  try {
    const said = await doors[door](wire, target);
    return { wire, said, stands: said === granted[door] };
  } catch (error) {
    wire.socket.destroy();
    throw error;
  }
};

/** @throws where it is refused. */
export const openWire = async (door: TunnelDoor, proxy: string, target: string): Promise<Wire> => {
  const { wire, said, stands } = await ask(door, proxy, target);
  if (stands) return wire;
  wire.socket.destroy();
  throw new Error(`${door}: refused with ${said}`);
};

const granted = { connect: 200, socks5: 0, socks4a: 0x5a } as const;

export const connectHead = (target: string): string =>
  `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`;

const doors = {
  connect: async (wire: Wire, target: string): Promise<number> => {
    await wire.write(connectHead(target));
    return Number((await wire.until("\r\n\r\n")).toString("latin1").split(" ")[1]);
  },
  socks5: async (wire: Wire, target: string): Promise<number> => {
    const { host, port } = hostAndPort(target);
    await wire.write(Uint8Array.of(5, 1, 0));
    await wire.exactly(2);
    await wire.write(Uint8Array.of(5, 1, 0, 1, ...host.split(".").map(Number), port >> 8, port & 0xff));
    return (await wire.exactly(10))[1]!;
  },
  socks4a: async (wire: Wire, target: string): Promise<number> => {
    const { host, port } = hostAndPort(target);
    const name = Buffer.from(`${host}\0`);
    await wire.write(Buffer.concat([Uint8Array.of(4, 1, port >> 8, port & 0xff, 0, 0, 0, 1, 0), name]));
    return (await wire.exactly(8))[1]!;
  },
};
