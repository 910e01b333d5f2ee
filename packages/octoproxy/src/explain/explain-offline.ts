import { explainTarget } from "@octoproxy/client/admin/explain-view";
import { loadClientConfig } from "@octoproxy/client/config/load-client-config";
import { RuleTable } from "@octoproxy/client/route/rule-table";
import { parseTarget, type Target } from "@octoproxy/lib/address/target";
import type { ExplainView } from "@octoproxy/lib/admin/explain-schema";
import { LoadTable } from "@octoproxy/lib/balance/backend-load";
import { makePool } from "@octoproxy/lib/balance/backend-pool";
import { makePicker } from "@octoproxy/lib/balance/make-picker";

/**
 * What a client that has just started with this configuration would do, all its enabled backends being up.
 * @throws ConfigError; ProxyError `BAD_REQUEST` for a target that is none.
 */
export const explainOffline = async (file: string, target: Target): Promise<ExplainView> => {
  const { config } = await loadClientConfig(file);
  const loads = new LoadTable();
  const pool = makePool(
    config.backends.map(({ name, weight, startsClosed }) => ({
      name,
      weight,
      up: !startsClosed,
      load: loads.of(name),
    })),
  );
  const picker = makePicker(config.balance);
  return explainTarget({
    target,
    rules: new RuleTable(config.hostRules?.rules ?? []),
    rulesFile: config.hostRules?.file,
    backends: undefined,
    explain: (key) => picker.explain(pool, { key, now: 0, random: () => 0, exclude: new Set() }),
  });
};

/** `host:port`; a host alone means port 443. @throws ProxyError `BAD_REQUEST`. */
export const readTarget = (text: string): Target =>
  parseTarget(/^(?:[^:[\]]+|\[[^\]]*\])$/.test(text) ? `${text}:443` : text);
