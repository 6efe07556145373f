//! What can be seen of the environment: log groups and a dashboard.

use std::collections::BTreeMap;

use hcctl_engine::Link;
use serde_json::{Value, json};

use super::Plot;
use super::edge::{Edge, ServiceEdge};
use crate::environment::ServiceName;
use crate::resources::Others;
use crate::resources::dashboard::{self, Dashboard};
use crate::resources::log_group::{LogGroup, Spec};

/// The log group of a service's containers.
pub(super) fn group_name(plot: &Plot<'_>, service: &ServiceName) -> String {
    format!(
        "/ecs/{}-{}/{service}",
        plot.scope.project, plot.scope.environment
    )
}

/// The log groups, by service.
pub(super) fn log_groups(plot: &mut Plot<'_>) -> BTreeMap<String, Link> {
    let retention_days = plot.environment.logs.retention_days.get();
    let mut groups = BTreeMap::new();
    for (name, _) in plot.services() {
        let spec = Spec {
            name: group_name(plot, name),
            retention_days,
            other: Others::new(),
            tags: plot.tags(),
        };
        groups.insert(
            name.to_string(),
            plot.builder.want::<LogGroup>(name.as_str(), &spec),
        );
    }
    // Container Insights would make it by itself, to keep its events for ever and to stay behind after a destroy.
    let name = format!(
        "/aws/ecs/containerinsights/{}/performance",
        plot.cluster_name()
    );
    plot.builder.want::<LogGroup>(
        "container-insights",
        &Spec {
            name,
            retention_days,
            other: Others::new(),
            tags: plot.tags(),
        },
    );
    groups
}

/// Width and height of a graph, on a page that is 24 wide.
const SIZE: (usize, usize) = (8, 6);

/// One row of graphs per service: load; and requests and errors, latency and targets, where the load balancer knows it.
pub(super) fn dashboard(plot: &mut Plot<'_>, edge: &Edge) {
    let mut widgets = Vec::new();
    for (row, (name, _)) in plot.services().enumerate() {
        let mut graphs = vec![load(plot, name)];
        if let Some(parts) = edge.services.get(name.as_str()) {
            graphs.extend([requests(parts), targets(parts)]);
        }
        for (column, (title, metrics)) in graphs.into_iter().enumerate() {
            widgets.push(json!({
                "type": "metric",
                "x": column * SIZE.0,
                "y": row * SIZE.1,
                "width": SIZE.0,
                "height": SIZE.1,
                "properties": {
                    "title": format!("{name}: {title}"),
                    "region": plot.scope.region,
                    "view": "timeSeries",
                    "period": 60,
                    "metrics": metrics,
                },
            }));
        }
    }
    let name = format!("{}-{}", plot.scope.project, plot.scope.environment);
    let spec = dashboard::Spec {
        name,
        body: json!({ "widgets": widgets }),
        tags: plot.tags(),
    };
    plot.builder.want::<Dashboard>("main", &spec);
}

type Graph = (&'static str, Vec<Value>);

fn load(plot: &Plot<'_>, service: &ServiceName) -> Graph {
    let (cluster, service) = (plot.cluster_name(), plot.service_name(service));
    let metric = |metric: &str| json!(["AWS/ECS", metric, "ClusterName", cluster, "ServiceName", service, { "stat": "Average" }]);
    (
        "CPU and memory, %",
        vec![metric("CPUUtilization"), metric("MemoryUtilization")],
    )
}

fn of_groups(parts: &ServiceEdge, metric: &str, stat: &str) -> Vec<Value> {
    let groups = [Some(&parts.group), parts.alternate.as_ref()]
        .into_iter()
        .flatten();
    let balancer = parts.balancer.encode();
    let one = |group: &Link| json!(["AWS/ApplicationELB", metric, "TargetGroup", group.encode(), "LoadBalancer", balancer, { "stat": stat }]);
    groups.map(one).collect()
}

fn requests(parts: &ServiceEdge) -> Graph {
    let mut metrics = of_groups(parts, "RequestCount", "Sum");
    metrics.extend(of_groups(parts, "HTTPCode_Target_5XX_Count", "Sum"));
    ("requests and 5xx", metrics)
}

fn targets(parts: &ServiceEdge) -> Graph {
    let mut metrics = of_groups(parts, "TargetResponseTime", "p95");
    metrics.extend(of_groups(parts, "HealthyHostCount", "Minimum"));
    ("latency p95, s, and healthy hosts", metrics)
}
