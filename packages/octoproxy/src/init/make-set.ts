import { join } from "node:path";
import { issueLeaf } from "@octoproxy/easycert/generate";
import {
  makeDirectory,
  type NewFile,
  publicMode,
  secretMode,
  writeNewFiles,
} from "@octoproxy/easycert/write-files";
import { createAuthority, openAuthority } from "@octoproxy/lib/tls/issue";
import { clientToml, hostRuleToml } from "./client-toml.ts";
import { serverToml } from "./server-toml.ts";
import type { SetPlan } from "./set-plan.ts";

/** Days that the authority and what it signs are good for. */
const authorityDays = 3650;
export const leafDays = 365;

/** Folders of a set: one for each machine, and the authority's, which belongs on neither. */
export const folders = { authority: "ca", server: "server", client: "client" } as const;

/** Makes and writes a whole set. @throws EasycertError with status 1, and then nothing was overwritten. */
export const makeSet = (directory: string, plan: SetPlan, force: boolean, now: number): void => {
  const files = filesOf(plan, now).map((file) => ({ ...file, path: join(directory, file.path) }));
  for (const folder of Object.values(folders)) makeDirectory(directory, folder);
  writeNewFiles(files, force);
};

/** Every file with its path inside the set. */
const filesOf = (plan: SetPlan, now: number): NewFile[] => {
  const wish = { keyKind: "ec", now } as const;
  const root = createAuthority({ ...wish, commonName: "octoproxy ca", days: authorityDays });
  const authority = openAuthority(root, now);
  const server = issueLeaf(authority, {
    ...wish,
    commonName: plan.backendHost.slice(0, 64),
    days: leafDays,
    usage: "server",
    names: plan.names,
  });
  const client = issueLeaf(authority, {
    ...wish,
    commonName: "client",
    days: leafDays,
    usage: "client",
    names: [{ type: "DNS", value: "client" }],
  });
  const { authority: ca, server: serverFolder, client: clientFolder } = folders;
  return [
    secret(`${ca}/ca.key`, root.key),
    open(`${ca}/ca.crt`, root.certificate),
    secret(`${serverFolder}/server.key`, server.key),
    open(`${serverFolder}/server.crt`, server.certificate),
    open(`${serverFolder}/ca.crt`, root.certificate),
    secret(`${clientFolder}/client.key`, client.key),
    open(`${clientFolder}/client.crt`, client.certificate),
    open(`${clientFolder}/ca.crt`, root.certificate),
    open("server.toml", serverToml(plan)),
    open("client.toml", clientToml(plan)),
    open("host_rule.toml", hostRuleToml()),
  ];
};

const secret = (path: string, content: string): NewFile => ({ path, content, mode: secretMode });
const open = (path: string, content: string): NewFile => ({ path, content, mode: publicMode });
