// What is measured: each row with its least possible counterpart, the floor.

/** Blobs of the stand-in by the size of their answer (crates/github-standin/README.md). */
const BLOBS = [
  ["2 KB", "0000000000000000000000000000000000000600", 2_000],
  ["64 KB", "000000000000000000000000000000000000c000", 64_000],
  ["1 MB", "00000000000000000000000000000000000c0000", 1_048_576],
];
const blob = (sha) => `/repos/acme/rocket/git/blobs/${sha}`;

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {(number: number) => import("./load.mjs").Shot} shot
 * @property {string} floor the path of the bare Worker
 * @property {string} does what the floor does, for the table
 * @property {number} [most] how many requests at most
 */

/** @returns {Row[]} */
export function rows({ pool, adminToken, callerToken, githubToken, githubUrl, etag }) {
  const caller = { authorization: `Bearer ${callerToken}` };
  const relay = (path, query) => ({
    method: "POST", path: "/v1/github/request", headers: caller, expect: 200,
    body: { pool, method: "GET", path, ...(query && { query }) },
  });
  const rest = (path, headers) => ({ method: "GET", path: `/api/v3${path}`, headers: { ...caller, "x-octopool-pool": pool, ...headers } });
  const identity = { id: "mona-pat", login: "mona", secret_ref: "OCTOPOOL_PAT_MONA", scopes: [{ owner: "acme" }] };
  const small = blob(BLOBS[0][1]);
  const floorOfMiss = `/github?url=${encodeURIComponent(`${githubUrl}/repos/acme/website`)}`;
  return [
    { name: "discovery", shot: () => ({ method: "GET", path: "/.well-known/octopool", expect: 200 }), floor: "/constant", does: "a constant" },
    { name: "health", shot: () => ({ method: "GET", path: `/v1/pools/${pool}/health`, headers: caller, expect: 200 }), floor: "/d1", does: "one D1 read" },
    {
      name: "register an identity",
      shot: () => ({ method: "POST", path: `/v1/admin/pools/${pool}/identities`, headers: { authorization: `Bearer ${adminToken}` }, body: identity, expect: 201 }),
      floor: "/write", does: "one D1 write", most: 200,
    },
    {
      name: "login",
      shot: (number) => ({ method: "POST", path: "/v1/login/github-cli", body: { github_token: githubToken, client_name: `bench-${number % 8}`, pool }, expect: 201 }),
      floor: "/write", does: "one D1 write", most: 200,
    },
    ...BLOBS.map(([size, sha, bytes]) => ({ name: `hit, ${size}`, shot: () => relay(blob(sha)), floor: `/cache/${bytes}`, does: "one cache match, read" })),
    { name: "hit, 1 MB, as REST", shot: () => ({ ...rest(blob(BLOBS[2][1])), expect: 200 }), floor: "/cache/1048576", does: "one cache match, read" },
    { name: "hit, 2 KB, as REST", shot: () => ({ ...rest(small), expect: 200 }), floor: "/cache/2000", does: "one cache match, read" },
    { name: "304, as REST", shot: () => ({ ...rest(small, { "if-none-match": etag }), expect: 304 }), floor: "/cache/2000", does: "one cache match, read" },
    {
      // Each page is a key of its own; past the last one they are empty.
      name: "miss", shot: (number) => relay("/repos/acme/rocket/labels", { page: String(1000 + number), round: String(Math.random()).slice(2) }),
      floor: floorOfMiss, does: "one GitHub request", most: 400,
    },
  ];
}

/** The paths that must be in the cache before the hits. */
export const warm = BLOBS.map(([, sha]) => blob(sha));
