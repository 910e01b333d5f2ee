import type { ClientConnection } from "../../transport.ts";

/** Opens a tunnel, sends a few bytes there and back, ends it. Rejects when the tunnel breaks. */
export const echoOnce = async (connection: ClientConnection, text = "are you there?"): Promise<void> => {
  const stream = await connection.open("echo.test:7", AbortSignal.timeout(10_000));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let received = "";
  stream.own({
    data: (chunk) => {
      received += Buffer.from(chunk).toString("latin1");
      return true;
    },
    drain: () => {},
    end: () => (received === text ? resolve() : reject(new Error(`the echo was ${received}`))),
    reset: reject,
  });
  stream.write(Buffer.from(text));
  stream.end();
  await promise;
};
