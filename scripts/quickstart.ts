// The whole way once, on loopback: certificates, a server, a client, a page through the tunnel. Ends by itself.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";

const folder = "quickstart";

const started = performance.now();
process.stdout.write(`octoproxy quickstart${" ".repeat(68)}Node ${process.versions.node}\n`);

/** Runs one step and prints its line; a step that fails ends the quickstart with its reason. */
const step = async <T>(name: string, work: () => Promise<{ said?: string; value: T }>): Promise<T> => {
  const begun = performance.now();
  try {
    const { said = "", value } = await work();
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    process.stdout.write(` ✓ ${`${name.padEnd(30)} ${said}`.padEnd(96)} ${seconds.padStart(5)} s\n`);
    return value;
  } catch (error) {
    process.stdout.write(` ✗ ${name}\n   ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
};

const done = { value: undefined };

await step("built", async () => {
  const build = spawnSync("npm", ["run", "-s", "build"], { encoding: "utf8" });
  if (build.status !== 0) throw new Error(`the build failed:\n${build.stdout}${build.stderr}`);
  return done;
});

// These exist only once the build has made them.
const { DaemonProcess } = await import("../e2e/dist/harness/daemon-process.js");
const { freePort } = await import("../packages/lib/dist/testing/free-port.js");
const { octoproxy, expectDone } = await import("../e2e/dist/harness/pair.js");
const { page, startOrigin } = await import("../e2e/dist/harness/origin.js");
const { fetchThrough } = await import("../e2e/dist/harness/fetch-through.js");
const { wordsOfRefusal } = await import("../e2e/dist/harness/without-certificate.js");
const { askAdmin, until } = await import("../e2e/dist/harness/admin.js");
const { whyNoQuic } = await import("../packages/lib/dist/transport/quic/availability.js");

const noQuic = whyNoQuic();
if (noQuic !== undefined) process.stdout.write(`   HTTP/2 alone: ${noQuic}\n`);

/** Switches the one backend and waits until it is up that way. */
const useTransport = async (admin: string, protocol: string): Promise<void> => {
  const [backend] = (await askAdmin(admin, "/api/v1/backends")).json<{ name: string }[]>();
  const path = `/api/v1/backends/${backend?.name}`;
  const answer = await askAdmin(admin, `${path}/protocol`, { method: "PUT", body: { protocol } });
  if (answer.status !== 200) throw new Error(answer.text);
  await until(
    async () => (await askAdmin(admin, path)).json<{ protocol: { in_use: string | null } }>(),
    ({ protocol: now }) => now.in_use === protocol,
    `${backend?.name} over ${protocol}`,
  );
};

await step("certificates, configuration", async () => {
  rmSync(folder, { recursive: true, force: true });
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const [server, client, admin] = ports.map((port) => `127.0.0.1:${port}`) as [string, string, string];
  await expectDone([
    "init",
    folder,
    "--server-listen",
    server,
    "--client-listen",
    client,
    "--metric-address",
    admin,
  ]);
  for (const file of ["server.toml", "client.toml"]) {
    const { status, stderr } = await octoproxy(["check", "-c", file], folder);
    if (status !== 0) throw new Error(stderr);
  }
  return { said: `${folder}/`, value: undefined };
});

await using server = new DaemonProcess(["server", "-c", `${folder}/server.toml`]);
const transports: readonly string[] = noQuic === undefined ? ["quic", "http2"] : ["http2"];

await step("server", async () => {
  const address = await server.listening("http2");
  if (noQuic === undefined) await server.listening("quic");
  return { said: `listening on ${address} (${transports.toReversed().join(" + ")})`, value: undefined };
});

await using client = new DaemonProcess(["client", "-c", `${folder}/client.toml`]);
const proxy = await step("client", async () => {
  const address = await client.listening("proxy");
  const up = await client.line((line) => line.msg === "backend" && line.status === "normal", "backend up");
  return { said: `listening on ${address}, backend ${up.backend} is up (${up.protocol})`, value: address };
});

await using origin = await startOrigin();
for (const transport of transports) {
  await step(`a page through ${transport}`, async () => {
    await useTransport(await client.listening("admin"), transport);
    const { program, status, body } = await fetchThrough(proxy, `${origin.url}/`);
    if (status !== 200 || body.toString() !== page)
      throw new Error(`${program} got ${status}, ${body.length} bytes`);
    const said = `${program} -x ${proxy} ${origin.url}/: 200, ${body.length} bytes`;
    return { said, value: undefined };
  });
}

await step("without a certificate", async () => {
  const words = await wordsOfRefusal(await server.listening("http2"));
  return { said: `refused: ${words}`, value: undefined };
});

client.kill("SIGTERM");
server.kill("SIGTERM");
const statuses = [await client.exit(), await server.exit()];
if (statuses.some((status) => status !== 0)) {
  process.stdout.write(` ✗ the daemons ended with ${statuses.join(" and ")}\n`);
  process.exit(1);
}
const total = ((performance.now() - started) / 1000).toFixed(1);
process.stdout.write(`
Everything works (${total} s). To keep going:
  npm run -s octoproxy -- server -c ${folder}/server.toml      the same pair again, in two terminals
  npm run -s octoproxy -- client -c ${folder}/client.toml
  npm run -s octoproxy -- init my-proxy                      make a set for two machines
  README.md, "Two machines in five minutes"
`);
