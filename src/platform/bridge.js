// What would be a call for each header, parameter, row and column from WebAssembly is one call here. The code is as
// plain as it can be: what a value means is decided in Rust. Byte arrays that come in are views of WebAssembly's
// memory, which may move, so they are copied before the first `await`.

/** The head of a request: method, URL and headers, as JSON. */
export function head(request) {
  return JSON.stringify([request.method, request.url, [...request.headers]]);
}

/**
 * What the environment has under this name: its text, also of a number or a boolean in `[vars]`; null for nothing;
 * true for anything else. A name that every object has (`constructor`) names nothing.
 */
export function bound(env, name) {
  const value = name in Object.prototype ? null : env[name];
  if (["string", "number", "boolean"].includes(typeof value)) return String(value);
  return value === undefined || value === null ? null : true;
}

/** An answer. */
export function respond(status, headers, body) {
  return new Response(body.length ? body.slice() : null, { status, headers: JSON.parse(headers) });
}

/** Runs the statements `[[sql, [parameter, …]], …]` as one batch. Answers the rows of each, as JSON. */
export async function batch(database, statements) {
  try {
    const prepared = JSON.parse(statements).map(([sql, parameters]) => database.prepare(sql).bind(...parameters));
    const results = await database.batch(prepared);
    return JSON.stringify(results.map(({ results }) => results));
  } catch (error) {
    // D1's own words; the rest of the error is a stack of JavaScript.
    throw String(error?.cause?.message ?? error?.message ?? error);
  }
}

/** Sends a message to the Durable Object of this name. Answers what it says, or null if it failed. */
export async function ask(namespace, name, message) {
  try {
    // The address is for the object alone; nothing listens there.
    const request = { method: "POST", body: message.slice() };
    const response = await namespace.getByName(name).fetch("https://coordinator.invalid/", request);
    const bytes = new Uint8Array(await response.arrayBuffer());
    return response.status === 200 ? bytes : null;
  } catch (error) {
    throw String(error?.message ?? error);
  }
}

/** The entry of the cache: its head and its body; null if there is none. */
export async function match(url) {
  const response = await caches.default.match(url);
  return response ? [response.headers.get("x-octopool-head"), new Uint8Array(await response.arrayBuffer())] : null;
}

/** Puts an entry into the cache. */
export async function put(url, head, seconds, body) {
  const headers = { "x-octopool-head": head, "cache-control": `public, max-age=${seconds}` };
  await caches.default.put(url, new Response(body.slice(), { headers }));
}

/**
 * One request to another host; a redirect is an answer and is not followed, for it would carry the credential along.
 * Answers status, headers as JSON and body; or why there is none: `timeout`, `too_large`, `transport`.
 */
export async function exchange(url, method, headers, body, milliseconds, mostBytes) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), milliseconds);
  try {
    const init = { method, headers: JSON.parse(headers), redirect: "manual", signal: abort.signal };
    if (body.length) init.body = body.slice();
    const response = await fetch(url, init);
    const bytes = await bytesOf(response, mostBytes);
    return bytes ? [response.status, JSON.stringify([...response.headers]), bytes] : "too_large";
  } catch {
    return abort.signal.aborted ? "timeout" : "transport";
  } finally {
    clearTimeout(timer);
  }
}

/** The whole body, if it has at most so many bytes. */
async function bytesOf(response, most) {
  if (!response.body) return new Uint8Array();
  // The length of what is packed says nothing of how long it is unpacked.
  const length = response.headers.has("content-encoding") ? null : response.headers.get("content-length");
  if (length !== null && Number(length) <= most) return new Uint8Array(await response.arrayBuffer());
  const chunks = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    // Leaving the loop cancels the body and closes its connection.
    if (size > most) return null;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  chunks.reduce((at, chunk) => (bytes.set(chunk, at), at + chunk.length), 0);
  return bytes;
}
