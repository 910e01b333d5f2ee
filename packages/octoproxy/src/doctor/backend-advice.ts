import type { BackendConfig } from "@octoproxy/client/config/client-config";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";

/** What to do where a backend cannot be used, by how it failed. */
export const adviceFor = (error: unknown, backend: BackendConfig, over: "tcp" | "udp"): string => {
  const code = error instanceof ProxyError ? error.code : undefined;
  const words = error instanceof Error ? error.message : "";
  const port = `${over.toUpperCase()} ${backend.port}`;
  switch (code) {
    case "BACKEND_CERTIFICATE":
      return /bears .*, not /.test(words)
        ? "set server_name to a name that it bears, or make the server's certificate with --san for this one"
        : "cacert must be the authority that signed the server's certificate";
    case "CERTIFICATE_REFUSED":
      return "client_ca of the server must be the authority that signed our client_cert; its log says more";
    case "BACKEND_TLS":
      return `is it an octoproxy server that listens on ${backend.address}?`;
    case "BACKEND_DRAINING":
    case "BACKEND_LOST":
    case "CLIENT_LIMIT":
      return "look at the server's log";
    default:
  }
  if (/name|resolve|DNS/i.test(words) && !/in time|no answer|timed out/.test(words)) {
    return "correct the address, or the name servers (dns_servers, /etc/resolv.conf)";
  }
  if (over === "udp") {
    return `open ${port} on the server's firewall, set quic = true there, or use protocol = "http2" here`;
  }
  return /refused/.test(words)
    ? "start the server there, or correct the port"
    : `open ${port} on the server's firewall, and start the server there`;
};
