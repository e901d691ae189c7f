// The results as tables: for a terminal, and for a document.

const COLUMNS = [
  ["request", ({ name }) => name],
  ["at once", ({ concurrency }) => String(concurrency)],
  ["requests/s", ({ perSecond }) => perSecond.toFixed(0)],
  ["p50 ms", ({ p50 }) => p50.toFixed(1)],
  ["p95 ms", ({ p95 }) => p95.toFixed(1)],
  ["CPU ms", ({ cpu }) => (cpu === undefined ? "" : cpu.toFixed(2))],
  ["D1", ({ cost }) => count(cost?.statements, cost?.d1)],
  ["DO", ({ cost }) => count(cost?.coordinator)],
  ["cache", ({ cost }) => count(cost?.cache)],
  ["GitHub", ({ cost }) => count(cost?.github)],
  ["floor", ({ floor }) => floor.does],
  ["p50 ms", ({ floor }) => floor.p50.toFixed(1)],
  ["CPU ms", ({ floor }) => (floor.cpu === undefined ? "" : floor.cpu.toFixed(2))],
  ["p50 ratio", ({ p50, floor }) => ratio(p50, floor.p50)],
  ["CPU ratio", ({ cpu, floor }) => ratio(cpu, floor.cpu)],
];

/** Only where there is another Worker. */
const AGAINST = [
  ["other p50 ms", ({ other }) => other.p50.toFixed(1)],
  ["other CPU ms", ({ other }) => (other.cpu === undefined ? "" : other.cpu.toFixed(2))],
  ["p50 ours/other", ({ p50, other }) => ratio(p50, other.p50, 2)],
  ["CPU ours/other", ({ cpu, other }) => ratio(cpu, other.cpu, 2)],
];

/** Statements, and in how many batches where that is another number. */
const count = (number, batches) => (number === undefined ? "" : batches === undefined || batches === number ? String(number) : `${number} in ${batches}`);
const ratio = (ours, theirs, digits = 1) => (ours === undefined || !(theirs > 0) ? "" : (ours / theirs).toFixed(digits));

/** The heading and a line of cells for each result. */
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
export function markdown({ date, machine, results }) {
  const row = (values) => `| ${values.join(" | ")} |`;
  const [heading, ...rest] = lines(results);
  const table = [heading, heading.map(() => "---"), ...rest].map(row);
  const where = `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.memory}, ${machine.system}, Node ${machine.node}`;
  return `${where}\n\n${table.join("\n")}\n`;
}
