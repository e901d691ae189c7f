// What is measured: the rows of rows.json, each with its least possible counterpart, the floor.

import { readFileSync } from "node:fs";

import { inRoot } from "../lib/paths.mjs";

/** The number of the stand-in's acme/rocket. */
export const ROCKET = 5002;
/** The sizes of blobs whose answers are as large as their name says: base64 makes them a third larger. */
export const BLOB_SIZES = { "2 KB": 0x600, "15 KB": 11_250, "64 KB": 0xc000, "1 MB": 0xc0000 };
/** The stand-in names a blob by its size. */
const SHAS = Object.fromEntries(Object.entries(BLOB_SIZES).map(([name, size]) => [name, size.toString(16).padStart(40, "0")]));
export const BLOBS = Object.values(SHAS).map((sha) => `/repos/acme/rocket/git/blobs/${sha}`);

/** A document that gh was recorded with, and its variables, as gh sends them. */
function recorded(name) {
  const [query, variables] = ["graphql", "json"].map((end) => readFileSync(inRoot("crates/github-standin/tests/gh-documents", `${name}.${end}`), "utf8"));
  return { query, variables: JSON.parse(variables) };
}

/** The rows for one Worker; `shot` makes the request of a running number, `most` is how many of them at most. */
export function rows({ pool, adminToken, callerToken, ...known }) {
  const tokens = { caller: { authorization: `Bearer ${callerToken}`, "x-octopool-pool": pool }, admin: { authorization: `Bearer ${adminToken}` } };
  return JSON.parse(readFileSync(new URL("rows.json", import.meta.url), "utf8")).map(({ send, as, headers, reads, query, body, gh, expect = 200, floor, ...row }) => {
    const [method, path] = send?.match(/^(\w+) (.*)/).slice(1) ?? ["POST", "/v1/github/request"];
    const asked = reads ? { pool, method: "GET", path: reads, query } : body;
    const text = JSON.stringify({ method, path, headers, body: asked, expect });
    // Each page is a key of its own; past the last one they are empty.
    const values = (number) => ({ ...SHAS, ...known, pool, number: 1000 + number, digit: number % 8, random: String(Math.random()).slice(2) });
    const fill = (text, number) => text.replace(/\{([\w ]+)\}/g, (_, name) => JSON.stringify(String(values(number)[name])).slice(1, -1));
    const shot = (number) => {
      const made = JSON.parse(fill(text, number));
      // The braces of GraphQL are no places to fill.
      return { ...made, ...(gh && { body: recorded(gh) }), headers: { ...tokens[reads ? "caller" : as], ...made.headers } };
    };
    return { ...row, shot, floor: fill(floor, 0) };
  });
}
