import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";
import { test } from "node:test";
import { askServerName } from "./ask-server-name.ts";

const asked = async (typed: string): Promise<{ answer: string | undefined; said: string }> => {
  const input = new PassThrough();
  let said = "";
  const output = new Writable({
    write: (chunk, _encoding, done) => {
      said += chunk;
      done();
    },
  });
  input.end(typed);
  const answer = await askServerName({ input, output });
  return { answer, said };
};

test("a name or an address is taken, Enter is this machine, and so is an input that ends", async () => {
  assert.equal((await asked("proxy.example\n")).answer, "proxy.example");
  assert.equal((await asked(" 2001:db8::1 \n")).answer, "2001:db8::1");
  assert.equal((await asked("\n")).answer, undefined);
  assert.equal((await asked("")).answer, undefined);
});

test("what is no name is asked again, with the reason", async () => {
  const { answer, said } = await asked("http://x\n*.example\nproxy.example\n");
  assert.equal(answer, "proxy.example");
  assert.equal(said.match(/is neither a DNS name nor an IP address/g)?.length, 2);
});
