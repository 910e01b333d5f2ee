import type { Resolver } from "@octoproxy/lib/dial/resolver";
import { planBackends } from "../backend/backend-plan.ts";
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
  return planBackends({ ...config, backends }, resolver).map((plan, place) => ({
    ...plan,
    settings: { ...plan.settings, startsClosed: steering.startsClosed(config.backends[place]!) },
  }));
};

/** The same plans but for one backend's, which is made anew. @throws ConfigError */
export const replanned = (
  plans: readonly BackendPlan[],
  backend: BackendConfig,
  config: ClientConfig,
  resolver: Resolver,
  steering: Steering,
): BackendPlan[] => {
  const [anew] = steeredPlans({ ...config, backends: [backend] }, resolver, steering);
  return plans.map((plan) => (plan.settings.name === backend.name ? anew! : plan));
};
