//! `octopool gh` and octopool under gh's name: which gh is started, and with what.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::canned::Canned;
#[cfg(target_os = "linux")]
use crate::support::terminal::run_in_a_terminal;
use crate::support::{Home, Invocation, Outcome, set_mode};

const OCTOPOOL: &str = env!("CARGO_BIN_EXE_octopool");

/// Writes down what it was given and ends with a code of its own.
const GH: &str = r#"printf '%s\n' "$@" > args; env > env; cat > input; cat "$GH_CONFIG_DIR/config.yml" > config-seen;
    cat "$GH_CONFIG_DIR/hosts.yml" > hosts-seen; echo from gh; echo gh says >&2; exit 7"#;

/// A script that says nothing about itself.
const GUARD: &str = "[ \"$1\" != --version ] || exit 0; ";

/// A home with a login, and a gh on the PATH.
fn home(server: &Canned) -> Home {
    let home = Home::new();
    home.save_login(&server.url(), "op_saved");
    home.script("gh", &GH.replace(".yml\" >", ".yml\" 2>/dev/null >"));
    home
}

fn gh(home: &Home, arguments: &str) -> Invocation {
    with_path(home.octopool("gh").args(arguments), home.path())
}

fn with_path(run: Invocation, folder: &Path) -> Invocation {
    run.env("PATH", format!("{}:/nonexistent:/usr/bin:/bin", folder.display()))
}

fn read(home: &Home, name: &str) -> String {
    fs::read_to_string(home.path().join(name)).unwrap_or_default()
}

/// It was gh that answered.
#[track_caller]
fn is_from_gh(home: &Home, run: Outcome, arguments: &str) -> Outcome {
    let run = run.exits(7);
    assert_eq!(run.stdout, "from gh\n");
    assert_eq!(read(home, "args").lines().collect::<Vec<_>>().join(" "), arguments);
    fs::remove_file(home.path().join("args")).unwrap();
    run.says("gh says")
}

#[test]
fn arguments_streams_and_exit_code_are_ghs() {
    let server = Canned::start();
    let home = home(&server);
    for arguments in [
        "pr list --json number",
        "--help",
        "--version",
        "api graphql -f query=x",
        "api x -X POST",
        "",
        "my-alias",
    ] {
        let run = gh(&home, arguments).run();
        let run = is_from_gh(&home, run, arguments);
        assert_eq!(run.stderr, "gh says\n");
    }
    assert!(server.requests().is_empty());
    fs::write(home.path().join("body"), "{\"a\":1}").unwrap();
    let run = gh(&home, "api x --input -").stdin(File::open(home.path().join("body")).unwrap()).run();
    is_from_gh(&home, run, "api x --input -");
    assert_eq!(read(&home, "input"), "{\"a\":1}");
    gh(&home, "api").arg(OsStr::from_bytes(b"a\xff b")).run().exits(7);
    assert_eq!(fs::read(home.path().join("args")).unwrap(), b"api\na\xff b\n");
}

#[test]
fn the_environment_is_ghs_without_our_tokens() {
    let server = Canned::start();
    let home = home(&server);
    let run = gh(&home, "pr list").env("OCTOPOOL_ADMIN_TOKEN", "canary").env("GH_TOKEN", "gho_x");
    let run = run.env("OCTOPOOL_TOKEN", "op_canary").env("OCTOPOOL_URL", server.url());
    is_from_gh(&home, run.run(), "pr list");
    let environment = read(&home, "env");
    assert!(environment.contains("GH_TOKEN=gho_x") && environment.contains("HOME="), "{environment}");
    assert!(!environment.contains("canary"), "{environment}");
}

