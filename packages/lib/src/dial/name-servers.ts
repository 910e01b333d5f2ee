import { promises as dns, type RecordWithTtl } from "node:dns";
import { ProxyError } from "../error/proxy-error.ts";

/** Once one family has answered, the other has this long: RFC 8305 section 3, Resolution Delay. */
const resolutionDelayMs = 50;
/** For a question to the first server; each further try waits twice as long as the one before. */
const defaultTimeoutMs = 1_000;
/** With the timeouts above: 7 s in all, what a server dials for at most. */
const tries = 3;

export interface Answer {
  /** Not empty; IPv6 first. */
  readonly addresses: readonly string[];
  /** Seconds; the shortest of the records. 0 where one family was not waited for. */
  readonly ttl: number;
}

/**
 * Questions to name servers, by c-ares: no thread of the pool is held by a server that does not answer, as
 * `dns.lookup` would (four such names stop every other dial). No search domains.
 */
export class NameServers {
  readonly #resolver: dns.Resolver;

  /** @param servers `ip`, `ip:port` or `[v6]:port`; empty: the system's. */
  constructor(servers: readonly string[], timeoutMs = defaultTimeoutMs) {
    this.#resolver = new dns.Resolver({ timeout: timeoutMs, tries });
    if (servers.length > 0) this.#resolver.setServers(servers);
  }

  /** @throws ProxyError `DNS_ERROR` or `DNS_TIMEOUT`. */
  async ask(name: string): Promise<Answer> {
    const options = { ttl: true } as const;
    const [v6, v4] = await bothOrOneAndDelay(
      settled(this.#resolver.resolve6(name, options)),
      settled(this.#resolver.resolve4(name, options)),
    );
    const records = [...recordsOf(v6), ...recordsOf(v4)];
    if (records.length === 0) throw errorOfAnswers(name, [v6, v4]);
    const complete = v6 !== undefined && v4 !== undefined;
    return {
      addresses: records.map(({ address }) => address),
      ttl: complete ? Math.min(...records.map(({ ttl }) => ttl)) : 0,
    };
  }

  /** Ends what is under way; its askers get `DNS_ERROR`. */
  cancel(): void {
    this.#resolver.cancel();
  }
}

type Settled = readonly RecordWithTtl[] | NodeJS.ErrnoException;

const settled = (question: Promise<RecordWithTtl[]>): Promise<Settled> =>
  question.catch((error: NodeJS.ErrnoException) => error);

const recordsOf = (answer: Settled | undefined): readonly RecordWithTtl[] =>
  answer === undefined || answer instanceof Error ? [] : answer;

/** Both answers; where one has addresses and the other is late, the late one is undefined. */
const bothOrOneAndDelay = (
  first: Promise<Settled>,
  second: Promise<Settled>,
): Promise<readonly [Settled | undefined, Settled | undefined]> =>
  new Promise((resolve) => {
    const answers: [Settled | undefined, Settled | undefined] = [undefined, undefined];
    let timer: NodeJS.Timeout | undefined;
    const finish = () => {
      clearTimeout(timer);
      resolve(answers);
    };
    const answered = (index: 0 | 1) => (answer: Settled) => {
      answers[index] = answer;
      if (answers[0] !== undefined && answers[1] !== undefined) finish();
      else if (recordsOf(answer).length > 0) timer = setTimeout(finish, resolutionDelayMs);
    };
    void first.then(answered(0));
    void second.then(answered(1));
  });

/** The family that failed for a reason of its own says more than the one that merely has no records. */
const errorOfAnswers = (name: string, answers: readonly (Settled | undefined)[]): ProxyError => {
  const errors = answers.filter((answer) => answer instanceof Error);
  const cause = errors.find(({ code }) => code !== "ENODATA" && code !== "ENOTFOUND") ?? errors[0];
  switch (cause?.code) {
    case "ETIMEOUT":
      return new ProxyError("DNS_TIMEOUT", { detail: `the name servers did not answer for ${name}`, cause });
    case "ENOTFOUND":
      return new ProxyError("DNS_ERROR", { detail: `${name} does not exist`, cause });
    case "ENODATA":
    case undefined:
      return new ProxyError("DNS_ERROR", { detail: `${name} has no address`, cause });
    default:
      return new ProxyError("DNS_ERROR", { detail: `${name} does not resolve (${cause?.code})`, cause });
  }
};
