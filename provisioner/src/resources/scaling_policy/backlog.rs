//! How many messages wait for each task, by metric math.
//!
//! <https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking-metric-math.html>

use aws_sdk_applicationautoscaling::error::BuildError;
use aws_sdk_applicationautoscaling::types::{
    CustomizedMetricSpecification, TargetTrackingMetric, TargetTrackingMetricDataQuery,
    TargetTrackingMetricDimension, TargetTrackingMetricStat,
};

use crate::resources::service;

/// Messages of each task. Container Insights tells nothing of a service without tasks, and a division by none is none: then all
/// that wait count, so that the first task comes.
const EACH: &str = "IF(FILL(tasks, 0) > 0, messages / FILL(tasks, 1), messages)";

/// The metric of a queue and of the service of a scalable target's resource.
pub(super) fn metric(
    queue: &str,
    resource: &str,
) -> Result<CustomizedMetricSpecification, BuildError> {
    let (cluster, service) = service::place(resource);
    let messages = ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Sum");
    let tasks = ("ECS/ContainerInsights", "RunningTaskCount", "Average");
    let of_service = [("ClusterName", cluster), ("ServiceName", service)];
    let each = TargetTrackingMetricDataQuery::builder()
        .id("each")
        .expression(EACH)
        .label("messages that wait for each task")
        .return_data(true);
    Ok(CustomizedMetricSpecification::builder()
        .metrics(counted("messages", messages, &[("QueueName", queue)])?)
        .metrics(counted("tasks", tasks, &of_service)?)
        .metrics(each.build()?)
        .build())
}

fn counted(
    id: &str,
    (namespace, name, statistic): (&str, &str, &str),
    dimensions: &[(&str, &str)],
) -> Result<TargetTrackingMetricDataQuery, BuildError> {
    let mut metric = TargetTrackingMetric::builder()
        .namespace(namespace)
        .metric_name(name);
    for (name, value) in dimensions {
        let dimension = TargetTrackingMetricDimension::builder().name(*name);
        metric = metric.dimensions(dimension.value(*value).build()?);
    }
    let counted = TargetTrackingMetricStat::builder()
        .metric(metric.build())
        .stat(statistic);
    TargetTrackingMetricDataQuery::builder()
        .id(id)
        .metric_stat(counted.build()?)
        .return_data(false)
        .build()
}

/// The queue whose messages a metric counts, where it is as [`metric`] makes it.
pub(super) fn queue(seen: &CustomizedMetricSpecification, resource: &str) -> Option<String> {
    let first = seen.metrics().first()?.metric_stat()?.metric()?;
    let queue = first.dimensions().first()?.value();
    let ours = metric(queue, resource).ok()?;
    (ours == *seen).then(|| queue.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESOURCE: &str = "service/shop-dev-cluster/shop-dev-mails-service";

    #[test]
    fn what_is_made_is_known_again_and_nothing_else() {
        let made = metric("shop-dev-mails-queue", RESOURCE).expect("complete");
        assert_eq!(
            queue(&made, RESOURCE).as_deref(),
            Some("shop-dev-mails-queue")
        );
        assert_eq!(queue(&made, "service/shop-dev-cluster/other"), None);
        let bare = CustomizedMetricSpecification::builder().build();
        assert_eq!(queue(&bare, RESOURCE), None);
    }
}
