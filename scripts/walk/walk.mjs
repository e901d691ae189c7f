// Runs the commands of walk.txt and shows them: as a person types them, and what matters of their output.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { Failure, outcome } from "../lib/processes.mjs";
import { tellStandin } from "../lib/servers.mjs";
import { paint, print } from "../lib/command.mjs";

const WIDTH = 80;
/** How long the walk lets GitHub refuse a token. Shorter than a start, so that the walk can be repeated. */
const COOL_SECONDS = 3;

/**
 * Walks through it with the Worker at `url`, the command line `program` and a cast as cast.mjs makes it;
 * fails at the first command that does not end as it should. It can be repeated on the same database.
 * Resolves to how many commands ran and sections were skipped, and to the token of the login.
 */
export async function walk({ url, program, cast, verbose }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "octopool-walk-"));
  // The login of the person at the machine stays as it is: octopool keeps its own below one of these.
  const home = path.join(folder, "home");
  const variables = {
    HOME: home, XDG_CONFIG_HOME: home, APPDATA: home, LOST: path.join(folder, "lost"), NO_COLOR: "1", COLUMNS: String(WIDTH),
    OCTOPOOL_URL: url, OCTOPOOL_POOL: cast.pool, OCTOPOOL_ADMIN_TOKEN: cast.adminToken, OCTOPOOL_TOKEN: "",
    CALLER_GH_TOKEN: cast.caller.token, STRANGER_GH_TOKEN: cast.stranger.token,
  };
  let [commands, skipped] = [0, 0];
  try {
    for (const { title, steps } of sections(readFileSync(new URL("walk.txt", import.meta.url), "utf8"))) {
      const reason = missing([title, ...steps.flatMap(({ line, says }) => [line, ...says])].join(" "), cast);
      const head = paint("bold", `# ${filled(title, cast)}`) + (reason ? `\n  ${paint("yellow", "skipped:")} ${reason}` : "");
      if (reason || verbose || steps.some(({ kind }) => kind === "$")) print(head);
      skipped += reason ? 1 : 0;
      for (const step of reason ? [] : steps) {
        if (step.kind === "@") await act(step.line, cast);
        else await runStep(step, { cast, variables, program, verbose, folder });
        commands += step.kind === "@" ? 0 : 1;
      }
    }
    const saved = readdirSync(home, { recursive: true }).find((name) => name.endsWith("auth.json"));
    return { commands, skipped, callerToken: JSON.parse(readFileSync(path.join(home, saved), "utf8")).token };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The sections of the file with their steps. */
export function sections(text) {
  return text.split(/^(?=# )/m).slice(1).map((section) => {
    const [title, ...lines] = section.trimEnd().split("\n");
    const steps = [];
    for (const [kind, line] of lines.filter(Boolean).map((line) => [line[0], line.slice(2)])) {
      if (kind === ">") steps.at(-1).says.push(line);
      else if (kind === "!") steps.at(-1).exit = Number(line);
      else steps.push({ kind, line, says: [], exit: 0 });
    }
    return { title: title.slice(2), steps };
  });
}

const NAME = /\{([\w.]+)\}/g;
const valueOf = (name, cast) => name.split(".").reduce((value, key) => value?.[key], cast);
export const filled = (text, cast) => text.replace(NAME, (_, name) => valueOf(name, cast) ?? "…");

/** Why the settings do not allow a section. */
function missing(text, cast) {
  const unknown = [...text.matchAll(NAME)].map(([, name]) => name).find((name) => valueOf(name, cast) === undefined);
  return unknown && (cast[unknown.split(".")[0]]?.skip ?? "only with the stand-in for GitHub");
}

/** Takes a command line apart as a POSIX shell does, as far as the walk needs it. */
export function parsed(line, variables) {
  const [, into, command] = line.match(/^(?:(\w+)=\$\()?(.*?)\)?$/);
  const words = command.match(/(?:'[^']*'|[^\s'])+/g);
  const program = words.indexOf("octopool");
  const expand = (word) => word.replaceAll("'", "").replace(/\$(\w+)/g, (_, name) => variables[name]);
  const env = Object.fromEntries(words.slice(0, program).map((word) => word.split("=").map(expand)));
  return { into, env, args: words.slice(program + 1).map(expand) };
}

async function runStep({ kind, line, says, exit }, { cast, variables, program, verbose, folder }) {
  const visible = verbose || kind === "$";
  const typed = filled(line, cast);
  for (const part of visible ? wrapped(typed) : []) print(paint("cyan", part));
  const { into, env, args } = parsed(typed, variables);
  const lines = [];
  const options = { cwd: folder, env: { ...variables, ...env }, onLine: (line) => lines.push(redacted(line)) };
  const { code, stdout } = await outcome(program, args, options);
  const expected = says.map((text) => filled(text, cast));
  if (code !== exit || !expected.every((text) => lines.some((line) => line.includes(text)))) {
    throw new Failure(`${typed}: exit code ${code}, expected ${[exit, ...expected].join(" and ")}`, { tail: lines });
  }
  if (into) variables[into] = stdout.trim();
  const shown = lines.filter((line) => verbose || expected.some((text) => line.includes(text)));
  for (const line of visible ? shown : []) print(`  ${verbose || line.length < WIDTH - 2 ? line : `${line.slice(0, WIDTH - 3)}…`}`);
}

/** What is done beside the commands: GitHub is told to limit the token once. */
async function act(action, { github, reads }) {
  // A secondary limit would last a minute at least, and the walk could not be repeated for as long.
  const effect = { kind: "respond", status: 429, headers: { "retry-after": String(COOL_SECONDS) } };
  const fault = { method: "GET", path: reads.limited, principal: github?.principal, times: 1, effect };
  if (action.startsWith("limit")) await tellStandin(github.url, "faults", fault);
}

/** Of a token only its beginning: enough to tell two apart, nothing to use. */
export const redacted = (text) => text.replace(/\b(opa?_\w{4})[\w-]+/g, "$1…");

/** One command on as many lines as it needs; an option stays with its value. */
export function wrapped(command) {
  const lines = ["$"];
  for (const part of command.split(/ (?=-)| (?<!--\S+ )/)) {
    if (lines.at(-1).length + part.length + 3 > WIDTH) lines.push(`${lines.pop()} \\`, "   ");
    lines.push(`${lines.pop()} ${part}`);
  }
  return lines;
}
