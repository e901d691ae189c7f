//! Provisioning by the command line with other inputs than the issue names: credentials at every
//! option, and dumps as other tools and accidents leave them.

use serde_json::Value;

use crate::real_router::Deployment;
use crate::support::Outcome;

const DUMP: &str = include_str!("../dumps/original-0.9.sql");

fn import(deployment: &Deployment, bytes: &[u8]) -> Outcome {
    std::fs::write(deployment.home.path().join("dump.sql"), bytes).unwrap();
    deployment.admin("admin import dump.sql --dry-run --json").run()
}

#[test]
fn a_dump_says_the_same_in_every_form() {
    let deployment = Deployment::start();
    let expected = import(&deployment, DUMP.as_bytes()).exits(0).json();
    assert!(expected["carried_over"]["callers"].as_u64() > Some(1), "{expected}");
    let one_insert = DUMP
        .replace(",'2025-11-01 08:00:00');\nINSERT INTO \"pools\" VALUES(", ",'2025-11-01 08:00:00'),\n(");
    assert_ne!(one_insert, DUMP);
    for (form, text) in [
        ("CRLF", DUMP.replace('\n', "\r\n")),
        ("a byte order mark", format!("\u{feff}{DUMP}")),
        ("several rows of one INSERT", one_insert),
        (
            "sqlite3's .dump",
            format!(
                "BEGIN TRANSACTION;\n{}COMMIT;\n",
                DUMP.replace("INSERT INTO \"pools\"", "INSERT INTO pools")
            ),
        ),
        ("schemas of names", DUMP.replace("INSERT INTO \"", "INSERT INTO \"main\".\"")),
        (
            "lower case",
            DUMP.replace("INSERT INTO", "insert into").replace("CREATE TABLE", "create table if not exists"),
        ),
        ("comments", DUMP.replace("INSERT INTO", "-- a row; of a table\n/* ; */ INSERT INTO")),
        (
            "other brackets",
            DUMP.replace("\"identities\"", "[identities]").replace("\"callers\"", "`callers`"),
        ),
        (
            "a table of somebody else",
            format!("CREATE TABLE notes (id);\nINSERT INTO notes VALUES('a;''b');\n{DUMP}"),
        ),
        ("an empty line at the end and a comment", format!("{DUMP}\n\n-- Dump completed\n")),
    ] {
        assert_eq!(import(&deployment, text.as_bytes()).exits(0).json(), expected, "{form}");
    }
}

#[test]
fn a_dump_that_is_not_whole_or_not_text_is_refused_with_its_reason() {
    let deployment = Deployment::start();
    let at = |text: &str| DUMP.find(text).unwrap() + text.len();
    let utf_16: Vec<u8> = "\u{feff}PRAGMA".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, problem) in [
        (&DUMP.as_bytes()[..DUMP.len() - 20], "truncated"),
        (&DUMP.as_bytes()[..at("INSERT INTO \"caller_tokens\" VALUES(")], "truncated"),
        (&DUMP.as_bytes()[..at("INSERT INTO \"identities\" VALUES('")], "truncated"),
        (&DUMP.as_bytes()[..at("CREATE TABLE identities (")], "truncated"),
        (&DUMP.as_bytes()[..at("CREATE TABLE caller_pools (") - 27], "no table `caller_pools`"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "gunzip"),
        (&utf_16, "UTF-16"),
        (b"PK\x03\x04\xff", "not UTF-8"),
        (b"{\"pools\": []}", "truncated"),
        (b"<!DOCTYPE html><title>Sign in</title>", "truncated"),
        (b"id,name\nteam,Team;\n", "no table `pools`"),
    ] {
        import(&deployment, bytes).exits(1).says(problem).says("npx wrangler d1 export");
    }
    assert_eq!(deployment.app.database.value("SELECT count(*) FROM pools"), 0);
}

