//! Whether there is room for what an apply would still make: what is there and what is to come against the account's
//! quotas. Only what is to come is asked about.
//!
//! `table` has the quotas, `need` what a plan makes of each, `used` counts what is there, `limit` asks Service Quotas;
//! `fargate` is for tasks, which no plan makes.

mod fargate;
mod limit;
mod need;
mod table;
mod used;

use hcctl_engine::plan::PlanError;
use hcctl_engine::{Action, Address, Change, Class, Fault, Plan};

use super::{Check, Outcome};
use crate::aws::Aws;
use crate::environment::Environment;
use need::{Need, needs};
use table::Quota;

pub(super) async fn check(aws: &Aws, environment: &Environment, plan: Option<&Plan>) -> Vec<Check> {
    let Some(plan) = plan else {
        return vec![Check::skipped("quotas", "needs a plan")];
    };
    let needs = needs(plan);
    let counted = futures_util::future::join_all(needs.iter().map(|need| async move {
        let (used, limit) = tokio::join!(used::of(aws, need), limit::of(aws, need.quota));
        Ok((used?, limit?))
    }));
    let tasks = limit::of(aws, &table::FARGATE);
    let (counted, tasks) = tokio::join!(counted, tasks);
    if let Some(check) = nothing_told(&counted, &tasks) {
        return vec![check];
    }
    let checks = needs.iter().zip(&counted);
    let mut checks: Vec<Check> = checks
        .map(|(need, counted)| match counted {
            Ok((used, limit)) => judge(need, *used, *limit),
            Err(fault) => Check::undone(need.quota.check, fault),
        })
        .collect();
    checks.push(match tasks {
        Ok(limit) => fargate::judge(environment, limit),
        Err(fault) => Check::undone(table::FARGATE.check, &fault),
    });
    checks
}

/// The quotas that a plan would exceed. What Service Quotas does not tell is passed over: `doctor` says so.
pub(super) async fn exceeded(aws: &Aws, plan: &Plan) -> Vec<PlanError> {
    let needs = needs(plan);
    let counted = futures_util::future::join_all(needs.iter().map(|need| async move {
        let (used, limit) = tokio::join!(used::of(aws, need), limit::of(aws, need.quota));
        Some((used.ok()?, limit.ok()?))
    }));
    let counted = counted.await;
    let full = needs.iter().zip(counted).filter_map(|(need, counted)| {
        let (used, limit) = counted?;
        let check = judge(need, used, limit);
        let made = |change: &&Change| {
            change.address.kind == need.quota.kind && change.action == Action::Create
        };
        (check.outcome == Outcome::Failed).then(|| PlanError::Conflict {
            address: plan.changes.iter().find(made).map_or_else(
                || Address::new(need.quota.kind, "main"),
                |it| it.address.clone(),
            ),
            reason: format!("the account's quota is met: {}", check.found),
            remedy: check.hint.unwrap_or_default(),
        })
    });
    full.collect()
}

/// One check instead of one per quota where the caller may not ask for any.
fn nothing_told(
    counted: &[Result<(usize, f64), Fault>],
    tasks: &Result<f64, Fault>,
) -> Option<Check> {
    let counted = counted.iter().map(|one| one.as_ref().err());
    let mut faults = counted.chain([tasks.as_ref().err()]);
    let first = faults.next().flatten()?;
    let same = |fault: Option<&Fault>| {
        fault
            .is_some_and(|fault| fault.class == Class::Denied && fault.operation == first.operation)
    };
    (same(Some(first)) && faults.all(same)).then(|| Check::undone("quotas", first))
}

fn judge(need: &Need, used: usize, limit: f64) -> Check {
    let Quota {
        check,
        service,
        code,
        ..
    } = need.quota;
    let place = need
        .zone
        .as_ref()
        .map_or_else(String::new, |zone| format!("{zone}: "));
    let more = need.more;
    let found = format!("{place}{used} of {limit} used, {more} more needed");
    let wanted = used + more;
    if wanted as f64 <= limit {
        return Check::ok(check, found);
    }
    let hint = format!(
        "raise {code} of {service} to {wanted} in Service Quotas, or remove what is not used"
    );
    Check::failed(check, found, hint)
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    fn need(more: usize, zone: Option<&str>) -> Need {
        Need {
            quota: &table::QUOTAS[0],
            more,
            zone: zone.map(str::to_owned),
        }
    }

    #[test]
    fn what_is_there_and_what_comes_must_fit() {
        let fits = judge(&need(1, None), 4, 5.0);
        assert_eq!(fits.outcome, Outcome::Ok);
        assert_eq!(fits.found, "4 of 5 used, 1 more needed");
        let full = judge(&need(1, Some("us-east-1a")), 5, 5.0);
        assert_eq!(full.outcome, Outcome::Failed);
        assert_eq!(full.found, "us-east-1a: 5 of 5 used, 1 more needed");
        assert_eq!(
            full.hint.as_deref(),
            Some("raise L-F678F1CE of vpc to 6 in Service Quotas, or remove what is not used")
        );
    }

    #[test]
    fn a_caller_who_may_ask_for_none_is_told_once() {
        let denied = || Fault::own("servicequotas:GetServiceQuota", "no").class(Class::Denied);
        let all = [Err(denied()), Err(denied())];
        let check = nothing_told(&all, &Err(denied())).unwrap();
        assert_eq!((check.name, check.outcome), ("quotas", Outcome::Warning));
        let some = [Err(denied()), Ok((1, 5.0))];
        assert_eq!(nothing_told(&some, &Err(denied())), None);
        assert_eq!(nothing_told(&all, &Ok(1.0)), None);
        let other = Fault::own("ec2:DescribeVpcs", "no").class(Class::Denied);
        assert_eq!(nothing_told(&[Err(other)], &Err(denied())), None);
    }
}
