import { ProxyError } from "../error/proxy-error.ts";

/** What the error of an established socket means for the tunnel on it. */
export const errorOfSocket = (error: NodeJS.ErrnoException): ProxyError => {
  switch (error.code) {
    case "ECONNRESET":
    case "EPIPE":
    case "ECONNABORTED":
      return new ProxyError("RESET", { cause: error });
    default:
      return ProxyError.from(error, "CONNECTION_TERMINATED");
  }
};
