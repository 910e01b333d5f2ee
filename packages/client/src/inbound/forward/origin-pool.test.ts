import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTarget } from "@octoproxy/lib/address/target";
import type { ByteStream, StreamOwner } from "@octoproxy/lib/transport/tunnel-stream";
import { dial, openInbound, openOrigin } from "../test-bed.ts";
import { OriginPool, poolKey } from "./origin-pool.ts";

/** A tunnel that writes down what is done to it. */
class Tunnel implements ByteStream {
  readonly transient = false;
  readonly retains = false;
  readonly done: string[] = [];
  owner: StreamOwner | undefined;

  own(owner: StreamOwner): void {
    this.owner = owner;
  }
  write(): boolean {
    return true;
  }
  end(): void {
    this.done.push("end");
  }
  reset(): void {
    this.done.push("reset");
  }
  resume(): void {
    this.done.push("resume");
  }
}

const key = poolKey("tokyo", { host: "h", port: 80 });
const put = (pool: OriginPool, where = key): Tunnel => {
  const tunnel = new Tunnel();
  pool.put(pool.adopt(tunnel, where));
  return tunnel;
};

test("the connection that was used last is taken first, for its own way and origin only", () => {
  const pool = new OriginPool();
  put(pool);
  const second = put(pool);
  assert.deepEqual(second.done, ["resume"]);
  assert.equal(pool.take(poolKey("osaka", { host: "h", port: 80 })), undefined);
  assert.equal(pool.take(poolKey("tokyo", { host: "h", port: 81 })), undefined);
  const taken = pool.take(key);
  assert.equal(taken?.stream, second);
  assert.equal(taken?.reused, true);
  assert.equal(pool.size, 1);
  pool.close();
});

test("beyond its limits it ends connections in peace", () => {
  const pool = new OriginPool({ perOrigin: 2, total: 3 });
  put(pool);
  put(pool);
  assert.deepEqual(put(pool).done, ["end", "resume"]);
  put(pool, "other");
  assert.deepEqual(put(pool, "third").done, ["end", "resume"]);
  assert.equal(pool.size, 3);
  pool.close();
  assert.equal(pool.size, 0);
  assert.deepEqual(put(pool).done, ["end", "resume"]);
});

test("a word, a FIN or a reset from one that waits ends it; it is not offered again", () => {
  for (const say of ["data", "end", "reset"] as const) {
    const pool = new OriginPool();
    const tunnel = put(pool);
    if (say === "data") tunnel.owner?.data(Buffer.from("x"));
    else if (say === "end") tunnel.owner?.end();
    else tunnel.owner?.reset(undefined as never);
    assert.equal(pool.take(key), undefined);
    assert.equal(pool.size, 0);
    assert.equal(tunnel.done.at(-1), "reset");
  }
});

test("one that its origin keeps for less than it has waited is not offered", () => {
  const pool = new OriginPool();
  const tunnel = new Tunnel();
  const connection = pool.adopt(tunnel, key);
  connection.keepMs = -1;
  pool.put(connection);
  assert.equal(pool.take(key), undefined);
  assert.deepEqual(tunnel.done, ["resume", "end", "resume"]);
});

test("a kept tunnel serves no request that a rule leads elsewhere in the meantime", async () => {
  using before = await openOrigin();
  using after = await openOrigin();
  let place = before;
  await using inbound = await openInbound({
    forward: {
      route: () => {
        const target = parseTarget(place.host);
        return { key: "tokyo", target, open: (signal) => dial(target, signal) };
      },
    },
  });
  const application = await inbound.application();
  for (const origin of [before, after]) {
    place = origin;
    application.send("GET http://moved.example/ HTTP/1.1\r\nHost: h\r\n\r\n");
    const target = await origin.accept();
    await target.take(/\r\n\r\n/);
    target.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    await application.take(/ok$/);
  }
});
