//! The saved login on disk.

use std::fs;

use crate::support::Home;
use crate::support::canned::Canned;

fn log_in(home: &Home) {
    let server = Canned::octopool();
    home.octopool("login").arg(server.url()).env("GH_TOKEN", "gho_x").run().exits(0);
}

#[cfg(unix)]
#[test]
fn folder_and_file_are_private() {
    use crate::support::mode;
    let home = Home::new();
    log_in(&home);
    assert_eq!(mode(&home.auth_file()), 0o600);
    assert_eq!(mode(home.auth_file().parent().unwrap()), 0o700);
}

#[cfg(unix)]
#[test]
fn a_login_makes_an_open_folder_private() {
    use crate::support::{mode, set_mode};
    let home = Home::new();
    home.save_login("https://a.example", "op_old");
    set_mode(home.auth_file().parent().unwrap(), 0o755);
    log_in(&home);
    assert_eq!(mode(home.auth_file().parent().unwrap()), 0o700);
}

#[cfg(unix)]
#[test]
fn a_file_open_to_others_is_tightened_and_said() {
    use crate::support::{mode, set_mode};
    let home = Home::new();
    home.save_login("https://a.example", "op_old");
    set_mode(&home.auth_file(), 0o644);
    home.octopool("whoami --offline").run().exits(0).says("warning: ").says("is private now");
    assert_eq!(mode(&home.auth_file()), 0o600);
    assert_eq!(home.octopool("whoami --offline").run().exits(0).stderr, "");
}

#[test]
fn a_login_replaces_the_file_and_leaves_no_other() {
    let home = Home::new();
    log_in(&home);
    log_in(&home);
    let folder = home.auth_file().parent().unwrap().to_owned();
    let names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["auth.json"]);
}

#[test]
fn a_damaged_file_is_named_but_not_shown() {
    for text in [
        "",
        "{",
        "[]",
        r#"{"url":"https://a.example","pool":"p"}"#,
        r#"{"url":"https://a.example","pool":7,"token":"op_canary"}"#,
        r#"{"url":"nonsense://","pool":"p","token":"op_canary"}"#,
        r#"{"url":"https://a.example","pool":"p","token":"op_canary\n"}"#,
        r#"{"url":"https://a.example","pool":"p","token":""}"#,
    ] {
        let home = Home::new();
        home.write_auth_file(text);
        let whoami = home.octopool("whoami --offline").run().exits(4).never_shows("op_canary");
        whoami
            .says(home.auth_file().to_str().unwrap())
            .says("Delete the file and run `octopool login SERVER`");
    }
}

#[test]
fn a_damaged_file_does_not_stop_a_login() {
    let home = Home::new();
    home.write_auth_file("{");
    home.octopool("login").env("GH_TOKEN", "gho_x").run().exits(4);
    log_in(&home);
    home.octopool("whoami --offline").run().exits(0);
}

#[test]
fn a_file_of_an_older_client_is_understood() {
    let home = Home::new();
    home.write_auth_file(r#"{"url":"https://a.example/","pool":"p","token":"op_x","more":[1]}"#);
    home.octopool("whoami --offline").run().exits(0).prints("server  https://a.example\n");
}

/// Root can write anywhere, so the obstacle is one that holds for root too: a file where the folder
/// should be.
#[test]
fn a_folder_that_cannot_be_used_stops_the_login_before_a_token_is_made() {
    let (home, server) = (Home::new(), Canned::octopool());
    let folder = home.auth_file().parent().unwrap().to_owned();
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    fs::write(&folder, "").unwrap();
    let login = home.octopool("login").arg(server.url()).env("GH_TOKEN", "gho_x").run().exits(1);
    login.says("cannot be used").says("hint: ");
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn without_a_home_there_is_a_clear_error() {
    let home = Home::new();
    let whoami = home
        .octopool("whoami --offline")
        .env("HOME", "")
        .env("XDG_CONFIG_HOME", "")
        .env("USERPROFILE", "")
        .run();
    assert_ne!(whoami.code, Some(0));
    assert!(!whoami.stderr.contains("panicked"), "{whoami:#?}");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let (home, folder) = (Home::new(), tempfile::tempdir().unwrap());
    let file = folder.path().join("secret.json");
    home.save_login("https://a.example", "op_old");
    fs::rename(home.auth_file(), &file).unwrap();
    std::os::unix::fs::symlink(&file, home.auth_file()).unwrap();
    log_in(&home);
    assert!(home.auth_file().is_symlink());
    assert!(fs::read_to_string(&file).unwrap().contains("op_canary-caller-token"));
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["secret.json"]);
}
