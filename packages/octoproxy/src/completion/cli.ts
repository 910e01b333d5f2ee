import { Argument, Command } from "commander";
import type { CommandEntry } from "../commands.ts";
import { commandModels } from "../reference/command-model.ts";
import { completionFor, type Shell, shells } from "./shells.ts";

const examples = `
Examples:
  octoproxy completion bash > /etc/bash_completion.d/octoproxy
  octoproxy completion zsh > ~/.zfunc/_octoproxy            with fpath+=~/.zfunc before compinit
  octoproxy completion fish > ~/.config/fish/completions/octoproxy.fish`;

/** `octoproxy completion`. @param entries all commands, itself included. */
export const completionCommand = (entries: readonly CommandEntry[]): Command =>
  new Command("completion")
    .description("write the script with which a shell completes this command")
    .addArgument(new Argument("<shell>", "whose script").choices(shells))
    .addHelpText("after", examples)
    .action(async (shell: Shell) => {
      process.stdout.write(completionFor[shell](await commandModels(entries)));
    });
