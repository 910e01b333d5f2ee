import type { SecureContextOptions, TLSSocket } from "node:tls";
import { ConfigError } from "@octoproxy/lib/config/config-fault";
import { judgeChain } from "@octoproxy/lib/tls/judge";
import { loadTlsMaterial, type MaterialFiles, pathsOf, type TlsMaterial } from "@octoproxy/lib/tls/material";
import { isSameMaterial } from "@octoproxy/lib/tls/material-digest";
import { secureContextOptions } from "@octoproxy/lib/tls/secure-context";
import { judgeSocket } from "@octoproxy/lib/tls/socket-judge";
import type { QuicTls } from "@octoproxy/lib/transport/quic/connect";
import { quicTlsOf } from "@octoproxy/lib/transport/quic/material-tls";
import type { PeerIdentity } from "@octoproxy/lib/transport/transport";
import type { ServerConfig } from "./config/server-config.ts";

/** Every file that a server's identity is read from. */
export const tlsFilesOf = ({ tls }: ServerConfig): readonly string[] => pathsOf([materialFilesOf(tls)]);

const materialFilesOf = (tls: ServerConfig["tls"]): MaterialFiles => ({
  cert: tls.certFile,
  key: tls.keyFile,
  ca: tls.clientCaFile,
  crl: tls.clientCrlFiles,
});

/** With `allow_any_client`: who comes without a certificate, all of them one client. */
const anybody: PeerIdentity = { subject: "anybody", fingerprint: "none", names: [] };

/** Who the server is and whom it lets in. Made anew by a reload; connections keep the one that they came in by. */
export class TlsIdentity {
  readonly material: TlsMaterial;
  /** Nobody is asked for a certificate. */
  readonly allowAnyClient: boolean;

  private constructor(material: TlsMaterial, allowAnyClient: boolean) {
    this.material = material;
    this.allowAnyClient = allowAnyClient;
  }

  /** @throws ConfigError where a file is not as it should be. */
  static load({ tls, file, allowAnyClient }: ServerConfig): TlsIdentity {
    const { material, faults } = loadTlsMaterial(materialFilesOf(tls), {
      purpose: "server",
      now: Date.now(),
      resolve: (path) => path,
    });
    if (material === undefined) {
      throw new ConfigError(
        faults.map(({ message }) => ({ file, line: 1, column: 1, keyPath: "", message })),
      );
    }
    return new TlsIdentity(material, allowAnyClient);
  }

  /** Nothing has to be exchanged. */
  isSameAs(other: TlsIdentity): boolean {
    return this.allowAnyClient === other.allowAnyClient && isSameMaterial(this.material, other.material);
  }

  get secureContext(): SecureContextOptions {
    return secureContextOptions(this.material);
  }

  get quicTls(): QuicTls {
    return quicTlsOf(this.material);
  }

  /** A client over TCP. @throws ProxyError with the reason in words. */
  judge(socket: TLSSocket): PeerIdentity {
    if (this.allowAnyClient) return anybody;
    return judgeSocket(socket, this.material.trust, { purpose: "client", now: Date.now() });
  }

  /** A client over QUIC: its certificates as DER, leaf first. @throws ProxyError as {@link judge}. */
  judgeChain(chain: readonly Uint8Array[]): PeerIdentity {
    if (this.allowAnyClient) return anybody;
    return judgeChain(chain, this.material.trust, { purpose: "client", now: Date.now() });
  }
}
