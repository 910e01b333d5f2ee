import type { Resolver } from "@octoproxy/lib/dial/resolver";
import type { TlsMaterial } from "@octoproxy/lib/tls/material";
import { connectHttp2, type Http2ConnectOptions } from "@octoproxy/lib/transport/h2/connect";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import { dialWebTransport } from "@octoproxy/lib/transport/webtransport/connect";
import type { BackendConfig } from "../config/client-config.ts";
import type { Connector, ConnectorListener } from "./connector.ts";
import { http2OptionsOf } from "./http2-connector.ts";

/** HTTP/2 through one stream of a WebTransport session: the same TLS and the same judge as over TCP. */
export class WebTransportConnector implements Connector {
  listener: ConnectorListener | undefined;
  readonly why = undefined;
  readonly #options: Http2ConnectOptions;

  constructor(backend: BackendConfig, material: TlsMaterial, resolver: Resolver) {
    this.#options = webTransportOptionsOf(backend, material, resolver);
  }

  async connect(signal: AbortSignal): Promise<ClientConnection> {
    return (await connectHttp2(this.#options, signal)).connection;
  }

  stop(): void {}
}

/** How one backend is connected to through WebTransport. */
export const webTransportOptionsOf = (
  backend: BackendConfig,
  material: TlsMaterial,
  resolver: Resolver,
): Http2ConnectOptions => {
  const { host, port } = backend;
  const options = http2OptionsOf(backend, material, resolver);
  return {
    ...options,
    dial: (signal) => dialWebTransport({ host, port }, signal, options.settings.connectionWindow),
    protocol: "webtransport",
  };
};
