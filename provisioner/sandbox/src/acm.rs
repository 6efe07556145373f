//! ACM: certificates, as far as a load balancer's owner asks about them.
//!
//! Owns: certificates. Must not know: who uses them. There is nobody here who could validate a domain, so no certificate is requested:
//! the one that is asked about, or that a listener takes, is issued at its first mention if its ARN is one of the region's and
//! the account's own. [`Sandbox::set_certificate`](crate::Sandbox::set_certificate) puts another in its place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::time::epoch;
use crate::world::World;

const DAY: u64 = 86_400_000;

/// How long a new one lasts: 395 days, as ACM's certificates of 2025 do.
/// <https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html>
const LASTS: u64 = 395 * DAY;

/// A region's certificates, by ARN.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    certificates: BTreeMap<String, Certificate>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Certificate {
    /// The names that it covers, the main one first.
    names: Vec<String>,
    status: String,
    created: u64,
    /// When it ends; one that was never issued has no end.
    ends: Option<u64>,
}

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "DescribeCertificate" => describe(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// Puts a certificate in place that ends so many days from now; in the past it has ended.
pub(crate) fn set(
    world: &mut World,
    region: &str,
    arn: &str,
    names: &[&str],
    status: &str,
    days: i64,
) {
    let now = world.now();
    let issued = !["PENDING_VALIDATION", "VALIDATION_TIMED_OUT", "FAILED"].contains(&status);
    let certificate = Certificate {
        names: names.iter().map(|&name| name.to_owned()).collect(),
        status: status.to_owned(),
        created: now,
        ends: issued.then(|| now.saturating_add_signed(days.saturating_mul(DAY as i64))),
    };
    let certificates = &mut world.region(region).acm.certificates;
    certificates.insert(arn.to_owned(), certificate);
}

/// The status of a certificate, which is issued if this is the first that is heard of it; nothing where the ARN is not one of ours.
pub(crate) fn status(world: &mut World, call: &Call, arn: &str) -> Option<String> {
    mention(world, call, arn).map(|certificate| certificate.status.clone())
}

fn mention<'w>(world: &'w mut World, call: &Call, arn: &str) -> Option<&'w Certificate> {
    let id = arn.strip_prefix(&call.arn("acm", "certificate/"))?;
    if id.is_empty() {
        return None;
    }
    let now = world.now();
    let certificates = &mut world.region(&call.region).acm.certificates;
    let certificate = certificates
        .entry(arn.to_owned())
        .or_insert_with(|| Certificate {
            names: vec!["sandbox.example.com".to_owned()],
            status: "ISSUED".to_owned(),
            created: now,
            ends: Some(now + LASTS),
        });
    // Once it has ended, ACM says so.
    if certificate.status == "ISSUED" && certificate.ends.is_some_and(|ends| ends <= now) {
        "EXPIRED".clone_into(&mut certificate.status);
    }
    Some(certificate)
}

/// [DescribeCertificate](https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html).
fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["CertificateArn"])?;
    let arn = call.text("CertificateArn").unwrap_or_default();
    if !arn.starts_with("arn:") {
        return Err(AwsError::validation(format!(
            "1 validation error detected: Value '{arn}' at 'certificateArn' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: arn:[\\w+=/,.@-]+:acm:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*"
        )));
    }
    let Some(certificate) = mention(world, call, arn) else {
        return Err(AwsError::new(
            "ResourceNotFoundException",
            format!("Could not find certificate {arn}."),
        ));
    };
    let issued = certificate.ends.is_some();
    let mut seen = json!({
        "CertificateArn": arn,
        "DomainName": certificate.names.first(),
        "SubjectAlternativeNames": certificate.names,
        "Status": certificate.status,
        "Type": "AMAZON_ISSUED",
        "CreatedAt": epoch(certificate.created),
        "KeyAlgorithm": "RSA-2048",
        "SignatureAlgorithm": "SHA256WITHRSA",
        "InUseBy": [],
        "RenewalEligibility": if issued { "ELIGIBLE" } else { "INELIGIBLE" },
    });
    if let Some(ends) = certificate.ends {
        seen["NotAfter"] = Value::from(epoch(ends));
        seen["NotBefore"] = Value::from(epoch(certificate.created.min(ends)));
        seen["IssuedAt"] = Value::from(epoch(certificate.created.min(ends)));
    }
    Ok(Answer::Json(json!({ "Certificate": seen })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;

    const ARN: &str = "arn:aws:acm:us-east-1:123456789012:certificate/a";

    fn ask(bench: &Bench, arn: &str) -> Result<Value, String> {
        let answer = bench.json(
            "acm",
            "DescribeCertificate",
            json!({ "CertificateArn": arn }),
        );
        answer
            .map(|answer| answer["Certificate"].clone())
            .map_err(|refusal| refusal.code)
    }

    #[test]
    fn one_is_issued_at_its_first_mention_and_ends() {
        let bench = Bench::new();
        let seen = ask(&bench, ARN).unwrap();
        assert_eq!(seen["Status"], "ISSUED");
        assert_eq!(seen["DomainName"], "sandbox.example.com");
        bench.sandbox.advance(LASTS);
        let later = ask(&bench, ARN).unwrap();
        assert_eq!(later["Status"], "EXPIRED");
        assert_eq!(later["NotAfter"], seen["NotAfter"]);
        let elsewhere = ask(&bench, &ARN.replace("us-east-1", "eu-west-1"));
        assert_eq!(elsewhere.unwrap_err(), "ResourceNotFoundException");
        assert_eq!(ask(&bench, "a").unwrap_err(), "ValidationException");
    }

    #[test]
    fn one_that_is_put_in_place_is_as_it_was_put() {
        let bench = Bench::new();
        let set = |status, days| {
            bench
                .sandbox
                .set_certificate(ARN, &["a.example.com", "b.example.com"], status, days);
        };
        set("ISSUED", -1);
        assert_eq!(ask(&bench, ARN).unwrap()["Status"], "EXPIRED");
        set("PENDING_VALIDATION", 0);
        let pending = ask(&bench, ARN).unwrap();
        assert_eq!(pending["Status"], "PENDING_VALIDATION");
        assert!(pending.get("NotAfter").is_none(), "{pending}");
        assert_eq!(pending["SubjectAlternativeNames"][1], "b.example.com");
    }
}
