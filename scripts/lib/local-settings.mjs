// What the local Worker is configured with: the user's `.dev.vars` and real GitHub, or generated secrets and the stand-in.

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";

import { inRoot, localFolder } from "./paths.mjs";
import { privateFolder, settingsText, writePrivate } from "./private-files.mjs";

const GENERATED = path.join(localFolder, "dev.vars");
const CREDENTIALS = path.join(localFolder, "github.json");

/** The user's own settings, or null if there are none. */
export function ownSettings() {
  const file = inRoot(".dev.vars");
  if (!existsSync(file)) return null;
  // A database of its own: the stand-in's accounts have numbers that belong to others on GitHub.
  return { file, state: path.join(localFolder, "state-github"), vars: read(file), owner: "user" };
}

/** Where the stand-in keeps the tokens of its accounts. */
export function credentialsFile() {
  privateFolder(localFolder);
  return CREDENTIALS;
}

/** Settings for the stand-in at this address. The admin token and the key of the audit's cuts stay the same from start to start. */
export function generatedSettings(githubUrl) {
  const { vars, credentials } = standinVars(githubUrl);
  const head = "# Made by `npm start` for the stand-in for GitHub; each start writes it anew.\n";
  writePrivate(GENERATED, head + settingsText(vars));
  return { file: GENERATED, state: path.join(localFolder, "state"), vars, credentials, owner: "generated" };
}

/** What a Worker needs to run against the stand-in at this address, and whom the stand-in knows. */
export function standinVars(githubUrl) {
  privateFolder(localFolder);
  const credentials = JSON.parse(readFileSync(CREDENTIALS, "utf8"));
  const before = existsSync(GENERATED) ? read(GENERATED) : {};
  const vars = {
    ALLOWED_GITHUB_ORG: "acme",
    GITHUB_API_URL: githubUrl,
    OCTOPOOL_ADMIN_TOKEN: before.OCTOPOOL_ADMIN_TOKEN || randomBytes(32).toString("base64url"),
    OCTOPOOL_AUDIT_KEY: before.OCTOPOOL_AUDIT_KEY || randomBytes(32).toString("base64url"),
    OCTOPOOL_GITHUB_ORG_TOKEN: credentials.tokens.org,
    OCTOPOOL_GITHUB_APP_ID: credentials.app_id,
    OCTOPOOL_PAT_MONA: credentials.tokens.mona,
    OCTOPOOL_APP_KEY_ACME: credentials.app_private_key_pem,
  };
  return { vars, credentials };
}

/** Settings for the command line, to be read by a shell: which server, and the tokens for it. */
export function writeClientSettings({ url, adminToken, callerToken }) {
  privateFolder(localFolder);
  const file = path.join(localFolder, "client.env");
  const vars = { OCTOPOOL_URL: url, OCTOPOOL_ADMIN_TOKEN: adminToken, OCTOPOOL_TOKEN: callerToken };
  const head = "# Made by `npm start` for the command line; each start writes it anew.\n";
  writePrivate(file, head + settingsText(vars));
  return file;
}

const read = (file) => parseEnv(readFileSync(file, "utf8"));
