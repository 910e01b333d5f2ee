// R36, with the original's own program: `OCTOPROXY_ORIGINAL` is the path of what
// `cargo install octoproxy --version 0.1.1` made. It takes minutes to build, so it is not part of `npm test`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freePort } from "@octoproxy/lib/testing/free-port";
import { until } from "./harness/admin.ts";
import { DaemonProcess } from "./harness/daemon-process.ts";
import { everydayTransports } from "./harness/on-each-transport.ts";
import { page, startOrigin } from "./harness/origin.ts";
import { backendTable, Folder, makeCertificates, startClient, startServer } from "./harness/pair.ts";
import { through } from "./harness/through.ts";

const { OCTOPROXY_ORIGINAL: program } = process.env;

const fetched = async (proxy: string, target: string): Promise<boolean> => {
  try {
    return (await (await through("connect", proxy, target)).page()).endsWith(page);
  } catch {
    return false;
  }
};

for (const transport of program === undefined ? [] : everydayTransports) {
  test(`${transport}: the published crate as the client of our server`, async () => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    const { process: server, address } = await startServer(folder);
    await using _ = server;
    await using origin = await startOrigin();
    const [proxy, metrics] = [await freePort(), await freePort()];
    const table = backendTable(
      "ours",
      address.replace("127.0.0.1", "localhost"),
      "retry_timeout = 3\nmax_retries = 0",
      transport,
    );
    const lines = `listen_address = "127.0.0.1:${proxy}"\nmetric_address = "127.0.0.1:${metrics}"\nlog_level = "INFO"\nbalance = "round_robin"\n`;
    await folder.write("original.toml", lines + table.replace(/^server_name.*\n/m, ""));
    const options = { program: [program!], cwd: folder.path };
    await using client = new DaemonProcess(["client", "-c", "original.toml"], options);
    await until(
      () => fetched(`127.0.0.1:${proxy}`, origin.address),
      (got) => got,
      "a page through the original",
    );
    assert.ok(client.running);
    await server.line(
      ({ msg, target, end }) => msg === "tunnel" && target === origin.address && end === "closed",
      "tunnel",
    );
  });

  test(`${transport}: the published crate as the server of our client`, async () => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    await using origin = await startOrigin();
    const port = await freePort();
    await folder.write(
      "original.toml",
      `listen_address = "127.0.0.1:${port}"\nlog_level = "INFO"\nauth_cert = "certs/server/server.crt"\nauth_key = "certs/server/server.key"\nclient_ca = "certs/ca.crt"\nquic = true\nuse_0rtt = false\n`,
    );
    await using server = new DaemonProcess(["server", "-c", "original.toml"], {
      program: [program!],
      cwd: folder.path,
    });
    const table = backendTable("original", `localhost:${port}`, 'dialect = "crate"', transport);
    const { process: client, proxy } = await startClient(folder, table);
    await using _ = client;
    await until(
      () => fetched(proxy, origin.address),
      (got) => got,
      "a page through the original",
    );
    assert.ok(server.running);
  });
}