#[test]
fn the_configuration_is_a_private_copy_that_goes() {
    let server = Canned::start();
    let home = home(&server);
    let users = home.path().join("config/gh");
    fs::create_dir_all(&users).unwrap();
    let (config, hosts) = (
        "# mine\neditor: vim\nhttp_unix_socket:\naliases:\n    co: pr checkout\n",
        "github.com:\n    user: mia\n",
    );
    fs::write(users.join("config.yml"), config).unwrap();
    fs::write(users.join("hosts.yml"), hosts).unwrap();
    is_from_gh(&home, gh(&home, "pr list").run(), "pr list");
    let environment = read(&home, "env");
    let line = environment.lines().find_map(|line| line.strip_prefix("GH_CONFIG_DIR=")).unwrap();
    assert!(!Path::new(line).exists(), "{line}");
    let expected = format!(
        "# mine\nhttp_unix_socket: \"{line}/octopool.sock\"\neditor: vim\naliases:\n    co: pr checkout\n"
    );
    assert_eq!((read(&home, "config-seen"), read(&home, "hosts-seen")), (expected, hosts.to_owned()));
    assert!(!environment.contains("GH_TOKEN="), "{environment}");
    assert_eq!(fs::read_to_string(users.join("config.yml")).unwrap(), config);
    assert_eq!(fs::read_to_string(users.join("hosts.yml")).unwrap(), hosts);
}

#[test]
fn a_socket_of_the_users_own_stays_ghs_way() {
    let server = Canned::start();
    let home = home(&server);
    let users = home.path().join("config/gh");
    fs::create_dir_all(&users).unwrap();
    fs::write(users.join("config.yml"), "http_unix_socket: /run/own.sock\n").unwrap();
    let run = is_from_gh(&home, gh(&home, "--octopool-explain pr list").run(), "pr list");
    run.says("gh's own http_unix_socket is used: /run/own.sock");
    assert!(!read(&home, "env").contains("GH_CONFIG_DIR"));
    let run = gh(&home, "pr list").env("OCTOPOOL_NO_FALLBACK", "1").run();
    is_from_gh(&home, run, "pr list");
    assert!(read(&home, "config-seen").contains("octopool.sock"));
    // An `octopool proxy` that has ended is nobody's way.
    fs::write(users.join("config.yml"), "http_unix_socket: /run/octopool/proxy.sock\n").unwrap();
    is_from_gh(&home, gh(&home, "pr list").run(), "pr list");
    assert!(read(&home, "config-seen").contains("octopool.sock"));
}

#[test]
fn set_up_is_on_the_real_configuration() {
    let server = Canned::start();
    let home = home(&server);
    for arguments in
        ["auth login", "config set editor vim", "alias list", "ext list", "help", "version", "completion"]
    {
        is_from_gh(&home, gh(&home, arguments).run(), arguments);
        assert!(!read(&home, "env").contains("GH_CONFIG_DIR"), "{arguments}");
    }
    // Also from within a command that has a socket.
    let nested =
        format!("{GUARD} if [ \"$1\" = auth ]; then env > env; exit 0; fi; {OCTOPOOL} gh auth login");
    let run = gh(&home, "pr list").env("OCTOPOOL_GH_PATH", home.script("real", &nested));
    run.env("GH_CONFIG_DIR", "/users/own").run().exits(0);
    let environment = read(&home, "env");
    assert!(environment.contains("GH_CONFIG_DIR=/users/own\n"), "{environment}");
    assert!(
        !environment.contains("GH_TOKEN=") && !environment.contains("OCTOPOOL_GH_SOCKET"),
        "{environment}"
    );
}

/// Whatever way leads to it: an alias, `gh` in the shell of an alias or in an extension, another
/// path of the real gh.
#[test]
fn what_changes_the_set_up_from_within_changes_the_users_own() {
    let server = Canned::start();
    let home = home(&server);
    let users = home.path().join("config/gh");
    fs::create_dir_all(&users).unwrap();
    let config = "editor: vim\naliases:\n    in: auth login\n";
    fs::write(users.join("config.yml"), config).unwrap();
    // The real gh: notes how it is called, or acts as an extension does.
    let real = format!(
        "{GUARD} case $1 in auth | config | in) echo \"$@ / $GH_CONFIG_DIR / $GH_TOKEN\" >> calls;;
        ext-name) gh auth login; sh -c 'gh config set editor nano';;
        ext-path) {{ grep -v editor \"$GH_CONFIG_DIR/config.yml\"; echo 'prompt: disabled'; }} > new
            cat new > \"$GH_CONFIG_DIR/config.yml\"; echo 'github.com:' > \"$GH_CONFIG_DIR/hosts.yml\";;
        esac"
    );
    home.script("gh", &real);
    gh(&home, "in --web").run().exits(0);
    gh(&home, "ext-name").run().exits(0);
    let calls = "in --web /  / \nauth login /  / \nconfig set editor nano /  / \n";
    assert_eq!(read(&home, "calls"), calls);
    assert_eq!(read(&home, "config/gh/config.yml"), config);
    gh(&home, "ext-path").run().exits(0);
    let changed = "aliases:\n    in: auth login\nprompt: disabled\n";
    assert_eq!(read(&home, "config/gh/config.yml"), changed);
    assert_eq!(read(&home, "config/gh/hosts.yml"), "github.com:\n");
    // A change by another program at the same time stays, too.
    let both =
        format!("{GUARD} echo 'a: b' >> \"$GH_CONFIG_DIR/config.yml\"; echo mine > config/gh/config.yml");
    home.script("gh", &both);
    gh(&home, "pr list").run().exits(0).says("was changed, too");
    assert_eq!(read(&home, "config/gh/config.yml"), "mine\n");
}

