// What the local Worker is configured with: the user's `.dev.vars` and real GitHub, or generated
// secrets and the stand-in. Only their owner may read the files.

import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import util from "node:util";

import { inRoot } from "./paths.mjs";

export const DEFAULT_PORT = 8787;

/**
 * Makes and resolves to the folder for secrets and data of the Worker on this port, or of all. One for each:
 * two that run at the same time must not share a database or change each other's tokens.
 */
export function privateFolder(port = DEFAULT_PORT) {
  const folder = port === DEFAULT_PORT ? inRoot(".octopool") : inRoot(".octopool", `port-${port}`);
  for (const made of [inRoot(".octopool"), folder]) {
    mkdirSync(made, { recursive: true, mode: 0o700 });
    // It may exist already, with other rights.
    chmodSync(made, 0o700);
  }
  return folder;
}

/** The user's own settings, or null if there are none. */
export function ownSettings() {
  const file = inRoot(".dev.vars");
  return existsSync(file) ? { file, vars: read(file), isOwn: true } : null;
}

/** Settings for the stand-in at this address; what is random in them stays the same from start to start. */
export function standinSettings(folder, githubUrl, more = {}) {
  const credentials = JSON.parse(readFileSync(path.join(folder, "github.json"), "utf8"));
  const file = path.join(folder, "dev.vars");
  const before = existsSync(file) ? read(file) : {};
  const kept = (name) => before[name] || randomBytes(32).toString("base64url");
  const vars = {
    ALLOWED_GITHUB_ORG: "acme",
    GITHUB_API_URL: githubUrl,
    OCTOPOOL_ADMIN_TOKEN: kept("OCTOPOOL_ADMIN_TOKEN"),
    OCTOPOOL_AUDIT_KEY: kept("OCTOPOOL_AUDIT_KEY"),
    OCTOPOOL_GITHUB_ORG_TOKEN: credentials.tokens.org,
    OCTOPOOL_GITHUB_APP_ID: credentials.app_id,
    OCTOPOOL_PAT_MONA: credentials.tokens.mona,
    OCTOPOOL_APP_KEY_ACME: credentials.app_private_key_pem,
    ...more,
  };
  writePrivate(file, `# Made for the stand-in for GitHub; each start writes it anew.\n${settingsText(vars)}`);
  return { file, vars, credentials, isOwn: false };
}

/** Writes a file that only its owner may read; a reader never sees a part of it. */
export function writePrivate(file, text) {
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, text, { mode: 0o600, flag: "wx" });
  renameSync(aside, file);
}

/** Settings as lines that wrangler, Node and a POSIX shell all read the same way. */
export function settingsText(settings, prefix = "") {
  return Object.entries(settings).map(([name, value]) => {
    if (/["$`\\']/.test(value)) throw new Error(`the value of ${name} cannot be written to a settings file`);
    // The line ends in a key's PEM: the three agree on them only when they are written as `\n`.
    return `${prefix}${name}="${String(value).replace(/\r?\n/g, "\\n")}"\n`;
  }).join("");
}

const read = (file) => util.parseEnv(readFileSync(file, "utf8"));
