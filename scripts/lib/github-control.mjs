// What the walk tells the stand-in for GitHub, and asks it, beside GitHub's API.

import { Failure } from "./failure.mjs";

export class GithubControl {
  /**
   * @param {string} url the stand-in
   * @param {string} principal whose token meets trouble: `account:1001`
   */
  constructor(url, principal) {
    this.url = url;
    this.principal = principal;
  }

  /** How often GitHub was asked for a path. */
  async countOf(path) {
    const requests = await this.#send("GET", "/_standin/requests");
    return requests.filter((request) => request.path === path).length;
  }

  /** Lets GitHub refuse the next request of the principal, and ask it to come back so many seconds later. */
  async refuseOnce(path, seconds) {
    // A secondary limit would last a minute at least, and the walk could not be repeated for as long.
    const effect = { kind: "respond", status: 429, headers: { "retry-after": String(seconds) } };
    await this.#send("POST", "/_standin/faults", { method: "GET", path, principal: this.principal, times: 1, effect });
  }

  /** Gives a principal its whole budget back. */
  async refill(principal) {
    await this.#send("POST", "/_standin/state", { edit: "set_remaining", principal, resource: "core", remaining: 5000 });
  }

  async #send(method, path, body) {
    const headers = { "content-type": "application/json" };
    const response = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    if (!response.ok) throw new Failure(`the stand-in for GitHub answers ${response.status} to ${method} ${path}`);
    const text = await response.text();
    return text ? JSON.parse(text) : undefined;
  }
}
