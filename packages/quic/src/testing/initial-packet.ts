// Initial packets of clients that never go on: one real ClientHello, sealed anew for each connection id (RFC 9001).
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { QuicEndpoint } from "../endpoint.ts";
import type { QuicClient } from "../options.ts";
import { clientSettings } from "./pair.ts";

const salt = Buffer.from("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "hex");

const hmac = (key: Uint8Array, data: Uint8Array): Buffer => createHmac("sha256", key).update(data).digest();

const expand = (secret: Uint8Array, label: string, length: number): Buffer => {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return hmac(secret, info).subarray(0, length);
};

interface Keys {
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly mask: Buffer;
}

const keysOf = (connectionId: Uint8Array): Keys => {
  const secret = expand(hmac(salt, connectionId), "client in", 32);
  return {
    key: expand(secret, "quic key", 16),
    iv: expand(secret, "quic iv", 12),
    mask: expand(secret, "quic hp", 16),
  };
};

const nonceOf = (iv: Buffer, number: number): Buffer => {
  const nonce = Buffer.from(iv);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ number) >>> 0, 8);
  return nonce;
};

const maskOf = (key: Buffer, sample: Buffer): Buffer => {
  const cipher = createCipheriv("aes-128-ecb", key, null);
  return cipher.update(sample);
};

/** The first datagram of a real client. */
const capture = async (client: QuicClient): Promise<Buffer> => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
  const abort = new AbortController();
  const { port } = socket.address() as AddressInfo;
  const connecting = endpoint.connect(client, `127.0.0.1:${port}`, "localhost", abort.signal);
  connecting.catch(() => {});
  const [datagram] = (await once(socket, "message")) as [Buffer];
  abort.abort();
  socket.close();
  await endpoint.close();
  return datagram;
};

/** Makes one packet; `change` may alter the bytes of its frames in their place, before they are sealed. */
export type MakeInitial = (change?: (frames: Buffer) => void) => Buffer;

/** Makes Initial packets of 1,200 bytes, each of another connection. @param client what its ClientHello offers. */
export const initialPackets = async (client = clientSettings()): Promise<MakeInitial> => {
  const packet = await capture(client);
  const idLength = packet[5]!;
  const id = packet.subarray(6, 6 + idLength);
  const source = packet.subarray(6 + idLength, 7 + idLength + packet[6 + idLength]!);
  // Token of length 0, then a length of two bytes, then the packet's number.
  const lengthAt = 6 + idLength + source.length + 1;
  const numberAt = lengthAt + 2;
  const keys = keysOf(id);
  const mask = maskOf(keys.mask, packet.subarray(numberAt + 4, numberAt + 20));
  const first = packet[0]! ^ (mask[0]! & 0x0f);
  const numberLength = (first & 3) + 1;
  const header = Buffer.from(packet.subarray(0, numberAt + numberLength));
  header[0] = first;
  for (let at = 0; at < numberLength; at++) header[numberAt + at]! ^= mask[1 + at]!;
  const number = header.readUIntBE(numberAt, numberLength);
  const end = numberAt + (packet.readUInt16BE(lengthAt) & 0x3fff);
  const decipher = createDecipheriv("aes-128-gcm", keys.key, nonceOf(keys.iv, number));
  decipher.setAAD(header).setAuthTag(packet.subarray(end - 16, end));
  const plain = Buffer.concat([
    decipher.update(packet.subarray(numberAt + numberLength, end - 16)),
    decipher.final(),
  ]);
  return (change) => {
    const frames = Buffer.from(plain);
    change?.(frames);
    const fresh = randomBytes(idLength);
    const sealedHeader = Buffer.from(header);
    fresh.copy(sealedHeader, 6);
    const own = keysOf(fresh);
    const cipher = createCipheriv("aes-128-gcm", own.key, nonceOf(own.iv, number));
    cipher.setAAD(sealedHeader);
    const sealed = Buffer.concat([sealedHeader, cipher.update(frames), cipher.final(), cipher.getAuthTag()]);
    const cover = maskOf(own.mask, sealed.subarray(numberAt + 4, numberAt + 20));
    sealed[0]! ^= cover[0]! & 0x0f;
    for (let at = 0; at < numberLength; at++) sealed[numberAt + at]! ^= cover[1 + at]!;
    return sealed;
  };
};
