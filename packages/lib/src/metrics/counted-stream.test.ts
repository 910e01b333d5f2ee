import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "../error/proxy-error.ts";
import type { ByteStream, StreamOwner } from "../transport/tunnel-stream.ts";
import { CountedStream } from "./counted-stream.ts";

/** A stream that a test feeds, and that remembers what was asked of it. */
class FedStream implements ByteStream {
  readonly transient = true;
  readonly retains = false;
  readonly asked: string[] = [];
  owner: StreamOwner | undefined;
  own(owner: StreamOwner): void {
    this.owner = owner;
  }
  write(chunk: Uint8Array): boolean {
    this.asked.push(`write ${chunk.length}`);
    return false;
  }
  end(): void {
    this.asked.push("end");
  }
  reset(): void {
    this.asked.push("reset");
  }
  resume(): void {
    this.asked.push("resume");
  }
}

const listen = () => {
  const heard: string[] = [];
  const owner: StreamOwner = {
    data: (chunk) => {
      heard.push(`data ${chunk.length}`);
      return false;
    },
    drain: () => heard.push("drain"),
    end: () => heard.push("end"),
    reset: ({ code }) => heard.push(`reset ${code}`),
  };
  return { owner, heard };
};

test("everything passes as it is, both answers of back-pressure included, and bytes are counted", () => {
  const inner = new FedStream();
  const counted = new CountedStream(inner);
  const { owner, heard } = listen();
  counted.own(owner);
  assert.deepEqual([counted.transient, counted.retains], [true, false]);
  assert.equal(counted.write(new Uint8Array(3)), false);
  assert.equal(inner.owner?.data(new Uint8Array(5)), false);
  counted.resume();
  inner.owner?.drain();
  counted.end();
  inner.owner?.end();
  assert.deepEqual(inner.asked, ["write 3", "resume", "end"]);
  assert.deepEqual(heard, ["data 5", "drain", "end"]);
  assert.deepEqual([counted.bytesUp, counted.bytesDown], [3, 5]);
});

test("cutting it resets the stream and tells its owner, who hears nothing from a reset of its own", () => {
  const inner = new FedStream();
  const counted = new CountedStream(inner);
  const { owner, heard } = listen();
  counted.own(owner);
  counted.destroy(new ProxyError("ABORTED"));
  assert.deepEqual([inner.asked, heard], [["reset"], ["reset ABORTED"]]);
});
