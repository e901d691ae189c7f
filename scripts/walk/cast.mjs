// Who plays in the walk: what the {names} of walk.txt stand for, or in `skip` the reason why somebody
// cannot. `name` is that of the walk's admin token. `github` is the stand-in, and whose token it is told to limit.

import { execFileSync } from "node:child_process";

import { Failure } from "../lib/processes.mjs";

function common(vars, pool, login, token) {
  const { ALLOWED_GITHUB_ORG: scope, OCTOPOOL_ADMIN_TOKEN: adminToken } = vars;
  return { pool, name: `walk-${Date.now().toString(36).slice(-4)}`, scope, adminToken, caller: { login, token } };
}

/** The stand-in's accounts. */
export function standinCast({ vars, credentials: { tokens, installation_id: installation } }) {
  const scope = vars.ALLOWED_GITHUB_ORG;
  return {
    ...common(vars, "maintainers", "hubot", tokens.hubot),
    // The token is for one repository; the App is for all of the organization.
    pat: { id: "mona-pat", login: "mona", secret: "OCTOPOOL_PAT_MONA", scope: `${scope}/rocket` },
    app: { id: "acme-app", login: "octopool-acme[bot]", secret: "OCTOPOOL_APP_KEY_ACME", scope, installation },
    stranger: { login: "octocat", token: tokens.octocat },
    reads: {
      byPat: `/repos/${scope}/rocket/issues/15`,
      byApp: `/repos/${scope}/website/issues/15`,
      hidden: `/repos/${scope}/secret-plans`,
      // A route of another kind: a lease lasts ten seconds, and the walk can be repeated sooner.
      limited: `/repos/${scope}/rocket/pulls/1`,
    },
    // The number of mona's account in the stand-in's seed.
    github: { url: vars.GITHUB_API_URL, principal: "account:1001" },
  };
}

/** The user's own accounts, as far as `.dev.vars` names them. */
export async function ownCast({ vars: given }) {
  const vars = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.trim()]));
  demand(vars, ["ALLOWED_GITHUB_ORG", "OCTOPOOL_ADMIN_TOKEN", "OCTOPOOL_GITHUB_ORG_TOKEN"]);
  const api = (vars.GITHUB_API_URL || "https://api.github.com").replace(/\/+$/, "");
  const token = githubToken();
  const cast = common(vars, vars.DEFAULT_LOGIN_POOL || "maintainers", await loginOf(api, token, "your GitHub token"), token);
  const { scope } = cast;
  const [secret, key] = ["OCTOPOOL_PAT_", "OCTOPOOL_APP_KEY_"].map((prefix) => Object.keys(vars).find((name) => name.startsWith(prefix) && vars[name]));
  const login = secret && (await loginOf(api, vars[secret], secret));
  const installation = Number(vars.OCTOPOOL_DEMO_INSTALLATION_ID);
  const app = { id: `${scope}-app`, login: `${scope}-octopool[bot]`, secret: key, scope, installation };
  const repository = vars.OCTOPOOL_DEMO_REPOSITORY ?? "";
  const none = (name) => ({ skip: `no ${name} in .dev.vars` });
  return {
    ...cast,
    pat: login ? { id: `${login}-pat`, login, secret, scope } : none("OCTOPOOL_PAT_…"),
    app: key && installation > 0 ? app : none(key ? "OCTOPOOL_DEMO_INSTALLATION_ID (a number)" : "OCTOPOOL_APP_KEY_…"),
    stranger: { skip: "it takes the GitHub token of a second member of the org" },
    reads: repository.includes("/")
      ? { byPat: `/repos/${repository}`, byApp: `/repos/${repository}/branches` }
      : none("OCTOPOOL_DEMO_REPOSITORY=owner/name (a public one of the org)"),
  };
}

/** Names all that is missing at once: nobody should find out one by one. */
function demand(vars, names) {
  const missing = names.filter((name) => !vars[name]);
  if (!missing.length) return;
  const next = ".dev.vars.example says what each is; without a file .dev.vars `npm start` uses the stand-in for GitHub";
  throw new Failure(`.dev.vars has no ${missing.join(", ")}`, { next });
}

function githubToken() {
  try {
    return process.env.GH_TOKEN || process.env.GITHUB_TOKEN || execFileSync("gh", ["auth", "token"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    throw new Failure("logging in takes a GitHub token of yours", { next: "run `gh auth login`, or set GH_TOKEN" });
  }
}

/** Whose token it is; the error names the token, never shows it. */
async function loginOf(api, token, name) {
  const options = { headers: { authorization: `Bearer ${token}`, "user-agent": "octopool" }, redirect: "manual", signal: AbortSignal.timeout(15_000) };
  const response = await fetch(`${api}/user`, options).catch((error) => {
    throw new Failure(`GitHub does not answer at ${api}: ${error.cause?.message ?? error.message}`);
  });
  const next = "check the token: it must be valid and may read your user";
  if (!response.ok) throw new Failure(`GitHub does not accept ${name} (status ${response.status})`, { next });
  return (await response.json()).login;
}
