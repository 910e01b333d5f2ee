import { readFileSync } from "node:fs";

export const variants = ["git", "crate"] as const;
export type Variant = (typeof variants)[number];

const transports = new URL("../../../packages/lib/src/transport/", import.meta.url);

/** The address that the recorded tunnel goes to; another port of five digits fits in its place. */
const recordedTarget = "127.0.0.1:23051";

/** What the original wrote over TCP or on a stream of QUIC, with another target in the place of the recorded one. */
export const recorded = (file: `${"h2" | "quic"}:${string}`, target = recordedTarget): Buffer => {
  const [transport, name] = file.split(":");
  const bytes = readFileSync(new URL(`${transport}/fixtures/original-dialect/${name}.bin`, transports));
  if (target.length !== recordedTarget.length) throw new Error(`${target} does not fit into the recording`);
  return Buffer.from(bytes.toString("latin1").replaceAll(recordedTarget, target), "latin1");
};
