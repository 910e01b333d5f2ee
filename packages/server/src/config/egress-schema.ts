import { choice } from "@octoproxy/lib/config/keys";
import { textList } from "@octoproxy/lib/config/text-keys";
import { z } from "zod";
import { parseEgressEntry } from "./egress-entry.ts";

const entries = {
  expects: "a network (address/prefix), a host or *.host, each with or without :port",
  parse: parseEgressEntry,
  default: [],
};

/** `[egress]`, and the same for some clients in `[clients.egress]`. */
export const egressSchema = z.strictObject({
  default: choice({
    words: ["allow", "deny"],
    default: "allow",
    meaning: "What becomes of a target that no list names.",
  }),
  deny: textList({
    ...entries,
    meaning: "Targets that are refused. Each address of a name is judged by itself, after it was resolved.",
  }),
  allow: textList({
    ...entries,
    meaning: "Targets that are reachable although `deny`, `default` or the built-in list forbids them.",
  }),
});

export type EgressKeys = z.output<typeof egressSchema>;
