import { connectHttp2 } from "@octoproxy/lib/transport/h2/connect";
import { defaultHttp2Settings } from "@octoproxy/lib/transport/h2/http2-settings";
import { dialWebTransport } from "@octoproxy/lib/transport/webtransport/connect";
import { listenWebTransport } from "@octoproxy/lib/transport/webtransport/listen";
import { OwnEnd } from "../http2-pair/end.ts";
import type { Material } from "../http2-pair/own.ts";
import { serve } from "../http2-pair/serve.ts";
import type { UnreadCarrier } from "./unread-carrier.ts";

const settings = { ...defaultHttp2Settings, maxConcurrentStreams: 20_000 };
const anybody = () => ({ subject: "CN=bench", fingerprint: "", names: [] });
const host = "127.0.0.1";

/** @returns the port. */
export const servePipe = async (tls: Material): Promise<number> => {
  const listener = await listenWebTransport(
    { host, port: 0, tls, judge: anybody, settings },
    {
      connection: () => {},
      refused: (_address, error) => process.stderr.write(`${error.message}\n`),
      tunnel: (tunnel) => serve(new OwnEnd(tunnel.accept()), tunnel.authority),
    },
  );
  return Number(listener.address.split(":")[1]);
};

export const connectPipe = async (port: number, tls: Material): Promise<UnreadCarrier> => {
  const signal = new AbortController().signal;
  const { connection } = await connectHttp2(
    {
      dial: () => dialWebTransport({ host, port }, signal),
      serverName: "localhost",
      address: `${host}:${port}`,
      tls,
      judge: anybody,
      settings,
      protocol: "webtransport",
    },
    signal,
  );
  return {
    open: async (target) => new OwnEnd(await connection.open(target, signal)),
    openUnread: async (target) => void (await connection.open(target, signal)),
    close: () => connection.destroy(),
  };
};
