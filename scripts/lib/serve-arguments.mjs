// The arguments of `npm start` and `npm run dev`.

import { parseArgs } from "node:util";

import { Failure } from "./failure.mjs";

/** Parses them; the port comes from `--port`, then from the variable PORT, then it is 8787. */
export function serveArguments(flags) {
  const options = { port: { type: "string" }, help: { type: "boolean", short: "h" } };
  for (const flag of flags) options[flag] = { type: "boolean" };
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    throw new Failure(error.message.split(". ")[0], { next: "ask for the options: npm start -- --help" });
  }
  return { ...values, port: port(values.port ?? (process.env.PORT || "8787")) };
}

function port(text) {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 65535) return number;
  throw new Failure(`the port must be a number from 1 to 65535, not ${JSON.stringify(text)}`);
}
