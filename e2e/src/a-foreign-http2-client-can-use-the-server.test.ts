import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:http2";
import { test } from "node:test";
import { page, startOrigin } from "./harness/origin.ts";
import { Pair } from "./harness/pair.ts";
import { needs, run } from "./harness/programs.ts";

const credentials = async (pair: Pair) => ({
  ca: await readFile(pair.folder.file("certs/ca.crt")),
  cert: await readFile(pair.folder.file("certs/client/client.crt")),
  key: await readFile(pair.folder.file("certs/client/client.key")),
});

test("a plain node:http2 client with a good certificate tunnels a page", async () => {
  await using pair = await Pair.start();
  await using origin = await startOrigin();
  const session = connect(`https://${pair.serverAddress}`, await credentials(pair));
  const stream = session.request(
    { ":method": "CONNECT", ":authority": origin.address },
    { endStream: false },
  );
  const [headers] = await once(stream, "response");
  assert.equal(headers[":status"], 200);
  stream.write(Buffer.from(`GET / HTTP/1.1\r\nHost: ${origin.address}\r\nConnection: close\r\n\r\n`));
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const answer = Buffer.concat(chunks).toString();
  assert.match(answer, /^HTTP\/1\.1 200 OK/);
  assert.ok(answer.endsWith(page));
  session.destroy();
});

test("a request that is not CONNECT gets 405 and is told what is served", async () => {
  await using pair = await Pair.start();
  const session = connect(`https://${pair.serverAddress}`, await credentials(pair));
  const stream = session.request({ ":path": "/" });
  const [headers] = await once(stream, "response");
  assert.equal(headers[":status"], 405);
  assert.equal(headers.allow, "CONNECT");
  session.destroy();
});

const proxiedByHttp2 =
  needs("curl") ||
  (await run("curl", ["--help", "all"]).then(
    ({ stdout }) => !stdout.includes("--proxy-http2") && "this curl has no --proxy-http2",
  ));

test("curl --proxy-http2 fetches a page", { skip: proxiedByHttp2 }, async () => {
  await using pair = await Pair.start();
  await using origin = await startOrigin();
  const certs = pair.folder.file("certs");
  const proxy = [
    "--proxy-http2",
    "-p",
    "-x",
    `https://${pair.serverAddress.replace("127.0.0.1", "localhost")}`,
  ];
  const tls = [
    "--proxy-cacert",
    `${certs}/ca.crt`,
    "--proxy-cert",
    `${certs}/client/client.crt`,
    "--proxy-key",
    `${certs}/client/client.key`,
  ];
  const { status, stdout, stderr } = await run("curl", ["-sS", ...proxy, ...tls, origin.url]);
  assert.equal(status, 0, stderr);
  assert.equal(stdout.toString(), page);
});
