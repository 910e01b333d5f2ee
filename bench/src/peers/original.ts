import { spawnSync } from "node:child_process";
import { freePort } from "@octoproxy/lib/testing/free-port";
import type { Chain } from "../chain.ts";
import { DaemonHandle } from "../daemon-handle.ts";
import { findProgram } from "./find-program.ts";

/**
 * The program of the crate `octoproxy` has the name of ours, so it is known by its help: `OCTOPROXY_ORIGINAL`, or
 * `octoproxy-rs` or `octoproxy` on the PATH.
 */
const findOriginal = (): string | undefined => {
  const candidates = [
    process.env.OCTOPROXY_ORIGINAL,
    findProgram("octoproxy-rs"),
    findProgram("octoproxy"),
  ].filter((path) => path !== undefined);
  return candidates.find((path) => {
    const { stdout } = spawnSync(path, ["--help"], { encoding: "utf8", timeout: 5000 });
    return stdout?.includes("easy-cert") ?? false;
  });
};

export const originalProgram = findOriginal();

const original = (transport: "http2" | "quic"): Chain => ({
  name: `Rust original ${transport}`,
  transport,
  missing:
    originalProgram === undefined
      ? "the original is not on the PATH (cargo install octoproxy --version 0.1.1)"
      : undefined,
  start: async (folder) => {
    const program = originalProgram ?? "octoproxy";
    const [serverPort, clientPort, metricPort] = [await freePort(), await freePort(), await freePort()];
    const serverFile = folder.write(
      "original-server.toml",
      `log_level = "error"
listen_address = "127.0.0.1:${serverPort}"
auth_key = "${folder.certificate("server/server.key")}"
auth_cert = "${folder.certificate("server/server.crt")}"
client_ca = "${folder.certificate("ca.crt")}"
quic = ${transport === "quic"}
`,
    );
    const server = new DaemonHandle("server", program, ["server", "-c", serverFile]);
    await server.accepts(serverPort); // it listens on TCP whatever the transport
    const clientFile = folder.write(
      "original-client.toml",
      `log_level = "error"
listen_address = "127.0.0.1:${clientPort}"
metric_address = "127.0.0.1:${metricPort}"
balance = "round_robin"
[backends.local]
address = "localhost:${serverPort}"
protocol = "${transport}"
cacert = "${folder.certificate("ca.crt")}"
client_key = "${folder.certificate("client/client.key")}"
client_cert = "${folder.certificate("client/client.crt")}"
quic = { ipv4_only = true, expected_rtt = 100, max_stream_bandwidth = 12500000, congestion = "cubic" }
`,
    );
    const client = new DaemonHandle("client", program, ["client", "-c", clientFile]);
    await client.accepts(clientPort);
    return {
      proxy: `127.0.0.1:${clientPort}`,
      secured: { address: `127.0.0.1:${serverPort}`, speaks: transport },
      daemons: [client, server],
    };
  },
});

/** The published Rust original (MIT, schwartx/octoproxy 0.1.1). */
export const originalHttp2 = original("http2");
export const originalQuic = original("quic");
