import { parseTarget, type Target } from "@octoproxy/lib/address/target";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";

/** What a SOCKS client is to be told, or asks, next. */
export type SocksStep =
  | { readonly kind: "more" }
  /** Answer and go on reading behind `length` bytes. */
  | { readonly kind: "reply"; readonly reply: Uint8Array; readonly length: number }
  | { readonly kind: "request"; readonly target: Target; readonly length: number }
  /** Answer and end the connection. */
  | { readonly kind: "refuse"; readonly reply: Uint8Array; readonly error: ProxyError };

const more: SocksStep = { kind: "more" };

/** RFC 1928 section 6. */
const generalFailure = 1;
const commandNotSupported = 7;
const addressTypeNotSupported = 8;

/** A SOCKS5 reply; the bound address is not told, as most proxies do. */
export const socks5Reply = (code: number): Uint8Array => Uint8Array.of(5, code, 0, 1, 0, 0, 0, 0, 0, 0);

/** A SOCKS4 reply: granted, or refused. */
export const socks4Reply = (granted: boolean): Uint8Array =>
  Uint8Array.of(0, granted ? 0x5a : 0x5b, 0, 0, 0, 0, 0, 0);

const refuse5 = (code: number, detail: string): SocksStep => ({
  kind: "refuse",
  reply: socks5Reply(code),
  error: new ProxyError("BAD_REQUEST", { detail: `SOCKS5: ${detail}` }),
});

const refuse4 = (detail: string): SocksStep => ({
  kind: "refuse",
  reply: socks4Reply(false),
  error: new ProxyError("BAD_REQUEST", { detail: `SOCKS4: ${detail}` }),
});

/** Reads the list of methods (RFC 1928 section 3). Only "no authentication" is taken. */
export const readSocks5Greeting = (bytes: Uint8Array): SocksStep => {
  const count = bytes[1];
  if (count === undefined || bytes.length < 2 + count) return more;
  if (bytes.subarray(2, 2 + count).includes(0)) {
    return { kind: "reply", reply: Uint8Array.of(5, 0), length: 2 + count };
  }
  const error = new ProxyError("BAD_REQUEST", { detail: "SOCKS5: the client insists on authentication" });
  return { kind: "refuse", reply: Uint8Array.of(5, 0xff), error };
};

/** Reads a request (RFC 1928 section 4), judging each byte as soon as it is there. */
export const readSocks5Request = (bytes: Uint8Array): SocksStep => {
  const [version, command, reserved, addressType, first] = bytes;
  if (version === undefined) return more;
  if (version !== 5) return refuse5(generalFailure, `the request is of version ${version}`);
  if (command === undefined) return more;
  if (command !== 1) return refuse5(commandNotSupported, "only CONNECT is served");
  if (reserved === undefined) return more;
  if (reserved !== 0) return refuse5(generalFailure, "the reserved byte is not 0");
  if (addressType === undefined) return more;
  if (addressType !== 1 && addressType !== 3 && addressType !== 4) {
    return refuse5(addressTypeNotSupported, `address type ${addressType} is not known`);
  }
  if (first === undefined) return more;
  const start = addressType === 3 ? 5 : 4;
  const end = start + (addressType === 1 ? 4 : addressType === 4 ? 16 : first);
  if (addressType === 3 && first === 0) return refuse5(generalFailure, "the name is empty");
  if (bytes.length < end + 2) return more;
  const address = bytes.subarray(start, end);
  const host = addressType === 1 ? ipv4(address) : addressType === 4 ? ipv6(address) : name(address);
  const target = targetOf(host, bytes[end]! * 256 + bytes[end + 1]!);
  if (target === undefined) return refuse5(generalFailure, "the target is not a host and a port");
  return { kind: "request", target, length: end + 2 };
};

/** A user id or a name in SOCKS4 and 4a may be so long. */
const socks4TextLimit = 255;

/** Reads a SOCKS4 or 4a request; the user id is not used. */
export const readSocks4Request = (bytes: Uint8Array): SocksStep => {
  const command = bytes[1];
  if (command === undefined) return more;
  if (command !== 1) return refuse4("only CONNECT is served");
  if (bytes.length < 9) return more;
  const userEnd = bytes.indexOf(0, 8);
  if ((userEnd < 0 ? bytes.length : userEnd) - 8 > socks4TextLimit) return refuse4("the user id is too long");
  if (userEnd < 0) return more;
  const address = bytes.subarray(4, 8);
  const port = bytes[2]! * 256 + bytes[3]!;
  let host = ipv4(address);
  let end = userEnd;
  if (host.startsWith("0.0.0.") && host !== "0.0.0.0") {
    end = bytes.indexOf(0, userEnd + 1);
    if ((end < 0 ? bytes.length : end) - userEnd - 1 > socks4TextLimit)
      return refuse4("the name is too long");
    if (end < 0) return more;
    host = name(bytes.subarray(userEnd + 1, end));
  }
  const target = targetOf(host, port);
  return target === undefined
    ? refuse4("the target is not a host and a port")
    : { kind: "request", target, length: end + 1 };
};

const ipv4 = (bytes: Uint8Array): string => bytes.join(".");

/** The shortest way to write the address, as RFC 5952 has it: what host rules compare. */
const ipv6 = (bytes: Uint8Array): string => {
  const groups = Array.from({ length: 8 }, (_, at) =>
    (bytes[2 * at]! * 256 + bytes[2 * at + 1]!).toString(16),
  );
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
};

const name = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

const targetOf = (host: string, port: number): Target | undefined => {
  try {
    return parseTarget(`${host.includes(":") ? `[${host}]` : host}:${port}`);
  } catch {
    return undefined;
  }
};
