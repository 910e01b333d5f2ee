import { InvalidArgumentError, Option } from "commander";
import { type ListenAddress, parseListenAddress } from "../config/listen-address.ts";
import { type AdminAccess, readTokenFile } from "./admin-call.ts";

/** What the options of a command that asks a running daemon say. */
export interface AdminOptionValues {
  readonly address: ListenAddress;
  readonly tokenFile?: string | undefined;
}

/** Where the client's admin API is unless its configuration says otherwise. */
export const defaultAdminAddress: ListenAddress = { host: "127.0.0.1", port: 8403 };

/** `-a, --address`. */
export const adminAddressOption = (): Option =>
  new Option(
    "-a, --address <address>",
    "metric_address of the running daemon: ip:port, [ipv6]:port or a port",
  )
    .default(defaultAdminAddress, "127.0.0.1:8403")
    .argParser(parseAddress);

/** `--token-file`. */
export const tokenFileOption = (): Option =>
  new Option("--token-file <file>", "file that holds the daemon's metric_token");

/** @throws AdminCallError where the token cannot be read. */
export const adminAccess = async ({ address, tokenFile }: AdminOptionValues): Promise<AdminAccess> => ({
  address,
  token: tokenFile === undefined ? undefined : await readTokenFile(tokenFile),
});

const parseAddress = (text: string): ListenAddress => {
  const named = /^localhost(?::(\d{1,5}))?$/.exec(text);
  const address = parseListenAddress(
    named === null ? text : `127.0.0.1:${named[1] ?? defaultAdminAddress.port}`,
  );
  if (address === undefined) throw new InvalidArgumentError("It must be ip:port, [ipv6]:port or a port.");
  return address;
};
