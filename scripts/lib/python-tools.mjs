// Programs from PyPI, each in a virtual environment of its own in the user's cache.

import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { withLock } from "./lock.mjs";
import { cacheFolder, executable } from "./paths.mjs";
import { run } from "./run.mjs";

/**
 * Makes a virtual environment if it is not there yet.
 *
 * @param {string} name of its folder; holds the version, so that another version is another folder
 * @param {string[]} packages arguments of `pip install`
 * @param {(line: string) => void} progress
 * @returns {Promise<{ program: (name: string) => string, installed: boolean }>} where a program of it is
 */
export async function installPython(name, packages, progress) {
  const home = path.join(cacheFolder(), "tools", name);
  const windows = process.platform === "win32";
  const program = (name) => path.join(home, windows ? "Scripts" : "bin", executable(name));
  // Written last, so that an installation that was interrupted is not taken for a finished one.
  const finished = path.join(home, "finished");
  if (existsSync(finished)) return { program, installed: false };
  const onWait = () => progress("another checkout is installing it; waiting");
  return withLock(path.join(cacheFolder(), `${name}.lock`), onWait, async () => {
    if (existsSync(finished)) return { program, installed: false };
    rmSync(home, { recursive: true, force: true });
    const venv = { onLine: progress, next: "install Python 3.10 or newer with its venv module" };
    await run(windows ? "python" : "python3", ["-m", "venv", home], venv);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages];
    await run(program("python"), pip, { onLine: progress, what: "pip install" });
    writeFileSync(`${finished}.new`, "");
    renameSync(`${finished}.new`, finished);
    return { program, installed: true };
  });
}
