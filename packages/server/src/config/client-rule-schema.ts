import { optionalCount } from "@octoproxy/lib/config/keys";
import { requiredTextList } from "@octoproxy/lib/config/text-keys";
import { z } from "zod";
import { egressSchema } from "./egress-schema.ts";

/** `CN=…` means the subject, the others a SAN. */
const certificatePattern = /^(?:CN=|DNS:|IP:|URI:|email:)./i;

/** One `[[clients]]`. */
export const clientRuleSchema = z.strictObject({
  match: requiredTextList({
    expects: "CN=…, DNS:…, IP:…, URI:… or email:…, with * for any characters",
    parse: (text) => (certificatePattern.test(text) && text.length <= 256 ? text : undefined),
    meaning: "Which certificates: any of these in the subject or among the SANs.",
  }),
  max_tunnels: optionalCount({
    min: 1,
    max: 1_000_000,
    defaultText: "`max_tunnels_per_client`",
    meaning: "Tunnels at once for one of these certificates.",
  }),
  egress: egressSchema.optional(),
});

export type ClientRuleKeys = z.output<typeof clientRuleSchema>;
