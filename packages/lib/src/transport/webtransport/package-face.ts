/*
 * The part of `@fails-components/webtransport` 1.6 that is used here, in types of our own: the package is optional, so
 * nothing that is compiled may need it.
 */

/** One bidirectional stream. */
export interface PackageStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

export interface PackageSession {
  readonly ready: Promise<unknown>;
  /** Rejects where the session was not established, or was draining. */
  readonly closed: Promise<unknown>;
  readonly datagrams: { readonly readable: ReadableStream<Uint8Array> };
  readonly incomingBidirectionalStreams: ReadableStream<PackageStream>;
  readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Uint8Array>>;
  createBidirectionalStream(): Promise<PackageStream>;
  close(info?: { readonly closeCode: number; readonly reason: string }): void;
}

/** A session as a server sees it. */
export interface PackageServerSession extends PackageSession {
  /** `ip:port`, IPv6 without brackets. */
  readonly peerAddress: string;
}

export interface PackageServer {
  readonly ready: Promise<unknown>;
  readonly closed: Promise<unknown>;
  /** Makes what {@link startServer} starts; does nothing the second time. */
  createTransportInt(): Promise<void>;
  startServer(): void;
  stopServer(): void;
  updateCert(cert: string, key: string, http2only: boolean): void;
  address(): { readonly host: string; readonly port: number } | null;
  sessionStream(path: string): ReadableStream<PackageServerSession>;
}

/** Windows in bytes: each is set, since the defaults stop a transfer after 16 KiB (measured with 1.6.8). */
export interface PackageWindows {
  readonly initialStreamFlowControlWindow: number;
  readonly streamFlowControlWindowSizeLimit: number;
  readonly initialSessionFlowControlWindow: number;
  readonly sessionFlowControlWindowSizeLimit: number;
}

export interface PackageServerOptions extends PackageWindows {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly cert: string;
  readonly privKey: string;
  /** HTTP/2 over TCP; or that and HTTP/3 over UDP. */
  readonly reliability: "reliableOnly" | "both";
  readonly initialBidirectionalStreams: number;
  readonly initialUnidirectionalStreams: number;
}

export interface PackageClientOptions extends PackageWindows {
  readonly serverCertificateHashes: readonly { readonly algorithm: string; readonly value: Uint8Array }[];
  readonly forceReliable: boolean;
}

export interface WebTransportPackage {
  readonly WebTransport: new (url: string, options: PackageClientOptions) => PackageSession;
  readonly HttpServer: new (options: PackageServerOptions) => PackageServer;
  /** Settles when the package has tried to load its engine for HTTP/3. */
  readonly quicheLoaded: Promise<unknown>;
}
