// A request and its answer as a person reads them, and the check that it is the expected one.

import { STATUS_CODES } from "node:http";

import { Failure } from "./failure.mjs";
import { bold, cyan, dim, green, print, yellow } from "./terminal.mjs";

const WIDTH = 110;
const TOKEN_FIELDS = new Set(["token", "github_token"]);

/** A conversation with the Worker at this address; its steps are numbered. */
export class Conversation {
  #number = 0;
  #skipped = 0;

  constructor(url) {
    this.url = url;
  }

  /** Begins a step. */
  step(title) {
    this.#number += 1;
    print();
    print(bold(`${this.#number}. ${title}`));
  }

  /** A step that these settings do not allow, and why. */
  skip(title, reason) {
    this.step(title);
    this.#skipped += 1;
    print(`   ${yellow("skipped:")} ${reason}`);
  }

  /** How many steps there were. */
  get summary() {
    const done = `${this.#number - this.#skipped} steps done`;
    return this.#skipped ? `${done}, ${this.#skipped} skipped` : done;
  }

  /**
   * Sends a request, shows it with its answer, and fails unless the answer is the expected one.
   *
   * @param {string} method
   * @param {string} path
   * @param {{ as?: string, token?: string, body?: object, expect: number, code?: string, check?: (answer: any) => string | undefined, brief?: (answer: any) => any, briefBody?: object }} options
   *   `as` says whose token it is; `code` is the error code to expect; `check` says what is wrong with the answer; `brief`
   *   is what is shown of a long one, and `briefBody` what is shown instead of a long body
   */
  async request(method, path, { as, token, body, expect, code, check, brief = (answer) => answer, briefBody = body }) {
    print(`   ${cyan(`${method} ${path}`)}${as ? dim(`  with the token of ${as}`) : ""}`);
    if (body) lines(briefBody).forEach((line) => print(`   ${line}`));
    const began = performance.now();
    const response = await this.#send(method, path, token, body);
    const text = await response.text();
    const answer = parse(text);
    const right = response.status === expect && (code === undefined || answer?.error?.code === code);
    const status = `${response.status} ${STATUS_CODES[response.status] ?? ""}`;
    print(`   ${right ? green(status) : yellow(status)} ${dim(`(${Math.round(performance.now() - began)} ms)`)}`);
    for (const line of answer === undefined ? beginning(text) : lines(right ? brief(answer) : answer)) print(`   ${line}`);
    if (!right) throw new Failure(`expected ${expect}${code ? ` ${code}` : ""} from ${method} ${path}`);
    const wrong = check?.(answer);
    if (wrong) throw new Failure(`${method} ${path}: ${wrong}`);
    return answer;
  }

  /** The answer to a question of the walk's own, which is not shown. */
  async ask(path, token) {
    const response = await this.#send("GET", path, token);
    if (!response.ok) throw new Failure(`expected 200 from GET ${path}, got ${response.status}`);
    return response.json();
  }

  async #send(method, path, token, body) {
    const headers = { accept: "application/json" };
    if (token) headers.authorization = `Bearer ${token}`;
    if (body) headers["content-type"] = "application/json";
    const signal = AbortSignal.timeout(30_000);
    try {
      return await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body), signal });
    } catch (error) {
      throw new Failure(`no answer from ${method} ${path}: ${error.cause?.message ?? error.message}`);
    }
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The beginning of what is no JSON; of an empty body nothing. */
const beginning = (text) => (text ? [text.slice(0, 500)] : []);

/** JSON on one line if it fits, else one line per field or item, and so on inside. */
function lines(value) {
  if (typeof value !== "object" || value === null) return [shown(value)];
  const whole = shown(value);
  if (whole.length <= WIDTH) return [whole];
  const list = Array.isArray(value);
  const parts = Object.entries(value).flatMap(([name, inner], i, all) => {
    const [first, ...rest] = lines(redacted(name, inner));
    const part = [list ? first : `${JSON.stringify(name)}: ${first}`, ...rest].map((line) => `  ${line}`);
    if (i < all.length - 1) part[part.length - 1] += ",";
    return part;
  });
  return list ? ["[", ...parts, "]"] : ["{", ...parts, "}"];
}

/** JSON in which of a token only its beginning is seen: enough to tell two apart, nothing to use. */
const shown = (value) => JSON.stringify(value, redacted);

function redacted(name, value) {
  return TOKEN_FIELDS.has(name) && typeof value === "string" ? `${value.slice(0, 6)}…` : value;
}
