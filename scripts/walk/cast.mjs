// Who plays in the walk: the accounts and identities, or the reason why one cannot.

import { execFileSync } from "node:child_process";

import { Failure } from "../lib/processes.mjs";

/**
 * @typedef {{ id: string, login: string, secret: string, scope: string, installation?: number } | { skip: string }} Identity
 * @typedef {object} Cast what the {names} of walk.txt stand for
 * @property {string} name of the walk's admin token, and `soon`, when it ends: a walk that breaks off leaves nothing open
 * @property {string} pool
 * @property {string} scope
 * @property {string} adminToken
 * @property {{ login: string, token: string }} caller who is provisioned and logs in
 * @property {Identity} pat
 * @property {Identity} app
 * @property {{ login: string, token: string } | { skip: string }} stranger a member of the org who is not provisioned
 * @property {{ byPat: string, byApp: string, hidden?: string, limited?: string } | { skip: string }} reads paths that the
 *   token, the App and nobody serves, and one for which GitHub limits the token
 * @property {{ url: string, principal: string }} [github] the stand-in, and whose token it is told to limit
 */

/** The caller's id; the walk finds it out. */
const unknown = { id: "" };

const common = (pool, vars) => ({
  pool,
  name: `walk-${Date.now().toString(36)}`,
  soon: new Date(Date.now() + 600_000).toISOString().replace(/\.\d+/, ""),
  scope: demand(vars, "ALLOWED_GITHUB_ORG"),
  adminToken: demand(vars, "OCTOPOOL_ADMIN_TOKEN"),
});

/** The stand-in's accounts. @returns {Cast} */
export function standinCast({ vars, credentials: { tokens, installation_id: installation } }) {
  const scope = vars.ALLOWED_GITHUB_ORG;
  return {
    ...common("maintainers", vars),
    caller: { ...unknown, login: "hubot", token: tokens.hubot },
    // The token is for one repository; the App is for all of the organization.
    pat: { id: "mona-pat", login: "mona", secret: "OCTOPOOL_PAT_MONA", scope: `${scope}/rocket` },
    app: { id: "acme-app", login: "octopool-acme[bot]", secret: "OCTOPOOL_APP_KEY_ACME", scope, installation },
    stranger: { login: "octocat", token: tokens.octocat },
    reads: {
      byPat: `/repos/${scope}/rocket/issues/15`,
      byApp: `/repos/${scope}/website/issues/15`,
      hidden: `/repos/${scope}/secret-plans`,
      // Another kind of route: whoever took over keeps one for ten seconds, and the walk can be repeated before that.
      limited: `/repos/${scope}/rocket/pulls/1`,
    },
    // The number of mona's account in the stand-in's seed.
    github: { url: vars.GITHUB_API_URL, principal: "account:1001" },
  };
}

/** The user's own accounts, as far as `.dev.vars` names them. @returns {Promise<Cast>} */
export async function ownCast({ vars }) {
  const api = (vars.GITHUB_API_URL || "https://api.github.com").replace(/\/+$/, "");
  const cast = common(vars.DEFAULT_LOGIN_POOL || "maintainers", vars);
  const token = githubToken();
  const [secret, key] = ["OCTOPOOL_PAT_", "OCTOPOOL_APP_KEY_"].map((prefix) => Object.keys(vars).find((name) => name.startsWith(prefix) && vars[name].trim()));
  const pat = secret && { login: await loginOf(api, vars[secret], secret), secret, scope: cast.scope };
  const installation = Number(vars.OCTOPOOL_DEMO_INSTALLATION_ID);
  const app = { id: `${cast.scope}-app`, login: `${cast.scope}-octopool[bot]`, secret: key, scope: cast.scope, installation };
  const [owner, repo] = (vars.OCTOPOOL_DEMO_REPOSITORY ?? "").split("/");
  return {
    ...cast,
    caller: { ...unknown, login: await loginOf(api, token, "your GitHub token"), token },
    pat: pat ? { id: `${pat.login}-pat`, ...pat } : { skip: "no OCTOPOOL_PAT_… in .dev.vars" },
    app: key && installation > 0 ? app : { skip: `no ${key ? "OCTOPOOL_DEMO_INSTALLATION_ID (a number)" : "OCTOPOOL_APP_KEY_…"} in .dev.vars` },
    stranger: { skip: "it takes the GitHub token of a second member of the org" },
    reads: repo
      ? { byPat: `/repos/${owner}/${repo}`, byApp: `/repos/${owner}/${repo}/branches` }
      : { skip: "no OCTOPOOL_DEMO_REPOSITORY=owner/name (a public one of the org) in .dev.vars" },
  };
}

function demand(vars, name) {
  if (vars[name]?.trim()) return vars[name].trim();
  throw new Failure(`.dev.vars has no ${name}`, { next: `add a line ${name}=… to .dev.vars, or remove the file to use the stand-in for GitHub` });
}

function githubToken() {
  const given = process.env.GH_TOKEN || process.env.GITHUB_TOKEN;
  if (given) return given;
  try {
    return execFileSync("gh", ["auth", "token"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    throw new Failure("logging in takes a GitHub token of yours", { next: "run `gh auth login`, or set GH_TOKEN" });
  }
}

/** Whose token it is; the error names the token, never shows it. */
async function loginOf(api, token, name) {
  const headers = { authorization: `Bearer ${token}`, "user-agent": "octopool" };
  const response = await fetch(`${api}/user`, { headers, redirect: "manual", signal: AbortSignal.timeout(15_000) }).catch((error) => {
    throw new Failure(`GitHub does not answer at ${api}: ${error.cause?.message ?? error.message}`);
  });
  const next = "check the token: it must be valid and may read your user";
  if (!response.ok) throw new Failure(`GitHub does not accept ${name} (status ${response.status})`, { next });
  return (await response.json()).login;
}
