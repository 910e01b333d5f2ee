import { formatListenAddress } from "@octoproxy/lib/config/listen-address";
import { quicBuilt, toml } from "./server-toml.ts";
import type { SetPlan } from "./set-plan.ts";

export const backendName = "main";

export const clientToml = (
  plan: SetPlan,
): string => `# octoproxy client: the proxy that applications use; it carries their connections to the backends below.
#   octoproxy client -c client.toml
# Relative paths are relative to this file. Every key: doc/configuration.md

# Where applications connect: HTTP proxy. Beyond 127.0.0.1 it is open to the network.
listen_address = ${toml(formatListenAddress(plan.clientListen))}

# Admin API, metrics and the terminal view; "off" turns them off.
metric_address = ${toml(plan.metricAddress)}

# How a backend is chosen where there are several.
balance = "round_robin"

# Which hosts go where.
host_rule = "host_rule.toml"

[backends.${backendName}]
address = ${toml(backendAddress(plan))}
# The server's certificate must bear the host of the address, or this name:
# server_name = ${toml(plan.backendHost)}
${quicBuilt ? "# auto is QUIC, falling back to HTTP/2 where UDP is blocked and coming back." : "# This copy was built without QUIC."}
protocol = ${toml(quicBuilt ? "auto" : "http2")}
# The authority that the server's certificate comes from, and who this client is.
cacert = "client/ca.crt"
client_cert = "client/client.crt"
client_key = "client/client.key"

# More servers are more tables:
# [backends.osaka]
# address = "osaka.example:8443"
`;

/** `host:port` of the server, as the client writes it. */
export const backendAddress = ({ backendHost, serverListen }: SetPlan): string =>
  formatListenAddress({ host: backendHost, port: serverListen.port });

export const hostRuleToml =
  (): string => `# Host rules of the client: a table a host, the first that matches wins, in the order of this file.
# None is active yet: take away the # of those that you want.

# ["ads.example"]              # that host
# block = true

# ["*.corp.example"]           # its subdomains, of any depth
# backend = ${toml(backendName)}

# ["10.0.0.0/8"]               # addresses in that range
# direct = true                # dialed from the client's machine, without a backend

# ["old.example:80"]           # that host and port
# rewrite = "new.example"      # host, or host:port

# ["~^cdn\\\\d+\\\\.example$"]     # a regular expression
# backend = ${toml(backendName)}
`;
