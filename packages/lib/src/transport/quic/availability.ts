import { loadBinding } from "@octoproxy/quic/platform";

/** Why QUIC cannot be used here, in a sentence that says what to do; nothing where it can. */
export const whyNoQuic = (): string | undefined => {
  try {
    loadBinding();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};
