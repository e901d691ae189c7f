// The results as tables: for a terminal, and for a document.

/** Statements, and in how many batches where that is another number. */
const count = (number, batches = number) => (number === undefined ? "" : batches === number ? String(number) : `${number} in ${batches}`);
const fixed = (number, digits) => number?.toFixed(digits) ?? "";
const ratio = (ours, theirs, digits) => (theirs > 0 ? fixed(ours === undefined ? ours : ours / theirs, digits) : "");

const COLUMNS = [
  ["request", ({ name }) => name],
  ["at once", ({ concurrency }) => String(concurrency)],
  ["requests/s", ({ perSecond }) => fixed(perSecond, 0)],
  ["p50 ms", ({ p50 }) => fixed(p50, 1)],
  ["p95 ms", ({ p95 }) => fixed(p95, 1)],
  ["CPU ms", ({ cpu }) => fixed(cpu, 2)],
  ["D1", ({ cost }) => count(cost?.statements, cost?.d1)],
  ["DO", ({ cost }) => count(cost?.coordinator)],
  ["cache", ({ cost }) => count(cost?.cache)],
  ["GitHub", ({ cost }) => count(cost?.github)],
  ["floor", ({ floor }) => floor.does],
  ["p50 ms", ({ floor }) => fixed(floor.p50, 1)],
  ["CPU ms", ({ floor }) => fixed(floor.cpu, 2)],
  ["p50 ratio", ({ p50, floor }) => ratio(p50, floor.p50, 1)],
  ["CPU ratio", ({ cpu, floor }) => ratio(cpu, floor.cpu, 1)],
];
/** Only where there is another Worker. By CPU where it can be measured, else by p50. */
const AGAINST = [
  ["other p50 ms", ({ other }) => fixed(other.p50, 1)],
  ["other CPU ms", ({ other }) => fixed(other.cpu, 2)],
  ["ours/other", ({ p50, cpu, other }) => ratio(cpu, other.cpu, 2) || `${ratio(p50, other.p50, 2)} (p50)`],
];

/** The headings, and the cells of each result. */
function lines(results) {
  const columns = results.some(({ other }) => other) ? [...COLUMNS, ...AGAINST] : COLUMNS;
  return [columns.map(([title]) => title), ...results.map((result) => columns.map(([, cell]) => cell(result)))];
}

/** Columns as wide as they need to be. */
export function shownTable(results) {
  const table = lines(results);
  const widths = table[0].map((_, column) => Math.max(...table.map((line) => line[column].length)));
  return table.map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()).join("\n");
}

/** The same in Markdown, with the machine and the day. */
export function markdown({ date, machine: { cpu, cores, memory, system, node }, results }) {
  const [heading, ...rest] = lines(results);
  const table = [heading, heading.map(() => "---"), ...rest].map((values) => `| ${values.join(" | ")} |`);
  return `${date.slice(0, 10)}, ${cpu}, ${cores} cores, ${memory}, ${system}, Node ${node}\n\n${table.join("\n")}\n`;
}
