/**
 * How long a server waits for a client of which nothing is heard, in milliseconds: a laptop that sleeps for less finds
 * its tunnels as they were. A client decides about a silent server much sooner, since it has others to turn to.
 */
export const silentClientMs = 300_000;
