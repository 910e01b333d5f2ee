import { type BodyFraming, hasNoBody } from "@octoproxy/lib/http1/body-framing";
import { listMembers } from "@octoproxy/lib/http1/fields";
import { writeResponseHead } from "@octoproxy/lib/http1/head-writer";
import type { ResponseHead } from "@octoproxy/lib/http1/response-head";
import type { ForwardPlan } from "./forward-plan.ts";

/** The head of an answer as the application gets it. */
export const answerHead = (
  head: ResponseHead,
  { method }: ForwardPlan,
  framing: BodyFraming | "as-declared",
  pseudonym: string,
  close: boolean,
): string => {
  const bare = method === "HEAD" || hasNoBody(head.status);
  const upgrade = head.status === 101 ? head.fields.joined("upgrade") : undefined;
  return writeResponseHead(head, { framing: bare ? "as-declared" : framing, pseudonym, close, upgrade });
};

/** Whether a 101 answers what was asked (RFC 9110 section 7.8). */
export const isSwitch = (head: ResponseHead, plan: ForwardPlan): boolean => {
  if (plan.upgrade === undefined) return false;
  const asked = listMembers(plan.upgrade);
  const chosen = listMembers(head.fields.joined("upgrade") ?? "");
  return chosen.length > 0 && chosen.every((protocol) => asked.includes(protocol));
};

/** How long the origin keeps its connection, by its Keep-Alive field, less a second for the way. */
export const keptMs = ({ fields }: ResponseHead): number => {
  const field = fields.get("keep-alive");
  if (field === undefined) return Number.POSITIVE_INFINITY;
  const seconds = /(?:^|[,\s])timeout=(\d{1,6})/i.exec(field)?.[1];
  return seconds === undefined ? Number.POSITIVE_INFINITY : (Number(seconds) - 1) * 1000;
};
