// What several parts of the walk send.

export const LOGIN = "/v1/login/github-cli";
export const identities = (pool) => `/v1/admin/pools/${pool}/identities`;
export const health = (pool) => `/v1/pools/${pool}/health`;

/** The body that registers an identity of the cast. */
export function registration({ id, login, secretRef, scope, repo, weight, installationId }) {
  const app = installationId && { kind: "github_app", installation_id: installationId };
  return { id, login, secret_ref: secretRef, ...app, ...(weight && { weight }), scopes: [{ owner: scope, ...(repo && { repo }) }] };
}
