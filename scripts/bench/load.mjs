// Sends requests for a while, so many at once, and says how it went.

import http from "node:http";
import https from "node:https";

import { Failure } from "../lib/processes.mjs";

/** In how many turns each target is measured: what else the machine does then hits all of them. */
const ROUNDS = 4;

/**
 * Measures targets in turns, each for so many milliseconds or `most` requests. `targets` are by name: a
 * Worker's `url`, `headers` and `cpuSeconds`, and what makes `{ method, path, headers, body, expect }` of a
 * running number. Of each result p50, p95 and `cpu`, which is for one request, are milliseconds; `cost` is
 * what most of the answers said that they cost.
 */
export async function measureInTurns(targets, { concurrency, milliseconds, most }) {
  const fresh = ([name, [target, shot]]) => ({ name, target, shot, times: [], costs: new Map(), seconds: 0, cpu: 0, next: 0 });
  const runs = Object.entries(targets).map(fresh);
  // What is compiled or connected at the first requests is no part of it.
  for (const target of Object.entries(targets)) await load(fresh(target), concurrency, milliseconds / 5, 50);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const run of runs) {
      const before = run.target.cpuSeconds();
      run.seconds += await load(run, concurrency, milliseconds / ROUNDS, Math.ceil(most / ROUNDS));
      run.cpu += run.target.cpuSeconds() - before;
    }
  }
  return Object.fromEntries(runs.map((run) => [run.name, summary(run)]));
}

/** Sends requests, adds their times and costs to the run, and resolves to how many seconds it took. */
async function load(run, concurrency, milliseconds, most) {
  const client = run.target.url.startsWith("https:") ? https : http;
  const agent = new client.Agent({ keepAlive: true, maxSockets: concurrency });
  const began = performance.now();
  let left = most;
  async function worker() {
    while (left-- > 0 && performance.now() < began + milliseconds) {
      const sent = performance.now();
      const cost = await send(client, agent, run.target, run.shot(run.next++));
      run.times.push(performance.now() - sent);
      run.costs.set(cost, (run.costs.get(cost) ?? 0) + 1);
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker));
  agent.destroy();
  return (performance.now() - began) / 1000;
}

function summary({ times, costs, seconds, cpu }) {
  times.sort((a, b) => a - b);
  const percentile = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  const [cost] = [...costs].sort(([, a], [, b]) => b - a)[0];
  const counts = cost?.split(", ").map((part) => part.split("=")).map(([name, count]) => [name, Number(count)]);
  return {
    requests: times.length, perSecond: times.length / seconds, p50: percentile(0.5), p95: percentile(0.95),
    // Not a number where it cannot be measured.
    ...(cpu >= 0 && { cpu: (cpu * 1000) / times.length }),
    ...(counts && { cost: Object.fromEntries(counts) }),
  };
}

/** Sends one request and reads its answer to the end; resolves to what it cost. */
function send(client, agent, target, { method, path, headers, body, expect }) {
  const payload = body && JSON.stringify(body);
  const declared = payload && { "content-type": "application/json", "content-length": Buffer.byteLength(payload) };
  return new Promise((resolve, reject) => {
    const all = { accept: "application/json", ...declared, ...target.headers, ...headers };
    const request = client.request(target.url + path, { agent, method, headers: all }, (response) => {
      let said = "";
      response.on("data", (chunk) => (said += response.statusCode === expect ? "" : chunk)).on("error", reject);
      response.on("end", () => {
        if (response.statusCode === expect) resolve(response.headers["x-octopool-cost"]);
        else reject(new Failure(`${method} ${target.url}${path} answers ${response.statusCode}, not ${expect}: ${said.slice(0, 300)}`));
      });
    });
    request.on("error", reject).end(payload);
  });
}
