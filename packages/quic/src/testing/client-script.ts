// A client in a process or worker of its own: connects, does what it is told, and ends or stays.
import { parentPort, workerData } from "node:worker_threads";
import { QuicEndpoint } from "../endpoint.ts";
import { type ClientOptions, QuicClient } from "../options.ts";

interface ClientWish {
  readonly address: string;
  readonly wish: "unref" | "close" | "exit" | "stay";
  readonly options: ClientOptions;
}

const given: unknown = workerData ?? JSON.parse(process.argv[2] ?? "");
const { address, wish, options } = given as ClientWish;
const endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
const connection = await endpoint.connect(new QuicClient(options), address, "localhost");
const stream = await connection.open();
const answered = Promise.withResolvers<void>();
const readable = (): void => {
  if (stream.read() !== undefined) answered.resolve();
};
stream.use({ readable, writable() {}, stopped() {}, aborted() {} });
stream.write(Buffer.alloc(1000, "e"));
readable();
await answered.promise;
if (wish === "unref") endpoint.unref();
if (wish === "close") {
  await endpoint.close();
  process.stdout.write("closed\n");
}
if (wish === "exit") {
  await endpoint.close(9, "bye");
  process.exit();
}
parentPort?.postMessage("ready");
