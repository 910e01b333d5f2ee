// The binding alone against `node:http2`, in one run: two processes, loopback, mutual TLS, datagrams of 1472 bytes.
// `node scripts/bench-binding.ts [quic|http2 …]`. Figures of one run only compare with each other.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Authority } from "../src/testing/authority.ts";
import { connectSide, type Identities, type Side } from "./bench-side.ts";

const mebibyte = 2 ** 20;

interface Row {
  readonly name: string;
  readonly values: Record<string, string>;
}

const serverFile = fileURLToPath(new URL("./bench-server.ts", import.meta.url));

const main = async (): Promise<void> => {
  const authority = new Authority();
  const identities: Identities = {
    ca: authority.cert,
    server: authority.issue("server", { names: ["DNS:localhost"] }),
    client: authority.issue("client"),
  };
  authority.dispose();
  const wanted = process.argv.slice(2);
  const rows: Row[] = [];
  for (const name of wanted.length > 0 ? wanted : ["quic", "http2"])
    rows.push(await measure(name, identities));
  const names = Object.keys(rows[0]?.values ?? {});
  process.stdout.write(
    `| | ${rows.map((row) => row.name).join(" | ")} |\n|---|${rows.map(() => "---|").join("")}\n`,
  );
  for (const key of names) {
    process.stdout.write(`| ${key} | ${rows.map((row) => row.values[key]).join(" | ")} |\n`);
  }
};

const measure = async (name: string, identities: Identities): Promise<Row> => {
  const child = fork(serverFile, [name, JSON.stringify(identities)], { execArgv: ["--expose-gc"] });
  const [port] = (await once(child, "message")) as [number];
  const ask = async (): Promise<{ cpu: number; rss: number }> => {
    child.send("usage");
    const [usage] = (await once(child, "message")) as [{ cpu: number; rss: number }];
    return usage;
  };
  const side = await connectSide(name, port, identities);
  const values: Record<string, string> = {};
  try {
    // First of all, while nothing has grown yet.
    await opens(side, 200, 1);
    const rssBefore = rss() + (await ask()).rss;
    const close = await side.idle(2000);
    values["KiB an idle stream, both ends"] = ((rss() + (await ask()).rss - rssBefore) / 2000 / 1024).toFixed(
      1,
    );
    close();
    await opens(side, 200, 1);
    await side.download(32 * mebibyte);
    values["down, MB/s"] = rate(1024 * mebibyte, await timed(() => side.download(1024 * mebibyte)));
    values["up, MB/s"] = rate(1024 * mebibyte, await timed(() => side.upload(1024 * mebibyte)));
    await opens(side, 2000, 32);
    const [before, own] = [await ask(), process.cpuUsage()];
    const count = 20_000;
    const seconds = await timed(() => opens(side, count, 32));
    const spent = process.cpuUsage(own);
    values["streams/s, 32 at a time"] = (count / seconds).toFixed(0);
    values["CPU µs a stream, client + server"] =
      `${((spent.user + spent.system) / count).toFixed(0)} + ${(((await ask()).cpu - before.cpu) / count).toFixed(0)}`;
    values["streams/s, one by one"] = (3000 / (await timed(() => opens(side, 3000, 1)))).toFixed(0);
    values["ping-pong 100 B, p50 µs"] = (await side.pingPong(5000)).toFixed(0);
  } finally {
    await side.close();
    child.kill();
  }
  return { name, values };
};

const rss = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().rss;
};

const timed = async (work: () => Promise<void>): Promise<number> => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

const rate = (bytes: number, seconds: number): string => (bytes / 1e6 / seconds).toFixed(0);

const opens = async (side: Side, count: number, atOnce: number): Promise<void> => {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await side.openUseClose();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
};

await main();
