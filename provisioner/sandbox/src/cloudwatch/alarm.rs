//! Metric alarms: found by name, replaced as a whole. They stay at `INSUFFICIENT_DATA` until somebody sets them, as there are no metrics.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_cloudwatch::model;

use super::reply::{read, reply};
use super::state::AlarmState;
use super::{State, invalid, tags};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::cbor::TIME;
use crate::paging;
use crate::partition;
use crate::tags::Tags;
use crate::time::epoch;
use crate::world::World;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Alarm {
    pub(super) arn: String,
    pub(super) tags: Tags,
    /// What was put, in the form it is answered in.
    shape: model::PutMetricAlarmInput,
    updated: u64,
    created: u64,
    /// None until it is set.
    #[serde(default)]
    pub(super) state: Option<AlarmState>,
}

/// What an action may be called for, and what a comparison may be (API reference, `PutMetricAlarm`).
const COMPARISONS: [&str; 7] = [
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
];

/// `PutMetricAlarm`: an alarm of that name is replaced; tags are for new alarms only ("the tags are ignored" on an update).
pub(super) fn put(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let mut input: model::PutMetricAlarmInput = read(call, &[])?;
    for anomaly in [
        "ThresholdMetricId",
        "EvaluationCriteria",
        "EvaluationInterval",
    ] {
        crate::shape::refuse(call, &[anomaly])?;
    }
    check(&input)?;
    let sent = tags::given(input.tags.take())?;
    let arn = call.arn("cloudwatch", &format!("alarm:{}", input.alarm_name));
    insert(world, &call.region, arn, input, sent);
    Ok(reply(call, json!({})))
}

/// `DescribeAlarms`: by name or prefix; a name that is not there is left out.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeAlarmsInput = read(call, &[])?;
    crate::shape::refuse(
        call,
        &["ActionPrefix", "ChildrenOfAlarmName", "ParentsOfAlarmName"],
    )?;
    if input.alarm_names.is_some() && input.alarm_name_prefix.is_some() {
        return Err(invalid(
            "AlarmNames and AlarmNamePrefix cannot both be specified",
        ));
    }
    let size = input.max_records.unwrap_or(50);
    if !(1..=100).contains(&size) {
        return Err(invalid(format!(
            "MaxRecords '{size}' must be between 1 and 100"
        )));
    }
    let of_type = input
        .alarm_types
        .as_ref()
        .is_none_or(|types| types.iter().any(|kind| kind == "MetricAlarm"));
    let asked = |name: &str, alarm: &Alarm| {
        of_type
            && input
                .alarm_names
                .as_ref()
                .is_none_or(|names| names.iter().any(|wanted| wanted == name))
            && input
                .alarm_name_prefix
                .as_ref()
                .is_none_or(|prefix| name.starts_with(prefix))
            && input
                .state_value
                .as_ref()
                .is_none_or(|state| state == alarm.state_value())
    };
    let alarms = &state(world, call).alarms;
    let found = alarms
        .iter()
        .filter(|(name, alarm)| asked(name, alarm))
        .map(|(_, alarm)| alarm.seen())
        .collect();
    let (found, next) = paging::page(found, input.next_token.as_deref(), size as usize)
        .ok_or_else(|| AwsError::new("InvalidNextToken", "The specified nextToken is invalid"))?;
    let mut answer = json!({ "CompositeAlarms": [], "MetricAlarms": found });
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(reply(call, answer))
}

/// `DeleteAlarms`: `ResourceNotFound`, and none is deleted, if one of the names is not there. The API reference now says that the
/// others go nevertheless; refusing them all is what a caller must cope with in any case.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteAlarmsInput = read(call, &[])?;
    if input.alarm_names.len() > 100 {
        return Err(invalid(
            "The collection AlarmNames must not have a size greater than 100",
        ));
    }
    let alarms = &mut state(world, call).alarms;
    if let Some(missing) = input
        .alarm_names
        .iter()
        .find(|name| !alarms.contains_key(*name))
    {
        let message = format!("Unable to find alarm with name {missing}");
        return Err(AwsError::new("ResourceNotFound", message).status(404));
    }
    alarms.retain(|name, _| !input.alarm_names.contains(name));
    Ok(reply(call, json!({})))
}

/// `EnableAlarmActions` and `DisableAlarmActions`: of up to 100 alarms; one that is not there is no error (API reference).
pub(super) fn switch_actions(world: &mut World, call: &Call, on: bool) -> Result<Answer, AwsError> {
    let input: model::DisableAlarmActionsInput = read(call, &[])?;
    let now = world.now();
    let alarms = &mut state(world, call).alarms;
    for name in &input.alarm_names {
        if let Some(alarm) = alarms.get_mut(name) {
            alarm.shape.actions_enabled = Some(on);
            alarm.updated = now;
        }
    }
    Ok(reply(call, json!({})))
}

/// Puts an alarm that another service keeps for itself, such as one of a scaling policy; answers its ARN.
pub(crate) fn put_alarm_of(
    world: &mut World,
    region: &str,
    input: model::PutMetricAlarmInput,
) -> String {
    let arn = partition::arn(region, "cloudwatch", &format!("alarm:{}", input.alarm_name));
    insert(world, region, arn.clone(), input, Tags::new());
    arn
}

/// Takes away alarms that another service kept for itself.
pub(crate) fn delete_alarms_of(world: &mut World, region: &str, names: &[String]) {
    world
        .region(region)
        .cloudwatch
        .alarms
        .retain(|name, _| !names.contains(name));
}

