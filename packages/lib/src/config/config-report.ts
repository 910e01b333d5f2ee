import { ConfigError, type ConfigFault, sortFaults } from "./config-fault.ts";
import { formatKeyPath, type KeyPath } from "./key-path.ts";
import type { TomlDocument } from "./toml-document.ts";

/** Collects what is wrong while a configuration is read, so that everything is told at once. */
export class ConfigReport {
  readonly #files: string[] = [];
  readonly #faults: ConfigFault[] = [];
  readonly #warnings: ConfigFault[] = [];

  /** Names a file that is being read: faults are told in the order of these. */
  reads(file: string): void {
    if (!this.#files.includes(file)) this.#files.push(file);
  }

  get isFaulty(): boolean {
    return this.#faults.length > 0;
  }

  /** A fault at a key's value, or at the key itself. */
  fault(document: TomlDocument, path: KeyPath, message: string, at: "key" | "value" = "value"): void {
    this.addFault(faultAt(document, path, message, at));
  }

  warn(document: TomlDocument, path: KeyPath, message: string, at: "key" | "value" = "key"): void {
    this.#warnings.push(this.#seen(faultAt(document, path, message, at)));
  }

  addFault(fault: ConfigFault): void {
    this.#faults.push(this.#seen(fault));
  }

  /**
   * The end of reading.
   * @returns the warnings, sorted.
   * @throws ConfigError with every fault, sorted.
   */
  finish(): readonly ConfigFault[] {
    if (this.isFaulty) throw new ConfigError(sortFaults(this.#faults, this.#files));
    return sortFaults(this.#warnings, this.#files);
  }

  #seen(fault: ConfigFault): ConfigFault {
    this.reads(fault.file);
    return fault;
  }
}

const faultAt = (
  document: TomlDocument,
  path: KeyPath,
  message: string,
  at: "key" | "value",
): ConfigFault => ({
  file: document.file,
  ...document.locate(path, at),
  keyPath: formatKeyPath(path),
  message,
});
