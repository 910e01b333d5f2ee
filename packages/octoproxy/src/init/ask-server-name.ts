import { isIP } from "node:net";
import { createInterface } from "node:readline";
import { sanOfHost } from "@octoproxy/easycert/san";

/** Where questions are put: the terminal, but in tests. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

const question =
  "Name or IP address by which clients reach the server, or Enter where both run on this machine: ";

/** Asks until the answer is a name, an address, or nothing. @returns undefined for nothing, and where the input ends. */
export const askServerName = ({ input, output }: Terminal): Promise<string | undefined> =>
  new Promise((resolve) => {
    const lines = createInterface({ input, output, terminal: false });
    let answer: string | undefined;
    lines.on("line", (line) => {
      const text = line.trim();
      if (text === "" || isName(text)) {
        answer = text === "" ? undefined : text;
        lines.close();
      } else {
        output.write(`${JSON.stringify(text)} is neither a DNS name nor an IP address.\n${question}`);
      }
    });
    lines.once("close", () => resolve(answer));
    output.write(question);
  });

const isName = (text: string): boolean => {
  if (isIP(text) !== 0) return true;
  try {
    return !text.includes("*") && sanOfHost(text) !== undefined;
  } catch {
    return false;
  }
};
