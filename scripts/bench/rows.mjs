// What is measured: each row with its least possible counterpart, the floor.

/** The number of the stand-in's acme/rocket. */
export const ROCKET = 5002;
/** How large blobs are whose answers are as large as their name says: base64 makes them a third larger. */
export const BLOB_SIZES = { "2 KB": 0x600, "15 KB": 11_250, "64 KB": 0xc000, "1 MB": 0xc0000 };
/** The path of a blob; the stand-in names it by its size. */
export const blob = (size) => `/repos/acme/rocket/git/blobs/${size.toString(16).padStart(40, "0")}`;

/**
 * @returns {{ name: string, shot: (number: number) => import("./load.mjs").Shot, floor: string, does: string, most?: number }[]}
 *   `floor` is the path of the bare Worker, `does` what it does there, `most` how many requests at most
 */
export function rows({ pool, adminToken, callerToken, githubToken, github, etag, identity }) {
  const caller = { authorization: `Bearer ${callerToken}` };
  const admin = { authorization: `Bearer ${adminToken}` };
  const get = (path, headers, expect = 200) => ({ method: "GET", path, headers, expect });
  const post = (path, headers, body, expect = 200) => ({ method: "POST", path, headers, body, expect });
  const relay = (path, query) => post("/v1/github/request", caller, { pool, method: "GET", path, ...(query && { query }) });
  const rest = (size, headers, expect) => get(`/api/v3${blob(size)}`, { ...caller, "x-octopool-pool": pool, ...headers }, expect);
  const cached = (size) => ({ floor: `/cache/${size}`, does: "one cache match, read" });
  const written = { floor: "/write", does: "one D1 write", most: 200 };
  const small = BLOB_SIZES["2 KB"];
  return [
    { name: "discovery", shot: () => get("/.well-known/octopool"), floor: "/constant", does: "a constant" },
    { name: "health", shot: () => get(`/v1/pools/${pool}/health`, caller), floor: "/d1", does: "one D1 read" },
    { name: "register an identity", shot: () => post(`/v1/admin/pools/${pool}/identities`, admin, identity, 201), ...written },
    {
      name: "login",
      shot: (number) => post("/v1/login/github-cli", {}, { github_token: githubToken, client_name: `bench-${number % 8}`, pool }, 201),
      ...written,
    },
    ...Object.entries(BLOB_SIZES).map(([name, size]) => ({ name: `hit, ${name}`, shot: () => relay(blob(size)), ...cached(Math.round((size * 4) / 3)) })),
    { name: "hit, 1 MB, as REST", shot: () => rest(BLOB_SIZES["1 MB"]), ...cached(1_048_576) },
    { name: "hit, 2 KB, as REST", shot: () => rest(small), ...cached(2000) },
    { name: "304, as REST", shot: () => rest(small, { "if-none-match": etag }, 304), ...cached(2000) },
    {
      // Each page is a key of its own; past the last one they are empty.
      name: "miss",
      shot: (number) => relay("/repos/acme/rocket/labels", { page: String(1000 + number), round: String(Math.random()).slice(2) }),
      floor: `/github?url=${encodeURIComponent(`${github}/repos/acme/website`)}`,
      does: "one GitHub request",
      most: 400,
    },
  ];
}
