import { formatListenAddress } from "@octoproxy/lib/config/listen-address";
import { builtProtocols } from "@octoproxy/lib/transport/built";
import type { SetPlan } from "./set-plan.ts";

/** Whether this copy speaks QUIC; where it does not, a set is made for HTTP/2. */
export const quicBuilt: boolean = builtProtocols().includes("quic");

export const serverToml = (
  plan: SetPlan,
): string => `# octoproxy server: accepts the tunnels of clients that hold a certificate, and connects them to their targets.
#   octoproxy server -c server.toml
# Relative paths are relative to this file. Every key: doc/configuration.md

# Where clients connect. 0.0.0.0 is every address of this machine.
listen_address = ${toml(formatListenAddress(plan.serverListen))}

# Who this server is. The certificate bears ${plan.names.map(({ value }) => value).join(", ")}.
auth_cert = "server/server.crt"
auth_key = "server/server.key"

# Whom it accepts: clients with a certificate of this authority, and nobody else.
client_ca = "server/ca.crt"

# QUIC on the same port, over UDP, beside HTTP/2 over TCP.${quicBuilt ? "" : " This copy was built without it."}
quic = ${quicBuilt}

# What clients may reach. Cloud metadata, link-local addresses and this server itself are denied already.
# What runs beside the server is reachable, as many people want it to be; these two lines close private networks:
# [egress]
# deny = ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]
`;

/** A basic string of TOML; JSON's escapes are among its own. */
export const toml = (text: string): string => JSON.stringify(text);
