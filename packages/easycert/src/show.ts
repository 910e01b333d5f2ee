import { styleText } from "node:util";
import { printable } from "@octoproxy/lib/error/proxy-error";
import type { Certificate } from "@octoproxy/lib/tls/certificate";
import { type CertificateFacts, certificateFacts, formatDate } from "@octoproxy/lib/tls/certificate-facts";

export interface ShowOptions {
  readonly color: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const dayMs = 24 * 60 * 60 * 1000;
/** From here on the end of a certificate is something to think about. */
const soonDays = 30;

/** The certificates of a file as a table for people. */
export const renderTable = (
  file: string,
  certificates: readonly Certificate[],
  options: ShowOptions,
): string => {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    options.color ? styleText(style, text, { validateStream: false }) : text;
  const row = (label: string, value: string): string => `  ${paint("dim", label.padEnd(13))}${value}`;
  const blocks = certificates.map((certificate, index) => {
    const facts = certificateFacts(certificate);
    const [left, style] = timeLeft(facts, options.now);
    const purposes = facts.purposes?.join(", ") ?? "not limited";
    const halves = /^(.{47}):(.*)$/.exec(facts.fingerprint);
    return [
      `${paint("bold", printable(file))}   certificate ${index + 1} of ${certificates.length}`,
      row("subject", paint("bold", facts.subject)),
      row("issuer", facts.issuer),
      row("names", facts.names.join(" · ") || "none"),
      row(
        "valid",
        `${formatDate(facts.notBefore)}  to  ${formatDate(facts.notAfter)}   ${paint(style, `(${left})`)}`,
      ),
      row(
        "key",
        `${facts.key.padEnd(18)}${paint("dim", "purposes")}  ${purposes.padEnd(24)}${paint("dim", "CA")}  ${facts.isCa ? paint("bold", "yes") : "no"}`,
      ),
      row("key usage", facts.keyUsage?.join(", ") ?? "not limited"),
      row("serial", facts.serial),
      row("sha-256", halves?.[1] ?? facts.fingerprint),
      row("", halves?.[2] ?? ""),
    ].join("\n");
  });
  return `${blocks.join("\n\n")}\n`;
};

const timeLeft = (
  { notBefore, notAfter }: CertificateFacts,
  now: number,
): [string, "red" | "yellow" | "green"] => {
  if (notAfter.getTime() < now) return [`expired ${days(now - notAfter.getTime())} ago`, "red"];
  if (notBefore.getTime() > now)
    return [`not valid yet, begins in ${days(notBefore.getTime() - now)}`, "red"];
  const left = notAfter.getTime() - now;
  return [`${days(left)} left`, left < soonDays * dayMs ? "yellow" : "green"];
};

const days = (ms: number): string => {
  const count = Math.round(ms / dayMs);
  if (ms < dayMs) return "less than a day";
  return count === 1 ? "1 day" : `${count} days`;
};

/** The same for programs: an array with one object a certificate, dates in ISO 8601, null where nothing is limited. */
export const renderJson = (file: string, certificates: readonly Certificate[], now: number): string => {
  const list = certificates.map((certificate) => {
    const facts = certificateFacts(certificate);
    return {
      file,
      ...facts,
      purposes: facts.purposes ?? null,
      keyUsage: facts.keyUsage ?? null,
      daysLeft: Math.floor((facts.notAfter.getTime() - now) / dayMs),
    };
  });
  return `${JSON.stringify(list, null, 2)}\n`;
};
