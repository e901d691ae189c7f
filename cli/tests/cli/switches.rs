//! Variables that are on or off, which protect credentials: an unknown word is an error.

use serde_json::json;

use crate::support::Home;
use crate::support::canned::{Answer, Canned};

const SWITCHES: [&str; 4] =
    ["OCTOPOOL_ALLOW_INSECURE_LOGIN", "OCTOPOOL_NO_FALLBACK", "OCTOPOOL_FRESH", "OCTOPOOL_EXPLAIN"];
const ON: [&str; 10] = ["1", "true", "TRUE", "True", "yes", "Y", "on", "ON", " 1 ", "t"];
const OFF: [&str; 11] = ["", "  ", "0", "false", "FALSE", "no", "N", "off", "Off", "f", "disabled"];

#[test]
fn every_switch_reads_the_usual_words_and_refuses_others() {
    let server = Canned::start().on("GET /v1/pools/p/health", Answer::json(200, &json!({})));
    for name in SWITCHES {
        let run = |command: &str, word: &str| {
            let run = Home::new().octopool(command).env("OCTOPOOL_URL", server.url()).env(name, word);
            run.env("OCTOPOOL_TOKEN", "op_x").run()
        };
        for word in ON.iter().chain(&OFF) {
            run("health --pool p --json", word).exits(0);
        }
        for word in ["2", "maybe", "yep", "wahr", "truee", "-1", "ÿ", "1 # always"] {
            for command in ["health --pool p", "gh api meta", "gh pr list", "doctor", "admin pools list"] {
                let run = run(command, word).exits(2).says(name).says("1, true, yes or on");
                assert!(!run.stderr.contains(word) || word.len() < 3, "{run:#?}");
            }
        }
        run("version", "maybe").exits(0);
        run("--help", "maybe").exits(0);
    }
    assert!(server.requests().iter().all(|request| request.path == "/v1/pools/p/health"));
}

#[cfg(unix)]
#[test]
fn a_switch_that_is_no_text_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let run = Home::new().octopool("gh pr list").env("OCTOPOOL_NO_FALLBACK", OsStr::from_bytes(b"\xff"));
    run.run().exits(2).says("neither on nor off");
}

#[test]
fn plain_http_is_allowed_by_any_word_for_on() {
    for (words, code) in [(&ON[..], "unreachable"), (&OFF[..], "usage")] {
        for word in words {
            // The name exists nowhere (RFC 6761).
            let run = Home::new().octopool("health --pool p --json --url http://octopool.invalid");
            let run = run.env("OCTOPOOL_TOKEN", "op_x").env("OCTOPOOL_ALLOW_INSECURE_LOGIN", word).run();
            assert_eq!(run.json_error()["code"], code, "{word:?}");
        }
    }
}

/// A gh that says that it was called.
#[cfg(unix)]
#[test]
fn no_word_for_on_lets_gh_use_the_users_own_login() {
    for (words, code) in [(&ON[..], 2), (&OFF[..], 0)] {
        for word in words {
            let home = Home::new();
            let gh = home.script("real-gh", "echo called");
            let run = home.octopool("gh api meta").env("OCTOPOOL_GH_PATH", gh);
            let run = run.env("OCTOPOOL_NO_FALLBACK", word).run().exits(code);
            assert_eq!(run.stdout.contains("called"), code == 0, "{word:?}");
        }
    }
}

#[test]
fn fresh_bypasses_the_cache_by_any_word_for_on() {
    for (words, expected) in [(&ON[..], json!("max-age=0")), (&OFF[..], json!(null))] {
        for word in words {
            let server = Canned::start().on("POST /v1/github/request", Answer::json(200, &json!({})));
            let run = Home::new().octopool("request --json --path /meta --pool p --url").arg(server.url());
            run.env("OCTOPOOL_TOKEN", "op_x").env("OCTOPOOL_FRESH", word).run().exits(0);
            assert_eq!(server.request().json()["headers"]["cache-control"], expected, "{word:?}");
        }
    }
}
