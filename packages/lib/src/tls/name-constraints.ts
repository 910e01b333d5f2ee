import type { Certificate } from "./certificate.ts";
import { Objection } from "./trust.ts";
import { formatGeneralName, type GeneralName } from "./x509/general-name.ts";

/**
 * Holds a certificate's names against what an authority above it may sign, RFC 5280 section 4.2.1.10. DNS names, addresses
 * and mail domains are understood; a constraint of another kind refuses a certificate that has a name of that kind.
 * @throws Objection
 */
export const checkNameConstraints = (certificate: Certificate, authority: Certificate, who: string): void => {
  const constraints = authority.fields.extensions.nameConstraints;
  if (constraints === undefined) return;
  for (const name of certificate.fields.extensions.names) {
    const permitted = constraints.permitted.filter(({ type }) => type === name.type);
    const excluded = constraints.excluded.filter(({ type }) => type === name.type);
    const allowed = permitted.length === 0 || permitted.some((base) => isWithin(name, base) === true);
    const denied = excluded.some((base) => isWithin(name, base) !== false);
    if (!allowed || denied) {
      const text = formatGeneralName(name);
      throw new Objection(`${who} bears ${text}, which ${authority.fields.subject.text} may not sign`);
    }
  }
};

/** Undefined where we cannot tell: a range that we do not understand permits nothing and excludes everything. */
const isWithin = (name: GeneralName, base: GeneralName): boolean | undefined => {
  const value = name.value.toLowerCase();
  const range = base.value.toLowerCase();
  switch (name.type) {
    case "DNS":
      return isSubdomain(value, range.replace(/^\./, ""));
    case "email": {
      const domain = value.slice(value.lastIndexOf("@") + 1);
      if (range.includes("@")) return value === range;
      return range.startsWith(".") ? domain.endsWith(range) : domain === range;
    }
    case "IP":
      return isAddressWithin(name.bytes, base.bytes);
    default:
      return undefined;
  }
};

const isSubdomain = (name: string, domain: string): boolean =>
  domain === "" || name === domain || name.endsWith(`.${domain}`);

const isAddressWithin = (address: Buffer, range: Buffer): boolean => {
  if (range.length !== address.length * 2) return false;
  return address.every((byte, index) => {
    const mask = range[address.length + index] ?? 0xff;
    return (byte & mask) === ((range[index] ?? 0) & mask);
  });
};
