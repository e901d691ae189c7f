// Answers that are given before the body was read, each followed by another request on the same connection. Wrangler's proxy has
// connections of its own, so workerd is asked itself.
//
// node connections.mjs PID PORT: of the wrangler that runs the Worker. Exit code 3 where workerd cannot be found (not on Linux).

import assert from "node:assert/strict";
import http from "node:http";

import { findWorkerd } from "./workerd.mjs";

const [pid, proxy] = process.argv.slice(2).map(Number);
const { port } = await findWorkerd(pid, proxy, "/.well-known/octopool");
if (port === proxy) process.exit(3);

// One connection, used for all.
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const large = `{"pool":"${"x".repeat(100_000)}"}`;
const early = [
  { what: "no token", path: "/v1/admin/callers", status: 401 },
  { what: "a wrong token", path: "/v1/admin/callers", token: "wrong", status: 401 },
  { what: "no caller's token", path: "/v1/github/request", status: 401 },
  { what: "too large a body", path: "/v1/login/github-cli", status: 413 },
  { what: "no such path", path: "/v1/nothing", status: 404 },
];

function send(method, path, body, token) {
  const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
  return new Promise((resolve, reject) => {
    const request = http.request({ port, host: "127.0.0.1", method, path, headers, agent }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    request.on("error", reject);
    request.end(body);
  });
}

let reset = 0;
for (let round = 0; round < 80; round += 1) {
  const { what, path, token, status } = early[round % early.length];
  assert.equal(await send("POST", path, large, token), status, what);
  const next = await send("GET", "/.well-known/octopool").catch(() => 0);
  if (next !== 200) reset += 1;
}
assert.equal(reset, 0, `${reset} of 80 next requests failed`);
