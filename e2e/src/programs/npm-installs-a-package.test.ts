import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { programTest } from "../harness/program-test.ts";
import { needs } from "../harness/programs.ts";

/** A registry of one package. */
const registry = { tarball: Buffer.alloc(0) };

programTest(
  "npm installs from registries of http and https",
  {
    skip: needs("npm", "tar"),
    serve: (request, response) => {
      if (request.url?.endsWith(".tgz")) {
        response.end(registry.tarball);
        return;
      }
      const scheme = "encrypted" in request.socket ? "https" : "http";
      const integrity = `sha512-${createHash("sha512").update(registry.tarball).digest("base64")}`;
      const version = {
        name: "parcel-of-e2e",
        version: "1.0.0",
        dist: { tarball: `${scheme}://origin.test/parcel-of-e2e/-/parcel-of-e2e-1.0.0.tgz`, integrity },
      };
      response.setHeader("Content-Type", "application/json");
      const packument = {
        name: version.name,
        "dist-tags": { latest: "1.0.0" },
        versions: { "1.0.0": version },
      };
      response.end(request.url === `/${version.name}` ? JSON.stringify(packument) : "{}");
    },
  },
  async ({ pair, succeed, proxy, ca, origin, logged }) => {
    const folder = pair.folder.file("npm");
    await mkdir(join(folder, "package"), { recursive: true });
    await writeFile(join(folder, "package/package.json"), '{"name":"parcel-of-e2e","version":"1.0.0"}');
    await writeFile(join(folder, "package/data.txt"), "it works");
    await succeed("tar", ["-czf", "parcel.tgz", "package"], { cwd: folder });
    registry.tarball = await readFile(join(folder, "parcel.tgz"));
    for (const scheme of ["http", "https"]) {
      const project = join(folder, scheme);
      await mkdir(project);
      await writeFile(join(project, "package.json"), "{}");
      const settings = [
        `registry=${scheme}://origin.test/`,
        `proxy=${proxy}`,
        `https-proxy=${proxy}`,
        `cafile=${ca}`,
        `cache=${join(project, "cache")}`,
        "audit=false",
        "fund=false",
        "update-notifier=false",
      ];
      await writeFile(join(project, ".npmrc"), `${settings.join("\n")}\n`);
      const env = {
        NPM_CONFIG_USERCONFIG: join(folder, "none"),
        NPM_CONFIG_GLOBALCONFIG: join(folder, "nor-this"),
      };
      await succeed("npm", ["install", "parcel-of-e2e"], { cwd: project, env });
      assert.equal(await readFile(join(project, "node_modules/parcel-of-e2e/data.txt"), "utf8"), "it works");
    }
    await logged("connect", "origin.test:443");
    assert.deepEqual(new Set(origin.seen.map(({ secure }) => secure)), new Set([false, true]));
  },
);
