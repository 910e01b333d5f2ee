import { printable } from "../error/proxy-error.ts";

interface ListenError extends Error {
  readonly code?: string;
  readonly syscall?: string;
  readonly address?: string;
  readonly port?: number;
}

/** Why a daemon did not start, for a person. */
export const startSentence = (error: unknown): string => {
  if (!(error instanceof Error)) return printable(String(error));
  const { code = "", syscall, address, port } = error as ListenError;
  const reason = syscall === "listen" || syscall === "bind" ? listenReasons[code] : undefined;
  if (reason === undefined) return printable(error.message);
  const where = `${address?.includes(":") ? `[${address}]` : address}:${port}`;
  return `${where}${syscall === "bind" ? " over UDP" : ""} ${reason}`;
};

const listenReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use by another program",
  EADDRNOTAVAIL: "is not an address of this machine",
  EACCES: "may not be listened on by this user (ports below 1024 need a privilege)",
  EAFNOSUPPORT: "cannot be listened on, the machine has no such network (IPv6?)",
};
