// `npm run audit`: whether a version in use is known to be weak (scripts/audit/known-weaknesses.json). Status 1 where one is.
// --pnpm-lock, --cargo-lock, --versions (JSON as process.versions): other places to read the versions from.
// --write: puts the table into SECURITY.md.
import { readFileSync, writeFileSync } from "node:fs";
import { versionsInUse } from "./audit/versions-in-use.ts";
import { concerns, readWeaknesses, type Weakness } from "./audit/weakness.ts";

const { readOptions } = await import("../packages/lib/dist/testing/script-options.js");

const { values } = readOptions("audit", {
  options: {
    "pnpm-lock": { type: "string", default: "pnpm-lock.yaml" },
    "cargo-lock": { type: "string", default: "packages/quic/native/Cargo.lock" },
    versions: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const node =
  values.versions === undefined ? process.versions : JSON.parse(readFileSync(values.versions, "utf8"));
const inUse = versionsInUse({ pnpmLock: values["pnpm-lock"], cargoLock: values["cargo-lock"], node });
const weaknesses = readWeaknesses();

const used = ({ of }: Weakness): readonly string[] => [...(inUse.get(of) ?? [])];
let weak = 0;
for (const weakness of weaknesses) {
  const { of, ids, fixed, what, unreached } = weakness;
  const versions = used(weakness);
  if (versions.length === 0) {
    process.stdout.write(`${of} is not in use any more: its lines can go\n`);
    weak++;
  }
  for (const version of versions.filter((one) => concerns(weakness, one))) {
    const known = `${of} ${version}: ${what} (${ids.join(", ")}), fixed in ${fixed}`;
    if (unreached === undefined) weak++;
    process.stdout.write(
      unreached === undefined ? `WEAK ${known}\n` : `known ${known}; not reached: ${unreached}\n`,
    );
  }
}

/** For people: one line for each, in SECURITY.md between its marks. */
const tableOf = (all: readonly Weakness[]): string =>
  [
    "| of | known as | what | fixed in |",
    "|---|---|---|---|",
    ...all.map(({ of, ids, what, fixed, since, unreached }) => {
      const reach = unreached === undefined ? "" : `; not reached here: ${unreached}`;
      return `| ${of} | ${ids.join(", ")} | ${what}${reach} | ${fixed}${since === undefined ? "" : ` (from ${since} on)`} |`;
    }),
  ].join("\n");

if (values.write) {
  const page = readFileSync("SECURITY.md", "utf8");
  const [before, after] = [page.split("<!-- weaknesses -->")[0], page.split("<!-- end of weaknesses -->")[1]];
  writeFileSync(
    "SECURITY.md",
    `${before}<!-- weaknesses -->\n${tableOf(weaknesses)}\n<!-- end of weaknesses -->${after}`,
  );
}
process.stdout.write(
  weak === 0
    ? `${weaknesses.length} known weaknesses, none in the versions in use that reaches us\n`
    : `${weak} of ${weaknesses.length} known weaknesses are in use\n`,
);
process.exit(weak === 0 ? 0 : 1);
