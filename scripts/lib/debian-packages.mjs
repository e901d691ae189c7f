// Debian packages, unpacked into the user's cache. Needs apt-get and dpkg-deb, but no root and none of the machine's own
// package lists: both are given folders of ours.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { withLock } from "./lock.mjs";
import { cacheFolder } from "./paths.mjs";
import { run } from "./run.mjs";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Frozen, so that its packages keep their versions. */
const SUITE = "bookworm";
const MIRROR = "http://deb.debian.org/debian";

/** Why packages cannot be had on this machine; null if they can. */
export function debianIsMissing() {
  if (process.platform !== "linux") return "Debian packages need Linux with apt";
  const needed = ["/usr/bin/apt-get", "/usr/bin/dpkg-deb", KEYRING];
  const missing = needed.filter((file) => !existsSync(file));
  return missing.length ? `this machine has no ${missing.join(", no ")}` : null;
}

/**
 * Unpacks packages, without what they depend on, if they are not there yet.
 *
 * @param {string} name of their folder; holds the version
 * @param {string[]} packages as `apt-get download` takes them
 * @param {(line: string) => void} progress
 * @returns {Promise<{ root: string, installed: boolean }>} the folder that stands for `/`
 */
export async function unpackDebian(name, packages, progress) {
  const home = path.join(cacheFolder(), "tools", name);
  const root = path.join(home, "root");
  const finished = path.join(home, "finished");
  if (existsSync(finished)) return { root, installed: false };
  const onWait = () => progress("another checkout is installing it; waiting");
  return withLock(path.join(cacheFolder(), `${name}.lock`), onWait, async () => {
    if (existsSync(finished)) return { root, installed: false };
    rmSync(home, { recursive: true, force: true });
    const apt = path.join(home, "apt");
    for (const folder of [root, path.join(apt, "lists/partial"), path.join(apt, "archives/partial"), path.join(apt, "packages")]) {
      mkdirSync(folder, { recursive: true });
    }
    writeFileSync(path.join(apt, "status"), "");
    writeFileSync(path.join(apt, "sources.list"), `deb [signed-by=${KEYRING}] ${MIRROR} ${SUITE} main\n`);
    const options = aptOptions(apt);
    const next = "the packages come from a Debian mirror; look at apt's message above";
    await run("apt-get", [...options, "update"], { onLine: progress, what: "apt-get update", next });
    const packageFolder = path.join(apt, "packages");
    await run("apt-get", [...options, "download", ...packages], { cwd: packageFolder, onLine: progress, what: "apt-get download", next });
    for (const file of readdirSync(packageFolder)) {
      await run("dpkg-deb", ["--extract", path.join(packageFolder, file), root], { onLine: progress });
    }
    // About 30 MB of lists that nothing reads again.
    rmSync(apt, { recursive: true, force: true });
    writeFileSync(`${finished}.new`, "");
    renameSync(`${finished}.new`, finished);
    return { root, installed: true };
  });
}

function aptOptions(apt) {
  const settings = {
    "Dir::State": apt,
    "Dir::State::Lists": path.join(apt, "lists"),
    "Dir::State::status": path.join(apt, "status"),
    "Dir::Cache": apt,
    "Dir::Etc::SourceList": path.join(apt, "sources.list"),
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::Etc::PreferencesParts": "/dev/null",
    // As root apt would drop to a user that may not write into our folder.
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
    "Acquire::Retries": "3",
  };
  return ["--quiet", ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
}
