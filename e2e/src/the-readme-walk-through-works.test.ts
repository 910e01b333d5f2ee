import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "./harness/binary.ts";
import { Folder } from "./harness/pair.ts";
import { needs, run } from "./harness/programs.ts";

const readme = readFileSync(join(repository, "README.md"), "utf8");
const section = /## Two machines in five minutes\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? "";
/** The commands of a machine as the README has them; daemons go on in the background, as in a terminal of their own. */
const commands = (machine: "server" | "client"): string =>
  [...section.matchAll(/```sh (\w+)\n([\s\S]*?)```/g)]
    .filter(([, name]) => name === machine)
    .map(([, , text = ""]) => text.replace(/^(octoproxy (?:client|server) .*)$/gm, "start $1"))
    .join("");

const reason =
  process.getuid?.() === 0
    ? needs("unshare", "ip", "curl", "bash")
    : process.env.OCTOPROXY_NO_SKIP === undefined && "a network of its own needs root";

test("what the README says for two machines, word for word", { skip: reason }, async () => {
  assert.match(commands("server"), /^octoproxy init .*\nstart octoproxy server .*\nscp /);
  assert.match(commands("client"), /^start octoproxy client .*\ncurl .*\noctoproxy doctor /);
  await using folder = await Folder.make();
  for (const name of ["bin", "server", "laptop/my-proxy"]) mkdirSync(folder.file(name), { recursive: true });
  const bin = join(repository, "packages/octoproxy/bin/octoproxy.js");
  const programs = {
    octoproxy: `exec "${process.execPath}" "${bin}" "$@"`,
    // The copy between the machines, which here are two folders.
    scp: `args=("$@"); last="\${args[-1]}"; unset 'args[-1]'; cp "\${args[@]}" "${folder.path}/\${last/://}"`,
  };
  for (const [name, body] of Object.entries(programs)) {
    chmodSync(await folder.write(`bin/${name}`, `#!/bin/bash\n${body}\n`), 0o755);
  }
  await folder.write("hosts", "127.0.0.1 localhost\n127.0.0.2 proxy.example\n127.0.0.3 example.com\n");
  const origin = `require("node:http").createServer((q, r) => r.end("the page\\n")).listen(80, "127.0.0.3")`;
  // A network and a hosts file of its own: both names are addresses of loopback, and every port is free.
  const script = `set -e
ip link set lo up
mount --bind "${folder.file("hosts")}" /etc/hosts
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
start() {
  "$@" 2>> "${folder.file("log")}" &
  for try in $(seq 600); do
    if [ "$(grep -c '"listening"' "${folder.file("log")}")" -ge "$wanted" ]; then return; fi
    sleep 0.05
  done
  cat "${folder.file("log")}" >&2; exit 1
}
"${process.execPath}" -e '${origin}' &
touch "${folder.file("log")}"
cd "${folder.file("server")}"; wanted=2
${commands("server")}
cd "${folder.file("laptop")}"; wanted=4
${commands("client")}`;
  const { status, stdout, stderr } = await run("unshare", ["--mount", "--net", "bash", "-c", script], {
    env: { ...process.env, PATH: `${folder.file("bin")}:${process.env.PATH}`, HOME: folder.path },
  });
  const said = stdout.toString();
  assert.equal(status, 0, `${said}\n${stderr}`);
  assert.match(said, /^the page$/m);
  assert.match(said, /^PASS {2}main, tcp .*127\.0\.0\.2:8443/m);
  assert.match(said, /^PASS {2}main, udp /m);
});
