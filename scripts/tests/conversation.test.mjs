import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

import { Conversation } from "../lib/conversation.mjs";

const SECRET = "op_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

test("no token is shown, however deep it is in a body", async (t) => {
  const text = await overheard(t, { caller: { note: "x".repeat(200), token: SECRET }, token: SECRET }, (talk) =>
    talk.request("POST", "/", { token: SECRET, body: { github_token: SECRET }, expect: 201 }),
  );
  assert.equal(text.includes(SECRET), false);
  assert.ok(text.includes('"token": "op_012…"'));
  assert.ok(text.includes('{"github_token":"op_012…"}'));
});

test("another status, another error code or a wrong answer fails", async (t) => {
  const answer = { error: { code: "conflict" } };
  const cases = [{ expect: 200 }, { expect: 201, code: "other" }, { expect: 201, check: () => "wrong" }];
  for (const expected of cases) {
    await overheard(t, answer, (talk) => assert.rejects(talk.request("GET", "/", expected), /GET \//));
  }
  await overheard(t, answer, (talk) => talk.request("GET", "/", { expect: 201, code: "conflict" }));
});

test("a long body and a long answer are sent and checked whole, and shown briefly", async (t) => {
  const body = { desired: "x".repeat(5000) };
  const check = ({ long }) => (long === "y".repeat(5000) ? undefined : "it is not whole");
  const text = await overheard(t, { long: "y".repeat(5000) }, (talk) =>
    talk.request("POST", "/", { body, briefBody: { desired: "…" }, expect: 201, check, brief: () => ({ long: "…" }) }),
  );
  assert.ok(text.includes('{"desired":"…"}') && text.includes('{"long":"…"}'));
  assert.equal(/xx|yy/.test(text), false);
});

/** What is printed while `talk` is talked with a server that always gives the same answer. */
async function overheard(t, answer, talk) {
  const server = createServer((_, response) => response.writeHead(201).end(JSON.stringify(answer))).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  let text = "";
  const write = t.mock.method(process.stdout, "write", (chunk) => ((text += chunk), true));
  try {
    await talk(new Conversation(`http://127.0.0.1:${server.address().port}`));
  } finally {
    write.mock.restore();
    server.closeAllConnections();
  }
  return text;
}
