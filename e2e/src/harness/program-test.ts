import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { LogLine } from "./daemon-process.ts";
import { NamedOrigin } from "./named-origin.ts";
import { everydayTransports } from "./on-each-transport.ts";
import { Pair } from "./pair.ts";
import { type Outcome, run } from "./programs.ts";

/** What a program's test finds. */
export interface Bench {
  readonly t: TestContext;
  readonly pair: Pair;
  /** `http://127.0.0.1:port`, the client's listener. */
  readonly proxy: string;
  readonly origin: NamedOrigin;
  /** The file of the authority that `https://origin.test` is certified by. */
  readonly ca: string;
  /** Runs a program that must end well. The environment says nothing of proxies but what is given. */
  succeed(program: string, args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Waits until the client has logged a tunnel or a request to this target by this door. */
  logged(door: string, target: string): Promise<LogLine>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
}

export interface ProgramTestOptions {
  readonly skip: string | false;
  readonly serve?: RequestListener;
  /** More host rules. */
  readonly rules?: string | (() => string);
}

/** A test of a real program with its own proxy settings, once for each transport. */
export const programTest = (
  name: string,
  { skip, serve, rules = "" }: ProgramTestOptions,
  body: (bench: Bench) => Promise<void>,
): void => {
  for (const transport of everydayTransports)
    test(`${name} (${transport})`, { skip }, async (t) => {
      await using origin = await NamedOrigin.start(serve);
      const more = typeof rules === "string" ? rules : rules();
      await using pair = await Pair.start({
        transport,
        client: 'host_rule = "rules.toml"\nmetric_address = "127.0.0.1:0"',
        rules: origin.rules + more,
      });
      await origin.certify(pair.folder);
      const succeed: Bench["succeed"] = async (program, args, { env = {}, ...options } = {}) => {
        const outcome = await run(program, args, { ...options, env: { ...environment(), ...env } });
        assert.equal(outcome.status, 0, `${program} ${args.join(" ")}\n${outcome.stderr}\n${outcome.stdout}`);
        return outcome;
      };
      await body({
        t,
        pair,
        proxy: `http://${pair.proxy}`,
        origin,
        ca: pair.folder.file("certs/ca.crt"),
        succeed,
        logged: (door, target) =>
          pair.client.line(
            (line) => line.msg === "tunnel" && line.door === door && line.target === target,
            `${door} to ${target}`,
          ),
      });
    });
};

/** The environment without anything about proxies and authorities. */
const environment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || /_proxy$|_ca_?bundle$|^(npm|ssl_cert|git)_/i.test(name) ? [] : [[name, value]],
    ),
  );
