import { withTables } from "@octoproxy/lib/config/key-table";
import { commandEntries } from "../commands.ts";
import { commandModels } from "./command-model.ts";
import { commandsMarkdown } from "./markdown.ts";

/** `doc/commands.md` with what the commands say of themselves, everything else as it was. */
export const commandsDoc = async (text: string): Promise<string> =>
  withTables(text, { commands: commandsMarkdown(await commandModels(commandEntries)) });
