import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { programTest } from "../harness/program-test.ts";
import { needs } from "../harness/programs.ts";

// The picture comes when the script has said what it found: until then the page is not loaded, and Chromium waits.
const html = (
  scheme: string,
  run: string,
): string => `<!doctype html><title>e2e</title><p id="result">nothing</p><img src="/picture?${run}">
<script>
const told = (text) => { document.getElementById("result").textContent = text; fetch("/told?${run}", { method: "POST", body: text }); };
const socket = new WebSocket("${scheme === "https" ? "wss" : "ws"}://origin.test/echo");
socket.onopen = () => socket.send("hello");
socket.onerror = () => told("no WebSocket");
socket.onmessage = async ({ data }) => {
  const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => fetch("/part/" + at).then((answer) => answer.text())));
  told("echo of " + data + ", parts " + answers.join(" "));
};
</script>`;

const pictures = new Map<string, ServerResponse>();

programTest(
  "Chromium loads a page, its parts and a WebSocket, by its option, SOCKS and PAC",
  {
    skip: needs("chromium"),
    serve: (request, response) => {
      const [path = "", run = ""] = (request.url ?? "").split("?");
      if (path === "/picture") pictures.set(run, response);
      else if (path.startsWith("/part/")) response.end(path.slice("/part/".length));
      else if (path === "/told") {
        response.end();
        pictures.get(run)?.end();
      } else {
        response.setHeader("Content-Type", "text/html");
        response.end(html("encrypted" in request.socket ? "https" : "http", run));
      }
    },
  },
  async ({ pair, proxy, origin, succeed, logged }) => {
    const pac = `http://${await pair.client.listening("admin")}/proxy.pac`;
    const ways = [
      ["http", `--proxy-server=${proxy}`],
      ["https", `--proxy-server=${proxy.replace("http:", "socks5:")}`],
      ["https", `--proxy-pac-url=${pac}`],
    ] as const;
    const showing = ways.map(async ([scheme, way], at) => {
      const { stdout } = await succeed("chromium", [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--ignore-certificate-errors",
        `--user-data-dir=${pair.folder.file(`chromium-${at}`)}`,
        way,
        "--dump-dom",
        `${scheme}://origin.test/?${at}`,
      ]);
      assert.match(
        stdout.toString(),
        /echo of hello, parts 0 1 2 3 4 5 6 7 8 9 10 11</,
        `${scheme} by ${way}`,
      );
    });
    await Promise.all(showing);
    await logged("forward", "origin.test:80");
    await logged("connect", "origin.test:443");
    await logged("socks5", "origin.test:443");
    assert.ok(origin.seen.length >= 3 * 14);
  },
);
