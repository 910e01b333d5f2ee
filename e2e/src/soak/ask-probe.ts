import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Inside, Question } from "./probe.ts";

/** Asks a daemon's probe, which collects garbage first. */
export const askProbe = async (path: string, question: Question = {}): Promise<Inside> => {
  const socket = connect(path);
  socket.setTimeout(20_000, () => socket.destroy(new Error(`${path}: the probe does not answer`)));
  socket.write(JSON.stringify(question));
  return JSON.parse(await text(socket)) as Inside;
};
