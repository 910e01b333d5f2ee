/** How often connections look at their deadlines. None of them is shorter than a second. */
const tickMs = 500;

/** One timer for all connections: keep-alive and deadlines cost nothing per connection. */
const ticking = new Set<{ tick(now: number): void }>();
let timer: NodeJS.Timeout | undefined;

export const startTicking = (connection: { tick(now: number): void }): void => {
  ticking.add(connection);
  timer ??= setInterval(tickAll, tickMs).unref();
};

export const stopTicking = (connection: { tick(now: number): void }): void => {
  ticking.delete(connection);
  if (ticking.size > 0) return;
  clearInterval(timer);
  timer = undefined;
};

const tickAll = (): void => {
  const now = performance.now();
  for (const connection of ticking) connection.tick(now);
};
