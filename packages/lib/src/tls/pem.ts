/** One block of a PEM file, RFC 7468. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, … */
  readonly label: string;
  readonly der: Buffer;
  /** The block as it stands, for who takes PEM. */
  readonly text: string;
}

/** Every whole block, in order; text between blocks is a remark. A block without its end is left out. */
export const readPem = (text: string): readonly PemBlock[] => {
  const blocks: PemBlock[] = [];
  let offset = 0;
  for (;;) {
    const begin = text.indexOf("-----BEGIN ", offset);
    if (begin === -1) return blocks;
    const labelEnd = text.indexOf("-----", begin + 11);
    const label = labelEnd === -1 ? "" : text.slice(begin + 11, labelEnd);
    const footer = `-----END ${label}-----`;
    const end = labelEnd === -1 || label.includes("\n") ? -1 : text.indexOf(footer, labelEnd + 5);
    if (end === -1) {
      offset = begin + 11;
      continue;
    }
    offset = end + footer.length;
    const body = text.slice(labelEnd + 5, end);
    // RFC 1421 headers (Proc-Type, DEK-Info) stand before an empty line.
    const base64 = body.includes(":") ? body.slice(Math.max(body.search(/\n\r?\n/), 0)) : body;
    blocks.push({ label, der: Buffer.from(base64, "base64"), text: `${text.slice(begin, offset)}\n` });
  }
};

/** DER as a PEM block with lines of 64 characters. */
export const writePem = (label: string, der: Uint8Array): string => {
  const base64 = Buffer.from(der)
    .toString("base64")
    .replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
};

/** The blocks that are certificates, in order. */
export const certificatesOfPem = (text: string): readonly PemBlock[] =>
  readPem(text).filter(({ label }) => label === "CERTIFICATE" || label === "X509 CERTIFICATE");
