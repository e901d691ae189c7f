//! `docs/OPERATIONS.md` says what works: its commands run as they stand there, against the real
//! router, SQL and stand-in for GitHub.
//!
//! What acts on Cloudflare, the checkout or git is replaced by programs that do nothing;
//! `scripts/tests/operations.test.mjs` asks the pinned wrangler about its commands.

use std::fs;
use std::path::Path;

use octopool_testkit::github::demo;

use crate::real_router::Deployment;
use crate::support::Home;

/// Programs of an operator's machine that are not octopool.
const ELSEWHERE: &[&str] = &["npx", "npm", "git"];

fn text() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/OPERATIONS.md")).unwrap()
}

/// The sections with their titles and shell blocks, those without a block left out.
fn sections(text: &str) -> Vec<(&str, String)> {
    let sections = text.split("\n## ").skip(1).map(|section| {
        let blocks = section.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
        (section.lines().next().unwrap(), blocks.collect::<Vec<_>>().join("\n"))
    });
    sections.filter(|(_, script)| !script.is_empty()).collect()
}

/// What stands between backticks in the running text and begins with the command's name.
fn mentioned(text: &str) -> Vec<&str> {
    // Odd parts are in a block.
    let prose = text.split("```").step_by(2);
    let spans = prose.flat_map(|part| part.split('`').skip(1).step_by(2));
    spans.filter(|span| span.starts_with("octopool ")).collect()
}

/// The deployment that the document's examples are about, and the machine of its operator.
fn acme() -> Deployment {
    let deployment = Deployment::start();
    deployment.admin("admin caller --pool maintainers --github-login hubot --client laptop").run().exits(0);
    let app = format!(
        "admin identity --pool maintainers --id acme-app --kind github_app --login octopool-acme[bot] \
         --secret-ref OCTOPOOL_APP_KEY --installation-id {} --scope acme",
        demo::INSTALLATION
    );
    deployment.admin(&app).run().exits(0);
    let pat = "admin identity --pool maintainers --id mona-pat --login mona --secret-ref OCTOPOOL_PAT_MONA --scope acme";
    deployment.admin(pat).run().exits(0);
    let hubot = deployment.app.credentials.tokens.hubot.clone();
    deployment.octopool("login --client operations").env("GH_TOKEN", hubot).run().exits(0);
    for file in ["octopool.toml", "before.toml"] {
        deployment.admin("admin export -f").arg(file).run().exits(0);
    }
    fs::write(deployment.home.path().join("your-app.private-key.pem"), "not read").unwrap();
    fs::write(deployment.home.path().join("dump.sql"), include_str!("../dumps/original-0.9.sql")).unwrap();
    deployment
}

#[test]
fn the_commands_of_each_section_run_as_they_stand_there() {
    let text = text();
    let sections = sections(&text);
    assert!(sections.len() > 12, "{sections:#?}");
    for (title, script) in sections {
        let deployment = acme();
        if !script.contains("tokens create release-bot") {
            deployment.admin("admin tokens create release-bot").run().exits(0);
        }
        let programs = deployment.home.path().join("programs");
        fs::create_dir(&programs).unwrap();
        for name in ELSEWHERE {
            deployment.home.script(&format!("programs/{name}"), "exit 0");
        }
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_octopool"), programs.join("octopool")).unwrap();
        let callers = deployment.admin("admin callers list --login hubot --json").run().exits(0).json();
        let state = deployment.admin("admin export --json").run().exits(0).json();
        // The document's address is nobody's; the deployment's stands in the environment already.
        let script = script.replace("export OCTOPOOL_URL=", ": OCTOPOOL_URL=");
        println!("{title}:\n{script}");
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
        deployment
            .admin_program("bash", "-euo pipefail -c")
            .arg(&script)
            .env("PATH", path)
            .env("GH_TOKEN", &deployment.app.credentials.tokens.hubot)
            .env("CALLER", callers["callers"][0]["id"].as_str().unwrap())
            .env("HASH", state["state_hash"].as_str().unwrap())
            .env("KEY", "a key that nobody guesses")
            .run()
            .exits(0);
    }
}

#[test]
fn every_command_that_the_text_mentions_is_one() {
    let text = text();
    let mentioned = mentioned(&text);
    assert!(mentioned.len() > 20, "{mentioned:#?}");
    for command in mentioned {
        let arguments = command.strip_prefix("octopool ").unwrap();
        // What comes before `--help` is parsed, and an option that is not known is refused.
        let outcome = Home::new().octopool(arguments).arg("--help").run();
        assert_eq!(outcome.code, Some(0), "`{command}`: {outcome:#?}");
    }
}
