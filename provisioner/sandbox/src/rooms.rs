//! The list of rooms: which room answers which service, and the steps that go through all of them.
//!
//! Owns: dispatch, settling, tags of everything, counts. Must not know: what any room does.

use std::collections::BTreeMap;

use crate::answer::{Answer, AwsError};
use crate::call::{Call, Service};
use crate::tags::Tagged;
use crate::world::World;
use crate::{
    acm, cloudwatch, discovery, dynamodb, ec2, ecr, ecs, elbv2, iam, kms, logs, quotas, rollout,
    s3, scaling, secrets, sqs, ssm, sts, tagging, trail,
};

/// Answers one call, after what is due has happened.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    settle(world);
    match call.service {
        Service::Acm => acm::handle(world, call),
        Service::Cloudwatch => cloudwatch::handle(world, call),
        Service::Discovery => discovery::handle(world, call),
        Service::Dynamodb => dynamodb::handle(world, call),
        Service::Ec2 => ec2::handle(world, call),
        Service::Ecr => ecr::handle(world, call),
        Service::Ecs => ecs::handle(world, call),
        Service::Elbv2 => elbv2::handle(world, call),
        Service::Iam => iam::handle(world, call),
        Service::Kms => kms::handle(world, call),
        Service::Logs => logs::handle(world, call),
        Service::Quotas => quotas::handle(world, call),
        Service::S3 => s3::handle(world, call),
        Service::Scaling => scaling::handle(world, call),
        Service::Secrets => secrets::handle(world, call),
        Service::Ssm => ssm::handle(world, call),
        Service::Sqs => sqs::handle(world, call),
        Service::Sts => sts::handle(world, call),
        Service::Tagging => tagging::handle(world, call),
        Service::Trail => trail::handle(world, call),
    }
}

/// At how many moments a clock that jumped stops at most; after that it goes to the present at once. A service that keeps failing for
/// days would keep it busy otherwise.
const MOST_MOMENTS: usize = 2_000;

/// Turns what is due, moment by moment: a clock that jumped leaves the world as one that moved in small steps.
pub(crate) fn settle(world: &mut World) {
    let now = world.now();
    if (1..now).contains(&world.settled) {
        world.clock.stand_at(world.settled);
        for _ in 0..MOST_MOMENTS {
            let due = world
                .regions
                .keys()
                .filter_map(|region| rollout::next_due(world, region))
                .min();
            let Some(due) = due.filter(|due| *due < now) else {
                break;
            };
            world.clock.stand_at(due);
            settle_moment(world);
        }
        world.clock.stand_at(now);
    }
    settle_moment(world);
    ecr::settle(world);
    world.settled = now;
}

/// Turns what is due at this moment in every region. The control loop of ECS runs first: it registers and drains targets.
fn settle_moment(world: &mut World) {
    let regions: Vec<String> = world.regions.keys().cloned().collect();
    for region in &regions {
        rollout::settle(world, region);
        ecs::settle(world, region);
        elbv2::settle(world, region);
        dynamodb::settle(world, region);
        ec2::settle(world, region);
    }
}

/// Every tagged resource of a region, IAM's roles excepted: the tagging API does not list them.
pub(crate) fn tagged(world: &World, region: &str) -> Vec<Tagged> {
    let mut all = Vec::new();
    all.extend(cloudwatch::tagged(world, region));
    all.extend(discovery::tagged(world, region));
    all.extend(dynamodb::tagged(world, region));
    all.extend(ec2::tagged(world, region));
    all.extend(ecr::tagged(world, region));
    all.extend(ecs::tagged(world, region));
    all.extend(elbv2::tagged(world, region));
    all.extend(logs::tagged(world, region));
    all.extend(s3::tagged(world, region));
    all.extend(scaling::tagged(world, region));
    all.extend(secrets::tagged(world, region));
    all.extend(ssm::tagged(world, region));
    all.extend(sqs::tagged(world, region));
    all.retain(|resource| !resource.tags.is_empty());
    all.sort_by(|a, b| a.arn.cmp(&b.arn));
    all
}

/// How many of each kind the world holds, over all regions; kinds of which there are none are left out.
pub(crate) fn count(world: &World) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    let rooms = [
        cloudwatch::count(world),
        discovery::count(world),
        dynamodb::count(world),
        ec2::count(world),
        ecr::count(world),
        ecs::count(world),
        elbv2::count(world),
        iam::count(world),
        logs::count(world),
        s3::count(world),
        scaling::count(world),
        secrets::count(world),
        ssm::count(world),
        sqs::count(world),
    ];
    for (kind, number) in rooms.into_iter().flatten() {
        *counts.entry(kind).or_insert(0) += number;
    }
    counts.retain(|_, number| *number > 0);
    counts
}
