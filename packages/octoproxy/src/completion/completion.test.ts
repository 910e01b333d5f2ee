import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { commandEntries } from "../commands.ts";
import { commandModels } from "../reference/command-model.ts";
import { completionFor, type Shell, shells } from "./shells.ts";

const folder = mkdtempSync(join(tmpdir(), "octoproxy-completion-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const scriptOf = (shell: Shell): string =>
  join(folder, shell === "zsh" ? "_octoproxy" : `octoproxy.${shell}`);

before(async () => {
  const models = await commandModels(commandEntries);
  for (const shell of shells) writeFileSync(scriptOf(shell), completionFor[shell](models));
});

const lacks = (shell: Shell): string | false =>
  process.env.OCTOPROXY_NO_SKIP === undefined &&
  spawnSync(shell, ["-c", "true"]).status !== 0 &&
  `${shell} is not installed`;

const run = (shell: Shell, args: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync(shell, args, { encoding: "utf8", cwd: folder });
  assert.equal(status, 0, stderr);
  return stdout;
};

/** What bash offers after these words, the last of which is being written. */
const bash = (...words: string[]): string[] => {
  const text = `compopt() { :; }; source "${scriptOf("bash")}"; COMP_WORDS=(octoproxy ${words
    .map((word) => `'${word}'`)
    .join(" ")}); COMP_CWORD=${words.length}; _octoproxy; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return run("bash", ["--norc", "-c", text]).trim().split("\n");
};

test("bash offers commands, options, choices and files", { skip: lacks("bash") }, () => {
  assert.deepEqual(bash("cl"), ["client"]);
  for (const { name } of commandEntries) assert.ok(bash("").includes(name), name);
  assert.deepEqual(bash("easycert", "ge"), ["gen"]);
  assert.deepEqual(bash("easycert", "gen", "--key-type", "e"), ["ec", "ed25519"]);
  assert.deepEqual(bash("doctor", "--j"), ["--json"]);
  assert.deepEqual(bash("client", "-c", "octo").sort(), ["octoproxy.bash", "octoproxy.fish"]);
  assert.deepEqual(bash("completion", "z"), ["zsh"]);
});

test("fish offers the same", { skip: lacks("fish") }, () => {
  const offered = (line: string): string[] =>
    run("fish", ["--no-config", "-c", `source ${scriptOf("fish")}; complete -C '${line}'`])
      .trim()
      .split("\n")
      .map((row) => row.split("\t")[0] ?? "");
  assert.deepEqual(offered("octoproxy cli"), ["client"]);
  assert.deepEqual(offered("octoproxy easycert ge"), ["gen"]);
  assert.deepEqual(offered("octoproxy doctor --j"), ["--json"]);
  assert.deepEqual(offered("octoproxy completion z"), ["zsh"]);
});

// Completion of zsh runs in its line editor alone, so there is a terminal; 2004h is written when the editor takes keys.
const zshScript = `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "fpath=($1 \\$fpath); PS1='> '; autoload -U compinit; compinit -u -D; print READY\\$((40+2))"
zpty -r -m z all '*READY42*2004h*'
zpty -n -w z "$2"$'\\t\\x15print -r -- DONE$((40+2))\\n'
zpty -r -m z all '*DONE42*'
print -r -- "$all"
`;

test("zsh offers the same", { skip: lacks("zsh") }, () => {
  const script = join(folder, "type.zsh");
  writeFileSync(script, zshScript);
  for (const [line, wanted] of [
    ["octoproxy cli", "octoproxy client"],
    ["octoproxy easycert ge", "octoproxy easycert gen"],
    ["octoproxy doctor --j", "octoproxy doctor --json"],
    ["octoproxy easycert gen --key-type ed", "octoproxy easycert gen --key-type ed25519"],
    ["octoproxy completion z", "octoproxy completion zsh"],
  ] as const) {
    const said = run("zsh", ["-f", script, folder, line]);
    assert.ok(said.includes(wanted), `${line}: ${JSON.stringify(said)}`);
  }
});
