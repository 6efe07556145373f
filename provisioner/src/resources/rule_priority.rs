//! The priorities of a listener's rules, each of which may exist once: two rules that change places are in each other's
//! way, and so is a rule that is to move from a new rule's place.
//!
//! It owns the order of moves. A rule that stands in the way is moved only if it is ours: its own step puts it right.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetRulePriorities.html>

use std::sync::Arc;

use aws_sdk_elasticloadbalancingv2::types::{Rule, RulePriorityPair};
use hcctl_engine::{Fault, Kind as _, Snapshot};
use tokio::sync::Mutex;

use super::listener::Listener;
use super::listener_rule::ListenerRule;
use crate::aws::{Aws, Theirs, fault};

/// A rule's place on a listener of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The listener's name, such as `https`.
    pub listener: String,
    /// The rule's name, if it is the environment's.
    pub rule: Option<String>,
    /// Its ARN.
    pub arn: String,
    /// Its priority.
    pub priority: u32,
    /// The priority that hcctl once chose for it, because its usual one was taken.
    pub chosen: Option<u32>,
}

/// The tag of a rule whose priority hcctl chose: it keeps it, also when its usual one is free again.
pub const CHOSEN: &str = "hcctl:priority";

/// The places of all rules on the environment's listeners, strangers' included; no call beyond what a look makes anyway.
pub async fn seats(aws: &Aws, snapshot: &Snapshot) -> Result<Vec<Seat>, Fault> {
    let of_kind = |kind: &'static str| {
        let ours = snapshot.ours().iter();
        ours.filter(move |seen| seen.address.kind == kind)
    };
    let mut seats = Vec::new();
    for (rule, on) in super::listener_rule::of_ours(aws).await?.iter() {
        let listener = of_kind(Listener::NAME).find(|listener| &listener.id == on);
        let (Some(listener), Some(priority), Some(arn)) = (listener, place(rule), rule.rule_arn())
        else {
            continue;
        };
        let ours = of_kind(ListenerRule::NAME).find(|seen| seen.id == arn);
        seats.push(Seat {
            listener: listener.address.name.clone(),
            rule: ours.map(|seen| seen.address.name.clone()),
            chosen: ours
                .and_then(|seen| seen.raw.field("tags")?.get(CHOSEN)?.as_str()?.parse().ok()),
            arn: arn.to_owned(),
            priority: priority as u32,
        });
    }
    Ok(seats)
}

/// The highest priority there is.
pub const LAST: u32 = 50_000;

const SET: &str = "elasticloadbalancing:SetRulePriorities";

/// Gives a rule a priority; one of ours that has it gets this rule's in exchange.
pub(super) async fn set(
    aws: &Aws,
    kind: &str,
    listener: &str,
    arn: &str,
    wanted: u32,
) -> Result<(), Fault> {
    let turn = turns(aws).await?;
    let _turn = turn.lock().await;
    let Err(met) = change(aws, [(arn, wanted as i32)]).await else {
        return Ok(());
    };
    if !met.is("PriorityInUse") {
        return Err(met);
    }
    let rules = super::listener_rule::rules(aws, listener).await?;
    let own = rules.iter().find(|rule| rule.rule_arn() == Some(arn));
    let (Some(own), Some(other)) = (
        own.and_then(place),
        holder(aws, kind, &rules, wanted).await?,
    ) else {
        return Err(met);
    };
    change(aws, [(arn, wanted as i32), (&other, own)]).await
}

/// Moves a rule of ours out of a new rule's place; `false` where somebody else's rule has it.
pub(super) async fn make_way(
    aws: &Aws,
    kind: &str,
    listener: &str,
    wanted: u32,
) -> Result<bool, Fault> {
    let turn = turns(aws).await?;
    let _turn = turn.lock().await;
    let rules = super::listener_rule::rules(aws, listener).await?;
    let Some(other) = holder(aws, kind, &rules, wanted).await? else {
        return Ok(rules.iter().all(|rule| place(rule) != Some(wanted as i32)));
    };
    let taken: Vec<i32> = rules.iter().filter_map(place).collect();
    let free = (1..=LAST as i32).rev().find(|place| !taken.contains(place));
    change(aws, [(other.as_str(), free.unwrap_or(LAST as i32))]).await?;
    Ok(true)
}

/// One move at a time: a rule that has its place already is then never in the way of another.
async fn turns(aws: &Aws) -> Result<Arc<Mutex<()>>, Fault> {
    aws.once("turns of rule priorities", async { Ok(Mutex::new(())) })
        .await
}

/// The rule of ours that has a priority.
async fn holder(
    aws: &Aws,
    kind: &str,
    rules: &[Rule],
    wanted: u32,
) -> Result<Option<String>, Fault> {
    let other = rules
        .iter()
        .find(|rule| place(rule) == Some(wanted as i32))
        .and_then(|rule| rule.rule_arn.clone());
    let Some(other) = other else { return Ok(None) };
    let mut tags = aws.elb_tags(std::slice::from_ref(&other)).await?;
    let ours = aws.theirs(kind, tags.remove(&other).unwrap_or_default());
    Ok(matches!(ours, Theirs::Ours(..)).then_some(other))
}

fn place(rule: &Rule) -> Option<i32> {
    rule.priority()?.parse().ok()
}

async fn change<const N: usize>(aws: &Aws, places: [(&str, i32); N]) -> Result<(), Fault> {
    let pairs = places.map(|(arn, place)| {
        RulePriorityPair::builder()
            .rule_arn(arn)
            .priority(place)
            .build()
    });
    let call = aws
        .elb
        .set_rule_priorities()
        .set_rule_priorities(Some(pairs.into()));
    call.send().await.map(drop).map_err(fault(SET))
}
