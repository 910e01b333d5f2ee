import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { Loopback } from "../../splice/loopback.ts";
import { shareRead } from "../../splice/socket-events.ts";
import { SocketStream } from "../../splice/socket-stream.ts";
import { Splice, type SpliceResult } from "../../splice/splice.ts";
import { BareSide } from "./testing/bare-side.ts";
import {
  flags,
  frame,
  RawFrameReader,
  settingIds,
  settings,
  types,
  windowUpdate,
} from "./testing/raw-frames.ts";

/** The most that is read of an application before anybody knows that its bytes cannot go on. */
const oneRead = 4 * 1024;

/** A server in raw frames that opens no window by itself. */
class Miser {
  readonly client = new BareSide("client").start();
  readonly hash = createHash("sha256");
  received = 0;
  ended = false;
  wasReset = false;
  /** The most that the client kept for it. */
  mostKept = 0;
  readonly #reader = new RawFrameReader();

  constructor(window: number) {
    this.#reader.push(this.client.take().subarray("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length));
    this.client.receive(settings({ [settingIds.initialWindowSize]: window }));
  }

  accept(stream: number): void {
    this.client.receive(frame(types.headers, flags.endHeaders, stream, Buffer.of(0x88)));
  }

  credit(stream: number, bytes: number): void {
    this.client.receive(Buffer.concat([windowUpdate(0, bytes), windowUpdate(stream, bytes)]));
  }

  /** Takes what the client sends. */
  look(): void {
    this.mostKept = Math.max(this.mostKept, this.client.core.sender.backlog);
    for (const one of this.#reader.push(this.client.take())) {
      if (one.type === types.rstStream) this.wasReset = true;
      if (one.type !== types.data) continue;
      this.received += one.payload.length;
      this.hash.update(one.payload);
      if ((one.flags & flags.endStream) !== 0) this.ended = true;
    }
  }
}

const bytesOf = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => (at * 7) % 251));

test("an application that sends before there is a window: nothing is read ahead, and each credit wakes it", {
  timeout: 60_000,
}, async () => {
  await using loopback = await Loopback.start();
  const script = fc.record({
    window: fc.constantFrom(0, 0, 1, 5000),
    /** What the application writes at once; then it says its last word. */
    sends: fc.integer({ min: 0, max: 150_000 }),
    last: fc.constantFrom("fin", "fin", "reset"),
    /** After so many turns so much more. In the end there is enough. */
    credits: fc.array(fc.record({ turns: fc.nat(4), bytes: fc.integer({ min: 1, max: 60_000 }) }), {
      maxLength: 6,
    }),
  });
  await fc.assert(
    fc.asyncProperty(script, async ({ window, sends, last, credits }) => {
      const miser = new Miser(window);
      const far = miser.client.client!.open("a.test:1", { opened: () => {}, failed: () => {} })!;
      miser.accept(far.id);
      const { dialed: application, accepted } = await loopback.pair();
      application.on("error", () => {});
      const near = new SocketStream(accepted, { transient: shareRead(accepted) });
      const result = new Promise<SpliceResult>((resolve) => new Splice(near, far, { spliceEnded: resolve }));
      const sent = bytesOf(sends);
      if (sends > 0) application.write(sent);
      if (last === "fin") application.end();
      const turn = async () => {
        await new Promise((resolve) => setImmediate(resolve));
        miser.look();
      };
      for (const { turns, bytes } of credits) {
        for (let count = 0; count < turns; count++) await turn();
        miser.credit(far.id, bytes);
      }
      if (last === "reset") application.resetAndDestroy();
      miser.credit(far.id, 1_000_000);
      while (!miser.ended && !miser.wasReset) await turn();
      assert.ok(miser.mostKept <= oneRead, `${miser.mostKept} bytes were kept`);
      if (last === "fin") {
        assert.equal(miser.received, sends);
        assert.equal(miser.hash.digest("hex"), createHash("sha256").update(sent).digest("hex"));
        miser.client.receive(frame(types.data, flags.endStream, far.id));
      }
      const { error } = await result;
      assert.equal(error?.code, last === "fin" ? undefined : "RESET");
      application.destroy();
    }),
    { numRuns: 100 },
  );
});
