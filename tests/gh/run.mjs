// npm run test:gh: what the real gh prints through the pool, beside what it prints without.

import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { command, paint, print, step } from "../../scripts/lib/command.mjs";
import { executable, inRoot, root } from "../../scripts/lib/paths.mjs";
import { Failure, run, runVisibly } from "../../scripts/lib/processes.mjs";
import { installPython } from "../e2e/python.mjs";
import { versions } from "./versions.mjs";

/** The exit code if a version cannot be had on this machine. */
const NOT_RUN = 3;

await command("test:gh", { install: { type: "boolean" } }, async ({ install }, args) => {
  const notRun = [];
  for (const wanted of versions) {
    try {
      await step(`gh ${wanted.version}`, ({ progress }) => installed(wanted, progress));
    } catch (error) {
      notRun.push(`gh ${wanted.version}: ${error.message}`);
    }
  }
  const test = ["test", "--locked", "-p", "octopool-cli", "--test", "cli", ...args, "--", "gh_table", "--nocapture"];
  const failed = install ? 0 : await runVisibly("cargo", test, { cwd: root });
  for (const line of notRun) print(`${paint("red", "NOT RUN")} ${line}`);
  return failed || (notRun.length ? NOT_RUN : 0);
});

/** Puts a version at target/gh/VERSION/gh, where the test looks. */
async function installed({ version, pypi, deb, sha256 }, progress) {
  const folder = inRoot("target", "gh", version);
  const gh = path.join(folder, executable("gh"));
  if (existsSync(gh)) return;
  rmSync(folder, { recursive: true, force: true });
  if (pypi) {
    const program = await installPython(`gh-${version}`, [pypi], progress);
    mkdirSync(folder, { recursive: true });
    copyFileSync(program("gh"), gh);
    return;
  }
  if (process.platform !== "linux" || process.arch !== "x64") throw new Failure("Debian's gh is for Linux on x64 only");
  const response = await fetch(deb);
  if (!response.ok) throw new Failure(`${deb}: HTTP ${response.status}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (digest !== sha256) throw new Failure(`${deb} has another SHA-256: ${digest}`);
  const unpacked = `${folder}.new`;
  mkdirSync(unpacked, { recursive: true });
  const file = path.join(unpacked, "gh.deb");
  writeFileSync(file, bytes);
  await run("dpkg-deb", ["-x", file, unpacked], { next: "install dpkg, which unpacks Debian's packages" });
  mkdirSync(folder, { recursive: true });
  copyFileSync(path.join(unpacked, "usr", "bin", "gh"), gh);
  rmSync(unpacked, { recursive: true });
}
