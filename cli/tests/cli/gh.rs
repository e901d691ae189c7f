//! `octopool gh` and octopool under gh's name: when the real gh is called, and with what.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use serde_json::json;

use super::gh_api::{RELAY, github};
use crate::support::canned::{Answer, Canned};
use crate::support::{Home, Invocation, Outcome};

/// Writes down what it was given and ends with a code of its own.
const GH: &str =
    r#"printf '%s\n' "$@" > args; env > env; cat > input; echo from gh; echo gh says >&2; exit 7"#;

/// A home with a login, and a gh on the PATH.
fn home(server: &Canned) -> Home {
    let home = Home::new();
    home.save_login(&server.url(), "op_saved");
    home.script("gh", GH);
    home
}

fn with_path(run: Invocation, folder: &Path) -> Invocation {
    run.env("PATH", format!("{}:/nonexistent:/usr/bin:/bin", folder.display()))
}

fn gh(home: &Home, arguments: &str) -> Invocation {
    with_path(home.octopool("gh").args(arguments), home.path())
}

/// It was gh that answered.
#[track_caller]
fn is_from_gh(home: &Home, run: Outcome, arguments: &str) -> Outcome {
    let run = run.exits(7);
    assert_eq!(run.stdout, "from gh\n");
    let given = fs::read_to_string(home.path().join("args")).unwrap();
    assert_eq!(given.lines().collect::<Vec<_>>().join(" "), arguments);
    fs::remove_file(home.path().join("args")).unwrap();
    run.says("gh says")
}

/// gh was not asked.
#[track_caller]
fn is_not_from_gh(home: &Home, run: &Outcome) {
    assert!(!home.path().join("args").exists(), "{run:#?}");
}

#[test]
fn what_is_not_ours_is_ghs_unchanged() {
    let server = Canned::start();
    let home = home(&server);
    for arguments in [
        "pr list --json number",
        "--help",
        "--version",
        "api --help",
        "api graphql -f query=x",
        "api x -X POST",
        "api repos/{owner}/{repo}",
        "api x --hostname ghe.example.com",
        "",
    ] {
        let run = gh(&home, arguments).run();
        let run = is_from_gh(&home, run, arguments);
        assert_eq!(run.stderr, "gh says\n");
    }
    let run = gh(&home, "api users/mona").env("GH_HOST", "ghe.example.com").run();
    is_from_gh(&home, run, "api users/mona");
    assert!(server.requests().is_empty());
}

#[test]
fn gh_gets_stdin_and_the_environment_without_our_tokens() {
    let server = Canned::start();
    let home = home(&server);
    fs::write(home.path().join("body"), "{\"a\":1}").unwrap();
    let run = gh(&home, "api x --input -").stdin(File::open(home.path().join("body")).unwrap());
    let run =
        run.env("OCTOPOOL_TOKEN", "op_canary").env("OCTOPOOL_ADMIN_TOKEN", "canary").env("GH_TOKEN", "gho_x");
    is_from_gh(&home, run.run(), "api x --input -");
    assert_eq!(fs::read_to_string(home.path().join("input")).unwrap(), "{\"a\":1}");
    let environment = fs::read_to_string(home.path().join("env")).unwrap();
    assert!(environment.contains("GH_TOKEN=gho_x") && environment.contains("HOME="), "{environment}");
    assert!(!environment.contains("canary"), "{environment}");
}

#[test]
fn arguments_that_are_no_text_are_handed_on() {
    let server = Canned::start();
    let home = home(&server);
    gh(&home, "api").arg(OsStr::from_bytes(b"a\xff b")).run().exits(7);
    assert_eq!(fs::read(home.path().join("args")).unwrap(), b"api\na\xff b\n");
}

