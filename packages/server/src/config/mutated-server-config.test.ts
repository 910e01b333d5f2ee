import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "@octoproxy/lib/config/config-fault";
import { ConfigFolder } from "@octoproxy/lib/config/config-fixture";
import { mutatedText } from "@octoproxy/lib/config/mutation-fixture";
import { fuzzing } from "@octoproxy/lib/testing/fuzzing";
import fc from "fast-check";
import { loadServerConfig } from "./load-server-config.ts";

const server = `listen_address = "0.0.0.0:8443"
auth_cert = "me.crt"
auth_key = "me.key"
client_ca = "ca.crt"
client_crl = ["ca.crl"]
allow_any_client = false
quic = true
webtransport_address = "0.0.0.0:8444"
use_0rtt = false
max_concurrent_tasks = 32
max_pending_handshakes = 8
max_tunnels_per_client = 100
log_level = "info"
access_log = "off"
metric_address = "127.0.0.1:8404"
connect_timeout = 7
drain_timeout = 30
dns_servers = ["9.9.9.9"]
[egress]
default = "deny"
deny = "10.0.0.0/8"
allow = ["*.corp.example:443", "10.1.2.3"]
[[clients]]
match = "CN=laptop"
max_tunnels = 10
[clients.egress]
allow = "10.1.2.3"
`;

/** R27: whatever becomes of a good file, the end is a configuration or faults with a place, never anything else. */
test("mutated files are loaded, or refused with file, place and a sentence", async () => {
  using folder = new ConfigFolder();
  for (const name of ["me.crt", "me.key", "ca.crt", "ca.crl"]) folder.write(name, "nothing");
  await fc.assert(
    fc.asyncProperty(mutatedText(server), async (text) => {
      folder.write("server.toml", text);
      // The files hold nothing, so it is always refused.
      const loaded = loadServerConfig("server.toml", { workingFolder: folder.path });
      await assert.rejects(loaded, (error) => {
        assert.ok(error instanceof ConfigError, String((error as Error).stack));
        for (const { file, line, message } of error.faults) {
          assert.equal(file, "server.toml");
          assert.ok(line !== undefined && line >= 1);
          assert.notEqual(message, "");
        }
        assert.doesNotMatch(error.report(), /undefined|\[object|[\u0000-\u0009\u000b-\u001f]/);
        return true;
      });
    }),
    fuzzing("server-configuration"),
  );
});
