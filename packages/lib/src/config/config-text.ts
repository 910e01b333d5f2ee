import { isUtf8 } from "node:buffer";
import { constants, open } from "node:fs/promises";

/** Room enough for thousands of backends; more is no configuration. */
export const maxConfigBytes = 1024 * 1024;

/** A file could not be taken as text. `message` is the end of a sentence that begins with the file's name. */
export class ConfigTextError extends Error {
  override readonly name = "ConfigTextError";
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

/**
 * Reads a whole UTF-8 file, without its byte order mark. Pipes and devices are read as well, up to the limit.
 * @param maxBytes past it the file is refused, and not read any further.
 * @throws ConfigTextError.
 */
export const readConfigText = async (path: string, maxBytes: number): Promise<string> => {
  const bytes = await readBytes(path, maxBytes).catch((error: unknown) => {
    throw error instanceof ConfigTextError ? error : new ConfigTextError(sentenceOf(error));
  });
  if (!isUtf8(bytes)) throw new ConfigTextError("is not UTF-8 text", firstBadLine(bytes));
  return new TextDecoder().decode(bytes);
};

const readBytes = async (path: string, maxBytes: number): Promise<Buffer> => {
  await using file = await open(path, constants.O_RDONLY);
  const chunks: Buffer[] = [];
  for (let length = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(65536, maxBytes + 1)));
    if (bytesRead === 0) return Buffer.concat(chunks);
    length += bytesRead;
    if (length > maxBytes) throw new ConfigTextError(`is larger than ${formatSize(maxBytes)}`);
    chunks.push(buffer.subarray(0, bytesRead));
  }
};

/** No character of UTF-8 contains a newline's byte, so each line can be judged by itself. */
const firstBadLine = (bytes: Buffer): number => {
  for (let line = 1, start = 0; ; line++) {
    const newline = bytes.indexOf(0x0a, start);
    if (newline < 0 || !isUtf8(bytes.subarray(start, newline))) return line;
    start = newline + 1;
  }
};

const formatSize = (bytes: number): string =>
  bytes >= 1024 * 1024 ? `${Math.floor(bytes / 1024 / 1024)} MiB` : `${bytes} bytes`;

/** What went wrong with a file, in words. */
export const sentenceOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  const words: Record<string, string> = {
    ENOENT: "there is no such file",
    ENOTDIR: "there is no such file",
    EACCES: "may not be read (permission denied)",
    EPERM: "may not be read (permission denied)",
    EISDIR: "is a folder, not a file",
    ENAMETOOLONG: "the name is too long",
    ELOOP: "is a link that leads to itself",
    EMFILE: "cannot be opened, too many files are open",
    ERR_INVALID_ARG_VALUE: "is no file name",
  };
  return words[code ?? ""] ?? `cannot be read (${message})`;
};
