import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NativeBinding } from "./native-binding.ts";

/** An addon that a single executable carries inside. */
export interface AddonBytes {
  readonly read: () => Uint8Array;
  /** Lower-case hexadecimal, made where the executable was made. */
  readonly sha256: string;
}

/** Where a file may be put that can be mapped executable, best first: `/tmp` may be full, read-only or noexec. */
export const unpackingFolders = (env: NodeJS.ProcessEnv = process.env): readonly string[] => {
  const given = [tmpdir(), env.RUNTIME_DIRECTORY?.split(":")[0], env.XDG_RUNTIME_DIR, "/dev/shm", "/run"];
  return [...new Set(given.filter((folder) => folder !== undefined && folder !== ""))] as string[];
};

/**
 * Writes an addon into a folder that nobody else may enter (0700), checks what was written, loads it and removes it: the
 * mapping stays until the process ends, the file does not.
 * @throws Error which names every folder that was tried and why it would not do.
 */
export const loadAddonBytes = (
  { read, sha256 }: AddonBytes,
  folders: readonly string[] = unpackingFolders(),
): NativeBinding => {
  const bytes = read();
  if (digest(bytes) !== sha256) throw new Error("the addon in this executable is damaged");
  const reasons: string[] = [];
  for (const folder of folders) {
    try {
      return loadThrough(folder, bytes, sha256);
    } catch (error) {
      reasons.push(`${folder}: ${reasonOf(error)}`);
    }
  }
  throw new Error(`it could not be unpacked (${reasons.join("; ")})`);
};

const loadThrough = (parent: string, bytes: Uint8Array, sha256: string): NativeBinding => {
  const folder = mkdtempSync(join(parent, "octo-quic-"));
  try {
    const path = join(folder, "octo-quic.node");
    writeFileSync(path, bytes, { mode: 0o500, flag: "wx" });
    if (digest(readFileSync(path)) !== sha256) throw new Error("what was written is not what was read");
    const module = { exports: {} };
    process.dlopen(module, path);
    return module.exports as NativeBinding;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const words: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left",
  EDQUOT: "the quota is used up",
  EROFS: "it is read-only",
  EACCES: "permission denied",
  ENOENT: "there is no such folder",
};

const reasonOf = (error: unknown): string => {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (/failed to map segment|Operation not permitted/.test(message)) return "it is mounted noexec";
  return words[code] ?? message.split("\n")[0] ?? "";
};