/// gh names the user's own file.
#[test]
fn a_configuration_that_cannot_be_read_is_ghs_to_complain_about() {
    let server = Canned::start();
    let home = home(&server);
    fs::create_dir_all(home.path().join("config/gh")).unwrap();
    fs::write(home.path().join("config/gh/config.yml"), b"\xff\xfe").unwrap();
    is_from_gh(&home, gh(&home, "pr list").run(), "pr list");
    assert!(!read(&home, "env").contains("GH_CONFIG_DIR="));
    gh(&home, "pr list").env("OCTOPOOL_NO_FALLBACK", "1").run().exits(1).says("configuration cannot be read");
}

#[test]
fn a_configuration_that_cannot_be_changed_is_used() {
    let server = Canned::start();
    let home = home(&server);
    let users = home.path().join("config/gh");
    fs::create_dir_all(home.path().join("dotfiles")).unwrap();
    fs::create_dir_all(&users).unwrap();
    fs::write(home.path().join("dotfiles/config.yml"), "editor: vim\r\n# c\r\n").unwrap();
    fs::write(home.path().join("dotfiles/hosts.yml"), "github.com:\r\n    user: mia\r\n").unwrap();
    for name in ["config.yml", "hosts.yml"] {
        symlink(home.path().join("dotfiles").join(name), users.join(name)).unwrap();
    }
    set_mode(&users, 0o500);
    // The variable may be relative, and gh's child somewhere else.
    let run = gh(&home, "pr list").env("GH_CONFIG_DIR", "config/gh").run();
    set_mode(&users, 0o700);
    is_from_gh(&home, run, "pr list");
    assert!(read(&home, "config-seen").contains("editor: vim\n"));
    assert_eq!(read(&home, "hosts-seen"), "github.com:\r\n    user: mia\r\n");
    let environment = read(&home, "env");
    let own = format!("OCTOPOOL_GH_USERS_CONFIG={}\n", users.display());
    assert!(environment.contains(&own) && !environment.contains("GH_TOKEN="), "{environment}");
}

/// Such as an editor that stays open.
#[test]
fn what_outlives_gh_finds_the_users_configuration() {
    let server = Canned::start();
    let home = home(&server);
    let users = home.path().join("config/gh");
    fs::create_dir_all(&users).unwrap();
    fs::write(users.join("config.yml"), "editor: vim\n").unwrap();
    for (name, own) in [("GH_CONFIG_DIR", ""), ("GH_CONFIG_DIR", "config/gh")] {
        is_from_gh(&home, gh(&home, "pr list").env(name, own).run(), "pr list");
        let environment = read(&home, "env");
        let of = |name: &str| {
            environment
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
                .unwrap()
                .to_owned()
        };
        let later = ["GH_CONFIG_DIR", "OCTOPOOL_GH_USERS_CONFIG", "OCTOPOOL_GH_SOCKET"];
        let later = later.iter().fold(gh(&home, "pr list"), |run, name| run.env(name, of(name)));
        is_from_gh(&home, later.run(), "pr list");
        assert!(read(&home, "config-seen").contains("editor: vim"), "{}", read(&home, "config-seen"));
    }
}

