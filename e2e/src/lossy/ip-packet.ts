/** Protocol numbers of IPv4. */
export const protocols = { icmp: 1, tcp: 6, udp: 17 } as const;

/** Whether it is IPv4 that could be looked into. */
export const isIpv4 = (packet: Uint8Array): boolean => packet.length >= 20 && packet[0]! >> 4 === 4;

export const protocolOf = (packet: Uint8Array): number => packet[9]!;

/** The address as a number. */
export const sourceOf = (packet: Uint8Array): number => word32(packet, 12);
export const destinationOf = (packet: Uint8Array): number => word32(packet, 16);

/** `10.77.0.1` as a number. */
export const addressNumber = (text: string): number =>
  text.split(".").reduce((number, part) => number * 256 + Number(part), 0);

/** The Internet checksum (RFC 1071). */
export const checksum = (bytes: Uint8Array): number => {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
};

/** What the IPv4 header before it says of an IPv4 packet that does not fit: ICMP type 3, code 4 (RFC 1191). */
export const tooBig = (packet: Uint8Array, mtu: number): Buffer => {
  const quoted = packet.subarray(0, headerLength(packet) + 8);
  const answer = Buffer.alloc(28 + quoted.length);
  answer[0] = 0x45;
  answer.writeUInt16BE(answer.length, 2);
  answer[8] = 64;
  answer[9] = protocols.icmp;
  // As if the other end said it: who says it is of no account.
  answer.writeUInt32BE(destinationOf(packet), 12);
  answer.writeUInt32BE(sourceOf(packet), 16);
  answer.writeUInt16BE(checksum(answer.subarray(0, 20)), 10);
  answer[20] = 3;
  answer[21] = 4;
  answer.writeUInt16BE(mtu, 26);
  answer.set(quoted, 28);
  answer.writeUInt16BE(checksum(answer.subarray(20)), 22);
  return answer;
};

/** Which end of a packet a NAT rewrites. */
export type End = "source" | "destination";

/** Moves an end of a TCP or UDP packet to that address, its port by `shift`, in place; others keep their port. */
export const moveEnd = (packet: Buffer, end: End, address: number, shift: number): void => {
  const header = headerLength(packet);
  const protocol = protocolOf(packet);
  const sumAt =
    protocol === protocols.tcp ? header + 16 : protocol === protocols.udp ? header + 6 : undefined;
  const addressAt = end === "source" ? 12 : 16;
  for (const [at, word] of [
    [addressAt, address >>> 16],
    [addressAt + 2, address & 0xffff],
  ] as const) {
    const before = packet.readUInt16BE(at);
    packet.writeUInt16BE(word, at);
    repair(packet, 10, before, word);
    if (sumAt !== undefined) repair(packet, sumAt, before, word);
  }
  if (sumAt === undefined) return;
  const portAt = header + (end === "source" ? 0 : 2);
  const before = packet.readUInt16BE(portAt);
  const port = (before + shift + 0x10000) & 0xffff;
  packet.writeUInt16BE(port, portAt);
  repair(packet, sumAt, before, port);
};

const headerLength = (packet: Uint8Array): number => (packet[0]! & 15) * 4;

const word32 = (packet: Uint8Array, at: number): number =>
  ((packet[at]! << 24) | (packet[at + 1]! << 16) | (packet[at + 2]! << 8) | packet[at + 3]!) >>> 0;

/** A checksum after one of its words has changed (RFC 1624, equation 3). */
const repair = (packet: Buffer, at: number, before: number, after: number): void => {
  let sum = (~packet.readUInt16BE(at) & 0xffff) + (~before & 0xffff) + after;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  packet.writeUInt16BE(~sum & 0xffff, at);
};
