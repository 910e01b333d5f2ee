import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { DaemonProcess } from "./harness/daemon-process.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { Fleet } from "./harness/fleet.ts";
import { backendTable, startClient } from "./harness/pair.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";
import { slowRoad } from "./harness/slow-road.ts";

type Shares = Record<"one" | "two" | "three", number>;

/** Three servers; a client for each test, so that nothing is remembered. */
suite("shares, counted by the access log", () => {
  let fleet: Fleet;
  let target: EchoTarget;
  before(async () => {
    fleet = await Fleet.start();
    target = await EchoTarget.start("0.0.0.0");
  });
  after(async () => {
    await target[Symbol.asyncDispose]();
    await fleet[Symbol.asyncDispose]();
  });

  /** @param weights by name; @param roads other addresses by name. */
  const startBalancing = async (
    balance: string,
    weights: Partial<Shares> = {},
    roads: Record<string, string> = {},
  ) => {
    const tables = [...fleet.addresses].map(([name, address]) =>
      backendTable(name, roads[name] ?? address, `weight = ${weights[name as keyof Shares] ?? 1}`),
    );
    const client = await startClient(fleet.folder, `balance = "${balance}"\n${tables.join("")}`, balance);
    for (const name of fleet.addresses.keys()) await up(client.process, name);
    return client;
  };

  const up = (client: DaemonProcess, name: string, since = 0) =>
    client.line((line) => line.backend === name && line.status === "normal", `${name} up`, since);

  /** Opens and closes tunnels, some at a time, and counts where they went. */
  const count = async (
    client: { process: DaemonProcess; proxy: string },
    many: number,
    atOnce = 1,
    host: (number: number) => string = () => "127.0.0.1",
  ): Promise<Shares> => {
    const since = client.process.lines.length;
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < many) {
        const { status, head, socket } = await connectThrough(client.proxy, `${host(next++)}:${target.port}`);
        assert.equal(status, 200, head);
        socket.destroy();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    const isTunnel = ({ msg }: { msg: string }): boolean => msg === "tunnel";
    let seen = 0;
    await client.process.line(
      (line) => isTunnel(line) && ++seen === many,
      `${many} tunnels in the log`,
      since,
    );
    const shares: Shares = { one: 0, two: 0, three: 0 };
    for (const line of client.process.lines.slice(since).filter(isTunnel))
      shares[line.backend as keyof Shares]++;
    return shares;
  };

  test("first: all of them the first of the file, the next while it is down, the first again when it is back", async () => {
    const client = await startBalancing("first", { one: 1, two: 9 });
    await using _ = client.process;
    const [first, second] = [...fleet.addresses.keys()] as (keyof Shares)[];
    assert.equal((await count(client, 60, 4))[first!], 60);
    const { length: since } = client.process.lines;
    fleet.server(first!).kill("SIGKILL");
    await client.process.line(
      (line) => line.backend === first && line.status === "closed",
      "the first is down",
      since,
    );
    assert.equal((await count(client, 60, 4))[second!], 60);
    await fleet.startServer(first!);
    await up(client.process, first!, since);
    assert.equal((await count(client, 60, 4))[first!], 60);
  });

  test("round_robin: exactly by weight", async () => {
    const client = await startBalancing("round_robin", { one: 3, two: 2, three: 1 });
    await using _ = client.process;
    assert.deepEqual(await count(client, 120, 6), { one: 60, two: 40, three: 20 });
  });

  test("random: by weight, about", async (context) => {
    const client = await startBalancing("random", { one: 3, two: 2, three: 1 });
    await using _ = client.process;
    const { one, two, three } = await count(client, 600, 8);
    context.diagnostic(`${one}/${two}/${three} of 600`);
    // Six standard deviations: one run in a hundred million is further away.
    assert.ok(Math.abs(one - 300) < 74 && Math.abs(two - 200) < 70 && Math.abs(three - 100) < 55);
  });

  test("least_connections: open tunnels by weight, and the gap is filled first", async () => {
    const client = await startBalancing("least_connections", { one: 3, two: 2, three: 1 });
    await using _ = client.process;
    const open = [];
    for (let number = 0; number < 60; number++) {
      const { status, head, socket } = await connectThrough(client.proxy, target.address);
      assert.equal(status, 200, head);
      open.push(socket);
    }
    for (const socket of open) socket.destroy();
    let seen = 0;
    await client.process.line(({ msg }) => msg === "tunnel" && ++seen === 60, "60 tunnels in the log");
    const shares: Shares = { one: 0, two: 0, three: 0 };
    for (const line of client.process.lines)
      if (line.msg === "tunnel") shares[line.backend as keyof Shares]++;
    assert.deepEqual(shares, { one: 30, two: 20, three: 10 });
  });

  for (const balance of ["least_loaded_time", "p2c"]) {
    test(`${balance}: a server behind a slow road gets few, the others the rest`, async (context) => {
      await using road = await slowRoad(fleet.address("three"), 100);
      const client = await startBalancing(balance, {}, { three: road.address });
      await using _ = client.process;
      const { one, two, three } = await count(client, 300, 4);
      context.diagnostic(`${one}/${two}/${three} of 300, three being 200 ms away`);
      assert.ok(three >= 1 && three < 60, `${three}`);
      assert.ok(one > 30 && two > 30, `${one} and ${two}`);
    });
  }

  test("uri_hash: a host has its server; when one goes only its own hosts move, and they come back", async () => {
    const client = await startBalancing("uri_hash");
    await using _ = client.process;
    const hosts = 90;
    const places = async (): Promise<Map<string, string>> => {
      const since = client.process.lines.length;
      await count(client, hosts * 2, 4, (number) => `127.1.0.${(number % hosts) + 1}`);
      const found = new Map<string, string>();
      for (const { msg, target: host, backend } of client.process.lines.slice(since)) {
        if (msg !== "tunnel") continue;
        const before = found.get(String(host));
        assert.ok(before === undefined || before === backend, `${host} at ${before} and ${backend}`);
        found.set(String(host), String(backend));
      }
      return found;
    };
    const before = await places();
    const shares = Map.groupBy(before.values(), (name) => name);
    for (const name of fleet.addresses.keys()) assert.ok((shares.get(name)?.length ?? 0) >= 10, name);
    const { length: since } = client.process.lines;
    fleet.server("two").kill("SIGKILL");
    await client.process.line(
      (line) => line.backend === "two" && line.status === "closed",
      "two is down",
      since,
    );
    for (const [host, name] of await places()) {
      if (before.get(host) === "two") assert.notEqual(name, "two");
      else assert.equal(name, before.get(host), host);
    }
    await fleet.startServer("two");
    await up(client.process, "two", since);
    assert.deepEqual(await places(), before);
  });
});
