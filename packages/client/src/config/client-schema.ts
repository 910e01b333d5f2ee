import { choice } from "@octoproxy/lib/config/keys";
import { parseNetwork } from "@octoproxy/lib/config/networks";
import * as shared from "@octoproxy/lib/config/shared-keys";
import { optionalText, textList } from "@octoproxy/lib/config/text-keys";
import { z } from "zod";
import { balanceNames } from "./client-config.ts";

/** Loopback and private ranges (RFC 1918, RFC 4193, link-local). */
export const defaultAllowFrom = [
  "127.0.0.0/8",
  "::1/128",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "fc00::/7",
  "fe80::/10",
] as const;

/** A client's configuration as it is written, but for its backends (each is held against `backendSchema`). */
export const clientSchema = z.strictObject({
  listen_address: shared.listenAddressKey(
    "127.0.0.1:8081",
    "Where applications connect; a bare port means 127.0.0.1.",
  ),
  allow_from: textList({
    expects: "a network (address/prefix) or an address",
    parse: parseNetwork,
    default: defaultAllowFrom,
    defaultText: "loopback and private ranges",
    meaning: "Addresses of applications that may use the listeners; others are refused.",
  }),
  metric_address: shared.metricAddressKey("127.0.0.1:8403"),
  metric_token: shared.metricTokenKey(),
  log_level: shared.logLevelKey(),
  balance: choice({
    words: balanceNames,
    also: { frist: "first" },
    default: "round_robin",
    meaning:
      "How a backend is chosen among those that are up. `frist`, the original's spelling, is taken with a warning.",
  }),
  host_rule: optionalText({
    expects: "the path of a file",
    parse: (text) => (text === "" ? undefined : text),
    meaning: "File of host rules, see below.",
  }),
  connect_timeout: shared.connectTimeoutKey(
    10,
    "Time for one request to be connected in all, tries of other backends included.",
  ),
  dns_servers: shared.dnsServersKey(
    "Name servers for the names of targets that are dialed directly. `/etc/hosts` and `localhost` come first.",
  ),
  access_log: shared.accessLogKey(),
  drain_timeout: shared.drainTimeoutKey(),
  backends: z.unknown().optional(),
});

export type ClientKeys = z.output<typeof clientSchema>;
