//! Prose wraps at 100 columns, so that a change of a sentence is a change of a line or two.

use std::fs;
use std::path::Path;

use super::root;

/// Where Markdown wraps.
const COLUMNS: usize = 100;

/// Folders that are not the project's own, or not written by hand.
const ELSEWHERE: [&str; 5] = [".git", ".octopool", "build", "node_modules", "target"];

/// Every Markdown file of the checkout, with its path from the root.
pub(super) fn markdown_files() -> Vec<String> {
    let files = files_of("md");
    assert!(files.iter().any(|file| file == "docs/API.md"), "{files:?}");
    files
}

/// Every file of the checkout whose name ends so, with its path from the root.
fn files_of(extension: &str) -> Vec<String> {
    let mut files = Vec::new();
    collect(root(), extension, &mut files);
    files.sort();
    files
}

fn collect(folder: &Path, wanted: &str, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !ELSEWHERE.contains(&name) {
            collect(&path, wanted, files);
        } else if path.extension().is_some_and(|extension| extension == wanted) {
            files.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
        }
    }
}

/// The numbers of the lines that are prose and too long. Tables and code cannot wrap, and neither
/// can a line without a space in its second half, such as an address.
fn too_long(text: &str) -> Vec<usize> {
    let mut in_code = false;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if line.starts_with("```") {
            in_code = !in_code;
        }
        let breakable = line.chars().skip(COLUMNS / 2).take(COLUMNS / 2).any(char::is_whitespace);
        let exempt = in_code || line.starts_with('|') || line.starts_with('#') || !breakable;
        if line.chars().count() > COLUMNS && !exempt {
            found.push(index + 1);
        }
    }
    found
}

#[test]
fn markdown_wraps_at_100_columns() {
    let mut long = Vec::new();
    for file in markdown_files() {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        long.extend(too_long(&text).into_iter().map(|line| format!("{file}:{line}")));
    }
    assert!(long.is_empty(), "longer than {COLUMNS} columns: {long:#?}");
}

#[test]
fn comments_of_rust_wrap_at_100_columns() {
    let mut long = Vec::new();
    for file in files_of("rs") {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        // What is not a comment keeps its line, so that the numbers are right.
        let comments: Vec<_> =
            text.lines().map(|line| if line.trim_start().starts_with("//") { line } else { "" }).collect();
        long.extend(too_wide(&comments).into_iter().map(|line| format!("{file}:{line}")));
    }
    assert!(long.is_empty(), "longer than {COLUMNS} columns: {long:#?}");
}

/// The numbers of the comments that are too long, with their indentation, and can be broken.
fn too_wide(comments: &[&str]) -> Vec<usize> {
    let wide = comments.iter().enumerate().filter(|(_, line)| {
        let breakable =
            line.trim_start().chars().skip(COLUMNS / 2).take(COLUMNS / 2).any(char::is_whitespace);
        line.chars().count() > COLUMNS && breakable
    });
    wide.map(|(index, _)| index + 1).collect()
}

#[test]
fn a_long_line_is_found_where_it_is_prose() {
    let long = "word ".repeat(30);
    let address = format!("https://example.com/{}", "a".repeat(120));
    let text = format!("{long}\n| {long} |\n```\n{long}\n```\n- {long}\n{address}\nshort\n");
    assert_eq!(too_long(&text), [1, 6]);
}
