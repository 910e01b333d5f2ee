import type { JSX } from "react";
import { protocolKeys } from "../keys/intent.ts";
import { backendsOf, type Level, type Question, selectedBackend, type TuiState } from "../store/state.ts";
import { duration } from "../text/duration.ts";
import { daemonMs } from "./backend-columns.ts";
import { troubleOf } from "./backend-state.ts";
import { certificateTrouble } from "./certificate-warning.ts";
import { bad, doubtful, good, Line, type Look, quiet, type Span, span } from "./line.tsx";

const looks: Readonly<Record<Level, Look>> = { info: good, warn: doubtful, error: bad };

/** The one line that speaks: a question, else why the daemon is lost, what came of a command, or what is wrong. */
export const MessageLine = ({
  state,
  columns,
}: {
  readonly state: TuiState;
  readonly columns: number;
}): JSX.Element => <Line spans={[span(" "), ...messageOf(state)]} cells={columns} />;

const messageOf = (state: TuiState): readonly Span[] => {
  const { question, link, notice } = state;
  if (question !== undefined) return questionSpans(question);
  if (link.kind === "lost") {
    const wait = link.retryAtMs - state.nowMs;
    const again = wait < 1000 ? "trying again" : `again in ${duration(wait)}`;
    return [span(`${again}: `, quiet), span(link.reason, bad)];
  }
  if (notice !== undefined) return [span(notice.words, looks[notice.level])];
  const trouble = troubleSpans(state);
  if (trouble !== undefined) return trouble;
  const last = state.log.at(-1);
  return last === undefined ? [] : [span(last.message, quiet)];
};

const questionSpans = (question: Question): readonly Span[] => {
  if (question.kind === "sure") return [span(question.words, { ...doubtful, bold: true }), span("  y: yes")];
  const choices = protocolKeys.map(({ key, protocol }) =>
    protocol === question.configured ? span(`   ${protocol}`, quiet) : span(`   ${key} ${protocol}`),
  );
  const asked = span(`Protocol of ${question.backend}:`, { ...doubtful, bold: true });
  return [asked, ...choices];
};

/** Of the selected backend, else of the first that has any, else of the certificate that ends first. */
const troubleSpans = (state: TuiState): readonly Span[] | undefined => {
  const selected = selectedBackend(state);
  const nowMs = daemonMs(state);
  const first = [...(selected === undefined ? [] : [selected]), ...backendsOf(state)]
    .map((backend) => troubleOf(backend, nowMs))
    .find((trouble) => trouble !== undefined);
  if (first !== undefined) return [span(first.words, first.look)];
  const ending = state.snapshot === undefined ? undefined : certificateTrouble(state.snapshot.status);
  return ending === undefined ? undefined : [ending];
};
