import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { patternDigest, startOrigin } from "./harness/origin.ts";
import { Pair, transports } from "./harness/pair.ts";
import { needs, run } from "./harness/programs.ts";

for (const transport of transports) {
  const mebibytes = transport === "webtransport" ? 256 : 1024;
  const size = mebibytes << 20;
  test(`${transport}: ${mebibytes} MiB down through curl has the digest that was sent`, {
    skip: needs("curl"),
  }, async () => {
    await using pair = await Pair.start({ transport });
    await using origin = await startOrigin();
    const curl = spawn("curl", ["-sS", "-p", "-x", `http://${pair.proxy}`, `${origin.url}/bytes/${size}`]);
    const hash = createHash("sha256");
    let received = 0;
    curl.stdout.on("data", (chunk: Buffer) => {
      hash.update(chunk);
      received += chunk.length;
    });
    const [status] = await once(curl, "close");
    assert.equal(status, 0);
    assert.equal(received, size);
    assert.equal(hash.digest("hex"), patternDigest(size));
  });
}

for (const transport of transports) {
  test(`${transport}: 256 MiB up through curl has the digest that was sent`, {
    skip: needs("curl"),
  }, async () => {
    const size = 256 << 20;
    await using pair = await Pair.start({ transport });
    await using origin = await startOrigin();
    const file = pair.folder.file("upload.bin");
    await run("curl", ["-sS", "-o", file, `${origin.url}/bytes/${size}`]);
    const upload = [
      "-sS",
      "-p",
      "-x",
      `http://${pair.proxy}`,
      "-T",
      file,
      "-H",
      "Expect:",
      `${origin.url}/sha256`,
    ];
    const { status, stdout, stderr } = await run("curl", upload);
    assert.equal(status, 0, stderr);
    assert.equal(stdout.toString(), patternDigest(size));
  });
}
