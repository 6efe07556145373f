//! What somebody should be told of.

mod members;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, MetricAlarm, StandardUnit, Statistic,
};
use hcctl_engine::{Fault, Found, Kind, KindChange, Link, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::others::Note;
use super::{Others, example_tags, names};
use crate::aws::cloudwatch::dimension;
use crate::aws::{Aws, Tags, Theirs, fault};

/// A metric alarm; its name is unique in the region. Put is an upsert.
pub struct Alarm;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its name.
    pub name: String,
    /// What it means, and what to look at first.
    pub description: String,
    /// The metric's namespace.
    pub namespace: String,
    /// The metric.
    pub metric: String,
    /// `Average`, `Sum`, `Maximum`, ...
    pub statistic: String,
    /// The metric's dimensions, but for the two below.
    pub dimensions: BTreeMap<String, String>,
    /// The dimension `LoadBalancer`.
    pub load_balancer: Option<Link>,
    /// The dimension `TargetGroup`.
    pub target_group: Option<Link>,
    /// Seconds of one data point.
    pub period: i32,
    /// Data points in a row that must be beyond the threshold.
    pub evaluation_periods: i32,
    /// The threshold, in the metric's unit.
    pub threshold: f64,
    /// How data points compare with it, such as `GreaterThanThreshold`.
    pub comparison: String,
    /// What missing data means, such as `notBreaching`.
    pub missing_data: String,
    /// Who is told when it goes off and when it is well again: SNS topics by ARN.
    pub notify: BTreeSet<String>,
    /// What else was set on it: that it does nothing, other actions, a metric that is computed. Wanted empty.
    #[serde(default, skip_serializing_if = "Others::is_empty")]
    pub other: Others,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for Alarm {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "alarm";
    const RULES: Rules = &[
        ("name", Rule::Replace),
        ("description", Rule::Update),
        ("namespace", Rule::Update),
        ("metric", Rule::Update),
        ("statistic", Rule::Update),
        ("dimensions", Rule::Update),
        ("load_balancer", Rule::Mention),
        ("target_group", Rule::Mention),
        ("period", Rule::Update),
        ("evaluation_periods", Rule::Update),
        ("threshold", Rule::Update),
        ("comparison", Rule::Update),
        ("missing_data", Rule::Update),
        ("notify", Rule::Update),
        ("other", Rule::Update),
        ("tags", Rule::Update),
    ];

    fn example() -> Spec {
        Spec {
            name: "shop-dev-orders-5xx".to_owned(),
            description: "orders answers with errors".to_owned(),
            namespace: "AWS/ApplicationELB".to_owned(),
            metric: "HTTPCode_Target_5XX_Count".to_owned(),
            statistic: "Sum".to_owned(),
            dimensions: BTreeMap::from([("AvailabilityZone".to_owned(), "us-east-1a".to_owned())]),
            load_balancer: Some(Link::to("load_balancer", "main")),
            target_group: Some(Link::to("target_group", "orders")),
            period: 60,
            evaluation_periods: 3,
            threshold: 5.0,
            comparison: "GreaterThanThreshold".to_owned(),
            missing_data: "notBreaching".to_owned(),
            notify: BTreeSet::from(["arn:aws:sns:us-east-1:123456789012:oncall".to_owned()]),
            other: Others::from([("ActionsEnabled".to_owned(), "false".to_owned())]),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let alarms = all(aws).await?;
        let alarms: Vec<MetricAlarm> = alarms.iter().cloned().collect();
        aws.crowd(alarms, |alarm| read(aws, alarm)).await
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        put(
            aws,
            spec,
            Some(aws.cloudwatch_tags_for(Self::NAME, name, &spec.tags)),
        )
        .await?;
        aws.arn("cloudwatch", &format!("alarm:{}", spec.name)).await
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        if change.fields.iter().any(|field| field != "tags") {
            // Tags given to a put of an existing alarm are ignored.
            put(aws, change.after, None).await?;
        }
        aws.retag_cloudwatch(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, _id: &str, seen: &Spec) -> Result<(), Fault> {
        let call = aws.cloudwatch.delete_alarms().alarm_names(&seen.name);
        super::gone_is_fine(
            call.send()
                .await
                .map(drop)
                .map_err(fault("cloudwatch:DeleteAlarms")),
        )
    }
}

/// The alarms whose names are ours, whosever; read once.
async fn all(aws: &Aws) -> Result<Arc<Vec<MetricAlarm>>, Fault> {
    let read = async {
        let prefix = aws.scope.prefix();
        let mut pages = aws
            .cloudwatch
            .describe_alarms()
            .alarm_name_prefix(&prefix)
            .into_paginator()
            .send();
        let mut alarms = Vec::new();
        while let Some(page) = pages.next().await {
            alarms.extend(
                page.map_err(fault("cloudwatch:DescribeAlarms"))?
                    .metric_alarms
                    .unwrap_or_default(),
            );
        }
        Ok(alarms)
    };
    aws.once("alarms", read).await
}

/// Whether an alarm under a name of ours looks at metrics of a namespace.
pub(super) async fn looks_at(aws: &Aws, namespace: &str) -> Result<bool, Fault> {
    let alarms = all(aws).await?;
    let mut alarms = alarms.iter();
    Ok(alarms.any(|alarm| alarm.namespace() == Some(namespace)))
}

async fn read(aws: &Aws, alarm: MetricAlarm) -> Result<Found<Spec>, Fault> {
    let other = others(&alarm);
    let arn = alarm.alarm_arn.unwrap_or_default();
    let name = alarm.alarm_name.unwrap_or_default();
    let tags = aws.cloudwatch_tags("cloudwatch:alarm", &arn).await?;
    let mut dimensions = BTreeMap::new();
    let (mut load_balancer, mut target_group) = (None, None);
    for one in alarm.dimensions.unwrap_or_default() {
        let (Some(key), Some(value)) = (one.name, one.value) else {
            continue;
        };
        match (key.as_str(), aws.arn_of_dimension(&value).await?) {
            ("LoadBalancer", Some(arn)) => load_balancer = Some(Link::Id(arn)),
            ("TargetGroup", Some(arn)) => target_group = Some(Link::Id(arn)),
            _ => drop(dimensions.insert(key, value)),
        }
    }
    Ok(match aws.theirs(Alarm::NAME, tags) {
        Theirs::Not(why) => Found::Taken {
            name: names::rest(aws, &name).unwrap_or(&name).to_owned(),
            id: arn,
            why,
        },
        Theirs::Lost(tags) => {
            let rest = names::rest(aws, &name).unwrap_or(&name);
            aws.lost(Alarm::NAME, rest, arn, &tags)
        }
        Theirs::Ours(address, tags) => {
            let spec = Spec {
                name,
                description: alarm.alarm_description.unwrap_or_default(),
                namespace: alarm.namespace.unwrap_or_default(),
                metric: alarm.metric_name.unwrap_or_default(),
                statistic: alarm
                    .statistic
                    .map(|one| one.as_str().to_owned())
                    .or(alarm.extended_statistic)
                    .unwrap_or_default(),
                dimensions,
                load_balancer,
                target_group,
                period: alarm.period.unwrap_or_default(),
                evaluation_periods: alarm.evaluation_periods.unwrap_or_default(),
                threshold: alarm.threshold.unwrap_or_default(),
                comparison: alarm
                    .comparison_operator
                    .map(|one| one.as_str().to_owned())
                    .unwrap_or_default(),
                // AWS answers nothing where nothing was said, which means this.
                missing_data: alarm
                    .treat_missing_data
                    .unwrap_or_else(|| "missing".to_owned()),
                notify: alarm
                    .alarm_actions
                    .unwrap_or_default()
                    .into_iter()
                    .collect(),
                other,
                tags,
            };
            Found::ours(address, arn, spec)
        }
    })
}

/// What else is set on it: a put takes all of it away.
fn others(seen: &MetricAlarm) -> Others {
    let mut others = Others::new();
    others.unless(
        "ActionsEnabled",
        seen.actions_enabled().filter(|on| !on).map(|_| "false"),
        "true",
    );
    let sorted = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
    if sorted(seen.ok_actions()) != sorted(seen.alarm_actions()) {
        // Who is told of the trouble is told of its end.
        others.insert("OKActions".to_owned(), seen.ok_actions().join(", "));
    }
    others.any("InsufficientDataActions", seen.insufficient_data_actions());
    others.some("Unit", seen.unit().map(StandardUnit::as_str));
    // As many of the data points as there are is what is meant where nothing is said.
    let points = seen.datapoints_to_alarm();
    others.some(
        "DatapointsToAlarm",
        points.filter(|points| Some(*points) != seen.evaluation_periods()),
    );
    others.some(
        "EvaluateLowSampleCountPercentile",
        seen.evaluate_low_sample_count_percentile(),
    );
    others.any("Metrics", seen.metrics());
    others.some("ThresholdMetricId", seen.threshold_metric_id());
    others.some("EvaluationCriteria", seen.evaluation_criteria());
    others.some("EvaluationInterval", seen.evaluation_interval());
    others.some("EvaluationWindow", seen.evaluation_window());
    others.some("WarmUpConfiguration", seen.warm_up_configuration());
    others.some("ActionConfiguration", seen.action_configuration());
    others
}

async fn put(
    aws: &Aws,
    spec: &Spec,
    tags: Option<Vec<aws_sdk_cloudwatch::types::Tag>>,
) -> Result<(), Fault> {
    let mut dimensions = spec.dimensions.clone();
    let links = [
        ("LoadBalancer", &spec.load_balancer),
        ("TargetGroup", &spec.target_group),
    ];
    for (key, link) in links {
        dimensions.extend(
            link.as_ref()
                .map(|link| (key.to_owned(), dimension(link.resolved()).to_owned())),
        );
    }
    let dimensions = dimensions
        .into_iter()
        .map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let notify: Vec<String> = spec.notify.iter().cloned().collect();
    let call = aws
        .cloudwatch
        .put_metric_alarm()
        .alarm_name(&spec.name)
        .alarm_description(&spec.description);
    let call = call.namespace(&spec.namespace).metric_name(&spec.metric);
    let call = call
        .statistic(Statistic::from(spec.statistic.as_str()))
        .set_dimensions(Some(dimensions.collect()));
    let call = call
        .period(spec.period)
        .evaluation_periods(spec.evaluation_periods)
        .threshold(spec.threshold);
    let call = call.comparison_operator(ComparisonOperator::from(spec.comparison.as_str()));
    let call = call
        .treat_missing_data(&spec.missing_data)
        .actions_enabled(true);
    let call = call
        .set_alarm_actions(Some(notify.clone()))
        .set_ok_actions(Some(notify))
        .set_tags(tags);
    call.send()
        .await
        .map(drop)
        .map_err(fault("cloudwatch:PutMetricAlarm"))
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::types::{AlarmPromQlCriteria, EvaluationCriteria};

    use super::*;

    /// What no simulation plays: it has no anomaly detection and no PromQL.
    #[test]
    fn what_is_no_plain_metric_is_found() {
        let criteria = AlarmPromQlCriteria::builder().query("up == 0").build();
        let seen = MetricAlarm::builder()
            .threshold_metric_id("band")
            .evaluation_criteria(EvaluationCriteria::PromQlCriteria(criteria))
            .evaluation_interval(30)
            .build();
        let found = others(&seen);
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "EvaluationCriteria",
                "EvaluationInterval",
                "ThresholdMetricId"
            ]
        );
        assert!(found["EvaluationCriteria"].contains("up == 0"), "{found:?}");
        assert!(others(&MetricAlarm::builder().actions_enabled(true).build()).is_empty());
    }
}
