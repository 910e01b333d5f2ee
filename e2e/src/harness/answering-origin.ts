import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { RawPeer } from "./raw-peer.ts";

/** An origin of raw bytes: keeps what came on each connection, and lets the test answer it. */
export interface AnsweringOrigin extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** Every connection that was accepted, in order. */
  readonly connections: readonly RawPeer[];
}

/** @param serve is called for each connection and speaks for the origin; its connection ends behind it. */
export const startAnsweringOrigin = async (
  serve: (peer: RawPeer, origin: AnsweringOrigin) => Promise<void>,
): Promise<AnsweringOrigin> => {
  const connections: RawPeer[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const peer = new RawPeer(socket);
    connections.push(peer);
    serve(peer, origin).then(
      () => peer.rest().then(() => socket.end()),
      () => (peer.ended === "fin" ? socket.end() : socket.destroy()),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin: AnsweringOrigin = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const { socket } of connections) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return origin;
};

/** `Via` names each run of the client anew: for comparing, it is one word. */
export const withoutPseudonym = (text: string): string => text.replace(/octoproxy-[0-9a-f]{8}/g, "OCTOPROXY");
