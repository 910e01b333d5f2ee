import { ConfigError } from "@octoproxy/lib/config/config-fault";
import type { Resolver } from "@octoproxy/lib/dial/resolver";
import type { RefreshOutcome, TakenMaterial } from "@octoproxy/lib/lifecycle/certificate-upkeep";
import { isSameMaterial } from "@octoproxy/lib/tls/material-digest";
import { whyUnusable } from "@octoproxy/lib/tls/usable-material";
import { planBackend, planBackends } from "../backend/backend-plan.ts";
import type { BackendPlan } from "../backend/backend-set.ts";
import type { BackendConfig, ClientConfig } from "../config/client-config.ts";
import type { Steering } from "./steering-policy.ts";

/**
 * The plans of a configuration with what the admin API changed. The status is not part of a plan's key: a backend that
 * was disabled or enabled keeps its connections across a reload.
 * @throws ConfigError where a file is not as it should be.
 */
export const steeredPlans = (config: ClientConfig, resolver: Resolver, steering: Steering): BackendPlan[] => {
  const backends = config.backends.map((backend) => ({ ...backend, protocol: steering.protocol(backend) }));
  return planBackends({ ...config, backends }, resolver).map((plan, place) =>
    steered(plan, config.backends[place]!, steering),
  );
};

const steered = (plan: BackendPlan, backend: BackendConfig, steering: Steering): BackendPlan => ({
  ...plan,
  settings: { ...plan.settings, startsClosed: steering.startsClosed(backend) },
});

/** The same plans but for one backend's, which is made anew with the certificates in force. */
export const replanned = (
  plans: readonly BackendPlan[],
  backend: BackendConfig,
  config: ClientConfig,
  resolver: Resolver,
  steering: Steering,
): BackendPlan[] =>
  plans.map((plan) => {
    if (plan.settings.name !== backend.name || plan.material === undefined) return plan;
    const asked = { ...backend, protocol: steering.protocol(backend) };
    return steered(planBackend(asked, config, resolver, plan.material), backend, steering);
  });

/** The plans with certificates read anew: where those of a backend are not as they should be, its plan stays. */
export const refreshedPlans = (
  plans: readonly BackendPlan[],
  config: ClientConfig,
  resolver: Resolver,
  steering: Steering,
): RefreshOutcome & { readonly plans: readonly BackendPlan[] } => {
  const taken: TakenMaterial[] = [];
  const faults: string[] = [];
  const anew = plans.map((plan, place) => {
    const backend = config.backends[place]!;
    try {
      const [next] = steeredPlans({ ...config, backends: [backend] }, resolver, steering) as [BackendPlan];
      const { material } = next;
      if (material === undefined || plan.material === undefined) return next;
      if (isSameMaterial(material, plan.material)) return plan;
      const unusable = whyUnusable(material, backend.tls.certFile);
      if (unusable !== undefined) {
        faults.push(unusable);
        return plan;
      }
      taken.push({ backend: backend.name, material });
      return next;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(...error.faults.map(({ message }) => message));
      return plan;
    }
  });
  return { plans: anew, taken, faults };
};