#[test]
fn no_option_or_file_shows_or_keeps_a_credential() {
    let deployment = Deployment::start();
    let secret = "Zy9X".repeat(9);
    let digits = "0123456789ABCDEF0123456789abcdef01234567".to_owned();
    for credential in [
        format!("gho_{secret}"),
        format!("ghr_{secret}{secret}"),
        format!("github_pat_11ZZZZZZZ0{secret}_{secret}"),
        format!("op_{secret}AbCdEfG"),
        digits,
    ] {
        for arguments in [
            "admin identity --pool team --id p1 --login mona --scope acme --secret-ref X",
            "admin identity --pool team --id p1 --login X --scope acme --secret-ref PAT",
            "admin identity --pool team --id X --login mona --scope acme --secret-ref PAT",
            "admin identity --pool X --id p1 --login mona --scope acme --secret-ref PAT",
            "admin identity --pool team --id p1 --login mona --scope X --secret-ref PAT",
            "admin identity --pool team --id p1 --login mona --scope acme/X --secret-ref PAT",
            "admin caller --pool team --github-login X",
            "admin caller --pool team --github-login mona --name X",
            "admin caller --pool team --github-login mona --client X",
            "admin tokens create X",
            "admin tokens create ci --pool X",
            "admin identities show X --pool team",
            "admin identities verify X --pool team",
            "admin identities update p1 --pool team --secret-ref X",
            "admin pools show X",
            "admin callers show X",
        ] {
            let command: String = arguments.replace('X', &credential);
            let ran = deployment.admin(&command).run();
            assert_ne!(ran.code, Some(0), "{command}");
            assert!(
                !ran.stdout.contains(&credential) && !ran.stderr.contains(&credential),
                "{arguments}: {ran:#?}"
            );
        }
        for document in [
            "[pools.team.identities.p1]\nlogin = \"X\"\nsecret_ref = \"PAT\"\nscopes = []\n",
            "[pools.team.identities.X]\nlogin = \"mona\"\nsecret_ref = \"PAT\"\nscopes = []\n",
            "[pools.X]\n",
            "[pools.team.policy]\nallowed_owners = [\"acme\", \"X\"]\n",
            "[callers.1001]\ngithub_login = \"mona\"\nname = \"Mona's X\"\npools = [\"team\"]\n",
            "[pools.team.identities.p1]\nlogin = \"mona\"\nsecret_ref = \"PAT\"\nX = true\n",
            "X = 1\n",
        ] {
            std::fs::write(deployment.home.path().join("bad.toml"), document.replace('X', &credential))
                .unwrap();
            let ran = deployment.admin("admin plan -f bad.toml").run();
            assert_ne!(ran.code, Some(0), "{document}");
            assert!(
                !ran.stdout.contains(&credential) && !ran.stderr.contains(&credential),
                "{document}: {ran:#?}"
            );
        }
        assert!(!deployment.app.database.dump().contains(&credential));
    }
}

#[test]
fn a_credential_in_any_field_of_a_dump_is_named_and_forgotten() {
    let deployment = Deployment::start();
    let token = format!("ghs_{}", "Zy9X".repeat(9));
    for (from, to) in [
        ("'Maintainers'", format!("'{token}'")),
        ("'Hubot'", format!("'Hubot ({token})'")),
        ("'hubot','Acme'", format!("'{token}','Acme'")),
        ("'laptop'", format!("'{token}'")),
        ("\"allowed_owners\":[\"acme\"]", format!("\"allowed_owners\":[\"acme\",\"{token}\"]")),
        ("'pat','mona'", format!("'pat','{token}'")),
    ] {
        assert!(DUMP.contains(from), "{from}");
        let ran = import(&deployment, DUMP.replace(from, &to).as_bytes());
        assert!(!ran.stdout.contains("Zy9X") && !ran.stderr.contains("Zy9X"), "{from}: {ran:#?}");
        let told: Value = ran.exits(0).json();
        assert!(!told["changes"].as_array().unwrap().is_empty(), "{from}");
    }
    assert!(!deployment.app.database.dump().contains("Zy9X"));
}
