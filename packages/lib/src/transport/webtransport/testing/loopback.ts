import type { Duplex } from "node:stream";
import { connectHttp2 } from "../../h2/connect.ts";
import { defaultHttp2Settings, type Http2Settings } from "../../h2/http2-settings.ts";
import { testCertificates } from "../../h2/testing/certificates.ts";
import { testJudge } from "../../h2/testing/loopback.ts";
import type { ClientConnection, ListenerHandlers } from "../../transport.ts";
import { dialWebTransport } from "../connect.ts";
import { listenWebTransport, type WebTransportListener, type WebTransportListenOptions } from "../listen.ts";

export interface TestWebTransport {
  readonly listener: WebTransportListener;
  connect(signal: AbortSignal): Promise<ClientConnection>;
  /** Ends the pipes of all clients. */
  cut(): void;
}

export const dialAddress = (address: string, signal: AbortSignal): Promise<Duplex> => {
  const [host = "", port] = address.split(":");
  return dialWebTransport({ host, port: Number(port) }, signal);
};

export const testConnect = async (
  address: string,
  signal: AbortSignal,
  onPipe: (pipe: Duplex) => void = () => {},
): Promise<ClientConnection> => {
  const { connection } = await connectHttp2(
    {
      dial: async () => {
        const pipe = await dialAddress(address, signal);
        onPipe(pipe);
        return pipe;
      },
      serverName: "localhost",
      address,
      tls: testCertificates(),
      judge: testJudge,
      settings: defaultHttp2Settings,
      protocol: "webtransport",
    },
    signal,
  );
  return connection;
};

export const testWebTransport = async (
  handlers: ListenerHandlers,
  settings: Partial<Http2Settings> = {},
  more: Partial<WebTransportListenOptions> = {},
): Promise<TestWebTransport> => {
  const listener = await listenWebTransport(
    {
      host: "127.0.0.1",
      port: 0,
      tls: testCertificates(),
      judge: testJudge,
      settings: { ...defaultHttp2Settings, ...settings },
      ...more,
    },
    handlers,
  );
  const pipes = new Set<Duplex>();
  return {
    listener,
    connect: (signal) => testConnect(listener.address, signal, (pipe) => pipes.add(pipe)),
    cut: () => {
      for (const pipe of pipes) pipe.destroy();
    },
  };
};
