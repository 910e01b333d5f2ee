import type { ErrorCode } from "@octoproxy/lib/error/codes";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { Failover } from "./failover-policy.ts";
import type { AttemptRecord, FailoverStep } from "./failover-step.ts";

/** How a backend behaves to one request; times in milliseconds after it is asked. */
export interface Behaviour {
  /** When it answers; undefined: never. */
  readonly answersAfter?: number;
  /** What it answers; undefined: the target is connected. */
  readonly code?: ErrorCode;
  /** When a ping is answered; undefined: never. */
  readonly pongAfter?: number;
  /** When it comes up, on the clock of the world; undefined: it is up from the start. */
  readonly upAt?: number;
}

export interface Outcome {
  /** The backend that delivered, or the code of the refusal. */
  readonly result: string;
  readonly at: number;
  readonly charges: readonly string[];
  readonly opens: readonly string[];
  readonly pings: readonly string[];
  readonly gone: readonly string[];
  /** Streams that were open at once, at most. */
  readonly widest: number;
  readonly attempts: readonly AttemptRecord[];
}

/** Plays one request to its end in simulated time and holds every step against what is promised of all. */
export const play = (
  world: Readonly<Record<string, Behaviour>>,
  pauses: readonly { readonly from: number; readonly to: number }[] = [],
): Outcome => {
  const names = Object.keys(world);
  const isUp = (name: string, now: number): boolean => (world[name]!.upAt ?? 0) <= now;
  let now = 0;
  const failover = new Failover(
    {
      pick: (tried) => names.find((name) => isUp(name, now) && !tried.has(name)),
      hope: (tried) => names.some((name) => !tried.has(name)),
    },
    now,
  );
  const queue: { readonly at: number; readonly run: () => readonly FailoverStep[] }[] = [];
  const later = (after: number | undefined, run: () => readonly FailoverStep[]): void => {
    if (after !== undefined) queue.push({ at: now + after, run });
  };
  const seen = {
    charges: [] as string[],
    opens: [] as string[],
    pings: [] as string[],
    gone: [] as string[],
  };
  const open = new Set<string>();
  let widest = 0;
  let result: string | undefined;
  const close = (name: string): void => {
    if (!open.delete(name)) throw new Error(`${name} has no stream`);
  };

  const obey = (step: FailoverStep): void => {
    if (result !== undefined) throw new Error(`${step.kind} after the end`);
    switch (step.kind) {
      case "open": {
        const { backend } = step;
        if (seen.opens.includes(backend)) throw new Error(`${backend} is asked twice`);
        if (!isUp(backend, now)) throw new Error(`${backend} is down`);
        seen.opens.push(backend);
        open.add(backend);
        widest = Math.max(widest, open.size);
        const { code, answersAfter } = world[backend]!;
        later(answersAfter, () => {
          if (code === undefined)
            return failover.opened(backend, now).filter(({ kind }) => open.has(backend) || kind !== "cancel");
          open.delete(backend);
          return failover.failed(backend, new ProxyError(code), now);
        });
        break;
      }
      case "ping": {
        const { backend } = step;
        seen.pings.push(backend);
        later(world[backend]!.pongAfter, () => failover.pong(backend, now));
        break;
      }
      case "cancel":
        close(step.backend);
        break;
      case "gone":
        close(step.backend);
        seen.gone.push(step.backend);
        break;
      case "charge":
        seen.charges.push(step.backend);
        break;
      case "await_backend":
        break;
      case "deliver":
        close(step.backend);
        result = step.backend;
        break;
      case "refuse":
        result = step.error.code;
        break;
    }
  };

  for (const { upAt } of Object.values(world)) {
    if (upAt !== undefined) queue.push({ at: upAt, run: () => failover.backendsChanged(now) });
  }
  for (const step of failover.begin(now)) obey(step);
  while (result === undefined) {
    queue.sort((a, b) => a.at - b.at);
    const wakeAt = failover.wakeAt;
    if (wakeAt === undefined) throw new Error("neither an end nor a time to wake");
    const asleep = (at: number): number => pauses.find(({ from, to }) => at >= from && at < to)?.to ?? at;
    const next = queue[0];
    // Timers come before sockets in a turn of the loop, so the tick of a moment is the first to run.
    if (next !== undefined && asleep(next.at) < asleep(wakeAt)) {
      queue.shift();
      now = asleep(next.at);
      for (const step of next.run()) obey(step);
    } else {
      if (asleep(wakeAt) < now) throw new Error("time runs backwards");
      now = asleep(wakeAt);
      for (const step of failover.tick(now)) obey(step);
    }
  }
  if (open.size > 0) throw new Error(`streams are left open: ${[...open].join(", ")}`);
  if (failover.wakeAt !== undefined) throw new Error("it wants to be woken after the end");
  return { result, at: now, widest, attempts: failover.attempts(now), ...seen };
};
