//! The user's browser.

use webbrowser::{Browser, BrowserOptions};

use crate::output::Output;

/// Shows a page: its address on stderr, and the page in the browser if one is wanted and found
/// (`BROWSER`, then the system's).
pub(super) fn show(url: &str, what: &str, opens: bool, output: &mut Output) {
    let mut options = BrowserOptions::new();
    // What a browser prints does not belong between our lines.
    options.with_suppress_output(true);
    let is_open = opens && webbrowser::open_browser_with_options(Browser::Default, url, &options).is_ok();
    let verb = if is_open { "Opened" } else { "Open" };
    output.note(&format!("{verb} {url}"));
    output.note(&format!("  {what}"));
}
