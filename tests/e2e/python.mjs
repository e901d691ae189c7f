// Programs from PyPI, each in a virtual environment of its own below target/.

import { existsSync, rmSync } from "node:fs";
import path from "node:path";

import { executable, inRoot } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/processes.mjs";

const WINDOWS = process.platform === "win32";

/**
 * Makes a virtual environment and installs packages, unless pip finds them there.
 *
 * @param {string} name of its folder; holds the version, so that another version is another folder
 * @param {string[]} packages arguments of `pip install`
 * @param {(line: string) => void} progress
 * @returns {Promise<(name: string) => string>} where a program of it is
 */
export async function installPython(name, packages, progress) {
  const home = inRoot("target", "python", name);
  const program = (name) => path.join(home, WINDOWS ? "Scripts" : "bin", executable(name));
  // Made last: without it, an earlier attempt was interrupted.
  if (!existsSync(program("pip"))) {
    rmSync(home, { recursive: true, force: true });
    const next = "install Python 3.10 or newer with its venv module";
    await run(WINDOWS ? "python" : "python3", ["-m", "venv", home], { onLine: progress, next });
  }
  const args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages];
  await run(program("python"), args, { onLine: progress, what: "pip install" });
  return program;
}
