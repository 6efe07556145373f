//! The terminal as a screen that is drawn again and again, and left as it was found.
//!
//! Owns: the alternate screen, the cursor, the size. Must not know: what is shown.
//! <https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>

use std::io::{self, Write};
use std::process::Stdio;

use crate::render::frame::Size;

/// To the alternate screen, without a cursor.
const ENTER: &str = "\u{1b}[?1049h\u{1b}[?25l";
/// Back to what was there before, with its cursor.
const LEAVE: &str = "\u{1b}[?25h\u{1b}[?1049l";
/// To the upper left corner.
const HOME: &str = "\u{1b}[H";
/// The rest of the line goes.
const REST: &str = "\u{1b}[K";
/// Everything below goes, too.
const BELOW: &str = "\u{1b}[J";

/// A screen of our own. Dropped, it gives the terminal back, also after an error or a panic.
pub(super) struct Screen {
    size: Size,
    #[cfg(unix)]
    resized: tokio::signal::unix::Signal,
    #[cfg(unix)]
    suspended: tokio::signal::unix::Signal,
}

impl Screen {
    /// Takes the terminal.
    pub(super) async fn enter() -> io::Result<Self> {
        #[cfg(unix)]
        use tokio::signal::unix::{SignalKind, signal};
        let screen = Self {
            size: size().await,
            #[cfg(unix)]
            resized: signal(SignalKind::window_change())?,
            #[cfg(unix)]
            suspended: signal(SignalKind::from_raw(SUSPEND))?,
        };
        put(ENTER)?;
        Ok(screen)
    }

    /// How large it is.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Draws these lines in one go, over what is there: what stays does not flicker.
    pub(super) fn draw(&self, lines: &[String]) -> io::Result<()> {
        let mut text = String::from(HOME);
        for (place, line) in lines.iter().enumerate() {
            if place > 0 {
                text.push_str("\r\n");
            }
            // Before the text: behind it, at the right edge, some terminals would clear its last character.
            text.push_str(REST);
            text.push_str(line);
        }
        if lines.len() < self.size.rows {
            text.push_str("\r\n");
            text.push_str(BELOW);
        }
        put(&text)
    }

    /// Waits until it has to be drawn anew: it was resized, or comes back from Ctrl-Z.
    #[cfg(unix)]
    pub(super) async fn changed(&mut self) -> io::Result<()> {
        tokio::select! {
            _ = self.resized.recv() => {}
            _ = self.suspended.recv() => {
                put(LEAVE)?;
                // Without a signal of its own to catch, this stops the process until the shell lets it go on.
                let mut stop = tokio::process::Command::new("sh");
                let _ = stop.args(["-c", &format!("kill -STOP {}", std::process::id())]).status().await;
                put(ENTER)?;
            }
        }
        self.size = size().await;
        Ok(())
    }

    /// Never: nothing tells of it here.
    #[cfg(not(unix))]
    pub(super) async fn changed(&mut self) -> io::Result<()> {
        std::future::pending().await
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = put(LEAVE);
    }
}

/// `SIGTSTP`, which has its own number on each system.
#[cfg(all(unix, any(target_os = "linux", target_os = "android")))]
const SUSPEND: i32 = 20;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const SUSPEND: i32 = 18;

fn put(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The terminal's size: what it says of itself, else what the environment says, else the usual.
async fn size() -> Size {
    let told = asked().await;
    let variable = |name: &str| std::env::var(name).ok()?.parse().ok();
    let or = |told: Option<usize>, name: &str, usual: usize| {
        let known = told.filter(|number| *number > 0);
        known
            .or_else(|| variable(name))
            .unwrap_or(usual)
            .clamp(1, 1_000)
    };
    Size {
        rows: or(told.map(|(rows, _)| rows), "LINES", 24),
        columns: or(told.map(|(_, columns)| columns), "COLUMNS", 80),
    }
}

/// Asks `stty`, which is on every Unix: rows and columns.
async fn asked() -> Option<(usize, usize)> {
    let terminal = std::fs::File::open("/dev/tty").ok()?;
    let mut stty = tokio::process::Command::new("stty");
    stty.arg("size").stdin(terminal).stderr(Stdio::null());
    let output = stty.output().await.ok()?;
    parse(&String::from_utf8_lossy(&output.stdout))
}

/// `24 80`
fn parse(text: &str) -> Option<(usize, usize)> {
    let (rows, columns) = text.trim().split_once(' ')?;
    Some((rows.parse().ok()?, columns.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_stty_tells_them() {
        assert_eq!(parse("24 80\n"), Some((24, 80)));
        assert_eq!(parse("stty: not a terminal\n"), None);
        assert_eq!(parse(""), None);
    }
}
