import { createHash } from "node:crypto";
import { ConfigError } from "@octoproxy/lib/config/config-fault";
import type { Resolver } from "@octoproxy/lib/dial/resolver";
import { loadTlsMaterial, type TlsMaterial } from "@octoproxy/lib/tls/material";
import { identityDigest } from "@octoproxy/lib/tls/material-digest";
import { whyNoQuic } from "@octoproxy/lib/transport/quic/availability";
import type { BackendConfig, ClientConfig } from "../config/client-config.ts";
import { AutoConnector } from "./auto-connector.ts";
import { autoTimesOf } from "./auto-policy.ts";
import { materialFilesOf } from "./backend-files.ts";
import type { BackendPlan } from "./backend-set.ts";
import type { Connector } from "./connector.ts";
import { GuardedConnector, type LiveMaterial } from "./guarded-connector.ts";
import { Http2Connector } from "./http2-connector.ts";
import { QuicConnector } from "./quic-connector.ts";
import { WebTransportConnector } from "./webtransport-connector.ts";

/**
 * What the configuration says of the backends, with their certificates read.
 * @throws ConfigError where a file is not as it should be.
 */
export const planBackends = (config: ClientConfig, resolver: Resolver): BackendPlan[] =>
  config.backends.map((backend) =>
    planBackend(backend, config, resolver, loadMaterial(config.file, backend)),
  );

/** The plan of one backend with material that was read. */
export const planBackend = (
  backend: BackendConfig,
  config: ClientConfig,
  resolver: Resolver,
  read: TlsMaterial,
): BackendPlan => {
  const material: LiveMaterial = { ...read };
  return {
    settings: {
      name: backend.name,
      weight: backend.weight,
      startsClosed: backend.startsClosed,
      retryTimeoutMs: backend.retryTimeoutMs,
      maxRetries: backend.maxRetries,
      connectTimeoutMs: config.connectTimeoutMs,
    },
    material,
    newConnector: () => new GuardedConnector(connectorOf(backend, material, resolver), material),
    key: keyOf(backend, material, config),
  };
};

const loadMaterial = (file: string, { name, tls }: BackendConfig): TlsMaterial => {
  const { material, faults } = loadTlsMaterial(materialFilesOf(tls), {
    purpose: "client",
    now: Date.now(),
    resolve: (path) => path,
  });
  if (material !== undefined) return material;
  const keyPath = `backends.${name}`;
  throw new ConfigError(
    faults.map(({ message }) => ({ file, line: undefined, column: undefined, keyPath, message })),
  );
};

/**
 * Equal for backends that need no new connection: the same words in the file but for the weight, the same certificates.
 * Lists are exchanged while connected.
 */
const keyOf = (
  backend: BackendConfig,
  material: TlsMaterial,
  { connectTimeoutMs, dnsServers }: ClientConfig,
): string => {
  const written = [{ ...backend, weight: undefined }, connectTimeoutMs, dnsServers, identityDigest(material)];
  return createHash("sha256").update(JSON.stringify(written)).digest("base64");
};

/** A protocol that this copy cannot speak was refused when the configuration was read, or by the admin API. */
const connectorOf = (backend: BackendConfig, material: TlsMaterial, resolver: Resolver): Connector => {
  if (backend.protocol === "quic") return new QuicConnector(backend, material, resolver);
  if (backend.protocol === "webtransport") return new WebTransportConnector(backend, material, resolver);
  if (backend.protocol !== "auto") return new Http2Connector(backend, material, resolver);
  const missing = whyNoQuic();
  const http2 = new Http2Connector(backend, material, resolver, missing);
  if (missing !== undefined) return http2;
  const quic = new QuicConnector(backend, material, resolver);
  return new AutoConnector({ quic, http2 }, autoTimesOf(backend.quic.expectedRttMs));
};
