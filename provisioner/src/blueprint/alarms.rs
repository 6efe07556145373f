//! What somebody is told of: processor, memory, errors, and targets that do not answer, per service.

use std::collections::{BTreeMap, BTreeSet};

use hcctl_engine::Link;

use super::Plot;
use super::edge::{Edge, ServiceEdge};
use crate::environment::{Queue, Service, ServiceName};
use crate::resources::Others;
use crate::resources::alarm::{Alarm, Spec};

/// Share of memory above which a task is close to being killed, where the file names none.
const MEMORY_PERCENT: f64 = 90.0;
/// Errors in a minute that are no accident.
const ERRORS: f64 = 5.0;

pub(super) fn draw(plot: &mut Plot<'_>, edge: &Edge) {
    for (name, service) in plot.services() {
        let alarms = &plot.environment.alarms;
        let cpu = f64::from(alarms.cpu_percent.get());
        let memory = alarms
            .memory_percent
            .map_or(MEMORY_PERCENT, |percent| f64::from(percent.get()));
        usage(
            plot,
            name,
            "cpu",
            "CPUUtilization",
            cpu,
            "processor use is high: raise cpu, or scale.max",
        );
        usage(
            plot,
            name,
            "memory",
            "MemoryUtilization",
            memory,
            "memory is nearly used up: raise memory before tasks are killed",
        );
        if let Some(queue) = &service.queue {
            dead_letters(plot, name, queue);
        }
        if let Some(parts) = edge.services.get(name.as_str()) {
            targets(plot, name, parts);
        }
    }
}

/// The names of a service's alarms that tell of a bad release.
pub(super) fn rollback_alarms(
    plot: &Plot<'_>,
    name: &ServiceName,
    service: &Service,
) -> BTreeSet<String> {
    let kinds = ["5xx", "unhealthy"];
    let groups: &[&str] = if plot.shifts_traffic(service) {
        &["", "-alternate"]
    } else {
        &[""]
    };
    let names = groups
        .iter()
        .flat_map(|group| kinds.map(|kind| plot.name(&format!("{name}{group}-{kind}"))));
    names.collect()
}

fn usage(
    plot: &mut Plot<'_>,
    service: &ServiceName,
    short: &str,
    metric: &str,
    threshold: f64,
    what: &str,
) {
    let dimensions = BTreeMap::from([
        ("ClusterName".to_owned(), plot.cluster_name()),
        ("ServiceName".to_owned(), plot.service_name(service)),
    ]);
    let spec = Spec {
        name: plot.name(&format!("{service}-{short}")),
        description: format!("{service}: {what}"),
        namespace: "AWS/ECS".to_owned(),
        metric: metric.to_owned(),
        statistic: "Average".to_owned(),
        dimensions,
        load_balancer: None,
        target_group: None,
        // Two five-minute averages in a row: one peak is no alarm.
        period: 300,
        evaluation_periods: 2,
        threshold,
        comparison: "GreaterThanThreshold".to_owned(),
        // A service without tasks has no such metric, and nothing to alarm about.
        missing_data: "notBreaching".to_owned(),
        notify: notify(plot),
        other: Others::new(),
        tags: plot.tags(),
    };
    plot.builder
        .want::<Alarm>(format!("{service}-{short}"), &spec);
}

/// Tells of the first message that could not be worked off.
fn dead_letters(plot: &mut Plot<'_>, service: &ServiceName, queue: &Queue) {
    let name = super::queues::dead_letters(plot, service, queue);
    let spec = Spec {
        name: plot.name(&format!("{service}-dead-letters")),
        description: format!("{service}: messages could not be worked off: see the logs"),
        namespace: crate::resources::queue::NAMESPACE.to_owned(),
        metric: "ApproximateNumberOfMessagesVisible".to_owned(),
        statistic: "Maximum".to_owned(),
        dimensions: BTreeMap::from([("QueueName".to_owned(), name)]),
        load_balancer: None,
        target_group: None,
        period: 60,
        evaluation_periods: 1,
        threshold: 0.0,
        comparison: "GreaterThanThreshold".to_owned(),
        // SQS tells nothing of a queue that nobody has used for hours.
        missing_data: "notBreaching".to_owned(),
        notify: notify(plot),
        other: Others::new(),
        tags: plot.tags(),
    };
    plot.builder
        .want::<Alarm>(format!("{service}-dead-letters"), &spec);
}

fn targets(plot: &mut Plot<'_>, service: &ServiceName, parts: &ServiceEdge) {
    let mut alarm = |suffix: &str,
                     group: &Link,
                     short: &str,
                     metric: &str,
                     statistic: &str,
                     threshold: f64,
                     what: &str| {
        let spec = Spec {
            name: plot.name(&format!("{service}{suffix}-{short}")),
            description: format!("{service}: {what}"),
            namespace: "AWS/ApplicationELB".to_owned(),
            metric: metric.to_owned(),
            statistic: statistic.to_owned(),
            dimensions: BTreeMap::new(),
            load_balancer: Some(parts.balancer.clone()),
            target_group: Some(group.clone()),
            period: 60,
            evaluation_periods: 3,
            threshold,
            comparison: "GreaterThanThreshold".to_owned(),
            missing_data: "notBreaching".to_owned(),
            notify: notify(plot),
            other: Others::new(),
            tags: plot.tags(),
        };
        plot.builder
            .want::<Alarm>(format!("{service}{suffix}-{short}"), &spec);
    };
    let groups = [
        ("", Some(&parts.group)),
        ("-alternate", parts.alternate.as_ref()),
    ];
    for (suffix, group) in groups {
        let Some(group) = group else { continue };
        let errors = "requests are answered with errors: see the logs and the last deploy";
        alarm(
            suffix,
            group,
            "5xx",
            "HTTPCode_Target_5XX_Count",
            "Sum",
            ERRORS,
            errors,
        );
        let unwell = "tasks fail their health check: see the logs and the last deploy";
        alarm(
            suffix,
            group,
            "unhealthy",
            "UnHealthyHostCount",
            "Maximum",
            0.0,
            unwell,
        );
    }
}

fn notify(plot: &Plot<'_>) -> BTreeSet<String> {
    plot.environment
        .alarms
        .notify
        .iter()
        .map(ToString::to_string)
        .collect()
}
