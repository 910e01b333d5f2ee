import { run } from "./programs.ts";

let windows = 0;

/** A program in a terminal of a given size (a tmux of its own). Disposing ends both. */
export class TmuxWindow implements AsyncDisposable {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /** @param command for the shell; what it leaves on the screen when it ends can still be read. */
  static async open(
    command: string,
    size: { readonly columns: number; readonly rows: number },
    env: Readonly<Record<string, string>> = {},
  ): Promise<TmuxWindow> {
    const window = new TmuxWindow(`octoproxy-e2e-${process.pid}-${windows++}`);
    const variables = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    const settings = [
      "set",
      "-g",
      "status",
      "off",
      ";",
      "set",
      "-g",
      "default-terminal",
      "tmux-256color",
      ";",
    ];
    const { columns, rows } = size;
    const session = ["new-session", "-d", "-x", `${columns}`, "-y", `${rows}`, ...variables];
    await window.#tmux(
      "start-server",
      ";",
      ...settings,
      ...session,
      `${command}; echo "ended: $?"; exec cat`,
    );
    return window;
  }

  /** Named keys as tmux knows them: `Space`, `Enter`, `j`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** What stands on the screen; with its colours where they are asked for. */
  async screen(colours = false): Promise<string> {
    const { stdout } = await this.#tmux("capture-pane", "-p", ...(colours ? ["-e"] : []));
    return stdout.toString();
  }

  /** What programs have called the terminal. */
  async title(): Promise<string> {
    const { stdout } = await this.#tmux("display-message", "-p", "#{pane_title}");
    return stdout.toString();
  }

  /** The screen, as soon as it shows what is waited for. */
  async until(shows: RegExp | ((screen: string) => boolean), what: string): Promise<string> {
    const fits = typeof shows === "function" ? shows : (screen: string) => shows.test(screen);
    const deadline = Date.now() + 30_000;
    for (;;) {
      const screen = await this.screen();
      if (fits(screen)) return screen;
      if (Date.now() > deadline) throw new Error(`${what}: not within 30 s; at last\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("tmux", ["-L", this.#socket, "kill-server"]);
  }

  async #tmux(...args: readonly string[]) {
    const done = await run("tmux", ["-L", this.#socket, "-u", "-f", "/dev/null", ...args]);
    if (done.status !== 0) throw new Error(`tmux ${args[0]}: ${done.stderr}`);
    return done;
  }
}
