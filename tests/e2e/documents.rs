//! The commands that the README tells a newcomer to type run as they stand there.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::world::World;

/// The shell blocks between one heading and the next.
fn shell_blocks(section: &str) -> Vec<String> {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let text = readme.split(&format!("\n## {section}")).nth(1).unwrap().split("\n## ").next().unwrap();
    text.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

pub(crate) async fn the_commands_of_the_readme_run(world: &World) {
    let deployment = world.provisioned();
    let blocks = shell_blocks("Try it");
    // The first block is `npm start` and `npm test` themselves.
    assert!(blocks[0].contains("npm start") && blocks.len() >= 4, "{blocks:#?}");
    let script = blocks[1..].join("\n");
    let script = script
        .replace("http://localhost:8787", deployment.base())
        .replace(".octopool/dev.vars", &deployment.env_file());
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{script}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("\"service\":\"octopool\"") && said.matches("op_").count() == 2, "{said}");
}
