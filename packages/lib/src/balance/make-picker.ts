import { first } from "./first.ts";
import { leastConnections } from "./least-connections.ts";
import { leastLoadedTime } from "./least-loaded-time.ts";
import { p2c } from "./p2c.ts";
import type { Algorithm, Picker } from "./picker.ts";
import { random } from "./random.ts";
import { roundRobin } from "./round-robin.ts";
import { uriHash } from "./uri-hash.ts";

const makers: Readonly<Record<Algorithm, () => Picker>> = {
  first,
  round_robin: roundRobin,
  random,
  least_loaded_time: leastLoadedTime,
  uri_hash: uriHash,
  least_connections: leastConnections,
  p2c,
};

/** Every algorithm by its word, in the order of the documentation. */
export const algorithms = Object.keys(makers) as readonly Algorithm[];

/** A picker with nothing remembered. One is made per daemon and kept across reloads that do not change `balance`. */
export const makePicker = (algorithm: Algorithm): Picker => makers[algorithm]();
