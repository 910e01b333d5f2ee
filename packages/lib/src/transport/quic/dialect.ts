import { encodeHead, HeadDecoder, type HeadReader } from "../../tunnel/head-codec.ts";
import {
  encodeOriginalHead,
  OriginalHeadDecoder,
  type OriginalVariant,
} from "../../tunnel/original-head-codec.ts";

/** Protocol names (ALPN): ours, and the one name that the Rust original knows. */
export const ownAlpn = "octoproxy/1";
export const originalAlpn = "h3";

/** How tunnels are asked for and answered. Decided by the name that TLS agreed on. */
export interface Dialect {
  readonly original: boolean;
  encodeHead(target: string): Uint8Array;
  newHeadReader(): HeadReader;
}

export const ownDialect: Dialect = {
  original: false,
  encodeHead,
  newHeadReader: () => new HeadDecoder(),
};

/** A server tells the variants apart by the head; a client has to know. */
export const originalDialect = (variant: OriginalVariant): Dialect => ({
  original: true,
  encodeHead: (target) => encodeOriginalHead(target, variant),
  newHeadReader: () => new OriginalHeadDecoder(),
});

export const dialectOf = (alpn: string | undefined, variant: OriginalVariant): Dialect =>
  alpn === originalAlpn ? originalDialect(variant) : ownDialect;