fn insert(
    world: &mut World,
    region: &str,
    arn: String,
    shape: model::PutMetricAlarmInput,
    sent: Tags,
) {
    let now = world.now();
    let alarms = &mut world.region(region).cloudwatch.alarms;
    let there = alarms.get(&shape.alarm_name);
    let state = there.and_then(|there| there.state.clone());
    let (created, tags) = there.map_or((now, sent), |there| (there.created, there.tags.clone()));
    alarms.insert(
        shape.alarm_name.clone(),
        Alarm {
            arn,
            tags,
            shape,
            updated: now,
            created,
            state,
        },
    );
}

impl Alarm {
    fn state_value(&self) -> &str {
        let set = self.state.as_ref();
        set.map_or("INSUFFICIENT_DATA", |state| state.value.as_str())
    }

    fn seen(&self) -> Value {
        let time = |ms| json!({ TIME: epoch(ms) });
        let set = self.state.as_ref();
        let reason = set.map_or("Unchecked: Initial alarm creation", |state| &state.reason);
        let mut seen = serde_json::to_value(&self.shape).unwrap_or_default();
        let filled = [
            ("AlarmArn", self.arn.clone().into()),
            ("AlarmConfigurationUpdatedTimestamp", time(self.updated)),
            ("StateValue", self.state_value().into()),
            ("StateReason", reason.into()),
            (
                "StateUpdatedTimestamp",
                time(set.map_or(self.created, |state| state.set)),
            ),
            (
                "StateTransitionedTimestamp",
                time(set.map_or(self.created, |state| state.changed)),
            ),
        ];
        for (key, value) in filled {
            seen[key] = value;
        }
        if let Some(data) = set.and_then(|state| state.data.as_ref()) {
            seen["StateReasonData"] = data.clone().into();
        }
        // What AWS answers where nothing was sent.
        for list in [
            "OKActions",
            "AlarmActions",
            "InsufficientDataActions",
            "Dimensions",
        ] {
            if seen[list].is_null() {
                seen[list] = json!([]);
            }
        }
        if seen["ActionsEnabled"].is_null() {
            seen["ActionsEnabled"] = true.into();
        }
        seen
    }
}

/// The rules of `PutMetricAlarm` (API reference).
fn check(input: &model::PutMetricAlarmInput) -> Result<(), AwsError> {
    if !(1..=255).contains(&input.alarm_name.len()) {
        return Err(invalid(
            "The parameter AlarmName must have 1 to 255 characters",
        ));
    }
    if !COMPARISONS.contains(&input.comparison_operator.as_str()) {
        return Err(invalid(format!(
            "The parameter ComparisonOperator '{}' is not valid",
            input.comparison_operator
        )));
    }
    if input.evaluation_periods < 1 {
        return Err(invalid(
            "The parameter EvaluationPeriods must be greater than or equal to 1",
        ));
    }
    if input
        .datapoints_to_alarm
        .is_some_and(|points| !(1..=input.evaluation_periods).contains(&points))
    {
        return Err(invalid(
            "DatapointsToAlarm must be between 1 and EvaluationPeriods",
        ));
    }
    if input.threshold.is_none() {
        return Err(invalid("The parameter Threshold is required"));
    }
    let treatments = ["breaching", "notBreaching", "ignore", "missing"];
    if input
        .treat_missing_data
        .as_deref()
        .is_some_and(|sent| !treatments.contains(&sent))
    {
        return Err(invalid(
            "The parameter TreatMissingData must be one of breaching, notBreaching, ignore, missing",
        ));
    }
    for (name, actions) in [
        ("AlarmActions", &input.alarm_actions),
        ("OKActions", &input.o_k_actions),
        ("InsufficientDataActions", &input.insufficient_data_actions),
    ] {
        let actions = actions.as_deref().unwrap_or_default();
        if actions.len() > 5 {
            return Err(invalid(format!(
                "The collection {name} must not have a size greater than 5"
            )));
        }
        if let Some(odd) = actions.iter().find(|arn| !arn.starts_with("arn:aws")) {
            return Err(invalid(format!("Invalid arn syntax: {odd}")));
        }
    }
    if input
        .metrics
        .as_ref()
        .is_some_and(|metrics| !metrics.is_empty())
    {
        let single =
            input.metric_name.is_some() || input.namespace.is_some() || input.statistic.is_some();
        return if single {
            Err(invalid(
                "Metrics cannot be combined with MetricName, Namespace or Statistic",
            ))
        } else {
            Ok(())
        };
    }
    check_single_metric(input)
}

fn check_single_metric(input: &model::PutMetricAlarmInput) -> Result<(), AwsError> {
    if input.metric_name.is_none() || input.namespace.is_none() {
        return Err(invalid(
            "The parameters MetricName and Namespace are required",
        ));
    }
    if input.statistic.is_some() == input.extended_statistic.is_some() {
        return Err(invalid(
            "Either Statistic or ExtendedStatistic must be specified, and not both",
        ));
    }
    let statistics = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];
    if input
        .statistic
        .as_deref()
        .is_some_and(|sent| !statistics.contains(&sent))
    {
        return Err(invalid(
            "The parameter Statistic must be one of SampleCount, Average, Sum, Minimum, Maximum",
        ));
    }
    match input.period {
        Some(period) if [10, 20, 30].contains(&period) || (period > 0 && period % 60 == 0) => {
            let span = i64::from(period) * i64::from(input.evaluation_periods);
            if span > 604_800 {
                return Err(invalid(
                    "Metrics cannot be checked across more than seven days (EvaluationPeriods * Period must be <= 604800)",
                ));
            }
            Ok(())
        }
        _ => Err(invalid(
            "The parameter Period must be 10, 20, 30 or a multiple of 60",
        )),
    }
}

fn state<'w>(world: &'w mut World, call: &Call) -> &'w mut State {
    &mut world.region(&call.region).cloudwatch
}
