import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import { AutoConnector } from "./auto-connector.ts";
import type { Connector } from "./connector.ts";

/** A connection as far as the connector looks at it. */
class Made {
  readonly protocol: "quic" | "http2";
  destroyed = false;

  constructor(protocol: "quic" | "http2") {
    this.protocol = protocol;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

const asConnection = (made: Made): ClientConnection => made as unknown as ClientConnection;

/** A way of connecting whose attempts a test ends. */
class Hand implements Connector {
  listener: Connector["listener"];
  readonly why = undefined;
  readonly attempts: {
    readonly signal: AbortSignal;
    resolve(connection: ClientConnection): void;
    reject(error: unknown): void;
  }[] = [];
  #waiting: (() => void) | undefined;

  connect(signal: AbortSignal): Promise<ClientConnection> {
    const { promise, resolve, reject } = Promise.withResolvers<ClientConnection>();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    this.attempts.push({ signal, resolve, reject });
    this.#waiting?.();
    return promise;
  }

  stop(): void {}

  /** Waits for so many attempts. */
  async attempt(count: number): Promise<Hand["attempts"][number]> {
    while (this.attempts.length < count) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    return this.attempts[count - 1]!;
  }
}

const setUp = () => {
  const hands = { quic: new Hand(), http2: new Hand() };
  const connector = new AutoConnector(hands, { headStartMs: 1, graceMs: 50 });
  const better = Promise.withResolvers<ClientConnection>();
  const silent: ClientConnection[] = [];
  connector.listener = { better: better.resolve, silent: (connection) => silent.push(connection) };
  return { ...hands, connector, better: better.promise, silent };
};

const unreachable = new ProxyError("BACKEND_UNREACHABLE", { detail: "nothing came back" });
const never = new AbortController().signal;

test("HTTP/2 is used; QUIC goes on and is handed over when it comes", async () => {
  const { quic, http2, connector, better } = setUp();
  const connecting = connector.connect(never);
  const slow = asConnection(new Made("http2"));
  (await http2.attempt(1)).resolve(slow);
  assert.equal(await connecting, slow);
  assert.match(connector.why ?? "", /did not answer as quickly/);
  const late = asConnection(new Made("quic"));
  quic.attempts[0]!.resolve(late);
  assert.equal(await better, late);
  assert.match(connector.why ?? "", /^http2 before/);
  assert.equal(quic.attempts.length, 1);
});

test("QUIC that failed is tried again by itself, and the reason is told meanwhile", async () => {
  const { quic, http2, connector, better } = setUp();
  const connecting = connector.connect(never);
  quic.attempts[0]!.reject(unreachable);
  (await http2.attempt(1)).resolve(asConnection(new Made("http2")));
  await connecting;
  assert.match(connector.why ?? "", /^QUIC failed: .*nothing came back/);
  const again = asConnection(new Made("quic"));
  (await quic.attempt(2)).resolve(again);
  assert.equal(await better, again);
});

test("stopped, it tries nothing any more, and what comes too late is closed", async () => {
  const { quic, http2, connector } = setUp();
  const connecting = connector.connect(never);
  (await http2.attempt(1)).resolve(asConnection(new Made("http2")));
  await connecting;
  connector.stop();
  assert.equal(quic.attempts[0]!.signal.aborted, true);
  const late = new Made("quic");
  quic.attempts[0]!.resolve(asConnection(late));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(quic.attempts.length, 1);
});

test("given up, both attempts end with the reason", async () => {
  const { quic, http2, connector } = setUp();
  const giving = new AbortController();
  const connecting = connector.connect(giving.signal);
  await http2.attempt(1);
  giving.abort(new ProxyError("BACKEND_TIMEOUT"));
  await assert.rejects(connecting, { code: "BACKEND_TIMEOUT" });
  assert.deepEqual([quic.attempts[0]!.signal.aborted, http2.attempts[0]!.signal.aborted], [true, true]);
});

test("after a silence QUIC does not lead: HTTP/2 is asked first, and QUIC comes back in the background", async () => {
  const { quic, http2, connector, better, silent } = setUp();
  const connecting = connector.connect(never);
  const first = asConnection(new Made("quic"));
  quic.attempts[0]!.resolve(first);
  assert.equal(await connecting, first);
  quic.listener?.silent(first);
  assert.deepEqual(silent, [first]);
  const again = connector.connect(never);
  assert.equal(quic.attempts.length, 1);
  (await http2.attempt(1)).resolve(asConnection(new Made("http2")));
  await again;
  assert.match(connector.why ?? "", /silent/);
  const back = asConnection(new Made("quic"));
  (await quic.attempt(2)).resolve(back);
  assert.equal(await better, back);
});
