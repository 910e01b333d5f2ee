import { choice, seconds } from "./keys.ts";
import { type ListenAddress, parseListenAddress } from "./listen-address.ts";
import { parseDnsServer } from "./networks.ts";
import { optionalText, text, textList } from "./text-keys.ts";
import { accessLogs, logLevels } from "./words.ts";

/** What `listen_address` and its kin may say. */
export const listenAddressExpected = "ip:port, [ipv6]:port or a port";

export const listenAddressKey = (defaultAddress: string, meaning: string) =>
  textList({
    expects: listenAddressExpected,
    parse: parseListenAddress,
    default: [defaultAddress],
    meaning,
  });

export const metricAddressKey = (defaultAddress: string) =>
  text<ListenAddress | "off">({
    expects: `"off", ${listenAddressExpected}`,
    parse: (written) => (written === "off" ? "off" : parseListenAddress(written)),
    default: defaultAddress,
    meaning: 'Address of the admin API and the metrics; `"off"` turns both off.',
  });

export const metricTokenKey = () =>
  optionalText({
    expects: "16 to 256 visible ASCII characters",
    parse: (written) => (/^[\x21-\x7e]{16,256}$/.test(written) ? written : undefined),
    secret: true,
    meaning:
      "Token that the admin API asks for; required where `metric_address` is not a loopback address. " +
      "Command line tools take it by `--token-file`.",
  });

export const logLevelKey = () =>
  choice({
    words: logLevels,
    default: "info",
    meaning: "Least level that is logged. The environment variable `OCTOPROXY_LOG` overrides it.",
  });

export const accessLogKey = () =>
  choice({
    words: accessLogs,
    default: "full",
    meaning:
      "One line for each tunnel that ended: with its target (`full`), without it (`no_targets`), or none (`off`).",
  });

export const connectTimeoutKey = (defaultSeconds: number, meaning: string) =>
  seconds({ default: defaultSeconds, min: 0.1, max: 600, meaning });

export const drainTimeoutKey = () =>
  seconds({
    default: 30,
    min: 0,
    max: 86_400,
    meaning: "Time that open tunnels get to finish at the end, before they are cut.",
  });

export const dnsServersKey = (meaning: string) =>
  textList({
    expects: "the address of a name server (ip, ip:port or [ipv6]:port)",
    parse: parseDnsServer,
    default: [],
    defaultText: "the system's",
    meaning,
  });
