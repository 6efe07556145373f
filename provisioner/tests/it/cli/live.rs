//! `status --watch`: on a real terminal, through a pipe, and as JSON Lines.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::deploy::stage::Stage;
use crate::support::emulator::Emulator;
use crate::support::place::{PATIENCE, Place, interrupt, wait};

/// The binary on a terminal of its own, which `script` makes
/// (<https://man7.org/linux/man-pages/man1/script.1.html>), with what it shows.
struct Terminal {
    child: Child,
    screen: Arc<Mutex<Emulator>>,
    device: String,
    keys: Option<std::process::ChildStdin>,
}

impl Terminal {
    /// Nothing where there is no `script`.
    fn start(place: &Place, line: &str, columns: usize, rows: usize) -> Option<Self> {
        let on_terminal = place.command(line);
        let words = std::iter::once(on_terminal.get_program()).chain(on_terminal.get_args());
        let words: Vec<&str> = words.map(|word| word.to_str().unwrap()).collect();
        let _ = std::fs::remove_file(place.path("tty"));
        let within = format!(
            "stty rows {rows} cols {columns}; tty > tty; exec {}",
            words.join(" ")
        );
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--flush", "--command", &within]);
        command.arg(place.path("typescript"));
        command.env_clear().current_dir(place.path("."));
        command.envs(
            on_terminal
                .get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        );
        command.env("TERM", "xterm").env("SHELL", "/bin/sh");
        command.env("PATH", std::env::var_os("PATH").unwrap());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let Ok(mut child) = command.spawn() else {
            println!("skipped: there is no `script` here to make a terminal with");
            return None;
        };
        let screen = Arc::new(Mutex::new(Emulator::new(columns, rows)));
        let (shared, mut out) = (Arc::clone(&screen), child.stdout.take().unwrap());
        std::thread::spawn(move || {
            let mut some = [0; 4096];
            while let Ok(read @ 1..) = out.read(&mut some) {
                shared.lock().unwrap().feed(&some[..read]);
            }
        });
        let keys = child.stdin.take();
        let mut terminal = Self {
            child,
            screen,
            device: String::new(),
            keys,
        };
        terminal.until("the screen", |screen| screen.is_alternate);
        place.read("tty").trim().clone_into(&mut terminal.device);
        Some(terminal)
    }