#[test]
fn a_login_for_a_tenant_is_not_replaced() {
    let server = Canned::start();
    let home = home(&server);
    fs::create_dir_all(home.path().join("config/gh")).unwrap();
    for (hosts, expected) in [
        ("acme.ghe.com:\n    user: mia\n", false),
        ("ghe.example.com:\n    user: mia\n", true),
        ("github.com:\n    user: mia\n", false),
    ] {
        fs::write(home.path().join("config/gh/hosts.yml"), hosts).unwrap();
        is_from_gh(&home, gh(&home, "pr list").run(), "pr list");
        assert_eq!(read(&home, "env").contains("GH_TOKEN="), expected, "{hosts}");
    }
}

/// git is given gh's token by gh, and has helpers and keys of its own.
#[test]
fn without_fallback_gh_and_git_have_no_credential() {
    let server = Canned::start();
    let home = home(&server);
    fs::create_dir_all(home.path().join("config/gh")).unwrap();
    let hosts = "github.com:\n    user: mia\n    oauth_token: gho_canary\n";
    fs::write(home.path().join("config/gh/hosts.yml"), hosts).unwrap();
    fs::write(
        home.path().join(".gitconfig"),
        "[credential \"https://github.com\"]\n helper = \"!echo password=canary-git; echo username=x; :\"\n",
    )
    .unwrap();
    let git = "printf 'protocol=https\\nhost=github.com\\n\\n' | GIT_TERMINAL_PROMPT=0 git credential fill > filled 2>&1
        git ls-remote git@github.com:acme/rocket > remote 2>&1";
    home.script(
        "gh",
        &format!("{GUARD} env > env; cat \"$GH_CONFIG_DIR/hosts.yml\" > hosts-seen; {git}; exit 0"),
    );
    let run = |held: &str| {
        let run = gh(&home, "pr checkout 7").env("OCTOPOOL_NO_FALLBACK", held).env("GH_TOKEN", "gho_canary");
        let run = run.env("GITHUB_TOKEN", "gho_canary").env("GH_ENTERPRISE_TOKEN", "gho_canary");
        run.env("GITHUB_ENTERPRISE_TOKEN", "gho_canary").run().exits(0);
        ["env", "hosts-seen", "filled"].map(|name| read(&home, name)).concat()
    };
    let free = run("0");
    assert!(free.contains("canary-git") && free.contains("GITHUB_TOKEN=gho_canary"), "{free}");
    let held = run("1");
    assert!(!held.contains("canary") && held.contains("user: mia"), "{held}");
    assert!(read(&home, "remote").contains("OCTOPOOL_NO_FALLBACK forbids"), "{}", read(&home, "remote"));
    assert_eq!(read(&home, "config/gh/hosts.yml"), hosts);
}

/// The socket around it may use the own login.
#[test]
fn without_fallback_a_gh_within_gh_has_a_socket_of_its_own() {
    let server = Canned::start();
    let home = home(&server);
    let nested = format!(
        "{GUARD} echo $OCTOPOOL_GH_SOCKET >> sockets; [ \"$1\" = inner ] || OCTOPOOL_NO_FALLBACK=1 {OCTOPOOL} gh inner"
    );
    gh(&home, "pr list").env("OCTOPOOL_GH_PATH", home.script("real", &nested)).run().exits(0);
    let sockets = read(&home, "sockets");
    let sockets: Vec<_> = sockets.lines().collect();
    assert!(sockets.len() == 2 && sockets[0] != sockets[1], "{sockets:?}");
}

#[test]
fn a_gh_within_gh_has_the_same_socket() {
    let server = Canned::start();
    let home = home(&server);
    let nested = format!(
        "{GUARD} echo $GH_CONFIG_DIR >> folders; [ \"$1\" = inner ] || {{ {OCTOPOOL} gh inner; sh -c '{OCTOPOOL} gh inner'; }}"
    );
    gh(&home, "pr list").env("OCTOPOOL_GH_PATH", home.script("real", &nested)).run().exits(0);
    let folders = read(&home, "folders");
    let folders: Vec<_> = folders.lines().collect();
    assert_eq!(folders.len(), 3, "{folders:?}");
    assert!(folders.iter().all(|folder| *folder == folders[0] && !folder.is_empty()), "{folders:?}");
}

