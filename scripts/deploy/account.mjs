// Who deploys, and into which Cloudflare account.

import { step } from "../lib/command.mjs";
import { Failure } from "../lib/processes.mjs";
import { wranglerAtTerminal, wranglerJson } from "../lib/wrangler.mjs";

const CREATE = 'https://dash.cloudflare.com/profile/api-tokens: template "Edit Cloudflare Workers", and the permission D1 Edit added';

/**
 * Resolves to the environment that makes wrangler use the account: the one of CLOUDFLARE_ACCOUNT_ID, then
 * the `configured` one, then the only one. With somebody to `ask`, logs in and lets them choose.
 */
export async function account({ configured, ask }) {
  let who = await whoami();
  const hasToken = Boolean(process.env.CLOUDFLARE_API_TOKEN || process.env.CLOUDFLARE_API_KEY);
  // In the browser; not for a token, which wrangler would go on using.
  if (!who.loggedIn && ask && !hasToken && (await wranglerAtTerminal(["login"])) === 0) who = await whoami();
  if (!who.loggedIn) throw notLoggedIn(hasToken, who.tail);
  const wanted = process.env.CLOUDFLARE_ACCOUNT_ID || configured;
  return { CLOUDFLARE_ACCOUNT_ID: await chosen(who.accounts, wanted, ask) };
}

function whoami() {
  return step("Login to Cloudflare", async ({ note }) => {
    const tail = [];
    const who = await wranglerJson(["whoami", "--json"], { onLine: (line) => tail.push(line) }).catch((error) => {
      if (!(error instanceof Failure)) throw error;
      // wrangler also shows where it was in its own code.
      return { loggedIn: false, tail: tail.filter((line) => /\[code: \d+\]/.test(line)).slice(0, 1) };
    });
    note(who.loggedIn ? who.email || who.authType : "none");
    return who;
  });
}

function notLoggedIn(hasToken, tail) {
  const next = hasToken
    ? `set CLOUDFLARE_API_TOKEN to a valid token (${CREATE}), or unset it and run \`npx wrangler login\``
    : `run \`npx wrangler login\`; in CI and without a browser set CLOUDFLARE_API_TOKEN (${CREATE})`;
  return new Failure(hasToken ? "Cloudflare does not accept the API token in the environment" : "you are not logged in to Cloudflare", { next, tail });
}

async function chosen(accounts, wanted, ask) {
  const tail = accounts.map(({ id, name }) => `${id}  ${name}`);
  // A token may be allowed to deploy, and not to list accounts.
  if (wanted && (accounts.length === 0 || accounts.some(({ id }) => id === wanted))) return wanted;
  if (wanted) throw new Failure(`this login has no access to the Cloudflare account ${wanted}`, { tail, next: "correct CLOUDFLARE_ACCOUNT_ID, or account_id in wrangler.toml; the accounts are above" });
  if (accounts.length === 1) return accounts[0].id;
  const where = "the id is in the address of Cloudflare's dashboard";
  if (accounts.length === 0) throw new Failure("this login shows no Cloudflare account", { next: `set CLOUDFLARE_ACCOUNT_ID; ${where}` });
  if (!ask) throw new Failure("this login has several Cloudflare accounts", { tail, next: "set CLOUDFLARE_ACCOUNT_ID to the one to deploy to" });
  return ask.select("Deploy to which Cloudflare account?", accounts.map(({ id, name }) => ({ value: id, label: name, hint: id })));
}
