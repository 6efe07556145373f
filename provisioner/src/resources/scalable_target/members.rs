//! Whose each member of the answers is that [`ScalableTarget`] is read from.

use super::super::coverage::{Answer, By, Class, Covered, Unasked, unasked};
use super::ScalableTarget;
use Class::{Derived, Fixed, Identity, Owned};

impl Covered for ScalableTarget {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "application-autoscaling",
            operation: "DescribeScalableTargets",
            at: "ScalableTargets[]",
            members: &[
                (
                    Identity,
                    &["ScalableTargetARN", "ServiceNamespace", "ScalableDimension"],
                ),
                (Fixed("service"), &["ResourceId"]),
                (Owned("min"), &["MinCapacity"]),
                (Owned("max"), &["MaxCapacity"]),
                (
                    Owned("other"),
                    &["SuspendedState.ScheduledScalingSuspended"],
                ),
                (
                    Owned("suspended"),
                    &[
                        "SuspendedState.DynamicScalingInSuspended",
                        "SuspendedState.DynamicScalingOutSuspended",
                    ],
                ),
                (
                    Derived("the service-linked role, for ECS always"),
                    &["RoleARN"],
                ),
                (
                    Derived("what was used"),
                    &["PredictedCapacity", "CreationTime"],
                ),
            ],
        },
        Answer {
            service: "application-autoscaling",
            operation: "ListTagsForResource",
            at: "",
            members: &[(Owned("tags"), &["Tags{}"])],
        },
    ];
    const UNASKED: &'static [Unasked] = &[unasked(
        "application-autoscaling",
        "DescribeScheduledActions",
        By::Account,
        "a schedule changes the same two numbers, which are compared",
    )];
}
