// A server and a client that trust each other, on loopback.
import { once } from "node:events";
import type { QuicConnection } from "../connection.ts";
import { toDuplex } from "../duplex.ts";
import { type EndpointOptions, QuicEndpoint } from "../endpoint.ts";
import type { StreamHandle } from "../handles.ts";
import { QuicClient, QuicServer, type TransportOptions } from "../options.ts";
import type { QuicError } from "../quic-error.ts";
import { Authority, type Identity } from "./authority.ts";

let shared: { authority: Authority; server: Identity; client: Identity } | undefined;

/** One authority for the whole test file: keys take time. */
export const credentials = (): { authority: Authority; server: Identity; client: Identity } => {
  if (shared !== undefined) return shared;
  const authority = new Authority();
  process.once("exit", () => authority.dispose());
  shared = {
    authority,
    server: authority.issue("server", { names: ["DNS:localhost", "IP:127.0.0.1"] }),
    client: authority.issue("client"),
  };
  return shared;
};

export const alpn = ["octo-test/1"];

export interface PairOptions {
  readonly serverTransport?: TransportOptions;
  readonly clientTransport?: TransportOptions;
  readonly endpoint?: Partial<EndpointOptions>;
  /** What the server does with a stream. Default: echo. */
  readonly stream?: (stream: StreamHandle) => void;
}

export interface Pair extends AsyncDisposable {
  readonly serverEndpoint: QuicEndpoint;
  readonly clientEndpoint: QuicEndpoint;
  readonly client: QuicConnection;
  readonly server: QuicConnection;
  readonly refused: QuicError[];
  readonly clientSettings: QuicClient;
  /** One more connection between the same endpoints. */
  connect(): Promise<QuicConnection>;
}

export const echo = (stream: StreamHandle): void => {
  const duplex = toDuplex(stream);
  duplex.on("error", () => {});
  duplex.pipe(duplex);
};

export const serverSettings = (transport: TransportOptions = {}): QuicServer => {
  const { authority, server } = credentials();
  return new QuicServer({ ...server, ca: authority.cert, alpn, ...transport });
};

export const clientSettings = (transport: TransportOptions = {}): QuicClient => {
  const { authority, client } = credentials();
  return new QuicClient({ ...client, ca: authority.cert, alpn, ...transport });
};

export const makePair = async (options: PairOptions = {}): Promise<Pair> => {
  const refused: QuicError[] = [];
  const arrived = Promise.withResolvers<QuicConnection>();
  const serverEndpoint = new QuicEndpoint(
    { address: "127.0.0.1:0", server: serverSettings(options.serverTransport), ...options.endpoint },
    {
      connection: (connection) => {
        connection.use({ stream: options.stream ?? echo });
        arrived.resolve(connection);
      },
      refused: (error) => refused.push(error),
    },
  );
  const clientEndpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
  const settings = clientSettings(options.clientTransport);
  const connect = (): Promise<QuicConnection> =>
    clientEndpoint.connect(settings, serverEndpoint.address, "localhost", AbortSignal.timeout(20_000));
  const client = await connect();
  return {
    serverEndpoint,
    clientEndpoint,
    client,
    server: await arrived.promise,
    refused,
    clientSettings: settings,
    connect,
    async [Symbol.asyncDispose]() {
      await Promise.all([clientEndpoint.close(), serverEndpoint.close()]);
    },
  };
};

/** Sends `bytes`, half-closes, and reads to the end. */
export const roundTrip = async (connection: QuicConnection, bytes: Uint8Array): Promise<Buffer> => {
  const duplex = toDuplex(await connection.open());
  const chunks: Buffer[] = [];
  duplex.on("data", (chunk: Buffer) => chunks.push(chunk));
  duplex.end(bytes);
  await once(duplex, "end");
  return Buffer.concat(chunks);
};
