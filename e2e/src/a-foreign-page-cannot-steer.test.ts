import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { askAdmin } from "./harness/admin.ts";
import { Pair } from "./harness/pair.ts";
import { hostAndPort } from "./harness/raw-tunnel.ts";

const token = "a-token-of-thirty-two-characters";

const disable = "/api/v1/backends/local/disable";
const statusOf = async (admin: string, headers: Record<string, string> = {}): Promise<unknown> =>
  (await askAdmin(admin, "/api/v1/backends/local", { headers })).json().status;

/** The status line with which a WebSocket is answered. */
const upgrade = async (admin: string, headers: readonly string[]): Promise<string> => {
  const socket = connect(hostAndPort(admin));
  const fixed = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  socket.write(["GET /api/v1/events HTTP/1.1", ...headers, ...fixed, key, "", ""].join("\r\n"));
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.toString("latin1").split("\r\n", 1)[0]!;
};

// R24
test("a page of another origin, or one that rebinds a name to this machine, changes nothing and reads nothing", async () => {
  await using pair = await Pair.start({ client: 'metric_address = "127.0.0.1:0"' });
  const admin = await pair.client.listening("admin");
  const foreign: readonly Record<string, string>[] = [
    { Origin: "http://evil.example" },
    { Origin: "null" },
    { Origin: "http://127.0.0.1:3000" },
    { Host: "evil.example:8403" },
    { Host: "evil.example:8403", Origin: "http://evil.example:8403" },
    { "Sec-Fetch-Site": "cross-site" },
  ];
  for (const headers of foreign) {
    for (const [method, path] of [
      ["POST", disable],
      ["POST", "/api/v1/reload"],
      ["GET", "/api/v1/status"],
      ["GET", "/metrics"],
    ] as const) {
      const answer = await askAdmin(admin, path, { method, headers });
      assert.equal(answer.status, 403, `${method} ${path} ${JSON.stringify(headers)}`);
      assert.deepEqual(Object.keys(answer.json()), ["error"]);
    }
  }
  assert.match(await upgrade(admin, [`Host: ${admin}`, "Origin: http://evil.example"]), / 403 /);
  assert.match(await upgrade(admin, ["Host: evil.example"]), / 403 /);
  assert.match(await upgrade(admin, [`Host: ${admin}`]), / 101 /);
  assert.equal(await statusOf(admin), "normal");
  assert.equal(
    pair.client.lines.some(({ msg }) => msg === "reloaded"),
    false,
  );
});

const outward = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === "IPv4" && !address.internal)?.address;
const skip =
  outward === undefined && !process.env.OCTOPROXY_NO_SKIP ? "this machine has loopback only" : false;

test("from another address nothing is had without the token", { skip }, async () => {
  await using pair = await Pair.start({
    client: `metric_address = "${outward}:0"\nmetric_token = "${token}"`,
  });
  const admin = await pair.client.listening("admin");
  const without: readonly Record<string, string>[] = [
    {},
    { Authorization: "Bearer wrong-token-of-some-length" },
    { Authorization: token },
  ];
  for (const headers of without) {
    for (const [method, path] of [
      ["POST", disable],
      ["GET", "/api/v1/tunnels"],
      ["GET", "/metrics"],
    ] as const) {
      assert.equal((await askAdmin(admin, path, { method, headers })).status, 401);
    }
  }
  for (const path of ["/healthz", "/readyz", "/proxy.pac"]) {
    assert.equal((await askAdmin(admin, path)).status, 200, path);
  }
  const headers = { Authorization: `Bearer ${token}` };
  assert.equal(await statusOf(admin, headers), "normal");
  assert.equal((await askAdmin(admin, disable, { method: "POST", headers })).status, 200);
  assert.equal(await statusOf(admin, headers), "force_closed");
});