#[test]
fn without_a_login_gh_goes_on_with_its_own() {
    let home = Home::new();
    home.script("gh", &GH.replace(".yml\" >", ".yml\" 2>/dev/null >"));
    let run = is_from_gh(&home, gh(&home, "api users/mona").run(), "api users/mona");
    assert_eq!(run.stderr, "octopool: No server is given. Going on with gh's own login.\ngh says\n");
    let run = gh(&home, "api users/mona").env("OCTOPOOL_URL", "https://a.example").run();
    is_from_gh(&home, run, "api users/mona").says("You are not logged in to https://a.example.");
    // gh does not know that variable.
    let run = gh(&home, "api users/mona").env("OCTOPOOL_URL", "https://a.example");
    let run = run.env("OCTOPOOL_TOKEN", "op_x").env("ALL_PROXY", "socks5://127.0.0.1:1").run();
    is_from_gh(&home, run, "api users/mona").says("ALL_PROXY").says("Going on with gh's own login.");
    let run = gh(&home, "api users/mona").env("OCTOPOOL_NO_FALLBACK", "1").run().exits(2);
    assert!(run.stdout.is_empty());
    home.write_auth_file("{");
    gh(&home, "api users/mona").run().exits(4).says("damaged");
}

#[test]
fn set_up_that_sends_the_own_credential_is_refused_without_fallback() {
    let server = Canned::start();
    let home = home(&server);
    for arguments in ["auth login", "auth status", "auth git-credential get", "extension install x/y"] {
        let run = gh(&home, arguments).env("OCTOPOOL_NO_FALLBACK", "1").run().exits(1);
        run.says("OCTOPOOL_NO_FALLBACK forbids");
    }
    for arguments in ["auth token", "config list", "help", "version"] {
        let run = gh(&home, arguments).env("OCTOPOOL_NO_FALLBACK", "1").run();
        is_from_gh(&home, run, arguments);
        assert!(read(&home, "env").contains("GH_NO_UPDATE_NOTIFIER=1"));
    }
}

#[test]
fn without_gh_the_next_step_is_said() {
    let server = Canned::start();
    let home = Home::new();
    home.save_login(&server.url(), "op_saved");
    let run = home.octopool("gh pr list").run().exits(1).says("no other `gh` on the PATH");
    run.says("https://cli.github.com").says("OCTOPOOL_GH_PATH");
    let missing = home.octopool("gh pr list").env("OCTOPOOL_GH_PATH", "/nonexistent/gh").run().exits(1);
    missing.says("/nonexistent/gh cannot be run");
    // Neither a folder nor a file that may not be run is a gh.
    fs::create_dir_all(home.path().join("a/gh")).unwrap();
    fs::create_dir(home.path().join("b")).unwrap();
    fs::write(home.path().join("b/gh"), "").unwrap();
    let path = format!("{0}/a:{0}/b:", home.path().display());
    home.octopool("gh pr list").env("PATH", path).run().exits(1).says("no other `gh`");
}

/// A link, a copy, a script that becomes octopool and one that calls it, in as many folders.
fn octopools(home: &Home) -> Vec<String> {
    let folder = |name: &str| {
        let folder = home.path().join(name);
        fs::create_dir(&folder).unwrap();
        folder.join("gh")
    };
    symlink(OCTOPOOL, folder("link")).unwrap();
    // By another process, as in `Home::script`.
    assert!(Command::new("cp").arg(OCTOPOOL).arg(folder("copy")).status().unwrap().success());
    folder("exec");
    home.script("exec/gh", &format!("exec {OCTOPOOL} gh \"$@\""));
    folder("call");
    home.script("call/gh", &format!("PATH=$PATH\n{OCTOPOOL} gh \"$@\"\nexit $?"));
    folder("deep");
    home.script("deep/gh", &format!("exec {}/call/gh \"$@\"", home.path().display()));
    ["link", "copy", "exec", "call", "deep"].map(|name| format!("{}/{name}", home.path().display())).to_vec()
}