#[test]
fn under_ghs_name_it_is_gh() {
    let server = Canned::start().on(RELAY, github(200, r#"{"login":"mona"}"#));
    let home = home(&server);
    let folder = home.path().join("first");
    fs::create_dir(&folder).unwrap();
    let link = folder.join("gh");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_octopool"), &link).unwrap();
    // The link comes first on the PATH, as it has to, and is passed over.
    let path = format!("{}:{}:/usr/bin:/bin", folder.display(), home.path().display());
    for arguments in ["--help", "pr view 7 --json state", "help gh", "whoami"] {
        let run = home.program(&link, arguments).env("PATH", &path).run();
        is_from_gh(&home, run, arguments);
    }
    let run = home.program(&link, "api users/mona --jq .login").env("PATH", &path).run().exits(0);
    assert_eq!(run.stdout, "mona\n");
    is_not_from_gh(&home, &run);
}

#[test]
fn what_the_pool_leaves_to_the_caller_is_ghs() {
    for (answer, note) in [
        (Answer::error(424, "fallback_local", Some(json!({"reason": "route_denied"}))), None),
        (Answer::error(424, "fallback_local", Some(json!({"reason": "identities_cooling_down"}))), None),
        (
            Answer::error(401, "missing_auth", None),
            Some("octopool: The message of missing_auth. Going on with gh's own login.\n"),
        ),
        (
            Answer::error(401, "invalid_auth", None),
            Some("octopool: The message of invalid_auth. Going on with gh's own login.\n"),
        ),
    ] {
        let server = Canned::start().on(RELAY, answer);
        let home = home(&server);
        let run = gh(&home, "api users/mona -q .login").run();
        let run = is_from_gh(&home, run, "api users/mona -q .login");
        assert_eq!(run.stderr, format!("{}gh says\n", note.unwrap_or_default()));
        let run = gh(&home, "api users/mona").env("OCTOPOOL_NO_FALLBACK", "1").run();
        assert!(run.code == Some(1) || run.code == Some(4), "{run:#?}");
        assert_eq!(run.stdout, "");
        is_not_from_gh(&home, &run);
        run.says("OCTOPOOL_NO_FALLBACK");
    }
}

#[test]
fn no_other_error_is_gone_around() {
    for (answer, exit) in [
        (Answer::error(400, "invalid_path", None), 1),
        (Answer::error(401, "invalid_admin_auth", None), 4),
        (Answer::error(403, "org_denied", None), 4),
        (Answer::error(403, "invalid_auth", None), 4),
        (Answer::error(404, "not_found", None), 1),
        (Answer::error(424, "something_else", None), 1),
        (Answer::error(500, "internal_error", None), 1),
        (Answer::error(502, "github_unreachable", None), 1),
        (Answer::error(503, "relay_overloaded", None), 1),
        (Answer::error(503, "fallback_local", None), 1),
        (Answer::text(401, "text/html", "<html>"), 4),
        (Answer::text(424, "text/html", "<html>"), 1),
        (Answer::redirect(302, "/elsewhere"), 1),
        (github(404, r#"{"message":"Not Found"}"#), 1),
        (github(401, r#"{"message":"Bad credentials"}"#), 1),
    ] {
        let server = Canned::start().on(RELAY, answer);
        let home = home(&server);
        let run = gh(&home, "api users/mona").run().exits(exit);
        is_not_from_gh(&home, &run);
    }
    let home = Home::new();
    home.script("gh", GH);
    home.save_login(&Canned::start().url(), "op_saved");
    let run = gh(&home, "api users/mona").run().exits(1).says("cannot be reached");
    is_not_from_gh(&home, &run);
    home.write_auth_file("{");
    let run = gh(&home, "api users/mona").run().exits(4).says("damaged");
    is_not_from_gh(&home, &run);
}

#[test]
fn without_a_login_gh_goes_on_with_its_own() {
    let home = Home::new();
    home.script("gh", GH);
    let run = is_from_gh(&home, gh(&home, "api users/mona").run(), "api users/mona");
    assert_eq!(run.stderr, "octopool: No server is given. Going on with gh's own login.\ngh says\n");
    let run = gh(&home, "api users/mona").env("OCTOPOOL_URL", "https://a.example").run();
    is_from_gh(&home, run, "api users/mona").says("You are not logged in to https://a.example.");
    let run = gh(&home, "api users/mona").env("OCTOPOOL_NO_FALLBACK", "1").run().exits(2);
    is_not_from_gh(&home, &run);
}

#[test]
fn nothing_is_printed_twice_if_a_later_page_is_ghs() {
    let headers =
        json!({"content-type": "application/json", "link": "<https://a.example/?page=2>; rel=\"next\""});
    let first =
        super::gh_api::envelope(200, &headers, "[1]", "json", &super::gh_api::relay("pr_view", "hit"));
    let denied = Answer::error(424, "fallback_local", Some(json!({"reason": "github_rate_limited"})));
    let server = Canned::start().in_turn(RELAY, [first, denied]);
    let home = home(&server);
    let run = gh(&home, "api x --paginate").run();
    let run = is_from_gh(&home, run, "api x --paginate");
    assert_eq!(run.stderr, "gh says\n");
}

#[test]
fn without_gh_the_next_step_is_said() {
    let server = Canned::start()
        .on(RELAY, Answer::error(424, "fallback_local", Some(json!({"reason": "search_denied"}))));
    let home = Home::new();
    home.save_login(&server.url(), "op_saved");
    let run = home.octopool("gh pr list").run().exits(1).says("no other `gh` on the PATH");
    run.says("https://cli.github.com").says("OCTOPOOL_GH_PATH");
    let run = home.octopool("gh api search/issues").run().exits(1).says("no other `gh` on the PATH");
    run.says("octopool did not serve the read: The message of fallback_local. (fallback_local, HTTP 424)");
    let missing = home.octopool("gh pr list").env("OCTOPOOL_GH_PATH", "/nonexistent/gh").run().exits(1);
    missing.says("/nonexistent/gh cannot be run");
    // Neither a folder nor a file that may not be run is a gh.
    fs::create_dir_all(home.path().join("a/gh")).unwrap();
    fs::create_dir(home.path().join("b")).unwrap();
    fs::write(home.path().join("b/gh"), "").unwrap();
    let path = format!("{0}/a:{0}/b:", home.path().display());
    home.octopool("gh pr list").env("PATH", path).run().exits(1).says("no other `gh`");
}

#[test]
fn a_named_gh_comes_before_the_path() {
    let server = Canned::start();
    let home = home(&server);
    let other = home.script("other", "echo from other");
    let run = gh(&home, "pr list").env("OCTOPOOL_GH_PATH", other).run().exits(0);
    assert_eq!(run.stdout, "from other\n");
}

#[test]
fn a_gh_that_leads_back_to_octopool_ends() {
    let home = Home::new();
    let link = home.path().join("gh");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_octopool"), &link).unwrap();
    let alone = home.octopool("gh pr list").env("PATH", home.path()).run().exits(1);
    alone.says("no other `gh` on the PATH");
    home.octopool("gh pr list").env("OCTOPOOL_GH_PATH", &link).run().exits(1).says("leads back to octopool");
    let wrapper = home.script(
        "wrapper",
        &format!("echo again >> count\nexec {} gh \"$@\"", env!("CARGO_BIN_EXE_octopool")),
    );
    home.octopool("gh pr list")
        .env("OCTOPOOL_GH_PATH", wrapper)
        .run()
        .exits(1)
        .says("leads back to octopool");
    assert_eq!(fs::read_to_string(home.path().join("count")).unwrap().lines().count(), 8);
}

/// As gh's extensions do.
#[test]
fn gh_may_call_gh_again() {
    let server = Canned::start().on(RELAY, github(200, "{}"));
    let home = Home::new();
    home.save_login(&server.url(), "op_saved");
    let gh = home.script("real", &format!("exec {} gh api users/mona", env!("CARGO_BIN_EXE_octopool")));
    let run = home.octopool("gh my-extension").env("OCTOPOOL_GH_PATH", gh).run().exits(0);
    assert_eq!(run.stdout, "{}");
}

/// What a shell sees when a program is ended: octopool's handling of Ctrl-C and of closed pipes
/// does not outlive it.
#[test]
fn signals_are_ghs() {
    for signal in ["INT", "PIPE", "TERM"] {
        let home = Home::new();
        home.script("gh", &format!("kill -{signal} $$; exit 3"));
        assert_eq!(gh(&home, "pr list").run().code, None, "{signal}");
    }
}

#[test]
fn a_login_finds_the_real_gh_behind_the_link() {
    let server = Canned::octopool();
    let home = Home::new();
    home.script("gh", "echo gho_from-the-real-gh");
    let folder = home.path().join("first");
    fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_octopool"), folder.join("gh")).unwrap();
    let path = format!("{}:{}:/usr/bin:/bin", folder.display(), home.path().display());
    home.octopool("login").arg(server.url()).env("PATH", path).run().exits(0);
    assert_eq!(server.requests()[1].json()["github_token"], "gho_from-the-real-gh");
}
