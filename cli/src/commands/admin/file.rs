//! The file of a command, as an argument or as an option.

use std::path::{Path, PathBuf};

use clap::Args;

/// A file to read.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct FileArgs {
    /// The file to read; `-` is stdin.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The file, as an option.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    file_option: Option<PathBuf>,
}

impl FileArgs {
    pub(super) fn path(&self) -> &Path {
        // clap requires one of them.
        self.file.as_deref().or(self.file_option.as_deref()).unwrap_or(Path::new("-"))
    }
}
