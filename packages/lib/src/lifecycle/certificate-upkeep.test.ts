import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createLog } from "../log/logger.ts";
import { dayMs, fixedNow, makeCa, makeClient } from "../tls/certificate.fixture.ts";
import { loadTlsMaterial, type TlsMaterial } from "../tls/material.ts";
import { CertificateUpkeep, type RefreshOutcome, type UpkeepSteps } from "./certificate-upkeep.ts";
import { ReloadQueue } from "./reload-queue.ts";
import { versionsOf } from "./watched-files.ts";

const folder = mkdtempSync(join(tmpdir(), "upkeep-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string): string => join(folder, name);
const replace = (name: string, text: string): void => {
  writeFileSync(path(`${name}.new`), text);
  renameSync(path(`${name}.new`), path(name));
};

const ca = makeCa("ca", { notAfter: new Date(fixedNow + 300 * dayMs) });
const leaf = (commonName: string, days: number) =>
  makeClient(ca, { commonName, notAfter: new Date(fixedNow + days * dayMs) });
const write = ({ certificatePem, keyPem }: ReturnType<typeof leaf>): void => {
  replace("me.key", keyPem);
  replace("me.crt", certificatePem);
};
const load = () =>
  loadTlsMaterial(
    { cert: path("me.crt"), key: path("me.key"), ca: path("ca.crt") },
    { purpose: "client", now: fixedNow, resolve: (file) => file },
  );

interface Line {
  readonly msg: string;
  readonly level: string;
  readonly [field: string]: unknown;
}

test("a renewed pair is taken over and told, a broken one told once and tried again, and ends are warned of", {
  timeout: 30_000,
}, async () => {
  writeFileSync(path("ca.crt"), ca.certificatePem);
  write(leaf("first", 100));
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  const { log } = createLog({
    level: "info",
    writer: {
      write: (text, done) => {
        for (const line of text.trim().split("\n")) lines.push(JSON.parse(line) as Line);
        for (const wake of [...waiting]) wake();
        done(undefined);
      },
    },
  });
  const line = async (fits: (line: Line) => boolean): Promise<Line> => {
    for (;;) {
      const found = lines.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => waiting.add(resolve));
    }
  };
  const files = ["me.crt", "me.key", "ca.crt"].map(path);
  const known = await versionsOf(files);
  let inForce: TlsMaterial = load().material!;
  let tries = 0;
  const outcomes: RefreshOutcome[] = [];
  const queue = new ReloadQueue(log, { reload: async () => [], finished: () => undefined });
  let now = fixedNow;
  const steps: UpkeepSteps = {
    refresh: () => {
      tries++;
      const { material, faults } = load();
      if (material === undefined) return { taken: [], faults: faults.map(({ message }) => message) };
      inForce = material;
      return { taken: [{ backend: "tokyo", material }], faults: [] };
    },
    refreshed: (outcome) => outcomes.push(outcome),
    expiries: () => inForce.expiries,
  };
  using upkeep = new CertificateUpkeep(log, queue, steps, () => now);
  const keepAlive = setInterval(() => undefined, 1000);
  try {
    upkeep.follow(files, known);

    write(leaf("second", 200));
    const taken = await line(({ msg }) => msg === "changed certificate files taken over");
    assert.equal(taken.subject, "CN=second");
    assert.equal(taken.backend, "tokyo");
    assert.equal(inForce.own.fields.subject.text, "CN=second");

    const third = leaf("third", 5);
    replace("me.crt", third.certificatePem);
    const refused = await line(({ level }) => level === "error");
    assert.match(String(refused.reason), /me\.key does not belong to .*me\.crt/);
    assert.equal(inForce.own.fields.subject.text, "CN=second");
    assert.equal(tries, 2);

    replace("me.key", third.keyPem);
    await line(({ subject }) => subject === "CN=third");
    assert.equal(lines.filter(({ level }) => level === "error").length, 1);
    assert.deepEqual(
      outcomes.map(({ taken: each, faults }) => [each.length, faults.length]),
      [
        [1, 0],
        [0, 1],
        [1, 0],
      ],
    );

    for (const days of [1, 4, 4.1, 6]) {
      now = fixedNow + days * dayMs;
      upkeep.warn();
    }
    const warnings = lines.filter(({ msg }) => /me\.crt (ends|has ended)/.test(msg));
    assert.deepEqual(
      warnings.map(({ level, days_left }) => [level, days_left]),
      [
        ["warn", 5],
        ["warn", 1],
        ["error", -1],
      ],
    );
  } finally {
    clearInterval(keepAlive);
  }
});
