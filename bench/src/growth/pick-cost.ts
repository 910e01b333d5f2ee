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
const pickCost = (algorithm: (typeof algorithms)[number], backends: number): number => {
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
    const key = keys[now % keys.length] ?? "";
    const request: PickRequest = { key, now, random: Math.random, exclude: nobody };
    const tunnel = loads.get(picker.pick(pool, request)?.name ?? "")?.begin(now);
    tunnel?.opened(now + 1);
    tunnel?.closed();
  });
};

/** One curve for each algorithm. */
export const pickCosts = (sizes: readonly number[]): Curve[] =>
  algorithms.map((algorithm) => {
    const points = sizes.map((n) => ({ n, value: pickCost(algorithm, n) }));
    return { along: "backends", label: algorithm, unit: "ns a pick", points, order: growthOrder(points) };
  });
