//! The access log: one line per request saying who did what to which resource, when, and with what outcome.
//!
//! Never a path, a query, a header, a name, a birth date or a body. The caller's name is the token's subject, an account.

use std::cell::RefCell;
use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::StatusCode;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::action::Action;
use crate::log::Log;

/// Put into a response by a handler that made a resource, so that the log can name it.
#[derive(Clone, Copy, Debug)]
pub struct Made(pub Uuid);

/// One request, done.
#[derive(Debug)]
pub struct Access<'a> {
    /// The request's id, which the client has too.
    pub request: &'a str,
    /// The token's subject; absent where nobody is known.
    pub subject: Option<&'a str>,
    /// What was wanted.
    pub action: Action,
    /// Of which resource.
    pub id: Option<Uuid>,
    /// What was answered.
    pub status: StatusCode,
    /// How long it took.
    pub took: Duration,
}

/// Who writes the lines of one service. What is the same in every line is put together once.
pub struct Audit {
    log: Log,
    /// From behind the time to the request's id.
    head: String,
    /// By action: from behind the subject to the resource's id.
    actions: [String; Action::ALL.len()],
}

impl Audit {
    /// For a service and its resource.
    pub fn new(service: &str, resource: &str, log: Log) -> Self {
        Self {
            log,
            head: format!(
                "\",\"level\":\"INFO\",\"kind\":\"access\",\"service\":\"{service}\",\"request\":\""
            ),
            actions: Action::ALL.map(|action| {
                format!(",\"action\":\"{resource}.{}\",\"resource\":", action.name())
            }),
        }
    }

    /// Writes the line.
    pub fn record(&self, access: &Access<'_>) {
        self.log.append(|line| self.write(access, line));
    }

    fn write(&self, access: &Access<'_>, line: &mut Vec<u8>) {
        // More than a line without its subject, so that the parts do not each make the heap grow.
        line.reserve(512);
        line.extend_from_slice(b"{\"timestamp\":\"");
        now(line);
        line.extend_from_slice(self.head.as_bytes());
        line.extend_from_slice(access.request.as_bytes());
        line.extend_from_slice(b"\",\"subject\":");
        match access.subject {
            None => line.extend_from_slice(b"null"),
            Some(subject) => {
                // Writing a text to a vector cannot fail.
                let _ = serde_json::to_writer(&mut *line, subject);
            }
        }
        line.extend_from_slice(self.actions[access.action as usize].as_bytes());
        match access.id {
            None => line.extend_from_slice(b"null"),
            Some(id) => {
                let mut text = [b'"'; Hyphenated::LENGTH + 2];
                id.hyphenated()
                    .encode_lower(&mut text[1..=Hyphenated::LENGTH]);
                line.extend_from_slice(&text);
            }
        }
        line.extend_from_slice(b",\"status\":");
        line.extend_from_slice(access.status.as_str().as_bytes());
        let outcome: &[u8] = match access.status.as_u16() {
            0..=399 => b",\"outcome\":\"done\",\"micros\":",
            401 | 403 => b",\"outcome\":\"denied\",\"micros\":",
            400..=499 => b",\"outcome\":\"refused\",\"micros\":",
            _ => b",\"outcome\":\"failed\",\"micros\":",
        };
        line.extend_from_slice(outcome);
        digits(line, access.took.as_micros() as u64);
        line.extend_from_slice(b"}\n");
    }
}

/// Appends a number, without the general machinery of formatting.
fn digits(line: &mut Vec<u8>, mut number: u64) {
    let mut buffer = [0; 20];
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    line.extend_from_slice(&buffer[at..]);
}

/// Appends the time to the millisecond. The seconds are written once per second and thread: writing a date is most of the
/// work of a line.
fn now(line: &mut Vec<u8>) {
    thread_local! { static SECOND: RefCell<(i64, Vec<u8>)> = const { RefCell::new((i64::MIN, Vec::new())) }; }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let (second, millis) = (now.as_secs() as i64, now.subsec_millis());
    SECOND.with_borrow_mut(|(written, text)| {
        if *written != second {
            text.clear();
            // 2026-11-22T19:54:53Z without its Z. Writing to a vector cannot fail.
            let _ = write!(
                text,
                "{}",
                jiff::Timestamp::from_second(second).unwrap_or_default()
            );
            text.pop();
            *written = second;
        }
        line.extend_from_slice(text);
        let digit = |number: u32| b'0' + (number % 10) as u8;
        line.extend_from_slice(&[
            b'.',
            digit(millis / 100),
            digit(millis / 10),
            digit(millis),
            b'Z',
        ]);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_json_object_whatever_the_subject_is() {
        let log = Log::kept();
        let id = crate::id::new();
        let access = Access {
            request: "r1",
            subject: Some("a\"b\nc"),
            action: Action::Read,
            id: Some(id),
            status: StatusCode::OK,
            took: Duration::from_micros(12),
        };
        Audit::new("patient-service", "patients", log.clone()).record(&access);
        let line: serde_json::Value = serde_json::from_str(&log.text()).expect("one object");
        assert_eq!(line["subject"], "a\"b\nc");
        assert_eq!(line["service"], "patient-service");
        assert_eq!(line["request"], "r1");
        assert_eq!(line["status"], 200);
        assert_eq!(line["action"], "patients.read");
        assert_eq!(line["resource"], id.to_string());
        assert_eq!(line["outcome"], "done");
        assert_eq!(line["micros"], 12);
        let written: jiff::Timestamp = line["timestamp"]
            .as_str()
            .expect("a text")
            .parse()
            .expect("a time");
        assert!(written.duration_until(jiff::Timestamp::now()).as_secs() < 5);
        assert_eq!(log.text().matches('\n').count(), 1);
    }

    #[test]
    fn numbers_are_written_whole() {
        for number in [0, 7, 10, 1_000_000, u64::MAX] {
            let mut line = Vec::new();
            digits(&mut line, number);
            assert_eq!(line, number.to_string().as_bytes());
        }
    }
}
