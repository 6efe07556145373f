//! The queues that services work off, each with one for what cannot be worked off.

use std::collections::BTreeMap;

use super::Plot;
use crate::aws::names::queue_url;
use crate::environment::{Queue as Planned, ServiceName};
use crate::resources::Others;
use crate::resources::queue::{self, DEAD_LETTERS, DeadLetters, Queue};

/// Seconds of a day.
const DAY: u32 = 86_400;
/// Days that dead letters are kept: as long as SQS can.
const LONGEST: u32 = 14;
/// Seconds that a receiver waits for a message, the most that SQS has: fewer empty answers, each of which costs.
const WAIT: u32 = 20;

pub(super) fn draw(plot: &mut Plot<'_>) {
    for (name, service) in plot.services() {
        let Some(planned) = &service.queue else {
            continue;
        };
        let dead = queue::Spec {
            name: dead_letters(plot, name, planned),
            retention: LONGEST * DAY,
            dead_letters: None,
            ..spec(plot, name, planned)
        };
        let dead = plot
            .builder
            .want::<Queue>(format!("{name}{DEAD_LETTERS}"), &dead);
        let spec = queue::Spec {
            dead_letters: Some(DeadLetters {
                queue: dead,
                after: planned.dead_letter_after.get(),
            }),
            ..spec(plot, name, planned)
        };
        plot.builder.want::<Queue>(name.as_str(), &spec);
    }
}

fn spec(plot: &Plot<'_>, name: &ServiceName, planned: &Planned) -> queue::Spec {
    queue::Spec {
        name: self::name(plot, name, planned),
        fifo: planned.fifo,
        visibility: planned.visibility_seconds.get(),
        retention: planned.retention_days.get() * DAY,
        wait: WAIT,
        dead_letters: None,
        encrypted: true,
        tls_only: true,
        deletion_protection: plot.environment.protect,
        policy: None,
        other: Others::new(),
        tags: plot.tags(),
    }
}

/// The name of a service's queue.
pub(super) fn name(plot: &Plot<'_>, service: &ServiceName, planned: &Planned) -> String {
    ended(plot.name(&format!("{service}-queue")), planned)
}

/// The name of the queue of what a service could not work off.
pub(super) fn dead_letters(plot: &Plot<'_>, service: &ServiceName, planned: &Planned) -> String {
    ended(plot.name(&format!("{service}{DEAD_LETTERS}")), planned)
}

/// SQS tells by the name whether a queue keeps the order.
fn ended(name: String, planned: &Planned) -> String {
    if planned.fifo { name + ".fifo" } else { name }
}

/// By variable, the addresses of the queues that a service works off and sends to.
pub(super) fn variables(
    plot: &Plot<'_>,
    name: &ServiceName,
    sends_to: &[ServiceName],
) -> BTreeMap<String, String> {
    let address = |service: &ServiceName| {
        let planned = plot.environment.services.get(service)?.queue.as_ref()?;
        let name = self::name(plot, service, planned);
        let (region, account) = (&plot.scope.region, &plot.inputs.account);
        Some(queue_url(account, region, &name))
    };
    let own = address(name).map(|url| ("QUEUE_URL".to_owned(), url));
    let sent = sends_to
        .iter()
        .filter_map(|to| Some((to.queue_variable(), address(to)?)));
    sent.chain(own).collect()
}

/// The ARN of a service's queue.
pub(super) fn arn(plot: &Plot<'_>, service: &ServiceName) -> Option<String> {
    let planned = plot.environment.services.get(service)?.queue.as_ref()?;
    Some(plot.arn("sqs", &name(plot, service, planned)))
}
