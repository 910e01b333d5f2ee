import { request } from "node:http";
import { hostAndPort } from "./raw-tunnel.ts";

export interface AdminAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  /** Throws where it is no JSON. */
  json<T = Record<string, unknown>>(): T;
}

export interface AdminRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** One call of a daemon's admin API, as any program could make it: headers are sent as they are given. */
export const askAdmin = (
  address: string,
  path: string,
  { method = "GET", headers = {}, body }: AdminRequest = {},
): Promise<AdminAnswer> =>
  new Promise((resolve, reject) => {
    const json = body === undefined ? undefined : JSON.stringify(body);
    const type = json === undefined ? {} : { "Content-Type": "application/json" };
    const asking = request(
      { ...hostAndPort(address), method, path, headers: { ...type, ...headers }, agent: false },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers["content-type"] ?? "",
            text,
            json: () => JSON.parse(text),
          }),
        );
      },
    );
    asking.on("error", reject);
    asking.end(json);
  });

/** The value of a metric's sample, by name and labels in the order of the text; undefined where there is none. */
export const sampleOf = (metrics: string, series: string): number | undefined => {
  const line = metrics.split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};

/** Asks again until an answer fits, at most 10 s. */
export const until = async <T>(
  ask: () => Promise<T>,
  fits: (answer: T) => boolean,
  what: string,
): Promise<T> => {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not within 10 s; at last ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
