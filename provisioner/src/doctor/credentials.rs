//! Who calls, by which credentials, and for how much longer.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use hcctl_engine::Fault;

use super::Check;
use crate::aws::{Identity, Source};

const NAME: &str = "credentials";

/// A first apply takes AWS some ten minutes.
const ENOUGH: Duration = Duration::from_mins(15);

/// Judges who STS says it is.
pub(super) fn check(
    identity: &Result<Arc<Identity>, Fault>,
    source: Option<&Source>,
    profile: Option<&str>,
) -> Check {
    let identity = match identity {
        Ok(identity) => identity,
        Err(fault) => {
            let hint = fault.remedy.clone();
            let hint = hint.unwrap_or_else(|| "check the credentials".to_owned());
            let found = match profile {
                Some(profile) => format!("{fault} (profile {profile})"),
                None => fault.to_string(),
            };
            return Check::failed(NAME, found, hint);
        }
    };
    let who = identity.arn.splitn(6, ':').last().unwrap_or_default();
    let mut found = who.to_owned();
    if let Some(from) = source.and_then(|source| source.from) {
        let _ = write!(found, ", by {from}");
    }
    // A profile that was not used, because keys in the environment go first, is not named.
    if source.is_some_and(|source| source.profile) {
        let _ = write!(found, " (profile {})", profile.unwrap_or("default"));
    }
    let Some(left) = source.and_then(|source| source.left) else {
        return Check::ok(NAME, found);
    };
    let _ = write!(found, ", good for {}", rough(left));
    if left < ENOUGH {
        let hint = "log in again first (aws sso login, aws login): an apply takes some ten minutes";
        return Check::warning(NAME, found, hint);
    }
    Check::ok(NAME, found)
}

/// `42 minutes`, `3 hours`, `12 days`.
fn rough(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    let (number, unit) = match minutes {
        0..120 => (minutes, "minute"),
        120..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    let s = if number == 1 { "" } else { "s" };
    format!("{number} more {unit}{s}")
}

#[cfg(test)]
mod tests {
    use hcctl_engine::Class;

    use super::super::Outcome;
    use super::*;

    fn with(source: Option<&Source>, profile: Option<&str>) -> Check {
        let identity = Identity {
            account: "123456789012".to_owned(),
            arn: "arn:aws:sts::123456789012:assumed-role/apply/me".to_owned(),
        };
        check(&Ok(Arc::new(identity)), source, profile)
    }

    fn source(from: Option<&'static str>, profile: bool, left: Option<u64>) -> Source {
        Source {
            from,
            profile,
            left: left.map(Duration::from_secs),
        }
    }

    #[test]
    fn they_say_who_whence_and_how_long() {
        assert_eq!(with(None, None).found, "assumed-role/apply/me");
        let keys = with(
            Some(&source(Some("AWS_ACCESS_KEY_ID"), false, None)),
            Some("x"),
        );
        assert_eq!(keys.found, "assumed-role/apply/me, by AWS_ACCESS_KEY_ID");
        let sso = with(
            Some(&source(Some("an SSO session"), true, Some(7_300))),
            Some("prod"),
        );
        assert_eq!(sso.outcome, Outcome::Ok);
        assert_eq!(
            sso.found,
            "assumed-role/apply/me, by an SSO session (profile prod), good for 2 more hours"
        );
    }

    #[test]
    fn what_ends_before_an_apply_would_is_a_warning() {
        let check = with(Some(&source(None, false, Some(60))), None);
        assert_eq!(check.outcome, Outcome::Warning);
        assert_eq!(check.found, "assumed-role/apply/me, good for 1 more minute");
        assert_eq!(
            with(Some(&source(None, false, Some(900))), None).outcome,
            Outcome::Ok
        );
    }

    #[test]
    fn without_any_nothing_runs() {
        let fault = Fault::own("sts:GetCallerIdentity", "no AWS credentials were found")
            .class(Class::Credentials)
            .remedy("log in");
        let check = check(&Err(fault), None, Some("nobody"));
        assert_eq!(check.outcome, Outcome::Failed);
        let text = "sts:GetCallerIdentity: no AWS credentials were found (profile nobody)";
        assert_eq!(check.found, text);
        assert_eq!(check.hint.as_deref(), Some("log in"));
    }
}
