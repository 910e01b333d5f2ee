import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { programTest } from "../harness/program-test.ts";
import { needs } from "../harness/programs.ts";

let repository = "";

const control = `Package: parcel-of-e2e
Version: 1.0
Architecture: all
Maintainer: e2e <e2e@origin.test>
Description: what the test downloads
`;

programTest(
  "apt updates and downloads, by Acquire::http::Proxy and Acquire::https::Proxy",
  {
    skip: needs("apt-get", "dpkg-deb", "dpkg-scanpackages"),
    serve: (request, response) => {
      readFile(join(repository, decodeURIComponent(request.url ?? "/"))).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    },
  },
  async ({ pair, succeed, proxy, ca, origin, logged }) => {
    repository = pair.folder.file("repository");
    const source = pair.folder.file("parcel");
    await mkdir(join(source, "DEBIAN"), { recursive: true });
    await mkdir(repository);
    await chmod(join(source, "DEBIAN"), 0o755);
    await writeFile(join(source, "DEBIAN/control"), control);
    await succeed("dpkg-deb", ["--build", source, join(repository, "parcel.deb")]);
    const { stdout } = await succeed("dpkg-scanpackages", ["."], { cwd: repository });
    await writeFile(join(repository, "Packages"), stdout);
    for (const scheme of ["http", "https"]) {
      const root = pair.folder.file(`apt-${scheme}`);
      for (const part of ["etc", "state/lists/partial", "cache/archives/partial"])
        await mkdir(join(root, part), { recursive: true });
      await writeFile(join(root, "etc/sources.list"), `deb [trusted=yes] ${scheme}://origin.test/ ./\n`);
      const config = await pair.folder.write(
        `apt-${scheme}.conf`,
        `Dir::Etc "${root}/etc";
Dir::Etc::parts "${root}/none";
Dir::State "${root}/state";
Dir::State::status "${root}/status";
Dir::Cache "${root}/cache";
APT::Sandbox::User "root";
Acquire::http::Proxy "${proxy}";
Acquire::https::Proxy "${proxy}";
Acquire::https::CAInfo "${ca}";
`,
      );
      await writeFile(join(root, "status"), "");
      const env = { APT_CONFIG: config };
      await succeed("apt-get", ["-q", "update"], { env });
      await succeed("apt-get", ["-q", "download", "parcel-of-e2e"], { env, cwd: root });
      const fetched = await readFile(join(root, "parcel-of-e2e_1.0_all.deb"));
      assert.deepEqual(fetched, await readFile(join(repository, "parcel.deb")));
    }
    await logged("forward", "origin.test:80");
    await logged("connect", "origin.test:443");
    assert.ok(origin.seen.every(({ agent }) => agent.startsWith("Debian APT")));
  },
);
