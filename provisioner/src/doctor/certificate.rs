//! The load balancer's certificate.

use std::time::{Duration, SystemTime};

use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, CertificateType};
use hcctl_engine::{Class, Fault};

use super::Check;
use crate::aws::{Aws, fault};
use crate::environment::Environment;

const NAME: &str = "certificate";

/// ACM renews its own well before this, if it can.
/// <https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html>
const SOON: u64 = 30;

/// What matters of a certificate.
#[derive(Clone, Debug)]
struct Seen {
    status: CertificateStatus,
    names: Vec<String>,
    ends: Option<SystemTime>,
    /// Somebody else issued it, and nobody renews it.
    imported: bool,
}

impl Seen {
    fn of(detail: CertificateDetail) -> Self {
        let mut names = detail.subject_alternative_names.unwrap_or_default();
        if names.is_empty() {
            names.extend(detail.domain_name);
        }
        Self {
            status: detail.status.unwrap_or_else(|| "unknown".into()),
            names,
            ends: detail.not_after.and_then(|end| end.try_into().ok()),
            imported: detail.r#type == Some(CertificateType::Imported),
        }
    }
}

pub(super) async fn check(aws: &Aws, environment: &Environment) -> Check {
    // That it is of the region, and of the account that the file names, was checked with the file.
    let Some(arn) = &environment.edge.certificate else {
        return Check::skipped(NAME, "none in the file: HTTP only (audit: ELB.1)");
    };
    let call = aws.acm.describe_certificate().certificate_arn(arn.as_ref());
    let answer = call.send().await.map_err(fault("acm:DescribeCertificate"));
    let seen = answer.map(|answer| answer.certificate.map(Seen::of));
    judge(seen, SystemTime::now())
}

fn judge(seen: Result<Option<Seen>, Fault>, now: SystemTime) -> Check {
    let seen = match seen {
        Err(fault) if fault.class == Class::NotFound => None,
        Err(fault) => return Check::undone(NAME, &fault),
        Ok(seen) => seen,
    };
    let Some(seen) = seen else {
        return Check::failed(
            NAME,
            "ACM has none of this ARN in this region and account",
            "correct edge.certificate: aws acm list-certificates shows what there is",
        );
    };
    let names = seen.names.join(", ");
    let left = seen.ends.map(|ends| ends.duration_since(now));
    if seen.status == CertificateStatus::Expired || left.as_ref().is_some_and(Result::is_err) {
        let found = format!("for {names}: expired");
        let hint = "request a new one, or import one, and name it in edge.certificate";
        return Check::failed(NAME, found, hint);
    }
    if seen.status != CertificateStatus::Issued {
        let found = format!("for {names}: {}, not ISSUED", seen.status.as_str());
        return Check::failed(NAME, found, not_issued(&seen.status));
    }
    let days = left
        .and_then(Result::ok)
        .map(|left: Duration| left.as_secs() / 86_400);
    let found = match days {
        Some(1) => format!("for {names}, good for 1 more day"),
        Some(days) => format!("for {names}, good for {days} more days"),
        None => format!("for {names}"),
    };
    if days.is_none_or(|days| days >= SOON) {
        return Check::ok(NAME, found);
    }
    let hint = if seen.imported {
        "import a new one under the same ARN: nobody renews it"
    } else {
        "ACM would have renewed it by now: see its renewal status and its DNS record"
    };
    Check::warning(NAME, found, hint)
}

fn not_issued(status: &CertificateStatus) -> &'static str {
    match status {
        CertificateStatus::PendingValidation => {
            "prove that the domain is yours: make the DNS record that ACM shows"
        }
        _ => "request another one and name it in edge.certificate",
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    fn of(status: CertificateStatus, days: Option<i64>, imported: bool) -> Check {
        let now = SystemTime::now();
        let shift = |days: i64| Duration::from_secs(days.unsigned_abs() * 86_400 + 1);
        let ends = days.map(|days| match days {
            0.. => now + shift(days),
            _ => now - shift(days),
        });
        let seen = Seen {
            status,
            names: vec!["a.example.com".to_owned(), "*.a.example.com".to_owned()],
            ends,
            imported,
        };
        judge(Ok(Some(seen)), now)
    }

    #[test]
    fn one_that_lasts_is_well_and_one_that_ends_soon_is_told() {
        let check = of(CertificateStatus::Issued, Some(200), false);
        assert_eq!(check.outcome, Outcome::Ok);
        assert_eq!(
            check.found,
            "for a.example.com, *.a.example.com, good for 200 more days"
        );
        assert_eq!(
            of(CertificateStatus::Issued, Some(30), false).outcome,
            Outcome::Ok
        );
        let soon = of(CertificateStatus::Issued, Some(29), false);
        assert_eq!(soon.outcome, Outcome::Warning);
        assert!(soon.hint.unwrap().contains("renewal status"));
        let imported = of(CertificateStatus::Issued, Some(1), true);
        assert!(imported.found.ends_with("good for 1 more day"));
        assert!(imported.hint.unwrap().contains("nobody renews it"));
    }

    #[test]
    fn one_that_is_not_good_stops_an_apply() {
        let past = of(CertificateStatus::Issued, Some(-1), false);
        assert_eq!(past.outcome, Outcome::Failed);
        assert!(past.found.ends_with(": expired"), "{}", past.found);
        let expired = of(CertificateStatus::Expired, None, false);
        assert_eq!(expired.outcome, Outcome::Failed);
        let pending = of(CertificateStatus::PendingValidation, None, false);
        assert_eq!(pending.outcome, Outcome::Failed);
        assert!(pending.found.ends_with(": PENDING_VALIDATION, not ISSUED"));
        assert!(pending.hint.unwrap().contains("DNS record"));
        let fault = Fault::own("acm:DescribeCertificate", "none");
        let missing = judge(Err(fault.clone().class(Class::NotFound)), SystemTime::now());
        assert_eq!(missing.outcome, Outcome::Failed);
        let denied = judge(Err(fault.class(Class::Denied)), SystemTime::now());
        assert_eq!(denied.outcome, Outcome::Warning);
    }
}
