//! A line on stderr while a server takes its time.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Most answers are there before it.
const SILENCE: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(125);
const FRAMES: [char; 8] = ['⠋', '⠙', '⠸', '⠴', '⠦', '⠇', '⠏', '⠛'];

/// Shows for whom the program waits, from the first second on, until it is dropped. Only on a
/// terminal: a log needs no spinner.
pub(super) struct Waiting(Option<(Sender<()>, JoinHandle<()>)>);

impl Waiting {
    pub(super) fn on(whom: &str) -> Self {
        if !io::stderr().is_terminal() || std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
            return Self(None);
        }
        let (done, ended) = mpsc::channel();
        let whom = whom.to_owned();
        Self(Some((
            done,
            thread::spawn(move || {
                let start = Instant::now();
                let mut pause = SILENCE;
                let mut frames = FRAMES.iter().cycle();
                while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                    pause = STEP;
                    let frame = frames.next().unwrap_or(&' ');
                    write(&format!("\r{frame} Waiting for {whom} ({} s)\x1b[K", start.elapsed().as_secs()));
                }
                if pause == STEP {
                    write("\r\x1b[K");
                }
            }),
        )))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.0.take() {
            drop(done);
            drop(thread.join());
        }
    }
}

/// A closed stderr is ignored.
fn write(text: &str) {
    let mut stderr = io::stderr().lock();
    drop(stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()));
}
