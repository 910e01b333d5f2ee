import { QuicError } from "@octoproxy/quic/quic-error";

const codes: readonly (readonly [RegExp, string])[] = [
  [/in use/i, "EADDRINUSE"],
  [/cannot assign|not available/i, "EADDRNOTAVAIL"],
  [/permission|denied/i, "EACCES"],
  [/address family/i, "EAFNOSUPPORT"],
];

/** Why UDP could not be bound, in the form of Node's own errors. Other errors stay what they are. */
export const bindError = (error: unknown, address: string, port: number): unknown => {
  if (!(error instanceof QuicError) || error.code !== "SOCKET") return error;
  const code = codes.find(([words]) => words.test(error.message))?.[1];
  return Object.assign(new Error(error.message, { cause: error }), { code, syscall: "bind", address, port });
};
