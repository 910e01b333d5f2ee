import { z } from "zod";
import { shown } from "./key-path.ts";

// A configuration is read once: code that zod would make to check the next one faster costs more than it saves.
z.config({ jitless: true });

/** What `doc/configuration.md` says of a key, taken from where the key is defined. */
export interface KeyDoc {
  /** As one would write it in TOML, `none` or `required`. */
  readonly default: string;
  readonly values: string;
  readonly meaning: string;
}

/** Every key of a schema, by the schema of its value. */
export const keyDocs = z.registry<KeyDoc>();

export interface KeyText {
  readonly meaning: string;
  /** Instead of the default itself, where it says more. */
  readonly defaultText?: string;
}

/** What is said of a key that must be there and is not. */
export const missing = "required, and missing here";

/** Enters a key into the register. */
export const documented = <S extends z.ZodType>(
  schema: S,
  key: { readonly default: string; readonly meaning: string; readonly defaultText?: string },
  values: string,
): S => {
  keyDocs.add(schema, { default: key.defaultText ?? key.default, values, meaning: key.meaning });
  return schema;
};

/** The sentence of a zod schema for whatever is not what it expects. */
export const not = (expects: string) => ({
  error: ({ input }: { input?: unknown }) =>
    input === undefined ? missing : `${shown(input)} is not ${expects}`,
});
