// Sends requests for a while, so many at once, and says how it went.

import http from "node:http";
import https from "node:https";

import { Failure } from "../lib/processes.mjs";

/** In how many turns each target is measured: what else the machine does then hits all of them. */
const ROUNDS = 4;

/**
 * @typedef {{ method: string, path: string, headers?: Record<string, string>, body?: object, expect: number }} Shot
 *   `expect` is the status
 * @typedef {{ url: string, headers?: Record<string, string>, cpuSeconds: () => number | undefined }} Target
 * @typedef {{ requests: number, perSecond: number, p50: number, p95: number, cpu?: number, cost?: Record<string, number> }} Result
 *   times in milliseconds, `cpu` for each request; `cost` is what most of the answers said that they cost
 */

/**
 * Measures targets in turns.
 *
 * @param {Record<string, [Target, (number: number) => Shot]>} targets each with what makes a request of a running number
 * @param {{ concurrency: number, milliseconds: number, most: number }} limits for each target: ends after this time or this many requests
 * @returns {Promise<Record<string, Result>>}
 */
export async function measureInTurns(targets, { concurrency, milliseconds, most }) {
  const runs = Object.entries(targets).map(([name, [target, shot]]) => ({ name, target, shot, times: [], costs: [], seconds: 0, cpu: 0, next: 0 }));
  // What is compiled or connected at the first requests is no part of it.
  for (const run of runs) await load({ ...run, times: [], costs: [] }, { concurrency, milliseconds: milliseconds / 5, most: 50 });
  const limits = { concurrency, milliseconds: milliseconds / ROUNDS, most: Math.ceil(most / ROUNDS) };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const run of runs) {
      const before = run.target.cpuSeconds();
      run.seconds += await load(run, limits);
      run.cpu += run.target.cpuSeconds() - before;
    }
  }
  return Object.fromEntries(runs.map((run) => [run.name, summary(run)]));
}

/** Sends requests, adds their times and costs to the run, and resolves to how many seconds it took. */
async function load(run, { concurrency, milliseconds, most }) {
  const { protocol } = new URL(run.target.url);
  const agent = new (protocol === "https:" ? https : http).Agent({ keepAlive: true, maxSockets: concurrency });
  const began = performance.now();
  let left = most;
  async function worker() {
    while (left-- > 0 && performance.now() < began + milliseconds) {
      const sent = performance.now();
      const cost = await send(agent, run.target, run.shot(run.next++));
      run.times.push(performance.now() - sent);
      if (cost) run.costs.push(cost);
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker));
  agent.destroy();
  return (performance.now() - began) / 1000;
}

function summary({ times, costs, seconds, cpu }) {
  const sorted = times.sort((a, b) => a - b);
  const cost = mostFrequent(costs)?.split(", ").map((part) => part.split("=")).map(([name, count]) => [name, Number(count)]);
  return {
    requests: times.length,
    perSecond: times.length / seconds,
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    // Not a number where it cannot be measured.
    ...(cpu >= 0 && { cpu: (cpu * 1000) / times.length }),
    ...(cost && { cost: Object.fromEntries(cost) }),
  };
}

function mostFrequent(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** The time that this share of the requests stayed under. */
export const percentile = (times, share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];

/** Sends one request and reads its answer to the end; resolves to what it cost. */
function send(agent, target, { method, path, headers = {}, body, expect }) {
  const payload = body && JSON.stringify(body);
  const declared = payload ? { "content-type": "application/json", "content-length": Buffer.byteLength(payload) } : {};
  const client = agent instanceof https.Agent ? https : http;
  return new Promise((resolve, reject) => {
    const all = { accept: "application/json", ...declared, ...target.headers, ...headers };
    const request = client.request(target.url + path, { agent, method, headers: all }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => (response.statusCode === expect ? undefined : chunks.push(chunk)));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === expect) return resolve(response.headers["x-octopool-cost"]);
        const said = Buffer.concat(chunks).toString().slice(0, 300);
        reject(new Failure(`${method} ${target.url}${path} answers ${response.statusCode}, not ${expect}: ${said}`));
      });
    });
    request.on("error", reject);
    request.end(payload);
  });
}