#[test]
fn the_real_gh_is_behind_any_number_of_ours() {
    let server = Canned::start();
    let home = home(&server);
    let ours = octopools(&home);
    let all = format!("{}:{}:/usr/bin:/bin", ours.join(":"), home.path().display());
    for first in &ours {
        for arguments in ["--help", "pr view 7 --json state", "help gh", "whoami"] {
            let path = format!("{first}:{all}");
            let run = home.program(Path::new(&format!("{first}/gh")), arguments).env("PATH", path).run();
            is_from_gh(&home, run, arguments);
        }
    }
    let named = gh(&home, "pr list").env("OCTOPOOL_GH_PATH", home.script("other", "echo from other")).run();
    assert_eq!(named.exits(0).stdout, "from other\n");
    // A name alone is looked for on the PATH, and octopool is not what is meant there either.
    for path in [&all, "copy::deep:."] {
        let run = home
            .octopool("gh pr list")
            .env("OCTOPOOL_GH_PATH", "gh")
            .env("PATH", format!("{path}:/usr/bin:/bin"));
        is_from_gh(&home, run.run(), "pr list");
    }
}

/// A copy of octopool in another version: the program with a byte more.
fn other_version(home: &Home, folder: &str) -> PathBuf {
    let folder = home.path().join(folder);
    fs::create_dir(&folder).unwrap();
    let copy = format!("cp {OCTOPOOL} gh && echo >> gh");
    assert!(Command::new("sh").args(["-c", &copy]).current_dir(&folder).status().unwrap().success());
    folder.join("gh")
}

#[test]
fn another_version_is_passed_over_all_the_same() {
    let server = Canned::start();
    let home = home(&server);
    let (one, two) = (other_version(&home, "one"), other_version(&home, "two"));
    for arguments in ["pr list", "auth status"] {
        let folders = [&one, &two].map(|path| path.parent().unwrap().display().to_string()).join(":");
        let path = format!("{folders}:{}:/usr/bin:/bin", home.path().display());
        let run = home.octopool("gh").args(arguments).env("PATH", &path).run();
        is_from_gh(&home, run, arguments);
    }
    let named = home.octopool("gh auth status").env("OCTOPOOL_GH_PATH", one);
    named.run().exits(1).says("leads back to octopool");
}

#[test]
fn nothing_but_octopool_is_an_error_at_once() {
    let server = Canned::start();
    let home = Home::new();
    home.save_login(&server.url(), "op_saved");
    let ours = octopools(&home);
    let path = format!("{}:/usr/bin:/bin", ours.join(":"));
    home.octopool("gh pr list").env("PATH", path).run().exits(1).says("no other `gh` on the PATH");
    for folder in &ours {
        let named = home.octopool("gh pr list").env("OCTOPOOL_GH_PATH", format!("{folder}/gh"));
        named.env("PATH", "/usr/bin:/bin").run().exits(1).says("leads back to octopool");
    }
}

/// A shell reports 128 and its number; it ends a script after Ctrl-C only if the command was ended
/// by the signal itself.
#[test]
fn a_signal_that_ends_gh_ends_octopool() {
    let server = Canned::start();
    for (name, signal) in [("HUP", 1), ("INT", 2), ("KILL", 9), ("PIPE", 13), ("TERM", 15)] {
        let home = Home::new();
        home.save_login(&server.url(), "op_saved");
        home.script("gh", &format!("{GUARD} echo $GH_CONFIG_DIR > folder; kill -{name} $$; exit 3"));
        for command in ["pr list", "auth status"] {
            let (mut command, _home) = gh(&home, command).into_command();
            assert_eq!(command.status().unwrap().signal(), Some(signal), "{name} {command:?}");
        }
        assert!(!Path::new(read(&home, "folder").trim()).exists() || read(&home, "folder") == "\n");
        let shell = home.script("shell", &format!("{OCTOPOOL} gh pr list; exit $?"));
        with_path(home.program(&shell, ""), home.path()).run().exits(128 + signal);
    }
    // What would leave an image of the memory behind is a code only.
    let home = Home::new();
    home.save_login(&server.url(), "op_saved");
    home.script("gh", &format!("{GUARD} ulimit -c 0; kill -ABRT $$; exit 3"));
    gh(&home, "pr list").run().exits(134);
}

