//! Whose each member of the answers is that [`Alarm`] is read from.

use super::super::coverage::{Answer, By, Class, Covered, Unasked, unasked};
use super::Alarm;
use Class::{Derived, Fixed, Identity, Owned};

impl Covered for Alarm {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "cloudwatch",
            operation: "DescribeAlarms",
            at: "MetricAlarms[]",
            members: &[
                (Identity, &["AlarmArn"]),
                (Fixed("name"), &["AlarmName"]),
                (Owned("description"), &["AlarmDescription"]),
                (Owned("namespace"), &["Namespace"]),
                (Owned("metric"), &["MetricName"]),
                (Owned("statistic"), &["Statistic", "ExtendedStatistic"]),
                (
                    Owned("dimensions"),
                    &["Dimensions[].Name", "Dimensions[].Value"],
                ),
                (Owned("period"), &["Period"]),
                (Owned("evaluation_periods"), &["EvaluationPeriods"]),
                (Owned("threshold"), &["Threshold"]),
                (Owned("comparison"), &["ComparisonOperator"]),
                (Owned("missing_data"), &["TreatMissingData"]),
                (Owned("notify"), &["AlarmActions[]"]),
                (
                    Derived("whether it goes off"),
                    &[
                        "AlarmConfigurationUpdatedTimestamp",
                        "StateValue",
                        "StateReason",
                        "StateReasonData",
                        "StateUpdatedTimestamp",
                        "EvaluationState",
                        "StateTransitionedTimestamp",
                    ],
                ),
                (
                    Owned("other"),
                    &[
                        "ActionsEnabled",
                        "OKActions[]",
                        "InsufficientDataActions[]",
                        "Unit",
                        "DatapointsToAlarm",
                        "EvaluateLowSampleCountPercentile",
                        "Metrics[].Id",
                        "Metrics[].MetricStat.Metric.Namespace",
                        "Metrics[].MetricStat.Metric.MetricName",
                        "Metrics[].MetricStat.Metric.Dimensions[].Name",
                        "Metrics[].MetricStat.Metric.Dimensions[].Value",
                        "Metrics[].MetricStat.Period",
                        "Metrics[].MetricStat.Stat",
                        "Metrics[].MetricStat.Unit",
                        "Metrics[].Expression",
                        "Metrics[].Label",
                        "Metrics[].ReturnData",
                        "Metrics[].Period",
                        "Metrics[].AccountId",
                        "ThresholdMetricId",
                        "EvaluationCriteria.PromQLCriteria.Query",
                        "EvaluationCriteria.PromQLCriteria.PendingPeriod",
                        "EvaluationCriteria.PromQLCriteria.RecoveryPeriod",
                        "EvaluationInterval",
                        "EvaluationWindow.WallClockWindow.Timezone",
                        "EvaluationWindow.SlidingWindow",
                        "WarmUpConfiguration.WarmUpPeriodDurationInMinutes",
                        "WarmUpConfiguration.OnlyStartEvaluatingAfterWarmUpPeriodEnds",
                        "ActionConfiguration.AlarmTagsPropagation.Enabled",
                        "ActionConfiguration.AlarmTagsPropagation.IncludedTagKeys[]",
                        "ActionConfiguration.AlarmTagsPropagation.ExcludedTagKeys[]",
                    ],
                ),
            ],
        },
        Answer {
            service: "cloudwatch",
            operation: "ListTagsForResource",
            at: "",
            members: &[(Owned("tags"), &["Tags[].Key", "Tags[].Value"])],
        },
    ];
    const UNASKED: &'static [Unasked] = &[unasked(
        "cloudwatch",
        "ListAlarmMuteRules",
        By::Account,
        "what keeps an alarm quiet during a maintenance is a resource of its own",
    )];
}
