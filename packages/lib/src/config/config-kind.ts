import type { TomlTable } from "./toml-document.ts";

/** Whose configuration a file is. */
export type ConfigKind = "client" | "server";

const clientOnly = ["backends", "balance", "host_rule", "allow_from"];
const serverOnly = ["auth_cert", "auth_key", "client_ca", "client_crl", "quic", "allow_any_client", "egress"];

/** Tells by the keys that only one of the two has; undefined where that says nothing. */
export const configKind = (values: TomlTable): ConfigKind | undefined => {
  const client = clientOnly.filter((name) => Object.hasOwn(values, name)).length;
  const server = serverOnly.filter((name) => Object.hasOwn(values, name)).length;
  return client === server ? undefined : client > server ? "client" : "server";
};
