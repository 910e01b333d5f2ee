import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { page } from "../harness/origin.ts";
import { programTest } from "../harness/program-test.ts";
import { needs, run } from "../harness/programs.ts";

const source = `package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

func main() {
	authorities := x509.NewCertPool()
	pem, err := os.ReadFile(os.Args[1])
	if err != nil || !authorities.AppendCertsFromPEM(pem) {
		panic("no authority")
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: authorities}, ForceAttemptHTTP2: true}
	if os.Args[2] != "" {
		proxy, err := url.Parse(os.Args[2])
		if err != nil {
			panic(err)
		}
		transport.Proxy = http.ProxyURL(proxy)
	}
	client := &http.Client{Transport: transport}
	for _, address := range os.Args[3:] {
		answer, err := client.Post(address, "text/plain", strings.NewReader("a body"))
		if err != nil {
			panic(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != 200 {
			panic(answer.Status)
		}
		fmt.Print(string(body))
	}
}
`;

let built: Promise<string> | undefined;
let folder: string | undefined;

/** The program, built once. */
const program = async (): Promise<string> => {
  folder = await mkdtemp(join(tmpdir(), "octoproxy-go-"));
  await writeFile(join(folder, "fetch.go"), source);
  const binary = join(folder, "fetch");
  const outcome = await run("go", ["build", "-o", binary, join(folder, "fetch.go")], { timeout: 110_000 });
  assert.equal(outcome.status, 0, outcome.stderr);
  return binary;
};
after(() => folder !== undefined && rm(folder, { recursive: true, force: true }));

programTest("Go's net/http, by the environment, HTTP and SOCKS5", { skip: needs("go") }, async (bench) => {
  const { succeed, proxy, ca, logged } = bench;
  built ??= program();
  const binary = await built;
  const urls = ["http://origin.test/", "http://origin.test/", "https://origin.test/"];
  const env = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy };
  for (const [setting, environment] of [
    ["", env],
    [proxy, {}],
    [proxy.replace("http:", "socks5:"), {}],
  ] as const) {
    const { stdout } = await succeed(binary, [ca, setting, ...urls], { env: environment });
    assert.equal(stdout.toString(), page.repeat(3), setting);
  }
  await logged("forward", "origin.test:80");
  await logged("connect", "origin.test:443");
  await logged("socks5", "origin.test:443");
});
