import { dialSocket } from "@octoproxy/lib/dial/dial-socket";
import type { Resolver } from "@octoproxy/lib/dial/resolver";
import type { TlsMaterial } from "@octoproxy/lib/tls/material";
import { secureContextOptions } from "@octoproxy/lib/tls/secure-context";
import { judgeSocket } from "@octoproxy/lib/tls/socket-judge";
import { connectHttp2, type Http2ConnectOptions } from "@octoproxy/lib/transport/h2/connect";
import { defaultHttp2Settings, type Http2Settings } from "@octoproxy/lib/transport/h2/http2-settings";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import type { BackendConfig, Http2Config } from "../config/client-config.ts";
import type { Connector, ConnectorListener } from "./connector.ts";

/** HTTP/2 over TCP. Its keep-alive ends a connection that is silent, so there is nothing more to tell. */
export class Http2Connector implements Connector {
  listener: ConnectorListener | undefined;
  readonly why: string | undefined;
  readonly #options: Http2ConnectOptions;

  /** @param why what to say to people of there being HTTP/2 and nothing else. */
  constructor(backend: BackendConfig, material: TlsMaterial, resolver: Resolver, why?: string) {
    this.why = why;
    this.#options = http2OptionsOf(backend, material, resolver);
  }

  async connect(signal: AbortSignal): Promise<ClientConnection> {
    return (await connectHttp2(this.#options, signal)).connection;
  }

  stop(): void {}
}

/** How one backend is connected to over HTTP/2. */
export const http2OptionsOf = (
  backend: BackendConfig,
  material: TlsMaterial,
  resolver: Resolver,
): Http2ConnectOptions => {
  const { host, port, serverName, address, dialect } = backend;
  return {
    serverName,
    address,
    dialect,
    tls: secureContextOptions(material),
    settings: http2SettingsOf(backend.http2),
    judge: (socket) =>
      judgeSocket(socket, material.trust, { purpose: "server", name: serverName, now: Date.now() }),
    dial: (signal) => dialSocket({ host, port }, resolver, signal),
  };
};

const http2SettingsOf = (config: Http2Config): Http2Settings => ({
  ...defaultHttp2Settings,
  keepAliveIntervalMs: config.keepAliveIntervalMs,
  keepAliveTimeoutMs: config.keepAliveTimeoutMs,
  keepAliveWhileIdle: config.keepAliveWhileIdle,
  connectionWindow: config.initialConnWindowBytes,
  streamWindow: config.initialStreamWindowBytes,
  maxFrameSize: config.maxFrameBytes,
  maxSendBuffer: config.maxSendBufferBytes,
  adaptiveWindow: config.adaptiveWindow,
});
