import assert from "node:assert/strict";
import { test } from "node:test";
import { startAnsweringOrigin, withoutPseudonym } from "./harness/answering-origin.ts";
import { Pair } from "./harness/pair.ts";
import { RawPeer } from "./harness/raw-peer.ts";

// R15
test("hop-by-hop fields, credentials and the URI's userinfo and fragment reach neither origin nor log", async () => {
  const pair = await Pair.start();
  await using origin = await startAnsweringOrigin(async (peer) => {
    await peer.take(/\r\n\r\nbody/);
    peer.send(
      "HTTP/1.1 200 OK\r\nConnection: X-Hop-Answer, keep-alive\r\nX-Hop-Answer: secret\r\nKeep-Alive: timeout=60\r\n" +
        "Proxy-Authenticate: Basic\r\nProxy-Connection: keep-alive\r\nX-End: kept\r\nContent-Length: 2\r\n\r\nok",
    );
  });
  const host = origin.address;
  using application = await RawPeer.connect(pair.proxy);
  application.send(
    `POST http://secret-user:secret-word@${host}/path?q=1#secret-fragment HTTP/1.1\r\nHost: ${host}\r\n` +
      "Connection: close, X-Hop-Request, TE\r\nX-Hop-Request: secret-nominated\r\nTE: trailers\r\nKeep-Alive: 300\r\n" +
      "Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic secret-basic\r\nHTTP2-Settings: secret-settings\r\n" +
      "Upgrade: h2c\r\nVia: 1.0 earlier\r\nAuthorization: Bearer for-the-origin\r\nX-End: kept\r\nContent-Length: 4\r\n\r\nbody",
  );
  const answer = await application.end().rest();
  assert.equal(
    withoutPseudonym(answer.text),
    "HTTP/1.1 200 OK\r\nX-End: kept\r\nVia: 1.1 OCTOPROXY\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
  );
  assert.equal(
    withoutPseudonym(origin.connections[0]?.all ?? ""),
    `POST /path?q=1 HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer for-the-origin\r\nX-End: kept\r\n` +
      "Via: 1.0 earlier, 1.1 OCTOPROXY\r\nContent-Length: 4\r\n\r\nbody",
  );
  for (const daemon of [pair.client, pair.server]) {
    daemon.kill("SIGTERM");
    await daemon.exit();
    const log = JSON.stringify([daemon.words, daemon.lines]);
    assert.match(log, new RegExp(host.replaceAll(".", "\\."))); // it is told where to, and no more
    assert.doesNotMatch(log, /secret|for-the-origin|\/path/);
  }
  await pair[Symbol.asyncDispose]();
});

test("credentials of CONNECT and in a refused request are not written down either", async () => {
  await using pair = await Pair.start({ server: "[egress]\ndeny = ['127.0.0.66']" });
  for (const request of [
    "CONNECT 127.0.0.66:80 HTTP/1.1\r\nHost: h\r\nProxy-Authorization: Basic secret-basic\r\n\r\n",
    "GET http://secret-user:secret-word@127.0.0.66/secret-path#secret-fragment HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET http://secret-user@127.0.0.66:x/secret HTTP/1.1\r\nHost: secret\r\n\r\n",
  ]) {
    using application = await RawPeer.connect(pair.proxy);
    const answer = await application.send(request).end().rest();
    assert.match(answer.text, /^HTTP\/1\.1 40[03] /);
    assert.doesNotMatch(answer.text, /secret/);
  }
  const log = JSON.stringify([pair.client.words, pair.client.lines, pair.server.lines]);
  assert.doesNotMatch(log, /secret/);
});
