// Where things are.

import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

export const inRoot = (...parts) => path.join(root, ...parts);

/** Local secrets and state; git ignores it. */
export const localFolder = inRoot(".octopool");

/** What a second checkout uses again: the build tools, by version. */
export function cacheFolder() {
  const home = os.homedir();
  if (process.env.XDG_CACHE_HOME) return path.join(process.env.XDG_CACHE_HOME, "octopool");
  if (process.platform === "darwin") return path.join(home, "Library", "Caches", "octopool");
  if (process.platform === "win32") {
    return path.join(process.env.LOCALAPPDATA ?? path.join(home, "AppData", "Local"), "octopool");
  }
  return path.join(home, ".cache", "octopool");
}

/** The name of an executable file. */
export const executable = (name) => (process.platform === "win32" ? `${name}.exe` : name);

/** The environment in which our programs find the Node that runs us, whatever `node` on the PATH is. */
export function withOwnNode() {
  return { PATH: [path.dirname(process.execPath), process.env.PATH].join(path.delimiter) };
}

/** A path for a person: relative to where the command runs. */
export const shown = (file) => path.relative(process.cwd(), file) || ".";
