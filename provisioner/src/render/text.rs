//! Small words: numbers, times, ids, and text of others made harmless.

use std::fmt::Write as _;
use std::time::Duration;

/// The text without anything that a terminal would obey: control characters and changes of direction are spelled out.
///
/// Descriptions, tags and error messages come from outside.
pub(super) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => clean.push_str("\\n"),
            '\t' => clean.push_str("\\t"),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                let _ = write!(clean, "\\u{{{:x}}}", u32::from(c));
            }
            c if c.is_control() => {
                let _ = write!(clean, "\\u{{{:x}}}", u32::from(c));
            }
            c => clean.push(c),
        }
    }
    clean
}

/// How many columns a text takes: two for the wide characters of East Asian scripts and for pictures.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

fn column(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1_f300..=0x1_faff
        | 0x2_0000..=0x3_fffd => 2,
        _ => 1,
    }
}

/// `0.4s`, `12s`, `1m 42s`, `1h 02m`.
pub(super) fn time(time: Duration) -> String {
    let (seconds, tenths) = (time.as_secs(), time.subsec_millis() / 100);
    match seconds {
        0..10 => format!("{seconds}.{tenths}s"),
        10..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// A time that is only known roughly: `2s`, `3m`.
pub(super) fn rough(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..90 => format!("{seconds}s"),
        seconds => format!("{}m", (seconds + 30) / 60),
    }
}

/// A day since 1970 as year, month and day.
fn date(mut days: u64) -> (u64, usize, u64) {
    let mut year = 1970;
    loop {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let months = [
            31,
            28 + u64::from(leap),
            31,
            30,
            31,
            30,
            31,
            31,
            30,
            31,
            30,
            31,
        ];
        for (month, long) in months.into_iter().enumerate() {
            if days < long {
                return (year, month + 1, days + 1);
            }
            days -= long;
        }
        year += 1;
    }
}

/// `2026-07-01`, in UTC, of seconds since 1970.
pub(super) fn day(seconds: u64) -> String {
    let (year, month, day) = date(seconds / 86_400);
    format!("{year}-{month:02}-{day:02}")
}

/// `09:05:00`, in UTC.
pub(super) fn clock(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

/// `2026-07-01T09:05:00Z`, for programs.
pub(super) fn moment(seconds: u64) -> String {
    format!("{}T{}Z", day(seconds), clock(seconds))
}

/// `1 resource`, `2 resources`.
pub(super) fn count(number: usize, one: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {one}{s}")
}

/// A caller without what is said beside it: `user/maria`, `assumed-role/deploy/maria`.
pub fn short_caller(arn: &str) -> &str {
    arn.splitn(6, ':').last().unwrap_or(arn)
}

/// The part of an ARN that tells one resource from another; other ids are short as they are.
pub(super) fn short_id(id: &str) -> &str {
    let mut parts = id.splitn(6, ':');
    match (parts.next(), parts.nth(4)) {
        (Some("arn"), Some(resource)) => resource,
        _ => id,
    }
}

/// The last part of an ARN, beside an address that says the rest.
pub(super) fn last_part(id: &str) -> &str {
    let resource = short_id(id);
    if resource.len() == id.len() {
        return id;
    }
    let last = resource.rsplit('/').next().unwrap_or(resource);
    if last.len() < resource.len() {
        return last;
    }
    resource.split_once(':').map_or(resource, |(_, last)| last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_told_what_to_do() {
        assert_eq!(
            clean("a\u{1b}[31mb\r\n\u{202e}c\td"),
            "a\\u{1b}[31mb\\u{d}\\n\\u{202e}c\\td"
        );
        assert_eq!(clean("größer, 東京"), "größer, 東京");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(columns("größe"), 5);
        assert_eq!(columns("東京"), 4);
        assert_eq!(columns("e\u{301}"), 1);
    }

    #[test]
    fn times_read_as_people_say_them() {
        let text = |millis| time(Duration::from_millis(millis));
        assert_eq!(text(0), "0.0s");
        assert_eq!(text(9_960), "9.9s");
        assert_eq!(text(59_999), "59s");
        assert_eq!(text(102_000), "1m 42s");
        assert_eq!(text(3_725_000), "1h 02m");
        assert_eq!(rough(Duration::from_secs(2)), "2s");
        assert_eq!(rough(Duration::from_secs(150)), "3m");
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(moment(0), "1970-01-01T00:00:00Z");
        assert_eq!(moment(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(day(951_782_400), "2000-02-29");
        assert_eq!(day(1_709_251_199), "2024-02-29");
        assert_eq!(moment(1_709_251_200), "2024-03-01T00:00:00Z");
        assert_eq!(moment(1_782_864_300), "2026-07-01T00:05:00Z");
        assert_eq!(day(4_107_542_400), "2100-03-01");
    }

    #[test]
    fn an_arn_is_shown_by_its_end() {
        let arn = "arn:aws:ecs:us-east-1:123456789012:service/shop-dev-cluster/orders";
        assert_eq!(short_id(arn), "service/shop-dev-cluster/orders");
        assert_eq!(short_id("arn:aws:s3:::bucket:x"), "bucket:x");
        assert_eq!(short_id("nat-0abc"), "nat-0abc");
        assert_eq!(short_id("arn:odd"), "arn:odd");
        assert_eq!(last_part(arn), "orders");
        let last =
            |resource: &str| last_part(&format!("arn:aws:x:us-east-1:1:{resource}")).to_owned();
        assert_eq!(last("task-definition/shop-orders:3"), "shop-orders:3");
        assert_eq!(last("alarm:shop-dev-cpu"), "shop-dev-cpu");
        assert_eq!(last_part("rtb-1/x"), "rtb-1/x");
    }
}