    /// Waits until the screen is like this.
    #[track_caller]
    fn until(&mut self, what: &str, is: impl Fn(&Emulator) -> bool) {
        let began = Instant::now();
        loop {
            let screen = self.screen.lock().unwrap();
            if is(&screen) {
                return;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(
                !(began.elapsed() > PATIENCE || ended.is_some()),
                "no {what} ({ended:?}):\n{}",
                screen.text()
            );
            drop(screen);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// As whoever drags the window's corner.
    fn resize(&mut self, columns: usize, rows: usize) {
        self.screen.lock().unwrap().resize(columns, rows);
        let size = [
            "-F",
            &self.device,
            "rows",
            &rows.to_string(),
            "cols",
            &columns.to_string(),
        ];
        assert!(Command::new("stty").args(size).status().unwrap().success());
    }

    /// Ctrl-C; answers the exit code.
    fn end(mut self) -> (i32, Arc<Mutex<Emulator>>) {
        let keys = self.keys.as_mut().unwrap();
        keys.write_all(b"\x03").unwrap();
        keys.flush().unwrap();
        wait(&mut self.child);
        let code = self.child.wait().unwrap().code().unwrap();
        // The thread reads what is left.
        let began = Instant::now();
        while self.screen.lock().unwrap().is_alternate && began.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
        (code, self.screen)
    }
}

#[test]
fn the_screen_is_kept_up_to_date_and_left_as_it_was() {
    let stage = Stage::new("rolling");
    let started = Terminal::start(&stage.place, "status dev --watch", 80, 24);
    let Some(mut terminal) = started else {
        return;
    };
    terminal.until("frame", |screen| {
        screen.has("healthcare-app dev  us-east-1")
            && screen.has("UTC, seen ")
            && screen.has("patient  runs")
            && screen
                .line(23)
                .starts_with("looks every 2s; Ctrl-C ends it")
    });
    assert!(terminal.screen.lock().unwrap().is_cursor_hidden);
    // Somebody else deploys.
    stage.place.expect(0, "deploy --image v2 --service patient");
    terminal.until("new image", |screen| screen.has("image       v2 "));

    // AWS fails: what was seen last stays.
    stage.served.sandbox.fail_next("ListServices", 10_000);
    terminal.until("failure", |screen| {
        screen.has("not seen: ecs:ListServices") && screen.has("image       v2 ")
    });
    stage.served.sandbox.fail_next("ListServices", 0);
    terminal.until("recovery", |screen| {
        !screen.has("not seen: ") && screen.has("v2 ")
    });

    terminal.resize(40, 12);
    terminal.until("small frame", |screen| {
        screen.line(0).trim_end() == "healthcare-app dev  us-east-1"
            && screen.line(1).contains("UTC, seen ")
            && screen.has("patient")
    });
    let (code, screen) = terminal.end();
    assert_eq!(code, 0);
    let screen = screen.lock().unwrap();
    assert!(!screen.is_alternate, "the screen was not given back");
    assert!(!screen.is_cursor_hidden, "the cursor stays hidden");
    assert!(!screen.text().contains("panicked"), "{}", screen.text());
}

#[test]
fn colours_are_left_out_where_they_are_not_wanted() {
    let stage = Stage::new("rolling");
    for (line, coloured) in [
        ("status dev --watch", true),
        ("status dev --watch --no-color", false),
    ] {
        let Some(mut terminal) = Terminal::start(&stage.place, line, 80, 24) else {
            return;
        };
        terminal.until("frame", |screen| screen.has("patient  runs"));
        let (code, screen) = terminal.end();
        assert_eq!(code, 0);
        assert_eq!(screen.lock().unwrap().is_coloured, coloured, "{line}");
    }
}

#[test]
fn what_fails_at_once_fails_without_a_screen() {
    let place = Place::new().at("http://127.0.0.1:9");
    let ran = place.expect(1, "status dev --watch");
    assert_eq!(ran.out, "");
    ran.says(&["error: "]);
    place.expect(3, "status dev --watch --interval 1");
    place.expect(3, "status dev --interval 5");
}

#[test]
fn elsewhere_there_is_a_line_for_each_change() {
    let stage = Stage::new("rolling");
    let mut child = stage.place.start("status dev --watch --format json");
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut read = || {
        let mut line = String::new();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended");
        serde_json::from_str::<Value>(&line).unwrap()
    };
    let first = read();
    assert_eq!(first["format_version"], 1);
    assert!(first["at"].as_str().unwrap().ends_with('Z'));
    stage.place.expect(0, "deploy --image v2 --service patient");
    let mut last = first;
    let is_new = |seen: &Value| {
        let mut services = seen["services"].as_array().unwrap().iter();
        services.any(|one| one["service"] == "patient" && one["tags"][0] == "v2")
    };
    while !is_new(&last) {
        let next = read();
        let without = |value: &Value| {
            let mut value = value.clone();
            value["at"] = Value::Null;
            value
        };
        assert_ne!(without(&next), without(&last), "a line without a change");
        last = next;
    }
    interrupt(&child);
    wait(&mut child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_time_limit_ends_it_and_a_closed_pipe_is_no_error() {
    let stage = Stage::new("rolling");
    let ran = stage.place.expect(0, "status dev --watch --timeout 0");
    ran.shows(&["healthcare-app dev", "patient  runs"]);
    let mut child = stage.place.start("status dev --watch");
    drop(child.stdout.take());
    // It is told when it has something to say.
    stage.place.expect(0, "deploy --image v2 --service patient");
    wait(&mut child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
