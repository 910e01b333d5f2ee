import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigFolder } from "../config/config-fixture.ts";
import { certificateView, readExpiries } from "./certificate-expiry.ts";

test("a chain counts by its first certificate; files that are none are left out", async () => {
  using folder = new ConfigFolder();
  folder.writeCertificates("client");
  folder.write("empty.pem", "");
  const file = `${folder.path}/certs/me.crt`;
  const [only, more] = await readExpiries([
    { file, holds: "chain" },
    { file: `${folder.path}/none.pem`, holds: "authorities" },
    { file: `${folder.path}/empty.pem`, holds: "authorities" },
  ]);
  assert.equal(more, undefined);
  assert.equal(only?.file, file);
  assert.ok(only !== undefined && only.notAfter.getTime() > Date.now());
  const day = 86_400_000;
  const end = only.notAfter.getTime();
  assert.equal(certificateView(only, end - 6 * day).days_left, 6);
  assert.equal(certificateView(only, end + 1).days_left, -1);
});
