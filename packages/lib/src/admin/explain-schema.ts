import { z } from "zod";
import { backendStatusSchema, latencySchema, protocolViewSchema } from "./schemas.ts";

/** One backend, and why it would be asked or not. */
export const candidateViewSchema = z.object({
  name: z.string(),
  status: backendStatusSchema.nullable().describe("Null where only a configuration was read."),
  considered: z.boolean().describe("The rule leaves it as a choice."),
  picked: z.boolean(),
  why: z.string().describe("A phrase for a person."),
  protocol: protocolViewSchema.nullable(),
  tunnels_active: z.int().min(0).nullable(),
  open_ms: latencySchema.nullable(),
});
export type CandidateView = z.infer<typeof candidateViewSchema>;

/** Where a request for one target would go, and why. */
export const explainViewSchema = z
  .object({
    target: z.string().describe("As it was asked for, `host:port`."),
    rewritten: z.string().nullable().describe("What the rule's `rewrite` makes of it."),
    rule: z
      .object({
        pattern: z.string(),
        file: z.string(),
        line: z.int(),
        action: z.string().describe('As in the file: `backend = "tokyo"`.'),
      })
      .nullable()
      .describe("Null where no rule matches."),
    rules: z.int().min(0).describe("How many rules there are."),
    route: z.enum(["balance", "backend", "direct", "block"]),
    balance: z.string(),
    candidates: z.array(candidateViewSchema).describe("Every backend, in the order of the file."),
    picked: z
      .string()
      .nullable()
      .describe("Null where nobody would be, or the choice is made anew for every request."),
    result: z.string().describe("A sentence for a person."),
    live: z.boolean().describe("Whether a running client said so, with its backends' states."),
  })
  .meta({ id: "Explanation" });
export type ExplainView = z.infer<typeof explainViewSchema>;
