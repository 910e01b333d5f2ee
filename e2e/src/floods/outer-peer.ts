import { once } from "node:events";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { frame, types } from "@octoproxy/lib/transport/h2/testing/raw-frames";
import { RawPeer, type RawPeerOptions } from "@octoproxy/lib/transport/h2/testing/raw-peer";
import { sessionPath } from "@octoproxy/lib/transport/webtransport/outer-layer";
import { dataCapsule, StreamReader } from "@octoproxy/lib/transport/webtransport/testing/stranger";
import { hostAndPort } from "../harness/raw-tunnel.ts";

/** The outer stream of the session, and the session's stream of the pipe. */
const sessionStream = 1;
const pipeStream = 1;

export interface OuterPeerOptions {
  readonly address: string;
  /** What the inner TLS shows. */
  readonly identity: { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  /** For the HTTP/2 inside. */
  readonly inner?: Partial<RawPeerOptions>;
  /** The first SETTINGS of the outer HTTP/2. */
  readonly settings?: Readonly<Record<number, number>>;
}

/** A client that was let in through a WebTransport pipe and speaks both layers of HTTP/2 by hand. */
export class OuterPeer {
  readonly outer: RawPeer;
  readonly inner: RawPeer;

  private constructor(outer: RawPeer, inner: RawPeer) {
    this.outer = outer;
    this.inner = inner;
  }

  /** Resolves when the server has taken the certificate. */
  static async enter({
    address,
    identity,
    inner: innerOptions,
    settings,
  }: OuterPeerOptions): Promise<OuterPeer> {
    const socket = connectTls({ ...hostAndPort(address), rejectUnauthorized: false, ALPNProtocols: ["h2"] });
    await once(socket, "secureConnect");
    const outer = new RawPeer(socket, { role: "client", firstStream: 3, ...(settings && { settings }) });
    const head = outer.headers(sessionStream, [
      [":method", "CONNECT"],
      [":protocol", "webtransport"],
      [":scheme", "https"],
      [":authority", address],
      [":path", sessionPath],
    ]);
    await outer.send(head);
    const status = await outer.status(sessionStream);
    if (status !== "200") throw new Error(`no session: ${status}`);
    const tls = connectTls({
      socket: pipeOver(outer),
      servername: "localhost",
      ALPNProtocols: ["h2"],
      ...identity,
    });
    await once(tls, "secureConnect");
    const inner = new RawPeer(tls, { role: "client", ...innerOptions });
    await inner.roundTrip();
    return new OuterPeer(outer, inner);
  }

  /** Reads nothing any more. */
  deafen(): void {
    this.outer.socket.pause();
  }

  destroy(): void {
    this.inner.destroy();
    this.outer.destroy();
  }
}

/** Bytes on the stream of the session. */
export const onSession = (bytes: Uint8Array, flag = 0): Buffer =>
  frame(types.data, flag, sessionStream, bytes);

/** A frame takes 16 KiB, with the head of its capsule. */
const mostInFrame = 16_000;

const inPipe = (bytes: Buffer): Buffer[] => {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += mostInFrame) {
    frames.push(onSession(dataCapsule(pipeStream, bytes.subarray(at, at + mostInFrame))));
  }
  return frames;
};

const pipeOver = (outer: RawPeer): Duplex => {
  const reader = new StreamReader();
  const pipe = new Duplex({
    read() {},
    write: (chunk: Buffer, _encoding, done) => void outer.send(...inPipe(chunk)).then(() => done(), done),
  });
  outer.onData = (_stream, payload) => {
    for (const data of reader.push(payload)) pipe.push(data);
  };
  outer.socket.once("close", () => pipe.destroy());
  return pipe;
};
