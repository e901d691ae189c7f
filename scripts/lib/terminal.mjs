// What a person sees. Colours, and lines that move, only where a person looks.

export const isTerminal = Boolean(process.stdout.isTTY);
const coloured = isTerminal && !process.env.NO_COLOR && process.env.TERM !== "dumb";

const paint = (code) => (text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : String(text));
export const bold = paint("1");
export const dim = paint("2");
export const red = paint("31");
export const green = paint("32");
export const yellow = paint("33");
export const cyan = paint("36");

/** Prints a line; one that still moves is wiped first. */
export function print(text = "") {
  wipe();
  process.stdout.write(`${text}\n`);
}

let moving = false;

/** Shows a line that the next output replaces. Only for terminals. */
export function show(text) {
  const width = (process.stdout.columns ?? 80) - 1;
  process.stdout.write(`\r\u001b[2K${text.length > width ? `${text.slice(0, width - 1)}…` : text}`);
  moving = true;
}

/** Removes the line that moves. */
export function wipe() {
  if (moving) {
    process.stdout.write("\r\u001b[2K");
    moving = false;
  }
}

/** Text of another program without its colours and cursor movements, which would garble ours. */
export function plain(text) {
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "").replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");
}
