import { once } from "node:events";
import { connect } from "node:net";
import { connectHttp2 } from "@octoproxy/lib/transport/h2/connect";
import { defaultHttp2Settings } from "@octoproxy/lib/transport/h2/http2-settings";
import { listenHttp2 } from "@octoproxy/lib/transport/h2/listen";
import { type Carrier, OwnEnd } from "./end.ts";
import { serve } from "./serve.ts";

const settings = { ...defaultHttp2Settings, maxConcurrentStreams: 20_000 };
const anybody = () => ({ subject: "CN=bench", fingerprint: "", names: [] });

export interface Material {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** @returns the port. */
export const serveOwn = async (tls: Material): Promise<number> => {
  const listener = await listenHttp2(
    { host: "127.0.0.1", port: 0, tls, judge: anybody, settings },
    {
      connection: () => {},
      refused: (_address, error) => process.stderr.write(`${error.message}\n`),
      tunnel: (tunnel) => serve(new OwnEnd(tunnel.accept()), tunnel.authority),
    },
  );
  return Number(listener.address.split(":")[1]);
};

export const connectOwn = async (port: number, tls: Material): Promise<Carrier> => {
  const signal = new AbortController().signal;
  const { connection } = await connectHttp2(
    {
      dial: async () => {
        const socket = connect({ host: "127.0.0.1", port, noDelay: true });
        await once(socket, "connect");
        return socket;
      },
      serverName: "localhost",
      address: `127.0.0.1:${port}`,
      tls,
      judge: anybody,
      settings,
    },
    signal,
  );
  return {
    open: async (target) => new OwnEnd(await connection.open(target, signal)),
    close: () => connection.destroy(),
  };
};
