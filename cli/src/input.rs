//! Files that commands read.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// What a server accepts. No file of this size is smaller as JSON.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// The text of a file of at most 4 MiB, `-` being stdin; otherwise what is wrong with it, without a
/// full stop.
pub(crate) fn read(file: &Path) -> Result<String, String> {
    read_at_most(file, LARGEST_FILE)
}

/// The text of a file of at most so many bytes, in whole MiB.
pub(crate) fn read_at_most(file: &Path, largest: u64) -> Result<String, String> {
    let mut bytes = Vec::new();
    let limit = largest + 1;
    let read = if file == Path::new("-") {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    // Only the kind: the system's own words differ between systems.
    read.map_err(|problem| problem.kind().to_string())?;
    if bytes.len() as u64 > largest {
        return Err(format!("it is larger than {} MiB", largest / (1024 * 1024)));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}
