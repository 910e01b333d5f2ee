/** RFC 8446 section 6 and RFC 7301: the alerts that a TLS 1.3 handshake can end with. */
const names: Readonly<Record<number, string>> = {
  0: "close notify",
  10: "unexpected message",
  20: "bad record",
  22: "record overflow",
  40: "handshake failure",
  42: "bad certificate",
  43: "unsupported certificate",
  44: "certificate revoked",
  45: "certificate expired",
  46: "certificate unknown",
  47: "illegal parameter",
  48: "unknown certificate authority",
  49: "access denied",
  50: "decode error",
  51: "decrypt error",
  70: "protocol version",
  71: "insufficient security",
  80: "internal error",
  86: "inappropriate fallback",
  90: "user canceled",
  109: "missing extension",
  110: "unsupported extension",
  112: "unrecognized name",
  113: "bad certificate status",
  115: "unknown PSK identity",
  116: "certificate required",
  120: "no application protocol",
};

export interface TlsAlert {
  readonly number: number;
  readonly name: string;
}

/** The alert in a QUIC transport code: CRYPTO_ERROR is 0x100 + alert (RFC 9001 section 4.8). */
export const tlsAlertOf = (transportCode: number): TlsAlert | undefined => {
  if (transportCode < 0x100 || transportCode > 0x1ff) return undefined;
  const number = transportCode - 0x100;
  return { number, name: names[number] ?? "unnamed" };
};
