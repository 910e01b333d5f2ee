import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { formatListenAddress, type ListenAddress } from "../config/listen-address.ts";
import { printable } from "../error/proxy-error.ts";
import { errorSchema, type FaultView } from "./schemas.ts";

/** Where a running daemon's admin API is, and how to be let in. */
export interface AdminAccess {
  readonly address: ListenAddress;
  readonly token?: string | undefined;
}

/** A daemon that does not answer, or not as it should. `message` is a sentence for a person. */
export class AdminCallError extends Error {
  override readonly name = "AdminCallError";
  /** HTTP status; undefined where nobody answered. */
  readonly status: number | undefined;
  readonly faults: readonly FaultView[];

  constructor(message: string, status?: number, faults: readonly FaultView[] = []) {
    super(message);
    this.status = status;
    this.faults = faults;
  }
}

/** More than any answer has. */
const mostBytes = 64 * 1024 * 1024;

/**
 * One call of the admin API.
 * @param content sent as JSON where it is given.
 * @returns the parsed JSON, or the text where it is none.
 * @throws AdminCallError where the answer is not a success.
 */
export const callAdmin = async (
  access: AdminAccess,
  method: string,
  path: string,
  signal: AbortSignal,
  content?: unknown,
): Promise<unknown> => {
  const { status, type, text } = await ask(access, method, path, signal, content);
  const body = type.startsWith("application/json") ? parsed(text) : text;
  if (status >= 200 && status < 300) return body;
  const answer = errorSchema.safeParse(body);
  const said = answer.success ? answer.data.error : `answered with status ${status}`;
  const hint = status === 401 ? " Give it with --token-file." : "";
  const where = formatListenAddress(access.address);
  throw new AdminCallError(printable(`${where}: ${said}`) + hint, status, answer.data?.faults);
};

/** @throws AdminCallError where it cannot be read or is empty. */
export const readTokenFile = async (file: string): Promise<string> => {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new AdminCallError(
      `${file}: ${code === "ENOENT" ? "there is no such file" : `cannot be read (${code})`}`,
    );
  }
  const token = text.trim();
  if (!/^[\x21-\x7e]{1,256}$/.test(token)) throw new AdminCallError(`${file}: holds no token`);
  return token;
};

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const ask = (
  { address, token }: AdminAccess,
  method: string,
  path: string,
  signal: AbortSignal,
  content: unknown,
) =>
  new Promise<Answer>((resolve, reject) => {
    const { host, port } = address;
    const where = formatListenAddress(address);
    const fail = (error: Error): void => reject(unreachable(where, error));
    const json = content === undefined ? undefined : JSON.stringify(content);
    const headers = {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { "Content-Type": "application/json" }),
    };
    const asking = request({ host, port, method, path, headers, signal, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("error", fail);
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > mostBytes) response.destroy(new Error("the answer is too large"));
        else chunks.push(chunk);
      });
      response.on("end", () => {
        const type = response.headers["content-type"] ?? "";
        resolve({ status: response.statusCode ?? 0, type, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    asking.on("error", fail);
    asking.end(json);
  });

/** Why nobody answered, as a sentence. */
export const unreachable = (where: string, error: NodeJS.ErrnoException): AdminCallError => {
  if (error.code === "ECONNREFUSED")
    return new AdminCallError(`nothing listens on ${where}: is the daemon running there?`);
  if (error.name === "AbortError" || error.name === "TimeoutError")
    return new AdminCallError(`${where} did not answer in time`);
  return new AdminCallError(printable(`${where}: ${error.message}`));
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
