//! The documents of the checkout.

use std::fs;
use std::path::Path;

use super::root;

/// Folders that are not the project's own, or not written by hand.
const ELSEWHERE: [&str; 5] = [".git", ".octopool", "build", "node_modules", "target"];

/// Every Markdown file of the checkout, with its path from the root.
pub(super) fn markdown_files() -> Vec<String> {
    let mut files = Vec::new();
    collect(root(), &mut files);
    files.sort();
    assert!(files.iter().any(|file| file == "docs/API.md"), "{files:?}");
    files
}

fn collect(folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !ELSEWHERE.contains(&name) {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
        }
    }
}
