// Where things are.

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
/** The environment in which programs find the Node that runs us, whatever `node` on the PATH is. */
export const withOwnNode = () => ({ PATH: [path.dirname(process.execPath), process.env.PATH].join(path.delimiter) });
/** A path for a person: relative to where the command runs. */
export const shown = (file) => path.relative(process.cwd(), file) || ".";
