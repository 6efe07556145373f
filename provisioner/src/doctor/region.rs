//! The region: whether the account has it, and whether it has zones enough.

use hcctl_engine::{Class, Fault};

use super::Check;
use crate::aws::zones::{Zone, choose};
use crate::aws::{Aws, ec2};
use crate::environment::Environment;

const NAME: &str = "region";

pub(super) async fn check(aws: &Aws, environment: &Environment) -> Check {
    let offered = ec2::zones(aws).await;
    let zones = &environment.network.zones;
    judge(
        environment.region.as_ref(),
        (zones.count(), &zones.listed()),
        &offered,
    )
}

fn judge(region: &str, wanted: (usize, &[String]), zones: &Result<Vec<Zone>, Fault>) -> Check {
    match zones {
        Ok(zones) => match choose(region, zones, wanted, &[]) {
            Err(error) => Check::failed(NAME, error.reason, error.remedy),
            Ok(chosen) => {
                let (there, wanted) = (zones.len(), chosen.zones.len());
                let mut found = format!("{region} is enabled; {there} zones, {wanted} wanted");
                for remark in chosen.remarks {
                    found = format!("{found}; it {remark}");
                }
                Check::ok(NAME, found)
            }
        },
        Err(fault) if unknown_there(fault) => not_enabled(region),
        Err(fault) => Check::undone(NAME, fault),
    }
}

/// Why STS does not know who calls: a region that is not enabled knows no credentials.
pub(super) async fn without_identity(aws: &Aws, fault: &Fault) -> Check {
    if unknown_there(fault) && aws.known_elsewhere().await {
        return not_enabled(&aws.scope.region);
    }
    Check::skipped(NAME, "needs credentials")
}

/// What a region answers to credentials that it has never heard of.
fn unknown_there(fault: &Fault) -> bool {
    let codes = [
        "AuthFailure",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    ];
    fault.class == Class::Credentials && codes.iter().any(|code| fault.is(code))
}

fn not_enabled(region: &str) -> Check {
    Check::failed(
        NAME,
        format!("{region} does not know these credentials: it is not enabled"),
        format!("enable it: aws account enable-region --region-name {region}"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    #[test]
    fn zones_must_be_enough() {
        let zone = |letter: &str| Zone {
            name: format!("us-east-1{letter}"),
            id: format!("use1-{letter}"),
            state: "available".to_owned(),
        };
        let of = |letters: &[&str], count| {
            let zones = letters.iter().map(|letter| zone(letter)).collect();
            judge("us-east-1", (count, &[]), &Ok(zones))
        };
        let enough = of(&["a", "b", "c"], 2);
        assert_eq!(enough.outcome, Outcome::Ok);
        assert_eq!(enough.found, "us-east-1 is enabled; 3 zones, 2 wanted");
        let few = of(&["a", "b"], 3);
        assert_eq!(few.outcome, Outcome::Failed);
        assert_eq!(
            few.found,
            "region us-east-1 offers this account 2 availability zones, not 3"
        );
    }

    #[test]
    fn a_region_that_knows_no_credentials_is_not_enabled() {
        let fault = Fault::own("ec2:DescribeAvailabilityZones", "not able to validate");
        let coded = Fault {
            code: Some("AuthFailure".to_owned()),
            ..fault.clone().class(Class::Credentials)
        };
        let closed = judge("ap-east-1", (2, &[]), &Err(coded));
        assert_eq!(closed.outcome, Outcome::Failed);
        assert!(closed.hint.unwrap().contains("enable-region"));
        let denied = judge("ap-east-1", (2, &[]), &Err(fault.class(Class::Denied)));
        assert_eq!(denied.outcome, Outcome::Warning);
    }
}
