import { createSecureContext } from "node:tls";
import { firstLineOf, printable } from "../error/proxy-error.ts";
import type { TlsMaterial } from "./material.ts";
import { secureContextOptions } from "./secure-context.ts";

/**
 * Why TLS does not take material although its parts are good and fit: a key or a signature that is too weak for it.
 * @returns a sentence that begins with the certificate's file; undefined where it takes it.
 */
export const whyUnusable = (material: TlsMaterial, certFile: string): string | undefined => {
  try {
    createSecureContext({ ...secureContextOptions(material), minVersion: "TLSv1.3" });
    return undefined;
  } catch (error) {
    return printable(`${certFile} is not taken by TLS: ${firstLineOf(error)}`);
  }
};
