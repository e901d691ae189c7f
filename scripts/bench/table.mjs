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

/** Statements, and in how many batches where that is another number. */
const count = (number, batches) => (number === undefined ? "" : batches === undefined || batches === number ? String(number) : `${number} in ${batches}`);
const ratio = (ours, floor) => (ours === undefined || !(floor > 0) ? "" : (ours / floor).toFixed(1));

const cells = (results) => results.map((result) => COLUMNS.map(([, cell]) => cell(result)));

/** Columns as wide as they need to be. */
export function shownTable(results) {
  const lines = [COLUMNS.map(([title]) => title), ...cells(results)];
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()).join("\n");
}

/** The same in Markdown, with the machine and the day. */
export function markdown({ date, machine, results }) {
  const row = (values) => `| ${values.join(" | ")} |`;
  const table = [row(COLUMNS.map(([title]) => title)), row(COLUMNS.map(() => "---")), ...cells(results).map(row)];
  const where = `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.memory}, ${machine.system}, Node ${machine.node}`;
  return `${where}\n\n${table.join("\n")}\n`;
}
