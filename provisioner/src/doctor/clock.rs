//! This machine's clock against AWS's.
//!
//! "In most cases, a request must reach AWS within five minutes of the time stamp in the request. Otherwise, AWS denies the
//! request." <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html> The SDK corrects its signatures once
//! it was refused; the lease's times, which machines compare with one another, nobody corrects.

use super::Check;

const NAME: &str = "clock";

/// From here on it is told, in seconds.
const TOLD: i64 = 60;
/// From here on AWS refuses what is signed.
const REFUSED: i64 = 300;

/// Judges by how many seconds AWS is ahead.
pub(super) fn check(skew: Option<i64>) -> Check {
    let Some(skew) = skew else {
        return Check::skipped(NAME, "no answer told the time");
    };
    let (by, side) = (skew.abs(), if skew > 0 { "behind" } else { "ahead of" });
    let found = || format!("{} {side} AWS's", amount(by));
    match by {
        ..TOLD => Check::ok(NAME, "agrees with AWS's within a minute"),
        TOLD..REFUSED => Check::warning(
            NAME,
            found(),
            "let the system set its clock (NTP): five minutes off, AWS refuses every call",
        ),
        _ => Check::failed(
            NAME,
            found(),
            "let the system set its clock (NTP): AWS refuses what is signed five minutes off, and the lease's times are wrong",
        ),
    }
}

fn amount(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds / 60),
        7200..172_800 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    #[test]
    fn a_minute_is_told_and_five_are_too_much() {
        let of = |skew| {
            let check = check(Some(skew));
            (check.outcome, check.found)
        };
        let ok = "agrees with AWS's within a minute".to_owned();
        assert_eq!(of(0), (Outcome::Ok, ok.clone()));
        assert_eq!(of(-59), (Outcome::Ok, ok));
        assert_eq!(of(60), (Outcome::Warning, "60 seconds behind AWS's".into()));
        let most = (Outcome::Warning, "4 minutes ahead of AWS's".into());
        assert_eq!(of(-299), most);
        assert_eq!(of(300), (Outcome::Failed, "5 minutes behind AWS's".into()));
        let days = (Outcome::Failed, "3 days ahead of AWS's".into());
        assert_eq!(of(-300_000), days);
        assert_eq!(check(None).outcome, Outcome::Skipped);
    }
}
