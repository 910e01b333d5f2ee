// A TCP echo as a process of its own.
import { type AddressInfo, createServer } from "node:net";

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  process.stderr.write(`listening 127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
