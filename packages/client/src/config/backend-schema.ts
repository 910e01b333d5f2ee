import { amount, bytes, choice, count, flag, seconds } from "@octoproxy/lib/config/keys";
import { optionalText, requiredText, textList } from "@octoproxy/lib/config/text-keys";
import { z } from "zod";
import { parseBackendAddress, parseServerName } from "./backend-address.ts";
import { backendProtocols, congestions, dialects } from "./client-config.ts";

const KiB = 1024;
const MiB = 1024 * 1024;
/** RFC 9113 section 6.9.1. */
const maxWindow = 2 ** 31 - 1;
const anHour = 3600;

export const http2Schema = z.strictObject({
  keep_alive_interval: seconds({
    default: 10,
    min: 0,
    max: anHour,
    meaning: "Time without a received byte after which a PING is sent; 0 turns that off.",
  }),
  keep_alive_timeout: seconds({
    default: 20,
    min: 0.1,
    max: anHour,
    meaning: "Time after that PING without a received byte that ends the connection.",
  }),
  keep_alive_while_idle: flag({ default: true, meaning: "PINGs are sent while no tunnel is open, too." }),
  initial_conn_window_size: bytes({
    default: 16 * MiB,
    min: 65_535,
    max: maxWindow,
    meaning: "Receive window of the connection.",
  }),
  initial_stream_window_size: bytes({
    default: 2 * MiB,
    min: 16 * KiB,
    max: maxWindow,
    meaning: "Receive window of each tunnel: it carries at most this much in a round trip.",
  }),
  max_frame_size: bytes({
    default: 256 * KiB,
    min: 16 * KiB,
    max: 16 * MiB - 1,
    meaning: "Largest frame that is accepted and, where the server allows, sent.",
  }),
  max_send_buffer_size: bytes({
    default: MiB,
    min: 16 * KiB,
    max: 1024 * MiB,
    meaning: "What waits to be sent on a connection before its writers have to wait.",
  }),
  adaptive_window: flag({
    default: false,
    meaning: "A tunnel's window grows to what the path needs, within the connection's.",
  }),
});

export const quicSchema = z.strictObject({
  max_idle_timeout: seconds({
    default: 30,
    min: 0,
    max: anHour,
    meaning:
      "A connection on which nothing comes for so long is given up; 0 turns that off. The time that we sleep does not count.",
  }),
  keep_alive_interval: seconds({
    default: 5,
    min: 0,
    max: anHour,
    meaning:
      "Time between signs of life on a silent connection; 0 turns them off. Tunnels of a server that answers none end 2.5 s later.",
  }),
  ipv4_only: flag({ default: false, meaning: "Only the backend's IPv4 addresses are tried." }),
  use_0rtt: flag({
    default: false,
    meaning: "Taken for the original's files. `true` warns that it is not done: early data can be replayed.",
  }),
  expected_rtt: amount(
    { default: 100, min: 1, max: 10_000, meaning: "Round trip that the windows are made for." },
    "milliseconds",
  ),
  max_stream_bandwidth: count({
    default: 12_500_000,
    min: 1_000,
    max: 2 ** 32 - 1,
    meaning: "Bytes a second that one tunnel can carry; times `expected_rtt` it is a tunnel's window.",
  }),
  congestion: choice({ words: congestions, default: "cubic", meaning: "Congestion control." }),
});

const pemFile = {
  expects: "the path of a PEM file",
  parse: (text: string) => (text === "" ? undefined : text),
};

/** One `[backends.NAME]`. */
export const backendSchema = z.strictObject({
  address: requiredText({
    expects: "host:port",
    parse: parseBackendAddress,
    meaning: "The server. Its name is resolved anew for each connection, and all its addresses are tried.",
  }),
  server_name: optionalText({
    expects: "a host name or an IP address",
    parse: parseServerName,
    defaultText: "host of `address`",
    meaning: "Name that the server's certificate must bear.",
  }),
  protocol: choice({
    words: backendProtocols,
    default: "auto",
    meaning: "`auto` is QUIC, falling back to HTTP/2 and coming back. `webtransport` is experimental.",
  }),
  status: choice({
    words: ["normal", "force_closed"],
    also: { closed: "normal", unknown: "normal" },
    default: "normal",
    meaning: "`force_closed` starts the backend disabled.",
  }),
  weight: amount({
    default: 1,
    min: 0.01,
    max: 1_000,
    meaning: "Share of the tunnels, for the algorithms that know weights.",
  }),
  retry_timeout: seconds({
    default: 10,
    min: 0.5,
    max: 86_400,
    meaning:
      "Longest wait between two attempts to reconnect; the first waits are shorter (from 0.5 s, each 1.6 times as long, with jitter).",
  }),
  max_retries: count({
    default: 0,
    min: 0,
    max: 2 ** 32 - 1,
    meaning: "Attempts to reconnect before the backend is given up; 0 is no end.",
  }),
  cacert: optionalText({
    ...pemFile,
    defaultText: "the system's roots",
    meaning: "Authorities that the server's certificate may come from.",
  }),
  client_cert: requiredText({ ...pemFile, meaning: "Our certificate, and the chain behind it." }),
  client_key: requiredText({ ...pemFile, meaning: "Its key, without a passphrase." }),
  crl: textList({
    expects: "the path of a CRL file (PEM or DER)",
    parse: (text) => (text === "" ? undefined : text),
    default: [],
    meaning: "Revocation lists for the server's certificate.",
  }),
  dialect: choice({
    words: dialects,
    default: "auto",
    meaning:
      "How to speak to an original in Rust: as its last commit (`git`, also what `auto` means) or as the published crate.",
  }),
  http2: http2Schema.prefault({}),
  quic: quicSchema.prefault({}),
});

export type BackendKeys = z.output<typeof backendSchema>;
