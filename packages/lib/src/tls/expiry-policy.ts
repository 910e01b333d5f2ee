import type { CertificateExpiry, ExpiringKind } from "./certificate-expiry.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Days before the end at which something is said, once each; the first is where it begins to be shown. */
const stepsOf: Readonly<Record<ExpiringKind, readonly [number, ...number[]]>> = {
  certificate: [30, 7, 1, 0],
  authority: [30, 7, 1, 0],
  // Lists live for weeks, and one that has ended refuses everyone: every day.
  revocation_list: [7, 6, 5, 4, 3, 2, 1, 0],
};

export interface ExpiryWarning {
  readonly expiry: CertificateExpiry;
  /** Whole days; negative once it has ended. */
  readonly daysLeft: number;
  readonly hasEnded: boolean;
  /** For a person, without a full stop. */
  readonly message: string;
}

/** Whole days until then; negative once it has passed. */
export const daysUntil = (then: Date, now: number): number => Math.floor((then.getTime() - now) / dayMs);

/** What is to be said of a file's end; undefined while that is far away. Pure. @param now milliseconds since 1970. */
export const expiryWarning = (expiry: CertificateExpiry, now: number): ExpiryWarning | undefined => {
  const leftMs = expiry.notAfter.getTime() - now;
  if (leftMs > stepsOf[expiry.holds][0] * dayMs) return undefined;
  const hasEnded = leftMs < 0;
  const daysLeft = daysUntil(expiry.notAfter, now);
  return { expiry, daysLeft, hasEnded, message: sentence(expiry, leftMs, daysLeft) };
};

/** Remembers what was said, so that each step is said once, however long a daemon runs. A renewed file begins anew. */
export class ExpiryPolicy {
  #told = new Map<string, number>();

  /** @returns what is to be said now. */
  due(expiries: readonly CertificateExpiry[], now: number): ExpiryWarning[] {
    const told = new Map<string, number>();
    const warnings: ExpiryWarning[] = [];
    for (const expiry of expiries) {
      const warning = expiryWarning(expiry, now);
      if (warning === undefined) continue;
      const key = `${expiry.file}\n${expiry.notAfter.getTime()}`;
      const leftMs = expiry.notAfter.getTime() - now;
      const step = stepsOf[expiry.holds].findLast((days) => leftMs <= days * dayMs) ?? 0;
      const before = this.#told.get(key) ?? Number.POSITIVE_INFINITY;
      if (step < before && !told.has(key)) warnings.push(warning);
      told.set(key, Math.min(step, before));
    }
    this.#told = told;
    return warnings;
  }
}

const sentence = (
  { file, holds, subject, notAfter }: CertificateExpiry,
  leftMs: number,
  days: number,
): string => {
  const date = notAfter.toISOString().slice(0, 10);
  const when = leftMs < 0 ? "has ended" : `ends in ${inWords(leftMs, days)}`;
  switch (holds) {
    case "certificate":
      return `${file} ${when} (${date})`;
    case "authority":
      return `${file}, the authority ${subject}, ${when} (${date}), and everything that it signed`;
    case "revocation_list":
      return leftMs < 0
        ? `${file}, the revocation list of ${subject}, ${when} (${date}): everyone of that authority is refused`
        : `${file}, the revocation list of ${subject}, ${when} (${date}): an ended list refuses everyone`;
  }
};

const inWords = (leftMs: number, days: number): string => {
  if (days >= 1) return days === 1 ? "1 day" : `${days} days`;
  const hours = Math.floor(leftMs / hourMs);
  if (hours >= 1) return hours === 1 ? "1 hour" : `${hours} hours`;
  return "less than an hour";
};
