//! Every block of `docs/CLIENTS.md` runs as it stands: a newcomer copies it, and it works.
//!
//! The blocks come from the document itself. A block that no test takes fails, and so does a
//! section that no test knows. Only what a reader replaces is replaced: the token, the port, and
//! for programs that take no other authority for TLS the address of the server.

mod libraries;
mod machine;
mod real_gh;
mod terraform;

use std::cell::Cell;
use std::fs;
use std::path::Path;

/// A fenced block.
struct Block {
    heading: String,
    language: String,
    text: String,
    is_used: Cell<bool>,
}

/// Whether a section's blocks were run.
enum Ran {
    Yes,
    /// A program that they need cannot be had on this machine.
    NotHere,
}

impl Ran {
    /// Says what was not run. Where everything can be had, that is a failure.
    #[expect(clippy::print_stderr, reason = "what was not run must be seen")]
    fn not_here(why: &str) -> Self {
        assert!(std::env::var_os("CI").is_none(), "{why}");
        eprintln!("NOT RUN: {why}");
        Self::NotHere
    }
}

impl Block {
    /// What is to be run.
    #[track_caller]
    fn text(&self, language: &str) -> &str {
        assert_eq!(self.language, language, "{}", self.text);
        self.is_used.set(true);
        &self.text
    }
}

/// A test for each section.
macro_rules! sections {
    ($($heading:literal => $module:ident::$name:ident,)+) => {
        const SECTIONS: &[&str] = &[$($heading,)+];
        $(
            #[test]
            fn $name() {
                let blocks = blocks_of($heading);
                if matches!($module::$name(&blocks), Ran::Yes) {
                    let forgotten = blocks.iter().find(|block| !block.is_used.get());
                    assert!(forgotten.is_none(), "not run: {}", forgotten.unwrap().text);
                }
            }
        )+
    };
}

sections! {
    "Before you begin" => machine::before_you_begin,
    "`octopool gh`, or octopool as `gh`" => real_gh::octopool_gh,
    "`octopool proxy`" => real_gh::octopool_proxy,
    "A caller token alone" => real_gh::a_caller_token_alone,
    "An agent's sandbox without any GitHub token" => real_gh::a_sandbox,
    "Octokit" => libraries::octokit,
    "Octokit that also writes" => libraries::octokit_that_also_writes,
    "PyGithub" => libraries::pygithub,
    "go-github" => libraries::go_github,
    "octocrab" => libraries::octocrab,
    "Terraform" => terraform::terraform,
    "curl" => machine::curl,
}

#[test]
fn every_block_belongs_to_a_section_that_is_run() {
    let blocks = blocks(&document());
    let unknown = blocks.iter().find(|block| !SECTIONS.contains(&block.heading.as_str()));
    assert!(unknown.is_none(), "no test runs {:?}: {}", unknown.unwrap().heading, unknown.unwrap().text);
    for section in SECTIONS {
        assert!(blocks.iter().any(|block| block.heading == *section), "{section} has no block");
    }
}

#[test]
fn blocks_are_found_however_they_are_written() {
    let text = "# A\n```sh\na\n# not a heading\n```\n## B\n\n- x\n\n  ~~~js\n  b\n  ~~~\n```\nc\n```\n";
    let found: Vec<_> = blocks(text)
        .into_iter()
        .map(|block| format!("{}/{}/{}", block.heading, block.language, block.text))
        .collect();
    assert_eq!(found, ["A/sh/a\n# not a heading\n", "B/js/  b\n", "B//c\n"]);
}

/// The blocks of a section that has this many.
#[track_caller]
fn exactly<const N: usize>(blocks: &[Block]) -> &[Block; N] {
    blocks.try_into().unwrap()
}

fn document() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/CLIENTS.md")).unwrap()
}

fn blocks_of(heading: &str) -> Vec<Block> {
    blocks(&document()).into_iter().filter(|block| block.heading == heading).collect()
}

/// The fenced blocks of a document, each with the heading above it.
fn blocks(text: &str) -> Vec<Block> {
    let (mut blocks, mut heading) = (Vec::new(), String::new());
    let mut open: Option<(&str, Block)> = None;
    for line in text.lines() {
        let bare = line.trim();
        match &mut open {
            Some((fence, _)) if bare == *fence => blocks.extend(open.take().map(|(_, block)| block)),
            Some((_, block)) => block.text.extend([line, "\n"]),
            None => {
                let fence = ["```", "~~~"].into_iter().find(|fence| bare.starts_with(fence));
                if let Some(fence) = fence {
                    let (heading, language) = (heading.clone(), bare[fence.len()..].to_owned());
                    let block = Block { heading, language, text: String::new(), is_used: Cell::new(false) };
                    open = Some((fence, block));
                } else if line.starts_with('#') {
                    line.trim_start_matches('#').trim().clone_into(&mut heading);
                }
            }
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}
