import { loadPackage } from "@octoproxy/lib/transport/webtransport/load-package";
import { anyCertificate, sessionPath, windows } from "@octoproxy/lib/transport/webtransport/outer-layer";
import type { PackageStream } from "@octoproxy/lib/transport/webtransport/package-face";
import type { End } from "../http2-pair/end.ts";
import type { Material } from "../http2-pair/own.ts";
import { serve } from "../http2-pair/serve.ts";
import type { UnreadCarrier } from "./unread-carrier.ts";

const nothing = (): void => {};
const host = "127.0.0.1";

/** A stream of the package as an end: tunnels as streams of a session, without client certificates. */
class BareEnd implements End {
  onData: (chunk: Uint8Array) => void = nothing;
  onEnd: () => void = nothing;
  onDrain: () => void = nothing;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor({ readable, writable }: PackageStream, first: (target: string) => void = nothing) {
    this.#writer = writable.getWriter();
    void this.#read(readable.getReader(), first).catch(nothing);
  }

  async #read(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    first: (target: string) => void,
  ): Promise<void> {
    let told = false;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      // The first line is the target.
      const end = told ? -1 : value.indexOf(10);
      if (end >= 0) {
        told = true;
        first(Buffer.from(value.subarray(0, end)).toString());
      }
      if (value.length > end + 1) this.onData(value.subarray(end + 1));
    }
    this.onEnd();
  }

  write(chunk: Uint8Array): boolean {
    const written = this.#writer.write(chunk);
    written.catch(nothing);
    const more = (this.#writer.desiredSize ?? 0) > 0;
    if (!more) void written.then(() => this.onDrain()).catch(nothing);
    return more;
  }

  end(): void {
    this.#writer.close().catch(nothing);
  }

  reset(): void {
    this.#writer.abort().catch(nothing);
  }
}

/** @returns the port. */
export const serveBare = async ({ cert, key }: Material): Promise<number> => {
  const { api } = await loadPackage();
  const server = new api.HttpServer({
    ...windows,
    host,
    port: 0,
    secret: "bench",
    cert,
    privKey: key,
    reliability: "reliableOnly",
    initialBidirectionalStreams: 100_000,
    initialUnidirectionalStreams: 1,
  });
  server.startServer();
  await server.ready;
  const accept = async (): Promise<void> => {
    for await (const session of server.sessionStream(sessionPath)) {
      session.closed.catch(nothing);
      for await (const stream of session.incomingBidirectionalStreams) {
        const end: BareEnd = new BareEnd(stream, (target) => serve(end, target));
      }
    }
  };
  void accept();
  return server.address()?.port ?? 0;
};

export const connectBare = async (port: number): Promise<UnreadCarrier> => {
  const { api } = await loadPackage();
  const session = new api.WebTransport(`https://${host}:${port}${sessionPath}`, {
    ...windows,
    serverCertificateHashes: anyCertificate,
    forceReliable: true,
  });
  session.closed.catch(nothing);
  await session.ready;
  return {
    open: async (target) => {
      const end = new BareEnd(await session.createBidirectionalStream(), nothing);
      end.write(Buffer.from(`${target}\n`));
      return end;
    },
    openUnread: async (target) => {
      const { writable } = await session.createBidirectionalStream();
      await writable.getWriter().write(Buffer.from(`${target}\n`));
    },
    close: () => session.close(),
  };
};
