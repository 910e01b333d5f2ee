import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A port that neither accepts nor refuses: a stopped process whose accept queue is full, so the kernel drops SYNs. */
export interface FullBacklog extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly address: string;
}

const listener = `const s = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 },
  () => process.stdout.write(s.address().port + "\\n"));`;

export const fillBacklog = async (): Promise<FullBacklog> => {
  const child = spawn(process.execPath, ["-e", listener], { stdio: ["ignore", "pipe", "inherit"] });
  const kill = (): boolean => child.kill("SIGKILL");
  // A stopped process does not notice that its starter is gone.
  for (const end of ["exit", "uncaughtExceptionMonitor"]) process.once(end, kill);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(line);
  child.kill("SIGSTOP");
  const fillers: Socket[] = [];
  // Linux queues one more than the backlog; the rest of these stay in SYN_SENT, which shows that it is full.
  for (let count = 0; count < 4; count++)
    fillers.push(connect({ port, host: "127.0.0.1" }).on("error", () => undefined));
  await Promise.all(fillers.slice(0, 2).map((socket) => once(socket, "connect")));
  return {
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of fillers) socket.destroy();
      kill();
      for (const end of ["exit", "uncaughtExceptionMonitor"]) process.off(end, kill);
      await once(child, "exit");
    },
  };
};
