// The floor: what the runtime itself costs for the least that each row of the benchmark could do.

export default {
  async fetch(request, env, context) {
    const url = new URL(request.url);
    const [, kind, argument] = url.pathname.split("/");
    switch (kind) {
      case "constant":
        return Response.json({ ok: true });
      case "d1":
        return Response.json(await env.DB.prepare("SELECT 1 AS one").first());
      case "write":
        await env.DB.exec("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, at INTEGER)");
        await env.DB.prepare("INSERT INTO t VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET at = excluded.at").bind(Date.now()).run();
        return Response.json({ ok: true });
      case "cache": {
        // Read and answered anew: whoever puts an envelope around a body has to hold it.
        const found = await cached(Number(argument), context);
        return new Response(await found.arrayBuffer(), { headers: { "content-type": "application/json" } });
      }
      case "github": {
        const answer = await fetch(url.searchParams.get("url"), { headers: { "user-agent": "floor" } });
        return new Response(await answer.arrayBuffer(), { headers: { "content-type": "application/json" } });
      }
      default:
        return new Response("no such floor", { status: 404 });
    }
  },
};

/** One look into the Cache API, for a body of this size. */
async function cached(size, context) {
  const key = `https://floor.invalid/${size}`;
  const found = await caches.default.match(key);
  if (found) return found;
  const headers = { "content-type": "application/json", "cache-control": "public, max-age=3600" };
  const answer = new Response(JSON.stringify({ content: "x".repeat(size) }), { headers });
  context.waitUntil(caches.default.put(key, answer.clone()));
  return answer;
}
