import { backendSchema, http2Schema, quicSchema } from "@octoproxy/client/config/backend-schema";
import { clientSchema } from "@octoproxy/client/config/client-schema";
import { clientNotYet } from "@octoproxy/client/config/client-warnings";
import { hostRuleSchema } from "@octoproxy/client/config/load-host-rules";
import { keyTable, withTables } from "@octoproxy/lib/config/key-table";
import { notYetList } from "@octoproxy/lib/config/not-yet";
import { clientRuleSchema } from "@octoproxy/server/config/client-rule-schema";
import { egressSchema } from "@octoproxy/server/config/egress-schema";
import { serverSchema } from "@octoproxy/server/config/server-schema";
import { serverNotYet } from "@octoproxy/server/config/server-warnings";

/** `doc/configuration.md` with the tables that the schemas say, everything else as it was. */
export const configurationDoc = (text: string): string =>
  withTables(text, {
    client: keyTable(clientSchema),
    "client not yet": notYetList(clientNotYet),
    backend: keyTable(backendSchema),
    http2: keyTable(http2Schema),
    quic: keyTable(quicSchema),
    "host rule": keyTable(hostRuleSchema),
    server: keyTable(serverSchema),
    "server not yet": notYetList(serverNotYet),
    egress: keyTable(egressSchema),
    clients: keyTable(clientRuleSchema),
  });
