import { findPackageJSON, registerHooks } from "node:module";
import { ProxyError } from "../../error/proxy-error.ts";
import type { WebTransportPackage } from "./package-face.ts";

const packageName = "@fails-components/webtransport";
const engineName = "@fails-components/webtransport-transport-http3-quiche";
const testedVersion = "1.6.8";

export interface LoadedPackage {
  readonly api: WebTransportPackage;
  readonly http3: boolean;
}

/** Why WebTransport cannot be used here, in a sentence that says what to do; nothing where it can. */
export const whyNoWebTransport = (): string | undefined => {
  try {
    import.meta.resolve(packageName);
    return undefined;
  } catch {
    return `the package ${packageName} is not installed beside octoproxy: npm install ${packageName}@${testedVersion} adds it (the single executable cannot load it).`;
  }
};

/** Why WebTransport would go over HTTP/2 alone, in words that say what to do; nothing where the engine is installed. */
export const whyNoHttp3 = (): string | undefined => {
  try {
    const base = import.meta.resolve(packageName);
    if (findPackageJSON(engineName, base) !== undefined) return undefined;
  } catch {
    // As not installed.
  }
  return `goes over HTTP/2 alone, since the package's engine for HTTP/3 is not installed: npm install ${engineName}@${testedVersion} adds it (it downloads or builds a binary)`;
};

let loading: Promise<LoadedPackage> | undefined;

/**
 * Loads the package, once.
 * @throws ProxyError `BACKEND_UNREACHABLE` with the sentence of {@link whyNoWebTransport}, or with what is wrong with it.
 */
export const loadPackage = (): Promise<LoadedPackage> => {
  loading ??= load();
  return loading;
};

const load = async (): Promise<LoadedPackage> => {
  const missing = whyNoWebTransport();
  if (missing !== undefined) throw new ProxyError("BACKEND_UNREACHABLE", { detail: missing });
  const parentURL = import.meta.resolve(packageName);
  let http3 = true;
  // Where the engine is missing or broken the package prints two stack traces at import: it gets an empty module
  // instead, which it takes for no engine.
  using hooks = new DisposableStack();
  const registered = registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier !== engineName) return next(specifier, context);
      if (http3) return next(specifier, { ...context, parentURL });
      return { url: "data:text/javascript,", format: "module", shortCircuit: true };
    },
  });
  hooks.defer(() => registered.deregister());
  try {
    await import(engineName);
  } catch {
    http3 = false;
  }
  try {
    const api = (await import(packageName)) as WebTransportPackage;
    await api.quicheLoaded;
    return { api, http3 };
  } catch (error) {
    throw ProxyError.from(error, "BACKEND_UNREACHABLE");
  }
};
