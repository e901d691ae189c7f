"""PyGithub walks through acme/rocket of the stand-in's seed, by base URL alone.

python walk.py, with WALK_BASE, WALK_TOKEN and WALK_LOGIN in the environment.
"""

import itertools
import os
import sys
import time
from urllib.parse import urlsplit

import requests
import urllib3
from github import Auth, Github, UnknownObjectException

BASE = os.environ["WALK_BASE"]
sent = []
steps = 0

# Below requests and below PyGithub's retries, so that whatever is sent again is counted again.
make_request = urllib3.connectionpool.HTTPConnectionPool._make_request


def counted(pool, connection, method, url, *rest, **more):
    sent.append(f"http://{pool.host}:{pool.port}{url}")
    return make_request(pool, connection, method, url, *rest, **more)


urllib3.connectionpool.HTTPConnectionPool._make_request = counted


def step(what, ask, expected=1):
    """Asks, and holds that as many requests were sent, all of them below the base URL."""
    global steps
    before = len(sent)
    answer = ask()
    made = sent[before:]
    assert len(made) == expected, f"{what}: {len(made)} requests, not {expected}: {made}"
    astray = [url for url in made if not url.startswith(f"{BASE}/")]
    assert not astray, f"{what}: not below {BASE}: {astray}"
    steps += 1
    return answer


def same(what, actual, expected):
    assert actual == expected, f"{what}: {actual!r}, not {expected!r}"


def refused(what, ask):
    """A 404 that is final: one request, and no wait."""
    began = time.monotonic()

    def asked():
        try:
            ask()
        except UnknownObjectException as error:
            return error
        raise AssertionError(f"{what}: no error")

    error = step(what, asked)
    same(what, error.status, 404)
    assert time.monotonic() - began < 2, f"{what} took {time.monotonic() - began} s"


def two_pages(what, client, size, ask):
    """The first two pages of a list; PyGithub goes on where the first one's `link` says."""
    client.per_page = size
    items = step(what, lambda: list(itertools.islice(ask(), 2 * size)), 2)
    client.per_page = 30
    return items


# The pauses between requests, a quarter of a second each, are for GitHub's sake.
github = Github(base_url=BASE, auth=Auth.Token(os.environ["WALK_TOKEN"]), seconds_between_requests=0)

# The repository.
rocket = step("repository", lambda: github.get_repo("acme/rocket"))
same("repository", (rocket.id, rocket.full_name, rocket.private), (5002, "acme/rocket", False))
same("its branch", rocket.default_branch, "main")
step("its owner", lambda: github.get_user(rocket.owner.login))
assert step("languages", rocket.get_languages)["Rust"] > 0
main = step("a branch", lambda: rocket.get_branch(rocket.default_branch))
same("its commit", main.commit.commit.message, "Change 40 of rocket")

# Pull requests.
pulls = two_pages("pulls", github, 5, lambda: rocket.get_pulls(state="all"))
same("pulls", [pull.number for pull in pulls], list(range(12, 2, -1)))
seven = step("a pull", lambda: rocket.get_pull(7))
same("a pull", (seven.state, seven.head.ref, seven.base.ref, seven.mergeable), ("open", "feature/7", "main", True))
same("its files", [file.filename for file in step("its files", lambda: list(seven.get_files()))], ["src/lib.rs"])
commits = step("its commits", lambda: list(seven.get_commits()))
same("its commits", [commit.commit.message for commit in commits], ["Propose change 7"])
same("its reviews", [it.state for it in step("its reviews", lambda: list(seven.get_reviews()))], ["CHANGES_REQUESTED"])
same("on lines", [it.body for it in step("on lines", lambda: list(seven.get_review_comments()))], ["Why?"])
same("its comments", len(step("its comments", lambda: list(seven.get_issue_comments()))), 3)
same("as an issue", step("as an issue", seven.as_issue).number, 7)

# Issues.
issues = two_pages("issues", github, 50, lambda: rocket.get_issues(state="all"))
same("issues", (issues[0].number, issues[50].number, len(issues)), (145, 95, 100))
fifteen = step("an issue", lambda: rocket.get_issue(15))
same("an issue", (fifteen.state, fifteen.milestone.number, fifteen.labels[0].name), ("closed", 1, "good first issue"))
comments = two_pages("comments", github, 2, fifteen.get_comments)
same("comments", [it.body for it in comments], ["Comment 0 on 15", "Comment 1 on 15", "Comment 2 on 15"])
same("events", [it.event for it in step("events", lambda: list(fifteen.get_events()))], ["labeled", "closed"])
assert {"closed", "commented"} <= {it.event for it in step("timeline", lambda: list(fifteen.get_timeline()))}

