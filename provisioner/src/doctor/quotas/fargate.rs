//! vCPUs: what the services' tasks take at most, and a second set of them during deployments.

use super::super::Check;
use super::table::FARGATE;
use crate::environment::Environment;

/// CPU units of a vCPU.
const UNITS: u32 = 1024;

/// Judges by this environment's tasks alone: what else runs in the account is not counted.
pub(super) fn judge(environment: &Environment, limit: f64) -> Check {
    let services = environment.services.values();
    let least: u32 = services
        .clone()
        .map(|service| service.cpu.get() * service.count.get())
        .sum();
    // Any strategy may run as many new tasks beside the old ones.
    let most: u32 = services
        .map(|service| service.cpu.get() * service.scale.max.get() * 2)
        .sum();
    let found = format!(
        "{} to start with, {} in a deployment, of {limit}",
        vcpus(least),
        vcpus(most)
    );
    let hint = format!(
        "raise {} of {} to {} in Service Quotas, or lower scale.max",
        FARGATE.code,
        FARGATE.service,
        vcpus(most).ceil()
    );
    if vcpus(least) > limit {
        Check::failed(FARGATE.check, found, hint)
    } else if vcpus(most) > limit {
        Check::warning(FARGATE.check, found, hint)
    } else {
        Check::ok(FARGATE.check, found)
    }
}

fn vcpus(units: u32) -> f64 {
    f64::from(units) / f64::from(UNITS)
}

#[cfg(test)]
mod tests {
    use super::super::super::Outcome;
    use super::super::super::tests::environment;
    use super::*;

    #[test]
    fn what_starts_must_fit_and_what_may_come_is_told() {
        let two = "services:\n  a: { paths: [\"/a*\"], cpu: 512, count: 2, scale: { max: 6 } }\n  \
                   b: { paths: [\"/b*\"], cpu: 256, count: 1, scale: { max: 2 } }\n";
        let environment = environment(two);
        let enough = judge(&environment, 7.0);
        assert_eq!(enough.outcome, Outcome::Ok);
        assert_eq!(enough.found, "1.25 to start with, 7 in a deployment, of 7");
        let tight = judge(&environment, 6.0);
        assert_eq!(tight.outcome, Outcome::Warning);
        assert_eq!(
            tight.hint.as_deref(),
            Some("raise L-3032A538 of fargate to 7 in Service Quotas, or lower scale.max")
        );
        assert_eq!(judge(&environment, 1.0).outcome, Outcome::Failed);
    }
}
