//! Points in time and the span between two of them.

use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};
use service_kit::fields::Reason;

const REASON: Reason =
    "must be a time as RFC 3339 writes it (2030-01-31T09:00:00Z), from the year 2000 to 2199";

/// A point in time, answered in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Timestamp);

impl Moment {
    /// Reads RFC 3339's date-time and nothing wider, with any offset.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        if !is_rfc_3339(text.as_bytes()) {
            return Err(REASON);
        }
        let moment: Timestamp = text.parse().map_err(|_| REASON)?;
        let year = moment.to_zoned(jiff::tz::TimeZone::UTC).year();
        if (2000..2200).contains(&year) {
            Ok(Self(moment))
        } else {
            Err(REASON)
        }
    }

    /// A text that sorts as the times do.
    pub fn sortable(self) -> String {
        format!("{:.9}", self.0)
    }

    /// The UTC day.
    pub fn day(self) -> jiff::civil::Date {
        self.0.to_zoned(jiff::tz::TimeZone::UTC).date()
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// `YYYY-MM-DDThh:mm:ss`, perhaps a fraction, then `Z` or `+hh:mm`.
fn is_rfc_3339(text: &[u8]) -> bool {
    const FORM: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let fits = |form: &[u8], text: &[u8]| {
        form.len() == text.len()
            && form.iter().zip(text).all(|(form, byte)| match form {
                b'd' => byte.is_ascii_digit(),
                literal => literal.eq_ignore_ascii_case(byte),
            })
    };
    let Some((whole, rest)) = text.split_at_checked(FORM.len()) else {
        return false;
    };
    let rest = match rest.split_first() {
        Some((b'.', fraction)) => {
            let digits = fraction
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            if !(1..=9).contains(&digits) {
                return false;
            }
            &fraction[digits..]
        }
        _ => rest,
    };
    fits(FORM, whole) && (fits(b"Z", rest) || fits(b"+dd:dd", rest) || fits(b"-dd:dd", rest))
}

/// A time from its start up to, not including, its end: a minute to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When it begins.
    pub start: Moment,
    /// When the next one may begin.
    pub end: Moment,
}

impl Span {
    /// From two points in time.
    pub fn new(start: Moment, end: Moment) -> Result<Self, Reason> {
        let length = end.0.duration_since(start.0);
        if length < SignedDuration::from_mins(1) {
            return Err("must be at least a minute after `start`");
        }
        if length > SignedDuration::from_hours(24) {
            return Err("must be at most 24 hours after `start`");
        }
        Ok(Self { start, end })
    }

    /// Whether the two have any time in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The UTC days it touches: one or two.
    pub fn days(self) -> Vec<jiff::civil::Date> {
        let last = Moment(self.end.0 - SignedDuration::from_nanos(1)).day();
        let mut days = vec![self.start.day()];
        if last != days[0] {
            days.push(last);
        }
        days
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: i64) -> Moment {
        Moment(Timestamp::from_second(1_900_000_000 + minute * 60).expect("in range"))
    }

    proptest! {
        #[test]
        fn overlap_is_having_a_minute_in_common(a in 0_i64..200, b in 1_i64..200, c in 0_i64..200, d in 1_i64..200) {
            let one = Span::new(at(a), at(a + b)).expect("valid");
            let two = Span::new(at(c), at(c + d)).expect("valid");
            let common = (a..a + b).any(|minute| (c..c + d).contains(&minute));
            prop_assert_eq!(one.overlaps(two), common);
            prop_assert_eq!(two.overlaps(one), common);
        }

        #[test]
        fn two_spans_that_overlap_share_a_day(a in 0_i64..4000, b in 1_i64..1440, c in 0_i64..4000, d in 1_i64..1440) {
            let one = Span::new(at(a), at(a + b)).expect("valid");
            let two = Span::new(at(c), at(c + d)).expect("valid");
            prop_assert!(one.days().len() <= 2);
            if one.overlaps(two) {
                prop_assert!(one.days().iter().any(|day| two.days().contains(day)));
            }
        }

        #[test]
        fn a_sortable_text_sorts_as_time_does(a in 946_684_800_000_i64..7_258_118_400_000, b in 946_684_800_000_i64..7_258_118_400_000) {
            let moment = |millis| Moment(Timestamp::from_millisecond(millis).expect("in range"));
            prop_assert_eq!(moment(a).cmp(&moment(b)), moment(a).sortable().cmp(&moment(b).sortable()));
            let written = serde_json::to_value(moment(a)).expect("a string");
            prop_assert_eq!(Moment::parse(written.as_str().expect("a string")), Ok(moment(a)));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = Moment::parse(&text);
        }
    }

    #[test]
    fn only_rfc_3339_reads() {
        for text in [
            "2030-01-31T09:00:00Z",
            "2030-01-31T09:00:00.5+02:00",
            "2030-01-31t09:00:00z",
        ] {
            assert!(Moment::parse(text).is_ok(), "{text}");
        }
        for text in [
            "2030-01-31",
            "2030-01-31T09:00Z",
            "2030-01-31T09:00:00",
            "2030-02-30T09:00:00Z",
            "20300131T090000Z",
            "1999-12-31T23:59:59Z",
            "2030-01-31T09:00:00+0200",
            "2030-01-31T09:00:00.Z",
        ] {
            assert!(Moment::parse(text).is_err(), "{text}");
        }
    }
}
