// What the origin receives must be what the proxy decided on: as many requests as it forwarded, each with the target
// and the body that it saw, whatever was sent to it and however it was cut.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { test } from "node:test";
import { messages } from "@octoproxy/lib/http1/message-arbitraries";
import fc from "fast-check";
import { openInbound } from "../test-bed.ts";

test("no bytes, cut anywhere, make an origin see a request that the proxy did not forward", async () => {
  const seen: string[] = [];
  const server = http.createServer((request, response) => {
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
    });
    request.on("end", () => {
      seen.push(`${request.method} ${request.url} ${length}`);
      response.end("ok");
    });
    request.on("error", () => {});
  });
  const faults: string[] = [];
  server.on("clientError", (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
    // A request that the application cut short is a reset here too; and a method is any token, to us, but not to Node.
    const isHarmless = error.code === "ECONNRESET" || error.code === "HPE_INVALID_METHOD";
    if (!isHarmless) faults.push(`${error.code} ${error.rawPacket?.toString("latin1")}`);
    socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const host = `127.0.0.1:${address.port}`;
  await using inbound = await openInbound();

  let forwarded = 0;
  const line = fc
    .constantFrom("GET", "POST", "PUT", "OPTIONS")
    .chain((method) =>
      fc.constantFrom(`${method} http://${host}/ HTTP/1.1`, `${method} http://u@${host}/p?q#f HTTP/1.0`),
    );
  const property = fc.asyncProperty(
    fc.array(messages(line), { minLength: 1, maxLength: 3 }),
    fc.integer({ min: 1, max: 80 }),
    async (texts, cut) => {
      seen.length = 0;
      inbound.records.length = 0;
      const text = texts.join("");
      const application = await inbound.application();
      application.send(text.slice(0, cut));
      await new Promise(setImmediate);
      application.send(text.slice(cut)).end();
      await application.rest();
      const complete = inbound.records.filter(({ error }) => error === undefined);
      assert.ok(seen.length <= inbound.records.length);
      assert.equal(seen.length >= complete.length, true);
      for (const [index, { method, status }] of complete.entries()) {
        assert.equal(status, 200);
        assert.ok(seen[index]?.startsWith(`${method} /`));
      }
      forwarded += complete.length;
    },
  );
  await fc.assert(property, { numRuns: 400 });
  assert.deepEqual(faults, [], "the origin met something that is not HTTP");
  assert.ok(forwarded > 50, `${forwarded} requests were forwarded`);
  server.close();
  server.closeAllConnections();
});
