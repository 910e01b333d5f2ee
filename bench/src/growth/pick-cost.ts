import { BackendLoad } from "@octoproxy/lib/balance/backend-load";
import { makePool } from "@octoproxy/lib/balance/backend-pool";
import { algorithms, makePicker } from "@octoproxy/lib/balance/make-picker";
import type { PickRequest } from "@octoproxy/lib/balance/picker";
import type { Curve } from "../report/result.ts";
import { growthOrder } from "./growth-order.ts";
import { timeOperation } from "./time-operation.ts";

const nobody: ReadonlySet<string> = new Set();
const keys = Array.from({ length: 1024 }, (_, index) => `host-${index}.example`);

/** A tunnel's whole way through the balance: picked, counted, opened, closed. */
const pickCost = (
  algorithm: (typeof algorithms)[number],
  backends: number,
  hostOf: (turn: number) => string,
): number => {
  const loads = new Map<string, BackendLoad>();
  const pool = makePool(
    Array.from({ length: backends }, (_, index) => {
      const [name, load] = [`backend-${index}`, new BackendLoad()];
      loads.set(name, load);
      return { name, weight: 1, up: true, load };
    }),
  );
  const picker = makePicker(algorithm);
  let now = 0;
  return timeOperation(() => {
    now++;
    const key = hostOf(now);
    const request: PickRequest = { key, now, random: Math.random, exclude: nobody };
    const tunnel = loads.get(picker.pick(pool, request)?.name ?? "")?.begin(now);
    tunnel?.opened(now + 1);
    tunnel?.closed();
  });
};

const knownHost = (turn: number): string => keys[turn % keys.length] ?? "";
const newHost = (turn: number): string => `host-${turn}.example`;

/** One curve for each algorithm; two for the one that remembers hosts. */
export const pickCosts = (sizes: readonly number[]): Curve[] => {
  const cases = algorithms.map((algorithm) => ({ algorithm, label: `${algorithm}`, hostOf: knownHost }));
  cases.push({ algorithm: "uri_hash", label: "uri_hash, new hosts", hostOf: newHost });
  return cases.map(({ algorithm, label, hostOf }) => {
    const points = sizes.map((n) => ({ n, value: pickCost(algorithm, n, hostOf) }));
    return { along: "backends", label, unit: "ns a pick", points, order: growthOrder(points) };
  });
};
