import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import type { WantedName } from "@octoproxy/lib/tls/x509/general-name";
import { wrongUsage } from "./easycert-error.ts";

const types = new Map<string, WantedName["type"]>([
  ["dns", "DNS"],
  ["ip", "IP"],
  ["email", "email"],
  ["uri", "URI"],
]);

/**
 * Reads `DNS:name`, `IP:address`, `email:address` or `URI:uri`; the type in any case. Names in other scripts become ASCII.
 * @throws EasycertError with status 2.
 */
export const parseSan = (text: string): WantedName => {
  const colon = text.indexOf(":");
  const type = colon === -1 ? undefined : types.get(text.slice(0, colon).trim().toLowerCase());
  if (type === undefined) {
    throw wrongUsage(`--san ${quoted(text)}: write DNS:name, IP:address, email:address or URI:uri`);
  }
  const value = text.slice(colon + 1).trim();
  return { type, value: readers[type](value, text) };
};

/** Every name of a list of `--san` values, each of which may hold several behind commas. None comes twice. */
export const parseSans = (texts: readonly string[]): readonly WantedName[] => {
  const names = new Map<string, WantedName>();
  for (const text of texts.flatMap((part) => part.split(","))) {
    const name = parseSan(text);
    names.set(`${name.type}:${name.value.toLowerCase()}`, name);
  }
  return [...names.values()];
};

/** The SAN that a host is found under: an IP literal as IP, anything else as DNS. */
export const sanOfHost = (host: string): WantedName =>
  parseSan(
    isIP(host.replace(/^\[(.*)\]$/, "$1")) === 0 ? `DNS:${host}` : `IP:${host.replace(/^\[(.*)\]$/, "$1")}`,
  );

const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

const readDns = (value: string, text: string): string => {
  if (isIP(value) !== 0) throw wrongUsage(`--san ${quoted(text)}: an address is written IP:${value}`);
  // domainToASCII reads a URL's host: it drops line ends and decodes per cent, which no name means.
  if (/[\s%\u0000-\u001f\u007f-\u009f]/.test(value))
    throw wrongUsage(`--san ${quoted(text)} is not a DNS name`);
  const wildcard = value.startsWith("*.") ? "*." : "";
  const host = domainToASCII(value.slice(wildcard.length)).replace(/\.$/, "");
  const labels = host.split(".");
  const allDigits = /^\d+$/.test(labels.at(-1) ?? "");
  if (host.length > 253 - wildcard.length || allDigits || !labels.every((part) => label.test(part))) {
    throw wrongUsage(`--san ${quoted(text)} is not a DNS name`);
  }
  if (wildcard !== "" && labels.length < 2) {
    throw wrongUsage(`--san ${quoted(text)}: a wildcard needs two labels behind it, as in *.corp.example`);
  }
  return wildcard + host;
};

const readIp = (value: string, text: string): string => {
  if (isIP(value) === 0 || value.includes("%"))
    throw wrongUsage(`--san ${quoted(text)} is not an IP address`);
  return value;
};

const readEmail = (value: string, text: string): string => {
  if (!/^[\x21-\x7e]{1,64}@[A-Za-z0-9.-]{1,253}$/.test(value)) {
    throw wrongUsage(`--san ${quoted(text)} is not an email address`);
  }
  return value;
};

const readUri = (value: string, text: string): string => {
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+$/.test(value) || !URL.canParse(value)) {
    throw wrongUsage(`--san ${quoted(text)} is not a URI`);
  }
  return value;
};

const readers: Readonly<Record<WantedName["type"], (value: string, text: string) => string>> = {
  DNS: readDns,
  IP: readIp,
  email: readEmail,
  URI: readUri,
};

const quoted = (text: string): string => JSON.stringify(text.slice(0, 100));
