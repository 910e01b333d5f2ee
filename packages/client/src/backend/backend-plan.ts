import { createHash } from "node:crypto";
import { ConfigError } from "@octoproxy/lib/config/config-fault";
import { dialSocket } from "@octoproxy/lib/dial/dial-socket";
import type { Resolver } from "@octoproxy/lib/dial/resolver";
import { loadTlsMaterial, type TlsMaterial } from "@octoproxy/lib/tls/material";
import { secureContextOptions } from "@octoproxy/lib/tls/secure-context";
import { judgeSocket } from "@octoproxy/lib/tls/socket-judge";
import { connectHttp2 } from "@octoproxy/lib/transport/h2/connect";
import { defaultHttp2Settings, type Http2Settings } from "@octoproxy/lib/transport/h2/http2-settings";
import type { BackendConfig, ClientConfig, Http2Config } from "../config/client-config.ts";
import type { BackendPlan } from "./backend-set.ts";
import type { Connect } from "./connection-set.ts";

/**
 * What the configuration says of the backends, with their certificates read.
 * @throws ConfigError where a file is not as it should be.
 */
export const planBackends = (config: ClientConfig, resolver: Resolver): BackendPlan[] =>
  config.backends.map((backend) => {
    const material = loadMaterial(config.file, backend);
    return {
      settings: {
        name: backend.name,
        weight: backend.weight,
        startsClosed: backend.startsClosed,
        retryTimeoutMs: backend.retryTimeoutMs,
        maxRetries: backend.maxRetries,
        connectTimeoutMs: config.connectTimeoutMs,
      },
      connect: connectorOf(backend, material, resolver),
      key: keyOf(backend, material, config.connectTimeoutMs),
    };
  });

const loadMaterial = (file: string, { name, tls }: BackendConfig): TlsMaterial => {
  const files = { cert: tls.certFile, key: tls.keyFile, ca: tls.caFile, crl: tls.crlFiles };
  const { material, faults } = loadTlsMaterial(files, {
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

/** Equal for backends that need no new connection: the same words in the file and the same certificates. */
const keyOf = (backend: BackendConfig, material: TlsMaterial, connectTimeoutMs: number): string =>
  createHash("sha256")
    .update(JSON.stringify([backend, connectTimeoutMs, material.cert, material.key, material.ca]))
    .digest("base64");

const connectorOf = (backend: BackendConfig, material: TlsMaterial, resolver: Resolver): Connect => {
  const { host, port, serverName, address, dialect } = backend;
  const options = {
    serverName,
    address,
    dialect,
    tls: secureContextOptions(material),
    settings: http2SettingsOf(backend.http2),
    judge: (socket: Parameters<typeof judgeSocket>[0]) =>
      judgeSocket(socket, material.trust, { purpose: "server", name: serverName, now: Date.now() }),
    dial: (signal: AbortSignal) => dialSocket({ host, port }, resolver, signal),
  };
  return async (signal) => (await connectHttp2(options, signal)).connection;
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
