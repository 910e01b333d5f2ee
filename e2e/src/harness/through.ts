import { RawPeer } from "./raw-peer.ts";
import { hostAndPort } from "./raw-tunnel.ts";

/** The ways in that the client's port has. */
export const doors = ["connect", "forward", "socks5", "socks4", "socks4a"] as const;
export type Door = (typeof doors)[number];

export interface ThroughDoor {
  /** An HTTP status, or the reply of SOCKS. */
  readonly said: number;
  readonly peer: RawPeer;
  /** The answer to `GET /` with the connection's end, whatever the door. */
  page(): Promise<string>;
}

/** Asks for a target through a door, by hand. For `forward` that is a GET of its page, for the others a tunnel. */
export const through = async (
  door: Door,
  proxy: string,
  target: string,
  from?: string,
): Promise<ThroughDoor> => {
  const peer = await RawPeer.connect(proxy, from);
  const { host, port } = hostAndPort(target);
  if (door === "connect" || door === "forward") {
    const connect = `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`;
    peer.send(door === "connect" ? connect : request(`http://${target}/`, target));
    const head = await peer.take(/\r\n\r\n/);
    const said = Number(head.split(" ")[1]);
    return {
      said,
      peer,
      page: door === "connect" ? () => ask(peer, target) : async () => head + (await peer.rest()).text,
    };
  }
  if (door === "socks5") {
    peer.send("\x05\x01\x00");
    await peer.take(/^\x05\x00/);
    peer.send(`\x05\x01\x00${socks5Address(host)}${bigEndian(port)}`);
    const reply = await peer.take(/^\x05.\x00\x01.{6}/s);
    return { said: reply.charCodeAt(1), peer, page: () => ask(peer, target) };
  }
  const address = ipv4(host);
  if (door === "socks4" && address !== undefined) peer.send(`\x04\x01${bigEndian(port)}${address}user\0`);
  else peer.send(`\x04\x01${bigEndian(port)}\0\0\0\x01\0${host}\0`);
  const reply = await peer.take(/^\0.{7}/s);
  return { said: reply.charCodeAt(1), peer, page: () => ask(peer, target) };
};

const request = (uri: string, host: string): string =>
  `GET ${uri} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

const ask = async (peer: RawPeer, host: string): Promise<string> => {
  peer.send(request("/", host));
  const { text } = await peer.rest();
  peer.end();
  return text;
};

const bigEndian = (port: number): string => String.fromCharCode(port >> 8, port & 0xff);

const ipv4 = (host: string): string | undefined =>
  /^[\d.]+$/.test(host) ? String.fromCharCode(...host.split(".").map(Number)) : undefined;

const socks5Address = (host: string): string => {
  const address = ipv4(host);
  if (address !== undefined) return `\x01${address}`;
  if (host === "fe80::1") return `\x04\xfe\x80${"\0".repeat(13)}\x01`;
  return `\x03${String.fromCharCode(host.length)}${host}`;
};
