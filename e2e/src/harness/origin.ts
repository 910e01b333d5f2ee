import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A small web server to fetch from: `/bytes/N`, `/echo`, `/sha256` (of the request's body), anything else a page. */
export interface Origin extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly address: string;
  readonly url: string;
}

export const page = `<!doctype html><title>octoproxy origin</title><p>It works.</p>\n`.padEnd(1024, " ");

export const startOrigin = async (port = 0): Promise<Origin> => {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    url: `http://${address}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

export const answer = (request: IncomingMessage, response: ServerResponse): void => {
  const path = request.url ?? "/";
  const bytes = /^\/bytes\/(\d+)$/.exec(path)?.[1];
  if (bytes !== undefined) {
    sendPattern(response, Number(bytes));
  } else if (path === "/echo") {
    request.pipe(response);
  } else if (path === "/sha256") {
    const hash = createHash("sha256");
    request.on("data", (chunk) => hash.update(chunk)).on("end", () => response.end(hash.digest("hex")));
  } else {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(page);
  }
};

/** What `/bytes/N` repeats. */
export const patternBlock = Buffer.from(
  Uint8Array.from({ length: 65_521 }, (_, index) => (index * 131 + (index >> 8)) & 0xff),
);

const sendPattern = (response: ServerResponse, total: number): void => {
  response.setHeader("Content-Length", total);
  let left = total;
  const more = (): void => {
    while (left > 0) {
      const chunk = left < patternBlock.length ? patternBlock.subarray(0, left) : patternBlock;
      left -= chunk.length;
      if (!response.write(chunk)) {
        response.once("drain", more);
        return;
      }
    }
    response.end();
  };
  more();
};

/** SHA-256 of what `/bytes/total` sends. */
export const patternDigest = (total: number): string => {
  const hash = createHash("sha256");
  for (let left = total; left > 0; left -= patternBlock.length)
    hash.update(left < patternBlock.length ? patternBlock.subarray(0, left) : patternBlock);
  return hash.digest("hex");
};
