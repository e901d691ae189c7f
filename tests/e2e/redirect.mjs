// Where plain HTTP from elsewhere is sent. The proxy of `wrangler dev` writes its own scheme into that address, so workerd is
// asked itself.
//
// node redirect.mjs PID PORT: of the wrangler that runs the Worker. Exit code 3 where workerd cannot be found (not on Linux).

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";

import { findWorkerd } from "./workerd.mjs";

const [pid, proxy] = process.argv.slice(2).map(Number);
const { port } = await findWorkerd(pid, proxy, "/.well-known/octopool");
if (port === proxy) process.exit(3);

const request = http.get({ port, host: "127.0.0.1", path: "/v1/pools/a/health?x=1", headers: { host: "pool.example" } });
const [{ statusCode, headers }] = await once(request, "response");
assert.deepEqual([statusCode, headers.location], [308, "https://pool.example/v1/pools/a/health?x=1"]);
process.exit();
