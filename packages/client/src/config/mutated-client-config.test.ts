import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "@octoproxy/lib/config/config-fault";
import { ConfigFolder } from "@octoproxy/lib/config/config-fixture";
import { mutatedText } from "@octoproxy/lib/config/mutation-fixture";
import { fuzzing } from "@octoproxy/lib/testing/fuzzing";
import fc from "fast-check";
import { loadClientConfig } from "./load-client-config.ts";

const client = `listen_address = ["127.0.0.1:8081", "[::1]:8081"]
allow_from = ["10.0.0.0/8"]
metric_address = "127.0.0.1:8403"
metric_token = "0123456789abcdef"
log_level = "debug"
balance = "p2c"
host_rule = "rules.toml"
connect_timeout = 10
dns_servers = "9.9.9.9"
access_log = "no_targets"
drain_timeout = 1.5

[backends.tokyo]
address = "localhost:8443"
server_name = "tokyo.example"
protocol = "http2"
status = "normal"
weight = 2
retry_timeout = 5
max_retries = 3
client_cert = "me.crt"
client_key = "me.key"
crl = []
dialect = "git"
http2 = { keep_alive_interval = 1, initial_stream_window_size = "1 MiB", adaptive_window = true }
[backends.tokyo.quic]
expected_rtt = 100
congestion = "bbr"
[backends.10]
address = "[::1]:1"
client_cert = "me.crt"
client_key = "me.key"
`;
const rules = `["example.com"]
rewrite = "127.0.0.1"
["*.corp.example:443"]
backend = "tokyo"
["10.0.0.0/8"]
direct = true
['~^cdn\\d+$']
block = true
`;

/** R27: whatever becomes of good files, the end is a configuration or faults with a place, never anything else. */
test("mutated files are loaded, or refused with file, place and a sentence", async () => {
  using folder = new ConfigFolder();
  folder.write("me.crt", "no certificate");
  folder.write("me.key", "no key");
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(mutatedText(client), mutatedText(rules), async (clientText, ruleText) => {
      folder.write("client.toml", clientText);
      folder.write("rules.toml", ruleText);
      try {
        await loadClientConfig("client.toml", { workingFolder: folder.path });
      } catch (error) {
        assert.ok(error instanceof ConfigError, String((error as Error).stack));
        refused++;
        assert.ok(error.faults.length > 0);
        for (const { file, line, message } of error.faults) {
          assert.match(file, /^(client|rules)\.toml$/);
          assert.ok(line === undefined || line >= 1);
          assert.notEqual(message, "");
        }
        assert.doesNotMatch(error.report(), /undefined|\[object|[\u0000-\u0009\u000b-\u001f]/);
      }
    }),
    fuzzing("client-configuration"),
  );
  assert.ok(refused > 100);
});
