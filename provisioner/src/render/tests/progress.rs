//! What is told while things happen.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hcctl_engine::{Event, Fault, Verb};
use indicatif::{ProgressDrawTarget, TermLike};

use super::super::Style;
use super::super::progress::{Bars, JsonLines, Lines, Progress};
use super::scene::{STYLE, address, readable};

const COLOR: Style = Style {
    color: true,
    ..STYLE
};

/// A run in which everything happens once.
fn events() -> Vec<Event> {
    let started = |at: &str, verb, usual| Event::Started {
        address: address(at),
        verb,
        usual: Duration::from_secs(usual),
    };
    let waiting = |at: &str, verb, why: &str| Event::Waiting {
        address: address(at),
        verb,
        why: why.to_owned(),
    };
    let finished = |at: &str, verb, id: &str, millis| Event::Finished {
        address: address(at),
        verb,
        id: id.to_owned(),
        took: Duration::from_millis(millis),
    };
    let fault = Fault {
        code: Some("AddressLimitExceeded".to_owned()),
        request_id: Some("4d1f".to_owned()),
        ..Fault::own("ec2:AllocateAddress", "Too many\naddresses")
    };
    vec![
        started("vpc/main", Verb::Create, 2),
        waiting("vpc/main", Verb::Create, "pending"),
        finished("vpc/main", Verb::Create, "vpc-0abc", 1_240),
        started("nat_gateway/a", Verb::Create, 120),
        started("load_balancer/main", Verb::Await, 150),
        waiting("nat_gateway/a", Verb::Create, "pending"),
        waiting("nat_gateway/a", Verb::Create, "still pending"),
        finished("nat_gateway/a", Verb::Create, "nat-0abc", 102_000),
        finished(
            "load_balancer/main",
            Verb::Await,
            "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/x/1",
            90_000,
        ),
        started("alarm/patient-cpu", Verb::Update, 2),
        finished(
            "alarm/patient-cpu",
            Verb::Update,
            "arn:aws:cloudwatch:us-east-1:1:alarm:x",
            80,
        ),
        started("service/visit", Verb::Delete, 60),
        finished("service/visit", Verb::Delete, "svc-1", 61_000),
        started("elastic_ip/a", Verb::Create, 2),
        Event::Failed {
            address: address("elastic_ip/a"),
            verb: Verb::Create,
            fault,
            took: Duration::from_secs(3),
        },
        Event::Skipped {
            address: address("security_group_rule/appointment-to-dynamodb-in-all-zones"),
            verb: Verb::Create,
            because: address("elastic_ip/a"),
        },
    ]
}

fn run(progress: &impl Progress) {
    for event in events() {
        progress.event(&event);
    }
    progress.finish();
}

/// A writer and a terminal whose text can be read.
#[derive(Clone, Debug, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A reader that is gone after so many writes.
#[derive(Debug)]
struct Broken(Mutex<usize>);

impl Broken {
    fn call(&self) -> io::Result<()> {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(())
    }
}

impl Write for Broken {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.call().map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.call()
    }
}

macro_rules! terminal {
    ($type:ty, |$self:ident, $text:ident| $write:expr) => {
        impl TermLike for $type {
            fn width(&self) -> u16 {
                80
            }
            fn move_cursor_up(&self, _: usize) -> io::Result<()> {
                Ok(())
            }
            fn move_cursor_down(&self, _: usize) -> io::Result<()> {
                Ok(())
            }
            fn move_cursor_right(&self, _: usize) -> io::Result<()> {
                Ok(())
            }
            fn move_cursor_left(&self, _: usize) -> io::Result<()> {
                Ok(())
            }
            fn write_line(&$self, $text: &str) -> io::Result<()> {
                $write
            }
            fn write_str(&$self, $text: &str) -> io::Result<()> {
                $write
            }
            fn clear_line(&self) -> io::Result<()> {
                Ok(())
            }
            fn flush(&self) -> io::Result<()> {
                Ok(())
            }
        }
    };
}

terminal!(Paper, |self, text| writeln!(
    self.clone(),
    "{}",
    text.trim_end()
));
terminal!(Broken, |self, _text| self.call());

#[test]
fn a_log_has_a_line_per_step_and_per_long_wait() {
    let paper = Paper::default();
    run(&Lines::new(paper.clone(), STYLE));
    insta::assert_snapshot!("progress_lines", paper.text());
    let paper = Paper::default();
    run(&Lines::new(paper.clone(), COLOR));
    insta::assert_snapshot!("progress_lines_color", readable(&paper.text()));
    for line in paper.text().lines() {
        let width = uncoloured(line).chars().count();
        assert!(width <= STYLE.width, "{line}");
    }
}

/// The text without its colours.
fn uncoloured(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}

#[test]
fn every_event_is_one_line_of_json() {
    let paper = Paper::default();
    run(&JsonLines::new(paper.clone()));
    insta::assert_snapshot!("progress_json", paper.text());
    assert_eq!(paper.text().lines().count(), events().len());
    for line in paper.text().lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(value["format_version"], 1);
    }
}

#[test]
fn a_terminal_shows_what_runs_and_keeps_what_ended() {
    let paper = Paper::default();
    let bars = Bars::new(
        ProgressDrawTarget::term_like(Box::new(paper.clone())),
        7,
        STYLE,
    );
    run(&bars);
    let text = paper.text();
    let has = |part: &str| assert!(text.contains(part), "'{part}' is not in:\n{text}");
    has("creating nat_gateway/a");
    has("of about 2m");
    has("pending");
    has("awaiting load_balancer/main");
    has("deleting service/visit");
    has("of 7 steps");
    for line in [
        "created   vpc/main",
        "changed   alarm/patient-cpu",
        "deleted   service/visit",
        "failed    elastic_ip/a",
    ] {
        has(line);
    }
}

#[test]
fn what_is_said_meanwhile_stays_above_the_bars() {
    let paper = Paper::default();
    let bars = Bars::new(
        ProgressDrawTarget::term_like(Box::new(paper.clone())),
        7,
        STYLE,
    );
    bars.event(&events()[0]);
    bars.say("interrupted: ending what is under way\n");
    let text = paper.text();
    let (_, after) = text
        .split_once("interrupted: ending what is under way")
        .unwrap();
    assert!(after.contains("creating vpc/main"), "{text:?}");
    bars.finish();
}

#[test]
fn more_steps_than_expected_are_counted_too() {
    let paper = Paper::default();
    run(&Bars::new(
        ProgressDrawTarget::term_like(Box::new(paper.clone())),
        0,
        STYLE,
    ));
    let text = paper.text();
    let counts = text
        .lines()
        .filter_map(|line| line.split_once("] ")?.1.split_once(" steps"));
    let counts: Vec<(u32, u32)> = counts
        .filter_map(|(count, _)| count.split_once(" of "))
        .filter_map(|(done, of)| Some((done.parse().ok()?, of.parse().ok()?)))
        .collect();
    assert!(!counts.is_empty(), "{text}");
    assert!(counts.iter().all(|(done, of)| done <= of), "{counts:?}");
}

#[test]
fn a_reader_that_is_gone_does_not_stop_a_run() {
    for left in 0..4 {
        run(&Lines::new(Broken(Mutex::new(left)), STYLE));
        run(&JsonLines::new(Broken(Mutex::new(left))));
        run(&Bars::new(
            ProgressDrawTarget::term_like(Box::new(Broken(Mutex::new(left)))),
            7,
            COLOR,
        ));
    }
    run(&Bars::new(ProgressDrawTarget::hidden(), 7, COLOR));
}
