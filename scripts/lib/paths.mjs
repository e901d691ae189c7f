// Where things are.

import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const inRoot = (...parts) => path.join(root, ...parts);
/** What a second checkout uses again: the build tools, by version. */
export const cacheFolder = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache"), "octopool");
/** The name of an executable file. */
export const executable = (name) => (process.platform === "win32" ? `${name}.exe` : name);

const { engines, optionalDependencies } = JSON.parse(readFileSync(inRoot("package.json"), "utf8"));
/**
 * The Node that runs wrangler and the tests: the one that package.json pins, a package for each platform.
 * The one that runs us before the set-up, and where there is no such package.
 */
export const nodeProgram = () => Object.keys(optionalDependencies).map((name) => inRoot("node_modules", name, "bin", executable("node"))).find(existsSync) ?? process.execPath;
/** The environment in which programs find that Node, whatever `node` on the PATH is. */
export const withOwnNode = () => ({ PATH: [path.dirname(nodeProgram()), process.env.PATH].join(path.delimiter) });
/** A path for a person: relative to where the command runs. */
export const shown = (file) => path.relative(process.cwd(), file) || ".";

/** Whether a version (`20.12.0`) satisfies a lower bound as `engines` has it (`>=20.12`). */
export function isNewEnough(version, bound) {
  const [have, need] = [version, bound].map((text) => text.match(/\d+/g).map(Number));
  const at = need.findIndex((number, index) => number !== have[index]);
  return at < 0 || have[at] > need[at];
}

// Here, because this module is the first to run: what an older Node lacks fails later, with an unclear message.
if (!isNewEnough(process.versions.node, engines.node)) {
  console.error(`Error: Node ${process.versions.node} is too old for the scripts of octopool; they need ${engines.node.slice(2)} or newer`);
  console.error("Next:  install Node from https://nodejs.org (or by nvm, fnm or your system's packages) and run the command again");
  process.exit(1);
}
