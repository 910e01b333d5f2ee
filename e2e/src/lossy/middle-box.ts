// The middle of a road, a process of its own: takes packets from one TUN device and gives them to the other, as late,
// as rarely and as changed as the road says. Arguments: the seed, and the descriptors of the near and the far device.
// A message of its parent is the road from now on; it answers with what has passed.
import { read, writeSync } from "node:fs";
import { Arrivals } from "./arrivals.ts";
import {
  addressNumber,
  destinationOf,
  isIpv4,
  moveEnd,
  protocolOf,
  protocols,
  sourceOf,
  tooBig,
} from "./ip-packet.ts";
import { goodRoad, Lane, type Road, seededRandom } from "./lane.ts";
import { natNetwork, type Passed } from "./road-messages.ts";

const [seed, nearDevice, farDevice] = process.argv.slice(2).map(Number) as [number, number, number];
const random = seededRandom(seed);
let road: Road = goodRoad;
const passed = { lost: 0, tooLong: 0, delivered: 0, twice: 0 };
/** Who the near side is behind the NAT. */
let inside = 0;

const natAddress = (): number => addressNumber(`${natNetwork}.${road.nat}`);
const natShift = (): number => road.nat * 101;

/** @returns whether it goes on. */
const translate = (packet: Buffer, isOutward: boolean): boolean => {
  if (road.nat === 0) return true;
  if (isOutward) {
    inside = sourceOf(packet);
    moveEnd(packet, "source", natAddress(), natShift());
    return true;
  }
  if (destinationOf(packet) !== natAddress()) return false; // an answer to one that the NAT has forgotten
  moveEnd(packet, "destination", inside, -natShift());
  return true;
};

const give = (device: number, packet: Uint8Array): void => {
  try {
    writeSync(device, packet);
  } catch {
    // The device's queue is full, or the device is down: lost, as on any road.
  }
};

/** A road's far end. A timer for each packet would fire out of order: they count whole milliseconds. */
class End {
  readonly #device: number;
  readonly #arrivals = new Arrivals<Buffer>();
  #timer: NodeJS.Timeout | undefined;

  constructor(device: number) {
    this.#device = device;
  }

  send(packet: Buffer, at: number): void {
    if (!this.#arrivals.add(at, packet)) return;
    clearTimeout(this.#timer);
    this.#deliver();
  }

  #deliver(): void {
    const now = performance.now();
    for (const packet of this.#arrivals.take(now)) give(this.#device, packet);
    const { next } = this.#arrivals;
    if (next !== undefined) this.#timer = setTimeout(() => this.#deliver(), Math.ceil(next - now));
  }
}

const carry = (lane: Lane, from: number, to: End, packet: Buffer): void => {
  if (!isIpv4(packet)) return;
  if (protocolOf(packet) === protocols.udp && !road.udp) return;
  if (packet.length > road.mtu) {
    passed.tooLong++;
    if (road.tells) give(from, tooBig(packet, road.mtu));
    return;
  }
  if (!translate(packet, from === nearDevice)) return;
  const now = performance.now();
  const arrivals = lane.enter(road, now);
  if (arrivals.length === 0) passed.lost++;
  if (arrivals.length === 2) passed.twice++;
  for (const at of arrivals) {
    passed.delivered++;
    to.send(packet, at);
  }
};

const longestPacket = 65_535;

/** A read of a TUN device is one packet. */
const listen = (from: number, device: number): void => {
  const lane = new Lane(random);
  const to = new End(device);
  const buffer = Buffer.alloc(longestPacket);
  const next = (): void =>
    read(from, buffer, 0, longestPacket, null, (error, length) => {
      if (error === null) carry(lane, from, to, Buffer.from(buffer.subarray(0, length)));
      else if (error.code !== "EIO" && error.code !== "EBADFD") throw error; // the device is down for a while
      next();
    });
  next();
};

process.on("message", (next: Road) => {
  road = next;
  process.send?.({ ...passed } satisfies Passed);
});
process.on("disconnect", () => process.exit());
listen(nearDevice, farDevice);
listen(farDevice, nearDevice);
process.send?.({ ...passed } satisfies Passed);
