import type { ConfigReport } from "@octoproxy/lib/config/config-report";
import type { NotYet } from "@octoproxy/lib/config/not-yet";
import type { TomlDocument } from "@octoproxy/lib/config/toml-document";
import { whyNoQuic } from "@octoproxy/lib/transport/quic/availability";
import { whyNoHttp3, whyNoWebTransport } from "@octoproxy/lib/transport/webtransport/load-package";

/** Keys that are read and do nothing yet in this copy. */
export const serverNotYet: NotYet = {};

/** QUIC is selected, and this copy cannot. @param reasonOf why not; undefined where it can. */
export const checkQuic = (
  report: ConfigReport,
  document: TomlDocument,
  reasonOf: () => string | undefined = whyNoQuic,
): void => {
  if (document.values.quic !== true) return;
  const reason = reasonOf();
  if (reason !== undefined) report.fault(document, ["quic"], `${reason} "quic = false" serves HTTP/2 alone.`);
};

/** WebTransport is asked for, and its package is not there. @param reasonOf why not; undefined where it is. */
export const checkWebTransport = (
  report: ConfigReport,
  document: TomlDocument,
  reasonOf: () => string | undefined = whyNoWebTransport,
): void => {
  if (document.values.webtransport_address === undefined) return;
  const reason = reasonOf();
  const alone = whyNoHttp3();
  if (reason !== undefined) report.fault(document, ["webtransport_address"], reason);
  else if (alone !== undefined) report.warn(document, ["webtransport_address"], alone);
};

/** Who may use the server: certificates of `client_ca`, or, only where it is written out, everyone. */
export const checkClientCa = (
  report: ConfigReport,
  document: TomlDocument,
  clientCa: string | undefined,
): void => {
  const { client_ca: written = clientCa, allow_any_client: any } = document.values;
  if (any !== true && written === undefined) {
    const message =
      "required, since it says whose certificates may use the server; allow_any_client = true does without";
    report.fault(document, ["client_ca"], message, "key");
  }
  if (any !== true) return;
  const rest = written === undefined ? "" : ", and client_ca is not asked";
  report.warn(document, ["allow_any_client"], `whoever reaches the server can use it${rest}`);
};

/** What the original did and this server does not. */
export const warnEarlyData = (report: ConfigReport, document: TomlDocument): void => {
  if (document.values.use_0rtt !== true) return;
  const message = "is not done: early data can be replayed, and would pass revocation by";
  report.warn(document, ["use_0rtt"], message);
};
