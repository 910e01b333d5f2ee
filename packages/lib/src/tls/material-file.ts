import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

/** Far more than any chain, bundle of roots or list that we have seen. */
const maxBytes = 64 * 1024 * 1024;

const sentences: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EACCES: "cannot be read: permission denied",
  EPERM: "cannot be read: permission denied",
  EISDIR: "is a directory",
  ENOTDIR: "does not exist (a part of its path is not a directory)",
  ELOOP: "cannot be read: too many symbolic links",
};

/**
 * The bytes of a regular file.
 * @throws Error whose message is the end of a sentence that the file's name begins.
 */
export const readMaterialFile = (path: string): Buffer => {
  let descriptor: number;
  try {
    // Without O_NONBLOCK opening a FIFO waits for a writer, for ever.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new Error(sentenceOf(error), { cause: error });
  }
  try {
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) throw new Error("is a directory");
    if (!stat.isFile()) throw new Error("is not a regular file");
    if (stat.size > maxBytes) throw new Error(`is too large (${stat.size} bytes)`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

const sentenceOf = (error: unknown): string => {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return sentences[code] ?? `cannot be read: ${message}`;
};
