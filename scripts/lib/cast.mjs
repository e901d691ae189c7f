// Who plays in the walk: the accounts and identities, or the reason why one cannot.

import { execFileSync } from "node:child_process";

import { Failure } from "./failure.mjs";
import { GithubControl } from "./github-control.mjs";

const POOL = "maintainers";
/** The number of mona's account in the stand-in's seed. */
const MONA = 1001;

/**
 * @typedef {object} Cast
 * @property {string} pool
 * @property {string} adminToken
 * @property {{ login: string, token: string }} caller who is provisioned and logs in
 * @property {{ id: string, login: string, secretRef: string, scope: string } | { skip: string }} pat
 * @property {{ id: string, login: string, secretRef: string, scope: string, installationId: number } | { skip: string }} app
 * @property {{ id: string, login: string, secretRef: string, scope: string }} broken an identity whose secret nobody set
 * @property {{ login: string, token: string } | { skip: string }} stranger a member of the org who is not provisioned
 * @property {{ byPat: string, byApp: string, hidden?: string, limited?: string } | { skip: string }} reads paths that the token, the App and
 *   nobody serves, and one for which GitHub limits the token
 * @property {GithubControl | { skip: string }} github what the stand-in is told and asked
 */

/** The stand-in's accounts. @returns {Cast} */
export function standinCast({ vars, credentials }) {
  const { tokens, installation_id: installationId } = credentials;
  const scope = vars.ALLOWED_GITHUB_ORG;
  return {
    pool: POOL,
    adminToken: vars.OCTOPOOL_ADMIN_TOKEN,
    caller: { login: "hubot", token: tokens.hubot },
    // The token is for one repository, and preferred there; the App is for all of the organization.
    pat: { id: "mona-pat", login: "mona", secretRef: "OCTOPOOL_PAT_MONA", scope, repo: "rocket", weight: 2000 },
    app: { id: "acme-app", login: "octopool-acme[bot]", secretRef: "OCTOPOOL_APP_KEY_ACME", scope, installationId },
    broken: broken("mona", scope),
    stranger: { login: "octocat", token: tokens.octocat },
    reads: {
      byPat: `/repos/${scope}/rocket/issues/15`,
      byApp: `/repos/${scope}/website/issues/15`,
      hidden: `/repos/${scope}/secret-plans`,
      // Another kind of route: whoever took over keeps one for ten seconds, and the walk can be repeated before that.
      limited: `/repos/${scope}/rocket/pulls/1`,
    },
    github: new GithubControl(vars.GITHUB_API_URL, `account:${MONA}`),
  };
}

/** The user's own accounts, as far as `.dev.vars` names them. @returns {Promise<Cast>} */
export async function ownCast({ vars }) {
  const api = (vars.GITHUB_API_URL || "https://api.github.com").replace(/\/+$/, "");
  const scope = demand(vars, "ALLOWED_GITHUB_ORG");
  const token = githubToken();
  const login = await loginOf(api, token, "your GitHub token");
  return {
    pool: vars.DEFAULT_LOGIN_POOL || POOL,
    adminToken: demand(vars, "OCTOPOOL_ADMIN_TOKEN"),
    caller: { login, token },
    pat: await ownPat(api, vars, scope),
    app: ownApp(vars, scope),
    broken: broken(login, scope),
    stranger: { skip: "it takes the GitHub token of a second member of the org" },
    reads: ownReads(vars),
    github: { skip: "GitHub cannot be made to refuse on demand" },
  };
}

const broken = (login, scope) => ({ id: "walk-lost-pat", login, secretRef: "OCTOPOOL_PAT_LOST", scope });

/** What is read of real GitHub: a public repository that the settings name. */
function ownReads(vars) {
  const [owner, repo] = (vars.OCTOPOOL_DEMO_REPOSITORY ?? "").split("/");
  if (!owner || !repo) return { skip: "no OCTOPOOL_DEMO_REPOSITORY=owner/name (a public one of the org) in .dev.vars" };
  return { byPat: `/repos/${owner}/${repo}`, byApp: `/repos/${owner}/${repo}/branches` };
}

async function ownPat(api, vars, scope) {
  const secretRef = named(vars, "OCTOPOOL_PAT_");
  if (!secretRef) return { skip: "no OCTOPOOL_PAT_… in .dev.vars" };
  const login = await loginOf(api, vars[secretRef], secretRef);
  return { id: `${login}-pat`, login, secretRef, scope };
}

function ownApp(vars, scope) {
  const secretRef = named(vars, "OCTOPOOL_APP_KEY_");
  if (!secretRef) return { skip: "no OCTOPOOL_APP_KEY_… in .dev.vars" };
  const installationId = Number(vars.OCTOPOOL_DEMO_INSTALLATION_ID);
  if (!Number.isSafeInteger(installationId) || installationId < 1) {
    return { skip: "no OCTOPOOL_DEMO_INSTALLATION_ID (a number) in .dev.vars" };
  }
  return { id: `${scope}-app`, login: `${scope}-octopool[bot]`, secretRef, scope, installationId };
}

const named = (vars, prefix) => Object.keys(vars).find((name) => name.startsWith(prefix) && vars[name].trim());

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
  const next = "check the token: it must be valid and may read your user";
  let response;
  try {
    const headers = { authorization: `Bearer ${token}`, "user-agent": "octopool" };
    response = await fetch(`${api}/user`, { headers, redirect: "manual", signal: AbortSignal.timeout(15_000) });
  } catch (error) {
    throw new Failure(`GitHub does not answer at ${api}: ${error.cause?.message ?? error.message}`);
  }
  if (!response.ok) throw new Failure(`GitHub does not accept ${name} (status ${response.status})`, { next });
  return (await response.json()).login;
}
