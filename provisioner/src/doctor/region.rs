//! The region: whether the account has it, and whether it has zones enough.

use hcctl_engine::{Class, Fault};

use super::Check;
use crate::aws::{Aws, ec2};
use crate::environment::Environment;

const NAME: &str = "region";

pub(super) async fn check(aws: &Aws, environment: &Environment) -> Check {
    let wanted = usize::from(environment.network.zones.get());
    judge(environment.region.as_ref(), wanted, &ec2::zones(aws).await)
}

fn judge(region: &str, wanted: usize, zones: &Result<Vec<String>, Fault>) -> Check {
    match zones {
        Ok(zones) if zones.len() < wanted => Check::failed(
            NAME,
            format!(
                "{region} offers this account {} zones, not {wanted}",
                zones.len()
            ),
            "lower network.zones, or use another region",
        ),
        Ok(zones) => Check::ok(
            NAME,
            format!(
                "{region} is enabled; {} zones, {wanted} wanted",
                zones.len()
            ),
        ),
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
        let zones = |number: usize| Ok((0..number).map(|n| format!("us-east-1{n}")).collect());
        let enough = judge("us-east-1", 2, &zones(3));
        assert_eq!(enough.outcome, Outcome::Ok);
        assert_eq!(enough.found, "us-east-1 is enabled; 3 zones, 2 wanted");
        let few = judge("us-east-1", 3, &zones(2));
        assert_eq!(few.outcome, Outcome::Failed);
        assert_eq!(few.found, "us-east-1 offers this account 2 zones, not 3");
    }

    #[test]
    fn a_region_that_knows_no_credentials_is_not_enabled() {
        let fault = Fault::own("ec2:DescribeAvailabilityZones", "not able to validate");
        let coded = Fault {
            code: Some("AuthFailure".to_owned()),
            ..fault.clone().class(Class::Credentials)
        };
        let closed = judge("ap-east-1", 2, &Err(coded));
        assert_eq!(closed.outcome, Outcome::Failed);
        assert!(closed.hint.unwrap().contains("enable-region"));
        let denied = judge("ap-east-1", 2, &Err(fault.class(Class::Denied)));
        assert_eq!(denied.outcome, Outcome::Warning);
    }
}
