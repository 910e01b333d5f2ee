import { once } from "node:events";
import { connect, type SecureClientSessionOptions } from "node:http2";

/**
 * Knocks at a server as a plain HTTP/2 client and returns the words with which it is sent away (the debug data of
 * GOAWAY). Throws when the server lets it in.
 */
export const wordsOfRefusal = async (
  address: string,
  options: SecureClientSessionOptions = {},
): Promise<string> => {
  const session = connect(`https://${address}`, { rejectUnauthorized: false, ...options });
  session.on("error", () => undefined);
  try {
    const signal = AbortSignal.timeout(10_000);
    const [code, , words] = (await once(session, "goaway", { signal })) as [
      number,
      number,
      Uint8Array | undefined,
    ];
    if (code === 0) throw new Error("the server closed without a reason");
    return Buffer.from(words ?? new Uint8Array()).toString("utf8");
  } finally {
    session.destroy();
  }
};
