import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogLine } from "../harness/daemon-process.ts";
import { isPattern, patternPiece } from "./byte-pattern.ts";
import type { Disruption, Failure } from "./disruptions.ts";
import { judge } from "./judge.ts";
import type { Sample } from "./sample.ts";
import type { SoakRecord } from "./soak-record.ts";
import { verdictOf } from "./verdict.ts";

const record = (faults: readonly string[], samples: readonly Sample[]): SoakRecord => ({
  seed: 1,
  transports: ["http2"],
  minutes: 60,
  machine: {},
  bytes: 0,
  cores: 0,
  traffic: {},
  incidents: {},
  explained: {},
  faults,
  audits: 0,
  auditedBytes: 0,
  residents: 0,
  peaks: {},
  samples,
});

/** An hour of samples in which memory grows so much, with some noise. */
const samples = (perHour: number): Sample[] =>
  Array.from({ length: 60 }, (_, place) => {
    const resident = 100e6 + (perHour * place) / 60 + ((place * 7919) % 13) * 1e5;
    return {
      at: place * 60,
      readings: { alpha: { heap: 20e6, code: 8e6, external: 5e6, resident, descriptors: 30, handles: 10 } },
    };
  });

test("memory that grows is a leak, noise is none", () => {
  assert.deepEqual(verdictOf(record([], samples(0))).faults, []);
  assert.deepEqual(verdictOf(record([], samples(0.2e6))).faults, []);
  assert.deepEqual(verdictOf(record([], samples(5e6))).faults, ["resident of alpha grows"]);
  assert.equal(verdictOf(record(["something"], samples(0))).good, false);
});

const failure: Failure = {
  client: "client-http2",
  workload: "download",
  host: "127.16.0.1",
  from: 10_000,
  until: 12_000,
  message: "read ECONNRESET",
  untrue: false,
};
const killed: Disruption = { server: "beta", what: "killed", from: 11_000, until: 13_000 };
const line = (backend: string): LogLine => ({
  level: "info",
  msg: "tunnel",
  target: "127.16.0.1:80",
  backend,
  attempts: [{ backend, ms: 1 }],
  end: "BACKEND_LOST",
});

test("only what the run itself did to that very tunnel's server explains a failure", () => {
  const unexplained = (change: Partial<Failure>, lines: readonly LogLine[], disruption = killed): number =>
    judge([{ ...failure, ...change }], new Map([["client-http2", lines]]), [disruption]).unexplained.length;
  assert.equal(unexplained({}, [line("beta")]), 0);
  assert.equal(unexplained({}, [line("gamma")]), 1, "another server");
  assert.equal(unexplained({}, []), 1, "not in the log");
  assert.equal(unexplained({ client: "client-quic" }, [line("beta")]), 1, "another client");
  assert.equal(unexplained({ untrue: true }, [line("beta")]), 1, "wrong bytes");
  assert.equal(unexplained({ from: 20_000, until: 21_000 }, [line("beta")]), 1, "long after");
  assert.equal(unexplained({ from: 1000, until: 2000 }, [line("beta")]), 1, "before");
  assert.equal(unexplained({}, [line("beta")], { ...killed, until: undefined }), 0, "it lasts");
  const stopped = { ...killed, server: "alpha", what: "stopped" };
  assert.equal(unexplained({}, [line("alpha")], stopped), 1, "another one could have served it");
  assert.equal(unexplained({ host: "127.2.0.1" }, [], stopped), 0, "no other one might");
});

test("bytes from another place do not fit the pattern", () => {
  const bytes = Buffer.concat([patternPiece(65_000, 600), patternPiece(65_521, 200)]);
  assert.ok(isPattern(bytes, 65_000));
  assert.ok(!isPattern(bytes, 65_001));
  bytes[700] = bytes[700]! ^ 1;
  assert.ok(!isPattern(bytes, 65_000));
});
