import { printable } from "@octoproxy/lib/error/proxy-error";
import { Certificate } from "@octoproxy/lib/tls/certificate";
import { certificateFacts, formatDate } from "@octoproxy/lib/tls/certificate-facts";
import { describeKey } from "@octoproxy/lib/tls/key-pair";
import type { WrittenPair } from "./authority.ts";
import type { WrittenLeaf } from "./generate.ts";

/** Says what was made: a line a file, and one more where the end came nearer than was asked. */
export const reportPair = (pair: WrittenPair | WrittenLeaf): void => {
  const { certificateFile, keyFile, issued } = pair;
  const certificate = new Certificate(issued.certificate);
  const { subject, names, notAfter } = certificateFacts(certificate);
  const width = Math.max(certificateFile.length, keyFile.length);
  const line = (file: string, words: string): string => `${printable(file).padEnd(width)}   ${words}\n`;
  process.stdout.write(
    line(certificateFile, [subject, ...names, `until ${formatDate(notAfter)}`].join(" · ")) +
      line(keyFile, `${describeKey(certificate.publicKey)}, readable by you alone`),
  );
  if ("shortened" in pair && pair.shortened) {
    process.stdout.write(`It ends with its authority, sooner than you asked: ${formatDate(notAfter)}\n`);
  }
};
