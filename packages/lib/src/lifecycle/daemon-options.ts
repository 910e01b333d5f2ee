import { InvalidArgumentError, Option } from "commander";
import { type ListenAddress, parseListenAddress } from "../config/listen-address.ts";
import { defaultConfigFile } from "../config/read-document.ts";

/** The options that both daemons have. */
export const configOption = (): Option =>
  new Option("-c, --config <file>", "configuration").default(defaultConfigFile);

export const listenOption = (): Option =>
  new Option(
    "-l, --listen <address>",
    "listen here instead of listen_address: ip:port, [ipv6]:port, or a port of 127.0.0.1",
  ).argParser(parseListen);

const parseListen = (text: string): ListenAddress => {
  const address = parseListenAddress(text);
  if (address === undefined) throw new InvalidArgumentError("It must be ip:port, [ipv6]:port or a port.");
  return address;
};