/// `kill` reaches one process, Ctrl-C all of them, and both come to gh once.
#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_a_signal_to_octopool_alone_reaches_gh() {
    let server = Canned::start();
    for (signal, code) in [("INT", 21), ("TERM", 22)] {
        let home = Home::new();
        home.save_login(&server.url(), "op_saved");
        let waiting = "[ \"$1\" != --version ] || exit 0; trap 'exit 21' INT; trap 'exit 22' TERM
            echo $PPID > new; mv new parent; n=0; while [ $n -lt 500 ]; do sleep 0.02; n=$((n+1)); done";
        home.script("gh", waiting);
        let run =
            home.program(Path::new("/usr/bin/setsid"), "--ctty --wait").arg(OCTOPOOL).args("gh pr list");
        let parent = home.path().join("parent");
        let killer = std::thread::spawn(move || {
            while !parent.exists() {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            let id = fs::read_to_string(parent).unwrap();
            Command::new("sh").args(["-c", &format!("kill -{signal} {id}")]).status().unwrap()
        });
        run_in_a_terminal(with_path(run, home.path()), 80, "").exits(code);
        assert!(killer.join().unwrap().success());
    }
}

#[test]
fn what_a_killed_octopool_leaves_the_next_one_removes() {
    let server = Canned::start();
    let home = home(&server);
    let kill = format!("{GUARD} echo $GH_CONFIG_DIR > folder; kill -KILL $PPID");
    let killed = gh(&home, "pr list").env("OCTOPOOL_GH_PATH", home.script("killer", &kill));
    let killed = killed.env("TMPDIR", home.path());
    let (mut command, _home) = killed.into_command();
    assert_eq!(command.status().unwrap().signal(), Some(9));
    let folder = read(&home, "folder");
    assert!(Path::new(folder.trim()).join("config.yml").exists(), "{folder}");
    is_from_gh(&home, gh(&home, "pr list").env("TMPDIR", home.path()).run(), "pr list");
    assert!(!Path::new(folder.trim()).exists(), "{folder}");
}

#[test]
fn signals_reach_gh_and_the_folder_goes() {
    let server = Canned::start();
    for (signal, code) in [("INT", 21), ("TERM", 22), ("HUP", 23)] {
        let home = Home::new();
        home.save_login(&server.url(), "op_saved");
        let wait = "[ \"$1\" != --version ] || exit 0; trap 'exit 21' INT; trap 'exit 22' TERM; trap 'exit 23' HUP; echo $GH_CONFIG_DIR > new; mv new folder
            n=0; while [ $n -lt 500 ]; do sleep 0.02; n=$((n+1)); done";
        home.script("gh", wait);
        let run = gh(&home, "pr list").run_with(std::process::Stdio::piped(), |child| {
            while read(&home, "folder").is_empty() {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            let kill = format!("kill -{signal} {}", child.id());
            assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        });
        run.exits(code);
        assert!(!Path::new(read(&home, "folder").trim()).exists());
    }
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let server = Canned::start();
    let home = Home::new();
    home.save_login(&server.url(), "op_saved");
    home.script("gh", &format!("{GUARD} kill -INT $$; kill -HUP $$; exit 9"));
    for command in ["pr list", "auth status"] {
        let line = format!("trap '' INT HUP; exec {OCTOPOOL} gh {command}");
        let script = home.script("ignoring", &line);
        with_path(home.program(&script, ""), home.path()).run().exits(9);
    }
}

#[test]
fn a_login_finds_the_real_gh_behind_the_link() {
    let server = Canned::octopool();
    let home = Home::new();
    home.script("gh", "echo gho_from-the-real-gh");
    let folder = home.path().join("first");
    fs::create_dir(&folder).unwrap();
    symlink(OCTOPOOL, folder.join("gh")).unwrap();
    let path = format!("{}:{}:/usr/bin:/bin", folder.display(), home.path().display());
    home.octopool("login").arg(server.url()).env("PATH", path).run().exits(0);
    assert_eq!(server.requests()[1].json()["github_token"], "gho_from-the-real-gh");
}
