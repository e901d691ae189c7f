// The workerd that runs a Worker: where it listens itself, and how much processor time it has used. Only Linux tells.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Clock ticks a second in /proc; the kernel's interface fixes it. */
const TICKS = 100;

/**
 * `wrangler dev` has a proxy before the Worker, in a workerd of its own. What is measured is the Worker, so its own port is used
 * where it can be found.
 *
 * @param {number} parent the process that was started
 * @param {number} port the proxy's
 * @param {string} path what the Worker answers
 * @returns {Promise<{ port: number, cpuSeconds: () => number | undefined }>}
 */
export async function findWorkerd(parent, port, path) {
  const proxied = { port, cpuSeconds: () => undefined };
  if (process.platform !== "linux" || !parent) return proxied;
  const listening = descendants(parent).filter(isWorkerd).map((pid) => ({ pid, ports: ports(pid) }));
  for (const { pid, ports } of listening.filter(({ ports }) => !ports.includes(port))) {
    for (const own of ports) {
      // It listens on some more, for what wrangler has to tell it.
      if (await answers(own, path)) return { port: own, cpuSeconds: () => cpuSeconds(pid) };
    }
  }
  return proxied;
}

/** The parent of the process that listens on a port; undefined if that cannot be seen. */
export function parentOfListener(port) {
  if (process.platform !== "linux") return undefined;
  const listener = processes().filter(isWorkerd).find((pid) => ports(pid).includes(port));
  return listener && parentOf(listener);
}

async function answers(port, path) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(3000) });
    return response.status === 200 && typeof (await response.json()) === "object";
  } catch {
    return false;
  }
}

function descendants(parent) {
  const parents = processes().map((pid) => [pid, parentOf(pid)]);
  const found = [parent];
  for (const pid of found) found.push(...parents.filter(([, of]) => of === pid).map(([child]) => child));
  return found;
}

const processes = () => readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
const parentOf = (pid) => Number(read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ")[1]);
const isWorkerd = (pid) => read(`/proc/${pid}/comm`).trim() === "workerd";

function cpuSeconds(pid) {
  const fields = read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** The ports on which a process listens: its sockets, looked up in the table of connections. */
function ports(pid) {
  const folder = `/proc/${pid}/fd`;
  const links = readdirSync(folder).map((name) => link(`${folder}/${name}`));
  const inodes = new Set(links.map((target) => target.match(/^socket:\[(\d+)\]$/)?.[1]).filter(Boolean));
  const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => read(file).split("\n").slice(1));
  const sockets = rows.map((row) => row.trim().split(/\s+/)).filter((row) => row[3] === "0A" && inodes.has(row[9]));
  return sockets.map((row) => parseInt(row[1].split(":")[1], 16));
}

function link(file) {
  try {
    return readlinkSync(file);
  } catch {
    // It was closed meanwhile.
    return "";
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