# Checks and runs.
runs = two_pages("runs", github, 20, rocket.get_workflow_runs)
same("runs", (runs[0].run_number, runs[20].run_number, len(runs)), (35, 15, 35))
failed = step("a run", lambda: rocket.get_workflow_run(500207))
same("a run", (failed.conclusion, failed.run_attempt), ("failure", 2))
jobs = two_pages("jobs", github, 1, lambda: failed.jobs("all"))
same("jobs", [job.id for job in jobs], [5002071, 5002072])
commit = step("a commit", lambda: rocket.get_commit(failed.head_sha))
checks = two_pages("checks", github, 1, lambda: commit.get_check_runs(filter="all"))
same("checks", [check.id for check in checks], [5002072, 5002071])
same("statuses", [it.state for it in step("statuses", lambda: list(commit.get_statuses()))], ["success"])
status = step("status", main.commit.get_combined_status)
same("status", status.state, "pending")
artifacts = step("artifacts", lambda: list(failed.get_artifacts()))
same("artifacts", [it.name for it in artifacts], ["build"])
same("workflows", [it.path for it in step("workflows", lambda: list(rocket.get_workflows()))], [".github/workflows/ci.yml"])

# Contents.
for path in ("", "/", "docs", "docs/", "/docs/", "docs/guide"):
    entries = step(f"folder {path}", lambda: rocket.get_contents(path))
    assert isinstance(entries, list) and entries, path
file = step("a file", lambda: rocket.get_contents("docs/guide/launch.md"))
same("a file", file.decoded_content, b"# How to launch\n\nCount down to zero.\n")
file = step("a file of a branch", lambda: rocket.get_contents("src/lib.rs", ref="feature/7"))
same("a file of a branch", file.decoded_content, b"pub fn launch() {}\n")
same("readme", step("readme", rocket.get_readme).path, "README.md")
same("license", step("license", rocket.get_license).license.key, "mit")

# Commits and references.
commits = two_pages("commits", github, 15, rocket.get_commits)
same("commits", (commits[0].commit.message, commits[15].commit.message), ("Change 40 of rocket", "Change 25 of rocket"))
same("by name", step("by name", lambda: rocket.get_commit("feature/7")).sha, seven.head.sha)
branches = two_pages("branches", github, 10, rocket.get_branches)
same("branches", len(branches), 13)
same("a slash", step("a slash", lambda: rocket.get_branch("feature/7")).commit.sha, seven.head.sha)
ref = step("a reference", lambda: rocket.get_git_ref("heads/feature/7"))
same("a reference", ref.object.sha, seven.head.sha)
same("all references", len(step("all references", lambda: list(rocket.get_git_matching_refs("")))), 17)
same("matching", len(step("matching", lambda: list(rocket.get_git_matching_refs("heads/feature/")))), 12)
tag = step("a tag's reference", lambda: rocket.get_git_ref("tags/v0.1.0"))
same("a tag", step("a tag", lambda: rocket.get_git_tag(tag.object.sha)).tag, "v0.1.0")
tree = step("a tree", lambda: rocket.get_git_tree("main", recursive=True))
blob = next(entry for entry in tree.tree if entry.path == "src/lib.rs")
same("a blob", step("a blob", lambda: rocket.get_git_blob(blob.sha)).size, 19)
same("a commit object", step("a commit object", lambda: rocket.get_git_commit(main.commit.sha)).message, "Change 40 of rocket")
comparison = step("a comparison", lambda: rocket.compare("v0.1.0", "feature/7"))
same("a comparison", (comparison.status, comparison.ahead_by), ("ahead", 31))

# Releases.
# Where an identity may push, GitHub's first page has a draft that octopool takes out.
releases = two_pages("releases", github, 3, rocket.get_releases)
same("releases", [it.tag_name for it in releases], ["v0.4.0", "v0.3.0", "v0.2.0", "v0.1.0"])
same("latest", step("latest", rocket.get_latest_release).tag_name, "v0.4.0")
release = step("by its tag", lambda: rocket.get_release("v0.1.0"))
same("by its tag", release.id, 50021)
assets = step("its files", lambda: list(release.get_assets()))
same("its files", [(it.name, it.size) for it in assets], [("rocket.tar.gz", 1024)])
same("one of them", step("one of them", lambda: rocket.get_release_asset(assets[0].id)).url, assets[0].url)
# PyGithub hands out the address, and the program downloads from there without a credential.
archive = step("an archive", lambda: rocket.get_archive_link("tarball", "v0.1.0"))
assert not archive.startswith(BASE) and urlsplit(archive).hostname, archive
same("an archive", requests.get(archive, timeout=10).status_code, 200)

# Labels and people.
for name in ("good first issue", "area/engine room"):
    same(name, step(name, lambda: rocket.get_label(name)).name, name)
same("milestone", step("milestone", lambda: rocket.get_milestone(1)).title, "1.0")
same("a user", step("a user", lambda: github.get_user("mona")).id, 1001)
same("oneself", step("oneself", lambda: github.get_user().login), os.environ["WALK_LOGIN"])
found = two_pages("search", github, 50, lambda: github.search_issues("repo:acme/rocket is:issue is:open"))
same("search", len(found), 89)
assert step("rate limits", github.get_rate_limit).resources.core.limit > 0

# What is not there, and what is not shown. Both are final.
refused("an issue that is not there", lambda: rocket.get_issue(99_999))
refused("a private repository", lambda: github.get_repo("acme/secret-plans"))

# Conditional requests.
again = step("a repository again", lambda: github.get_repo("acme/rocket"))
same("what did not change", step("what did not change", again.update), False)

print(f"pygithub: {steps} steps, {len(sent)} requests")
sys.exit(0)
