import type { CertificateView, StatusView } from "@octoproxy/lib/admin/schemas";
import { bad, doubtful, type Look, type Span, span } from "./line.tsx";

/** The certificate or list that ends first, of those that are warned of. */
const mostUrgent = ({ certificates }: StatusView): CertificateView | undefined =>
  certificates
    .filter(({ warning }) => warning !== null)
    .toSorted((one, other) => Date.parse(one.not_after) - Date.parse(other.not_after))[0];

const lookOf = ({ days_left: daysLeft }: CertificateView): Look => (daysLeft < 7 ? bad : doubtful);

/** The sentence about what ends first; undefined while nothing ends soon. */
export const certificateTrouble = (status: StatusView): Span | undefined => {
  const first = mostUrgent(status);
  return first === undefined ? undefined : span(first.warning ?? "", lookOf(first));
};

const words: Readonly<Record<CertificateView["holds"], string>> = {
  certificate: "certificate",
  authority: "authority",
  revocation_list: "revocation list",
};

/** The same in a few cells: `! certificate 6 d`. Empty while nothing ends soon. */
export const certificateMark = (status: StatusView): Span => {
  const first = mostUrgent(status);
  if (first === undefined) return span("");
  const { holds, days_left: daysLeft } = first;
  return span(`! ${words[holds]} ${daysLeft < 0 ? "ended" : `${daysLeft} d`}`, lookOf(first));
};
