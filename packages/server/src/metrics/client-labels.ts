/** Certificates that are counted by themselves; each costs a handful of series. */
export const mostClients = 200;

/** What all others are counted as. */
export const otherClients = "other clients";

/**
 * The names of clients in metrics, bounded: an authority that signs a certificate a day, or a pod, must not make series
 * without end. The first ones have their own for as long as the server runs.
 */
export class ClientLabels {
  readonly #known = new Set<string>();

  /** @param subject of a certificate, `CN=laptop`. */
  of(subject: string): string {
    if (this.#known.has(subject)) return subject;
    if (this.#known.size >= mostClients) return otherClients;
    this.#known.add(subject);
    return subject;
  }
}
