import { count, flag } from "@octoproxy/lib/config/keys";
import { parseListenAddress } from "@octoproxy/lib/config/listen-address";
import * as shared from "@octoproxy/lib/config/shared-keys";
import { optionalText, requiredText, textList } from "@octoproxy/lib/config/text-keys";
import { z } from "zod";
import { clientRuleSchema } from "./client-rule-schema.ts";
import { egressSchema } from "./egress-schema.ts";

const filePath = (text: string): string | undefined => (text === "" ? undefined : text);
const pemFile = { expects: "the path of a PEM file", parse: filePath };

/** A server's configuration as it is written. */
export const serverSchema = z.strictObject({
  listen_address: shared.listenAddressKey(
    "0.0.0.0:8443",
    "Where clients connect: TCP, and UDP of the same port for QUIC; a bare port means 127.0.0.1.",
  ),
  auth_cert: requiredText({ ...pemFile, meaning: "The server's certificate, and the chain behind it." }),
  auth_key: requiredText({ ...pemFile, meaning: "Its key, without a passphrase." }),
  client_ca: optionalText({
    ...pemFile,
    defaultText: "required",
    meaning:
      "Authorities that a client's certificate must come from. Without it the server starts only with `allow_any_client`.",
  }),
  allow_any_client: flag({
    default: false,
    meaning: "Clients need no certificate: whoever reaches the server can use it.",
  }),
  client_crl: textList({
    expects: "the path of a CRL file (PEM or DER)",
    parse: filePath,
    default: [],
    meaning: "Revocation lists for clients' certificates.",
  }),
  quic: flag({ default: false, meaning: "QUIC is served, too." }),
  webtransport_address: optionalText({
    expects: shared.listenAddressExpected,
    parse: parseListenAddress,
    meaning: "Where WebTransport is served (experimental).",
  }),
  use_0rtt: flag({
    default: false,
    meaning:
      "Taken for the original's files. `true` warns that it is not done: early data can be replayed, and would pass revocation by.",
  }),
  max_concurrent_tasks: count({
    default: 1024,
    min: 1,
    max: 1_000_000,
    meaning: "Authenticated connections at once.",
  }),
  max_pending_handshakes: count({
    default: 256,
    min: 1,
    max: 65_536,
    meaning:
      "Connections still in their handshake, in all; one address may have a quarter of it. The oldest is dropped.",
  }),
  max_tunnels_per_client: count({
    default: 16_384,
    min: 1,
    max: 1_000_000,
    meaning:
      "Tunnels at once for one client certificate; also what is announced as the limit of a connection.",
  }),
  log_level: shared.logLevelKey(),
  access_log: shared.accessLogKey(),
  metric_address: shared.metricAddressKey("off"),
  metric_token: shared.metricTokenKey(),
  connect_timeout: shared.connectTimeoutKey(
    7,
    "Time to reach a target, resolving its name included. Keep it below the clients', so that the reason arrives in time.",
  ),
  drain_timeout: shared.drainTimeoutKey(),
  dns_servers: shared.dnsServersKey(
    "Name servers for the names of targets. `/etc/hosts` and `localhost` come first.",
  ),
  clients: z.array(clientRuleSchema, "must be an array of tables, written as [[clients]]").default([]),
  egress: egressSchema.prefault({}),
});

export type ServerKeys = z.output<typeof serverSchema>;
