import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  addressNumber,
  checksum,
  destinationOf,
  moveEnd,
  protocolOf,
  protocols,
  sourceOf,
  tooBig,
} from "./ip-packet.ts";

const here = addressNumber("10.77.0.1");
const there = addressNumber("10.77.0.2");

/** An IPv4 packet of TCP or UDP with right checksums. */
const packet = (
  protocol: number,
  from: number,
  to: number,
  ports: [number, number],
  body: Uint8Array,
): Buffer => {
  const sumAt = protocol === protocols.tcp ? 36 : 26;
  const out = Buffer.alloc(20 + 20 + body.length);
  out[0] = 0x45;
  out.writeUInt16BE(out.length, 2);
  out[8] = 64;
  out[9] = protocol;
  out.writeUInt32BE(from, 12);
  out.writeUInt32BE(to, 16);
  out.writeUInt16BE(ports[0], 20);
  out.writeUInt16BE(ports[1], 22);
  out.set(body, 40);
  out.writeUInt16BE(checksum(out.subarray(0, 20)), 10);
  out.writeUInt16BE(checksum(withPseudoHeader(out)), sumAt);
  return out;
};

/** RFC 9293 section 3.1: addresses, protocol and length count as well. */
const withPseudoHeader = (bytes: Buffer): Buffer => {
  const pseudo = Buffer.alloc(12);
  bytes.copy(pseudo, 0, 12, 20);
  pseudo[9] = protocolOf(bytes);
  pseudo.writeUInt16BE(bytes.length - 20, 10);
  return Buffer.concat([pseudo, bytes.subarray(20)]);
};

test("the checksum of RFC 1071's own example", () => {
  assert.equal(checksum(Buffer.from("0001f203f4f5f6f7", "hex")), ~0xddf2 & 0xffff);
});

test("an end that is moved: address, port and both checksums are right, and it can be moved back", () => {
  const port = fc.integer({ min: 1, max: 65_535 });
  const address = fc.nat(0xffffffff);
  fc.assert(
    fc.property(
      fc.constantFrom(protocols.tcp, protocols.udp),
      fc.tuple(address, address, address),
      fc.tuple(port, port),
      fc.integer({ min: -500, max: 500 }),
      fc.uint8Array({ maxLength: 40 }),
      (protocol, [from, to, other], ports, shift, body) => {
        const sent = packet(protocol, from, to, ports, body);
        const moved = Buffer.from(sent);
        moveEnd(moved, "source", other, shift);
        assert.equal(sourceOf(moved), other);
        assert.equal(destinationOf(moved), to);
        assert.equal(moved.readUInt16BE(20), (ports[0] + shift + 0x10000) & 0xffff);
        assert.equal(checksum(moved.subarray(0, 20)), 0);
        assert.equal(checksum(withPseudoHeader(moved)), 0);
        moveEnd(moved, "source", from, -shift);
        assert.equal(sourceOf(moved), from);
        assert.equal(moved.readUInt16BE(20), ports[0]);
        moveEnd(moved, "destination", other, shift);
        assert.equal(destinationOf(moved), other);
        assert.equal(checksum(withPseudoHeader(moved)), 0);
      },
    ),
  );
});

test("too big: an ICMP message to the sender with what fits and the head of what did not", () => {
  const sent = packet(protocols.tcp, here, there, [1234, 443], Buffer.alloc(1400));
  const answer = tooBig(sent, 1280);
  assert.equal(protocolOf(answer), protocols.icmp);
  assert.equal(destinationOf(answer), here);
  assert.equal(checksum(answer.subarray(0, 20)), 0);
  assert.equal(checksum(answer.subarray(20)), 0);
  assert.deepEqual([...answer.subarray(20, 22), answer.readUInt16BE(26)], [3, 4, 1280]);
  assert.deepEqual(answer.subarray(28), sent.subarray(0, 28));
});
