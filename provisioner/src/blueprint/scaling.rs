//! Scaling: how far a service's count may move, and what moves it. From then on the count is the autoscaler's.

use std::collections::BTreeMap;

use hcctl_engine::Link;

use super::Plot;
use crate::environment::default_backlog;
use crate::resources::Others;
use crate::resources::scalable_target::{self, ScalableTarget};
use crate::resources::scaling_policy::{self, ScalingPolicy};

pub(super) fn draw(plot: &mut Plot<'_>, services: &BTreeMap<String, Link>) {
    for (name, planned) in plot.services() {
        let Some(service) = services.get(name.as_str()) else {
            continue;
        };
        let spec = scalable_target::Spec {
            service: service.clone(),
            min: planned.scale.min.get(),
            max: planned.scale.max.get(),
            // A minimum above the count scales out at once, into tasks without an image: not before the first deploy.
            suspended: plot.waits(name, planned),
            other: Others::new(),
            tags: plot.tags(),
        };
        let target = plot.builder.want::<ScalableTarget>(name.as_str(), &spec);
        let spec = scaling_policy::Spec {
            target,
            name: plot.name(&format!("{name}-cpu")),
            metric: "ECSServiceAverageCPUUtilization".to_owned(),
            queue: None,
            target_value: f64::from(planned.scale.cpu_percent.get()),
            // Out quickly, in slowly.
            scale_in_cooldown: 300,
            scale_out_cooldown: 60,
            other: Others::new(),
        };
        plot.builder
            .want::<ScalingPolicy>(format!("{name}-cpu"), &spec);
        let Some(queue) = &planned.queue else {
            continue;
        };
        let wanted = planned.scale.messages_per_task;
        let spec = scaling_policy::Spec {
            name: plot.name(&format!("{name}-backlog")),
            metric: scaling_policy::BACKLOG.to_owned(),
            queue: Some(super::queues::name(plot, name, queue)),
            target_value: f64::from(wanted.unwrap_or_else(default_backlog).get()),
            ..spec
        };
        plot.builder
            .want::<ScalingPolicy>(format!("{name}-backlog"), &spec);
    }
}
