import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigFolder, faultsOf } from "@octoproxy/lib/config/config-fixture";
import { loadClientConfig } from "./load-client-config.ts";

const client = `host_rule = "rules.toml"
[backends.tokyo]
address = "localhost:8443"
protocol = "http2"
client_cert = "certs/me.crt"
client_key = "certs/me.key"
cacert = "certs/ca.crt"
`;

const folderWith = (rules: string | undefined): ConfigFolder => {
  const folder = new ConfigFolder();
  folder.writeCertificates("client");
  folder.write("client.toml", client);
  if (rules !== undefined) folder.write("rules.toml", rules);
  return folder;
};

const load = (folder: ConfigFolder) => loadClientConfig("client.toml", { workingFolder: folder.path });

const faultsIn = async (rules: string): Promise<string[]> => {
  using folder = folderWith(rules);
  return await faultsOf(load(folder));
};

test("rules keep the order of the file and know their lines", async () => {
  using folder = folderWith(
    `# first
["zulu.example"]
block = true
[10]
direct = true
["*.corp.example"]
backend = "tokyo"
rewrite = "inner.example:8443"
["10.0.0.0/8"]
direct = true
[9]
direct = true
['~^cdn\\d+\\.example$']
backend = "tokyo"
`,
  );
  const { config, warnings } = await load(folder);
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    config.hostRules?.rules.map(({ pattern, line }) => `${line} ${pattern}`),
    ["2 zulu.example", "4 10", "6 *.corp.example", "9 10.0.0.0/8", "11 9", "13 ~^cdn\\d+\\.example$"],
  );
  assert.deepEqual(config.hostRules?.rules[2], {
    pattern: "*.corp.example",
    rewrite: "inner.example:8443",
    backend: "tokyo",
    direct: false,
    block: false,
    line: 6,
  });
});

test("a rule without an action is left out, with a warning", async () => {
  using folder = folderWith('["a.example"]\n["b.example"]\nblock = true\n["c.example"]\ndirect = false\n');
  const { config, warnings } = await load(folder);
  assert.equal(config.hostRules?.rules.length, 1);
  assert.deepEqual(
    warnings.map(({ file, line, keyPath }) => `${file}:${line} ${keyPath}`),
    ['rules.toml:1 "a.example"', 'rules.toml:4 "c.example"'],
  );
});

test("wrong rules are told at their place", async () => {
  assert.deepEqual(await faultsIn('["x"]\nbackend = "tokio"\n'), [
    '2:11 x.backend: no backend is called "tokio", did you mean "tokyo"?',
  ]);
  assert.deepEqual(await faultsIn('["x"]\nrewrite = "http://a/"\n'), [
    '2:11 x.rewrite: "http://a/" is not host or host:port',
  ]);
  assert.deepEqual(await faultsIn("[a.example.com]\nblock = true\n"), [
    '1:1 a.example: needs quotes around the whole name: ["a.example.com"]',
  ]);
  assert.deepEqual(await faultsIn('block = true\n["x"]\nblok = true\n'), [
    '1:1 block: stands outside of a rule; a rule begins with ["host"]',
    '3:1 x.blok: unknown key, did you mean "block"?',
  ]);
  assert.match((await faultsIn("['~[']\nblock = true\n"))[0] ?? "", /^1:1 "~\[": .*regular expression/);
  assert.match((await faultsIn('["10.0.0.0/99"]\nblock = true\n'))[0] ?? "", /^1:1 "10\.0\.0\.0\/99": /);
  assert.match((await faultsIn('["a b"]\nblock = true\n'))[0] ?? "", /^1:1 "a b": /);
});

test("a rules file that cannot be read is told where it is named, one that is not TOML in itself", async () => {
  using none = folderWith(undefined);
  assert.deepEqual(await faultsOf(load(none)), ["1:13 host_rule: rules.toml: there is no such file"]);
  assert.match((await faultsIn('["x"\n'))[0] ?? "", /^1:\d+ : not valid TOML/);
});

test("many rules are read, with their lines", async () => {
  const count = 20_000;
  using folder = folderWith(
    Array.from({ length: count }, (_, index) => `["h${index}.example"]\nblock = true\n`).join(""),
  );
  const { config } = await load(folder);
  assert.equal(config.hostRules?.rules.length, count);
  assert.equal(config.hostRules?.rules.at(-1)?.line, 2 * count - 1);
});
