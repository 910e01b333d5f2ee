import { type AdminAccess, AdminCallError } from "@octoproxy/lib/admin/admin-call";
import {
  type AdminOptionValues,
  adminAccess,
  adminAddressOption,
  tokenFileOption,
} from "@octoproxy/lib/admin/admin-options";
import { Command, InvalidArgumentError, Option } from "commander";

interface TuiOptions extends AdminOptionValues {
  readonly port?: number;
  readonly once?: boolean;
}

const examples = `
Examples:
  octoproxy tui                                         the client that runs on this machine
  octoproxy tui -a 192.0.2.5:8403 --token-file token
  octoproxy tui --once                                  one frame as text, for scripts

Inside, ? tells all keys and q quits. NO_COLOR is respected. With --once, COLUMNS and LINES give the size where the
output is no terminal. Exit status 0, 1 where no daemon answers, 2 for wrong usage.`;

/** `octoproxy tui`. */
export const tuiCommand = (): Command =>
  new Command("tui")
    .description("watch and steer a running daemon in the terminal")
    .addOption(
      new Option("-p, --port <port>", "the same on 127.0.0.1, by its port alone")
        .argParser(parsePort)
        .conflicts("address"),
    )
    .addOption(adminAddressOption())
    .addOption(tokenFileOption())
    .option("--once", "print one frame and end; needs no terminal")
    .addHelpText("after", examples)
    .action(tui);

const tui = async ({ port, once = false, ...options }: TuiOptions): Promise<void> => {
  const address = port === undefined ? options.address : { host: "127.0.0.1", port };
  if (!once && !(process.stdin.isTTY && process.stdout.isTTY))
    return end("needs a terminal for input and output; --once prints one frame without one", 2);
  prepare(once);
  let status = 2;
  try {
    const access = await adminAccess({ ...options, address });
    status = 1;
    if (once) await printFrame(access);
    else await (await import("./run-terminal.tsx")).runTerminal(access);
  } catch (error) {
    if (!(error instanceof AdminCallError)) throw error;
    end(error.message, status);
  }
};

const printFrame = async (access: AdminAccess): Promise<void> => {
  const { frameOnce } = await import("./run-once.tsx");
  process.stdout.write(`${await frameOnce(access, windowSize())}\n`);
};

const end = (words: string, status: number): void => {
  process.stderr.write(`octoproxy tui: ${words}\n`);
  process.exitCode = status;
};

/** Before React and Ink are loaded: they look at the environment only then. */
const prepare = (plain: boolean): void => {
  process.env.NODE_ENV ??= "production";
  const noColor = process.env.NO_COLOR !== undefined && process.env.NO_COLOR !== "";
  if (plain || noColor) process.env.FORCE_COLOR = "0";
  // Somebody sits at this terminal: what it can show is asked of it, also on a machine that builds.
  if (!plain) delete process.env.CI;
};

/** A terminal's own, else what the environment says. */
const windowSize = (): { columns: number | undefined; rows: number | undefined } => ({
  columns: process.stdout.columns ?? sizeOf(process.env.COLUMNS),
  rows: process.stdout.isTTY ? undefined : sizeOf(process.env.LINES),
});

const sizeOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^[1-9]\d{0,2}$/.test(text) ? Number(text) : undefined;

const parsePort = (text: string): number => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError("It must be a port from 1 to 65535.");
  return port;
};
