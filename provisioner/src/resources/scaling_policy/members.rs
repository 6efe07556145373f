//! Whose each member of the answers is that [`ScalingPolicy`] is read from.

use super::super::coverage::{Answer, By, Class, Covered};
use super::ScalingPolicy;
use Class::{Derived, Fixed, Identity, Left, Owned};

impl Covered for ScalingPolicy {
    const ANSWERS: &'static [Answer] = &[Answer {
        service: "application-autoscaling",
        operation: "DescribeScalingPolicies",
        at: "ScalingPolicies[]",
        members: &[
            (
                Identity,
                &["PolicyARN", "ServiceNamespace", "ScalableDimension"],
            ),
            (Fixed("target"), &["ResourceId"]),
            (Fixed("name"), &["PolicyName"]),
            (
                Owned("metric"),
                &[
                    "PolicyType",
                    "TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.PredefinedMetricType",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.MetricName",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Namespace",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Dimensions[].Name",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Dimensions[].Value",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Statistic",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Unit",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Metrics[].Expression",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Metrics[].Id",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Metrics[].Label",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Metrics[].MetricStat.Metric.Dimensions[].Name",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Metrics[].MetricStat.Metric.Dimensions[].Value",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Metrics[].MetricStat.Metric.MetricName",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Metrics[].MetricStat.Metric.Namespace",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Metrics[].MetricStat.Stat",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Metrics[].MetricStat.Unit",
                    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Metrics[].ReturnData",
                ],
            ),
            (
                Owned("target_value"),
                &["TargetTrackingScalingPolicyConfiguration.TargetValue"],
            ),
            (
                Owned("scale_in_cooldown"),
                &["TargetTrackingScalingPolicyConfiguration.ScaleInCooldown"],
            ),
            (
                Owned("scale_out_cooldown"),
                &["TargetTrackingScalingPolicyConfiguration.ScaleOutCooldown"],
            ),
            (
                Owned("other"),
                &[
                    "TargetTrackingScalingPolicyConfiguration.DisableScaleIn",
                    "TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.ResourceLabel",
                ],
            ),
            (
                Derived(
                    "for policies of another type: one of ours that is made so is shown as an extra",
                ),
                &[
                    "StepScalingPolicyConfiguration",
                    "PredictiveScalingPolicyConfiguration",
                ],
            ),
            (
                Left(By::Autoscaling, "keeps these alarms itself"),
                &["Alarms"],
            ),
            (Derived("when it was made"), &["CreationTime"]),
        ],
    }];
}
