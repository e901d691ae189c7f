// The deployment's own secrets: what each is, where it comes from, and how it gets to Cloudflare without being shown.

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import util from "node:util";

import { privateFolder, settingsText, writePrivate } from "../lib/settings.mjs";
import { wrangler, wranglerJson } from "../lib/wrangler.mjs";

const RANDOM = "openssl rand -base64 32";

/** In the order in which they are asked for. Without those that are not needed the Worker serves, too. */
export const SECRETS = [
  { name: "OCTOPOOL_ADMIN_TOKEN", isNeeded: true, isRandom: true, what: "the root admin token", from: RANDOM },
  {
    name: "OCTOPOOL_GITHUB_ORG_TOKEN", isNeeded: true, what: "a GitHub token of a member of the organization; reads users and memberships",
    from: "https://github.com/settings/tokens/new?scopes=read:org&description=octopool",
  },
  { name: "OCTOPOOL_AUDIT_KEY", isRandom: true, what: "signs the audit; is never changed", from: RANDOM },
];

/** The names of the secrets that the Worker has. */
export async function namesOfSecrets(given) {
  const secrets = await wranglerJson(["secret", "list", "--format", "json", ...given.args], given);
  return secrets.map(({ name }) => name);
}

/** The file that keeps what was generated, for the command line. */
export const keptFile = (worker) => path.join(privateFolder(), `${worker}.env`);

/**
 * Sets the secrets: random ones are generated and kept in the file before they are sent, so that none is
 * lost; the others are asked for. Resolves to the names of those that were skipped.
 */
export async function setSecrets(missing, { worker, url, ask, told, ...given }) {
  const file = keptFile(worker);
  const kept = existsSync(file) ? util.parseEnv(readFileSync(file, "utf8").replaceAll("export ", "")) : {};
  const skipped = [];
  for (const { name, isRandom, what, from } of missing) {
    const value = isRandom ? kept[name] || randomBytes(32).toString("base64url") : await ask.secret(`${name}: ${what}\n${from}`);
    if (!value) {
      skipped.push(name);
      continue;
    }
    if (isRandom) keep(file, Object.assign(kept, url && { OCTOPOOL_URL: url }, { [name]: value }));
    // By standard input: arguments are visible to every user of the machine.
    await wrangler(["secret", "put", name, ...given.args], undefined, { ...given, input: value });
    told(`${name}: ${isRandom ? "generated and set" : "set"}`);
  }
  return skipped;
}

function keep(file, { OCTOPOOL_AUDIT_KEY: key, ...exported }) {
  const head = "# Made by `npm run deploy` for the command line. Keep a copy of the secrets where you keep passwords.\n";
  // Nothing but the Worker needs the key, so it is not exported.
  writePrivate(file, head + settingsText(exported, "export ") + settingsText(key ? { OCTOPOOL_AUDIT_KEY: key } : {}));
}
