// Chromium without a window: where it is on this machine, and one running.

import { spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import CDP from "chrome-remote-interface";

import { eachLine, Failure } from "../../../scripts/lib/processes.mjs";

const NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/** Where people install it on macOS, which has no name on the PATH for it. */
const APPLICATIONS = ["/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
/** How long it may take to start on a busy machine. */
const START_MS = 60_000;

/** The browser of this machine, `CHROMIUM` first; null if there is none. */
export function findBrowser() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter(Boolean);
  const files = [...NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))), ...APPLICATIONS];
  return files.find(isExecutable) ?? null;
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs `work` with the DevTools of a fresh browser, which ends with it. */
export async function withBrowser(program, work) {
  const profile = mkdtempSync(path.join(os.tmpdir(), "octopool-browser-"));
  const args = ["--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "--no-proxy-server", "--disable-gpu", "--disable-dev-shm-usage"];
  // Chromium's sandbox does not work for root, as whom CI runs. Only our own pages are opened.
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  const browser = spawn(program, [...args, "about:blank"], { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => browser.once("close", resolve));
  try {
    return await work(await CDP({ target: await devtools(browser), local: true }));
  } finally {
    // All of its group: Debian's program is a script that starts the browser, which has children of its own.
    process.kill(-browser.pid, "SIGKILL");
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The address of the first page's DevTools: the browser says on stderr where it listens. */
async function devtools(browser) {
  const port = await new Promise((resolve, reject) => {
    const said = [];
    const fail = (why) => reject(new Failure(`the browser ${why}`, { tail: said.slice(-5) }));
    setTimeout(() => fail("did not start in time"), START_MS).unref();
    browser.once("error", ({ message }) => fail(message));
    browser.once("close", (code) => fail(`ended with ${code}`));
    eachLine(browser.stderr, (line) => {
      said.push(line);
      const found = line.match(/^DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//);
      if (found) resolve(Number(found[1]));
    });
  });
  const targets = await CDP.List({ port });
  return targets.find(({ type }) => type === "page");
}
