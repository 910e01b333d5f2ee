import assert from "node:assert/strict";
import { getEventListeners, once } from "node:events";
import { type AddressInfo, connect, createServer, Socket, type TcpNetConnectOpts } from "node:net";
import { mock, test } from "node:test";
import { Deadline } from "../deadline/deadline.ts";
import { ProxyError } from "../error/proxy-error.ts";
import { SocketStream } from "../splice/socket-stream.ts";
import { hasCode, turnsUntil } from "../transport/conformance/expect.ts";
import { Recorder } from "../transport/conformance/recorder.ts";
import { alternateFamilies } from "./address-order.ts";
import { ConnectRace } from "./connect-race.ts";
import { dial } from "./dial.ts";
import { errorOfConnect, tellingError } from "./dial-error.ts";

const signal = AbortSignal.timeout(60_000);
const sockets = () =>
  process.getActiveResourcesInfo().filter((kind) => /^TCP(Socket|Connect)Wrap$/.test(kind)).length;

const listen = async () => {
  const server = createServer({ allowHalfOpen: true });
  const accepted = new Set<Socket>();
  server.on("connection", (socket) => {
    accepted.add(socket);
    socket.on("error", () => {}).on("close", () => accepted.delete(socket));
    socket.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of accepted) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
};

/** A port of 127.0.0.1 on which nobody listens. */
const closedPort = async (): Promise<number> => {
  await using listener = await listen();
  return listener.port;
};

const answering = (...addresses: string[]) => ({ resolve: async () => addresses });

test("families alternate, beginning with the first address's, each in its order", () => {
  assert.deepEqual(alternateFamilies(["2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1"]), [
    "2001:db8::1",
    "192.0.2.1",
    "2001:db8::2",
    "2001:db8::3",
  ]);
  assert.deepEqual(alternateFamilies(["192.0.2.1", "192.0.2.2", "2001:db8::1"]), [
    "192.0.2.1",
    "2001:db8::1",
    "192.0.2.2",
  ]);
  assert.deepEqual(alternateFamilies(["192.0.2.1"]), ["192.0.2.1"]);
});

test("a target is reached, tells its address, and keeps half-close", async () => {
  await using listener = await listen();
  listener.server.on("connection", (socket) => {
    socket.once("end", () => socket.end("after your FIN"));
  });
  const { stream, address } = await dial(
    { host: "target.test", port: listener.port },
    { resolver: answering("127.0.0.1") },
    signal,
  );
  assert.equal(address, `127.0.0.1:${listener.port}`);
  assert.equal(stream.transient, true);
  const near = new Recorder(stream);
  await near.send(Buffer.from("question"));
  stream.end();
  await near.until(() => near.ended);
  assert.equal(near.text, "after your FIN");
});

test("a literal is not asked for", async () => {
  await using listener = await listen();
  const resolver = { resolve: () => Promise.reject(new Error("asked")) };
  const { stream } = await dial({ host: "127.0.0.1", port: listener.port }, { resolver }, signal);
  stream.reset();
});

test("a refused connection tells who refused; the next address is tried at once", async () => {
  const port = await closedPort();
  const target = { host: "target.test", port };
  await assert.rejects(dial(target, { resolver: answering("127.0.0.1") }, signal), (error: unknown) => {
    hasCode("CONNECTION_REFUSED")(error);
    assert.equal((error as ProxyError).nextHop, `127.0.0.1:${port}`);
    return true;
  });
  await using listener = await listen();
  const resolver = answering("127.0.0.2", "127.0.0.3", "127.0.0.1");
  const { stream, address } = await dial({ host: "target.test", port: listener.port }, { resolver }, signal);
  assert.equal(address, `127.0.0.1:${listener.port}`);
  stream.reset();
});

test("errors of connect(2) have their codes, and the one about the target is told", () => {
  const error = (code: string, at = "192.0.2.1:80") =>
    errorOfConnect(Object.assign(new Error(code), { code }), at);
  const expected = {
    ECONNREFUSED: "CONNECTION_REFUSED",
    ETIMEDOUT: "CONNECTION_TIMEOUT",
    ENETUNREACH: "TARGET_UNROUTABLE",
    EHOSTUNREACH: "TARGET_UNROUTABLE",
    EADDRNOTAVAIL: "OVERLOADED",
    EMFILE: "OVERLOADED",
  };
  for (const [code, ours] of Object.entries(expected)) assert.equal(error(code).code, ours);
  assert.equal(error("EADDRNOTAVAIL", "[2001:db8::1]:80").code, "TARGET_UNROUTABLE");
  assert.match(error("EADDRNOTAVAIL").message, /no free port for another connection to 192\.0\.2\.1:80$/);
  assert.equal(tellingError([error("ENETUNREACH"), error("ECONNREFUSED")]).code, "CONNECTION_REFUSED");
  assert.equal(tellingError([error("ENETUNREACH")]).code, "TARGET_UNROUTABLE");
});

test("the judge is asked for the name, then for each address; what it forbids is never dialed", async () => {
  await using listener = await listen();
  let accepted = 0;
  listener.server.on("connection", () => accepted++);
  const asked: string[] = [];
  const judge = (verdict: "allowed" | "denied" | "by_address", allowed: readonly string[]) => ({
    judgeHost: () => verdict,
    judgeAddress: (address: string) => {
      asked.push(address);
      return allowed.includes(address);
    },
  });
  const target = { host: "target.test", port: listener.port };
  const unasked = { resolve: () => Promise.reject(new Error("asked")) };
  await assert.rejects(
    dial(target, { resolver: unasked, judge: judge("denied", []) }, signal),
    hasCode("TARGET_PROHIBITED"),
  );
  const resolver = answering("127.0.0.1", "127.0.0.2");
  await assert.rejects(
    dial(target, { resolver, judge: judge("by_address", []) }, signal),
    hasCode("TARGET_PROHIBITED"),
  );
  assert.deepEqual(asked.splice(0), ["127.0.0.1", "127.0.0.2"]);
  // One good and one denied address: the good one is used (nobody listens there), the other never.
  await assert.rejects(
    dial(target, { resolver, judge: judge("by_address", ["127.0.0.2"]) }, signal),
    hasCode("CONNECTION_REFUSED"),
  );
  assert.equal(accepted, 0);
  asked.length = 0;
  const { stream } = await dial(target, { resolver, judge: judge("allowed", []) }, signal);
  assert.deepEqual(asked, []);
  stream.reset();
});

/** `ok` connects, everything else hangs or fails without a network. */
const racing = (port: number) => {
  const dialed: string[] = [];
  const hanging: Socket[] = [];
  const open = (options: TcpNetConnectOpts): Socket => {
    dialed.push(options.host ?? "");
    if (options.host === "ok") return connect({ ...options, host: "127.0.0.1", port });
    const socket = new Socket();
    if (options.host === "broken")
      queueMicrotask(() => socket.destroy(Object.assign(new Error("no"), { code: "ENETUNREACH" })));
    else hanging.push(socket);
    return socket;
  };
  const race = (addresses: readonly string[], abort: AbortSignal) =>
    new ConnectRace({ addresses, port, shared: true, connect: open }, abort).run();
  return { dialed, hanging, race };
};

test("a hanging address is overtaken after 250 ms and destroyed when another wins", async (t) => {
  await using listener = await listen();
  const { dialed, hanging, race } = racing(listener.port);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const controller = new AbortController();
  const running = race(["hang1", "hang2", "ok", "never"], controller.signal);
  assert.deepEqual(dialed, ["hang1"]);
  t.mock.timers.tick(249);
  assert.deepEqual(dialed, ["hang1"]);
  t.mock.timers.tick(1);
  assert.deepEqual(dialed, ["hang1", "hang2"]);
  t.mock.timers.tick(250);
  const { socket, address } = await running;
  assert.equal(address, "ok");
  assert.deepEqual(dialed, ["hang1", "hang2", "ok"]);
  assert.deepEqual(
    hanging.map(({ destroyed }) => destroyed),
    [true, true],
  );
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  assert.deepEqual([socket.listenerCount("error"), socket.listenerCount("connect")], [0, 0]);
  socket.destroy();
});

test("a failure starts the next attempt at once", async (t) => {
  await using listener = await listen();
  const { dialed, race } = racing(listener.port);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { socket } = await race(["broken", "broken", "ok"], signal);
  assert.deepEqual(dialed, ["broken", "broken", "ok"]);
  socket.destroy();
});

test("an abort ends every attempt with the signal's reason", async (t) => {
  const { hanging, race } = racing(1);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const controller = new AbortController();
  const running = race(["hang1", "hang2", "never"], controller.signal);
  t.mock.timers.tick(250);
  const reason = new Error("given up");
  controller.abort(reason);
  await assert.rejects(running, reason);
  assert.deepEqual(
    hanging.map(({ destroyed }) => destroyed),
    [true, true],
  );
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
});

test("an abort works in every phase and leaves nothing", async () => {
  await using listener = await listen();
  await turnsUntil(() => sockets() === 0);
  const reason = new Error("given up");
  const before = { resolver: { resolve: () => Promise.reject(new Error("asked")) } };
  const target = { host: "target.test", port: listener.port };
  await assert.rejects(
    dial({ host: "127.0.0.1", port: listener.port }, before, AbortSignal.abort(reason)),
    reason,
  );
  const resolving = new AbortController();
  const resolver = {
    resolve: (_name: string, abort: AbortSignal) =>
      new Promise<readonly string[]>((_, reject) =>
        abort.addEventListener("abort", () => reject(abort.reason)),
      ),
  };
  const waiting = dial(target, { resolver }, resolving.signal);
  resolving.abort(reason);
  await assert.rejects(waiting, reason);
  // While connecting, and in the moment in which it is connected.
  for (let turns = 0; turns < 6; turns++) {
    const connecting = new AbortController();
    const dialing = dial(target, { resolver: answering("127.0.0.1") }, connecting.signal);
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    connecting.abort(reason);
    await dialing.then(
      ({ stream }) => stream.reset(),
      (error: unknown) => assert.equal(error, reason),
    );
  }
  await turnsUntil(() => sockets() === 0);
});

test("a deadline is told by what was waited for", async () => {
  const hangs = (_name: string, abort: AbortSignal) =>
    new Promise<readonly string[]>((_, reject) =>
      abort.addEventListener("abort", () => reject(abort.reason)),
    );
  using deadline = new Deadline(5, "CONNECTION_TIMEOUT");
  await assert.rejects(
    dial({ host: "target.test", port: 1 }, { resolver: { resolve: hangs } }, deadline.signal),
    hasCode("DNS_TIMEOUT"),
  );
  const connecting = new AbortController();
  const dialing = dial({ host: "127.0.0.1", port: 1 }, { resolver: { resolve: hangs } }, connecting.signal);
  connecting.abort(new ProxyError("CONNECTION_TIMEOUT"));
  await assert.rejects(dialing, (error: unknown) => {
    hasCode("CONNECTION_TIMEOUT")(error);
    assert.equal((error as ProxyError).nextHop, "127.0.0.1:1");
    return true;
  });
});

test("500 dials and resets leave no socket, timer or listener", async () => {
  await using listener = await listen();
  const controller = new AbortController();
  for (let round = 0; round < 10; round++) {
    const dialed = await Promise.all(
      Array.from({ length: 50 }, () =>
        dial(
          { host: "target.test", port: listener.port },
          { resolver: answering("127.0.0.1", "127.0.0.2") },
          controller.signal,
        ),
      ),
    );
    assert.ok(dialed.every(({ stream }) => stream instanceof SocketStream));
    for (const { stream } of dialed) stream.reset();
  }
  await turnsUntil(() => sockets() === 0);
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  assert.equal(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length, 0);
  mock.reset();
});
