// node install.mjs [--find]: prints the browser of this machine, or installs Debian's. Ends with 3 if there is none and it
// cannot be installed.

import { existsSync } from "node:fs";

import { command, print, step } from "../../../scripts/lib/command.mjs";
import { run } from "../../../scripts/lib/processes.mjs";
import { findBrowser } from "./browser.mjs";

/** The exit code for a browser that cannot be had on this machine. */
const NOT_RUN = 3;
/** Chromium without what a window needs. */
const PACKAGE = "chromium-headless-shell";

await command("browser", { find: { type: "boolean" } }, async ({ find }) => {
  if (!findBrowser() && !find && canInstall()) await step("Chromium, for the tests in a browser", ({ progress }) => install(progress), "about a minute");
  const found = findBrowser();
  print(found ?? "There is no Chromium or Chrome: install one, or name it with CHROMIUM.");
  return found ? 0 : NOT_RUN;
});

function canInstall() {
  return process.getuid?.() === 0 && existsSync("/etc/debian_version") && existsSync("/usr/bin/apt-get");
}

async function install(progress) {
  const next = "the package comes from a Debian mirror; look at apt's message above";
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["--quiet", "update"], { onLine: progress, next, env });
  await run("apt-get", ["--quiet", "--yes", "--no-install-recommends", "install", PACKAGE], { onLine: progress, next, env });
}
