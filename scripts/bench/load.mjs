// Sends requests for a while, so many at once, and says how it went.

import http from "node:http";

import { Failure } from "../lib/failure.mjs";

/**
 * @typedef {object} Shot
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} [headers]
 * @property {object} [body]
 * @property {number} expect the status
 */

/**
 * Sends what `shot` makes of a running number.
 *
 * @param {number} port
 * @param {(number: number) => Shot} shot
 * @param {{ concurrency: number, milliseconds: number, most: number }} limits ends after this time or this many requests
 * @returns {Promise<{ requests: number, seconds: number, milliseconds: number[], cost?: string }>} how long each took, in
 *   ascending order, and what most of the answers said that they cost
 */
export async function load(port, shot, { concurrency, milliseconds, most }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: concurrency });
  const times = [];
  const costs = new Map();
  let next = 0;
  const began = performance.now();
  const until = began + milliseconds;
  async function worker() {
    while (next < most && performance.now() < until) {
      const sent = performance.now();
      const cost = await send(agent, port, shot(next++));
      times.push(performance.now() - sent);
      if (cost) costs.set(cost, (costs.get(cost) ?? 0) + 1);
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker));
  agent.destroy();
  const [cost] = [...costs].sort(([, a], [, b]) => b - a)[0] ?? [];
  const seconds = (performance.now() - began) / 1000;
  return { requests: times.length, seconds, milliseconds: times.sort((a, b) => a - b), cost };
}

/** Sends one request and reads its answer to the end; resolves to what it cost. */
function send(agent, port, { method, path, headers = {}, body, expect }) {
  const payload = body && JSON.stringify(body);
  const declared = payload ? { "content-type": "application/json", "content-length": Buffer.byteLength(payload) } : {};
  return new Promise((resolve, reject) => {
    const options = { agent, host: "127.0.0.1", port, method, path, headers: { accept: "application/json", ...declared, ...headers } };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => (response.statusCode === expect ? undefined : chunks.push(chunk)));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === expect) return resolve(response.headers["x-octopool-cost"]);
        const said = Buffer.concat(chunks).toString().slice(0, 300);
        reject(new Failure(`${method} ${path} answers ${response.statusCode}, not ${expect}: ${said}`));
      });
    });
    request.on("error", reject);
    request.end(payload);
  });
}

/** The time that this share of the requests stayed under. */
export const percentile = (times, share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
