import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { printable } from "@octoproxy/lib/error/proxy-error";
import { EasycertError, failure, wrongUsage } from "./easycert-error.ts";

/** Permissions of what nobody else may read, and of what everybody may. */
export const secretMode = 0o600;
export const publicMode = 0o644;

export interface NewFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Exactly these permissions, whatever the umask. */
  readonly mode: number;
}

/**
 * Writes files that belong together. Each is written whole under another name and then put in place, so that a kill leaves
 * no half file; symbolic links at a target are never followed. Without `force` nothing is written where one of them exists.
 * @throws EasycertError with status 1.
 */
export const writeNewFiles = (files: readonly NewFile[], force: boolean): void => {
  for (const { path } of files) refuseExisting(path, force);
  const staged: { temporary: string; path: string }[] = [];
  try {
    for (const file of files) staged.push({ temporary: stage(file), path: file.path });
    for (const { temporary, path } of staged) {
      if (force) renameSync(temporary, path);
      else placeNew(temporary, path);
    }
  } catch (error) {
    throw told(error, "cannot write");
  } finally {
    for (const { temporary } of staged) removeQuietly(temporary);
  }
};

/** A directory inside of `parent` (which is made where it is missing, and may be reached by links); itself no link. */
export const makeDirectory = (parent: string, name: string): string => {
  const path = join(parent, name);
  try {
    makeWithParents(parent);
    if (name !== ".") makeOne(path);
  } catch (error) {
    throw told(error, "cannot make");
  }
  // Links on the way to the parent are the user's own; the directory in it must be one.
  if (name !== "." && !lstat(path)?.isDirectory()) {
    throw failure(`${printable(path)} exists and is not a directory`);
  }
  return path;
};

/** `mkdir -p`. Node's own recursive mkdir never returns below /proc (26.10). */
const makeWithParents = (path: string): void => {
  try {
    makeOne(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === path) throw error;
    if (lstat(parent) !== undefined) throw error;
    makeWithParents(parent);
    makeOne(path);
  }
};

const makeOne = (path: string): void => {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
};

/** A name that becomes a file: one component of a path. @throws EasycertError with status 2. */
export const checkFileName = (name: string): string => {
  if (name === "" || name === "." || name === ".." || /[/\\\u0000-\u001f\u007f]/.test(name)) {
    throw wrongUsage(`${JSON.stringify(name)} cannot be a name: it becomes a file, so no "/", no ".."`);
  }
  if (Buffer.byteLength(name) > 200) throw wrongUsage("the name is too long for a file: 200 bytes at most");
  return name;
};

const refuseExisting = (path: string, force: boolean): void => {
  const existing = lstat(path);
  if (existing === undefined) return;
  if (existing.isDirectory()) throw failure(`${printable(path)} is a directory`);
  if (!force) throw exists(path);
};

const exists = (path: string): EasycertError =>
  failure(`${printable(path)} exists already, nothing was written; --force overwrites it`);

/** Writes the content beside its place and returns the name it has there. */
const stage = ({ path, content, mode }: NewFile): string => {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = openSync(temporary, flags, mode & 0o600);
  try {
    writeFileSync(descriptor, content);
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return temporary;
};

/** A link fails where the name is taken, by a symbolic link too; a rename would overwrite. */
const placeNew = (temporary: string, path: string): void => {
  try {
    linkSync(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw exists(path);
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS" && code !== "EOPNOTSUPP") throw error;
    // File systems without hard links (FAT, some network shares): looked at just now.
    if (lstat(path) !== undefined) throw exists(path);
    renameSync(temporary, path);
  }
};

const lstat = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });

const removeQuietly = (path: string): void => {
  try {
    unlinkSync(path);
  } catch {
    // It was put in place, or never made.
  }
};

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOSPC: "no space is left on the device",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of the path is not a directory",
  ENOENT: "the directory does not exist",
  ENAMETOOLONG: "the name is too long",
};

const told = (error: unknown, doing: string): EasycertError => {
  if (error instanceof EasycertError) return error;
  const { code = "", message, path = "" } = error as NodeJS.ErrnoException;
  return failure(`${doing} ${printable(path)}: ${reasons[code] ?? message}`, error);
};
