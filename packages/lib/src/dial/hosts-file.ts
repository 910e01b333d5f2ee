import { isIP } from "node:net";

/** Addresses by name in lower case, in the order of the file. */
export type HostsTable = ReadonlyMap<string, readonly string[]>;

/** Reads the text of a hosts file (hosts(5)): an address, then its names; `#` starts a comment. Bad lines are skipped. */
export const parseHosts = (text: string): HostsTable => {
  const table = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    // A scope (`fe80::1%lo0`) means one interface of this machine: nothing that a target's name can stand for.
    if (address === undefined || isIP(address) === 0 || address.includes("%")) continue;
    for (const name of names) add(table, name.toLowerCase(), address);
  }
  return table;
};

const add = (table: Map<string, string[]>, name: string, address: string): void => {
  const addresses = table.get(name);
  if (addresses === undefined) table.set(name, [address]);
  else if (!addresses.includes(address)) addresses.push(address);
};

/**
 * What `localhost` and everything below it mean without a hosts file (RFC 6761 section 6.3): never a question to a
 * name server.
 */
export const loopbackOf = (name: string): readonly string[] | undefined =>
  name === "localhost" || name.endsWith(".localhost") ? ["127.0.0.1", "::1"] : undefined;
