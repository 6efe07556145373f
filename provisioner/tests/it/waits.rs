//! What has to wait until AWS lets go of something.

use hcctl::resources::KINDS;
use hcctl_engine::Readiness;
use hcctl_sandbox::{Delays, Settings};

use crate::support::world::{World, load, seen};

/// A run was killed after it had deleted a gateway: the address is not free until that is gone, and a new gateway made
/// before would fail for good a minute later (`Resource.AlreadyAssociated`).
#[tokio::test]
async fn a_nat_gateway_waits_for_its_address() {
    let environment = load("dev");
    let settings = Settings {
        delays: Delays {
            nat_delete: 3_000,
            ..Delays::none()
        },
        ..Settings::stepped()
    };
    let world = World::settled(settings, &environment).await;
    let aws = world.aws(&environment).await;
    let snapshot = seen(&aws).await;
    let one = snapshot.ours().iter();
    let one = one
        .clone()
        .find(|seen| seen.address.kind == "nat_gateway")
        .unwrap();
    let kind = KINDS.iter().find(|kind| kind.facts().name == "nat_gateway");
    let kind = kind.unwrap();
    kind.delete(&aws, &one.id, &one.raw).await.unwrap();
    assert!(matches!(
        kind.gone(&aws, &one.id).await,
        Ok(Readiness::NotYet(_))
    ));
    let id = kind
        .create(&aws, &one.address.name, &one.raw)
        .await
        .unwrap();
    assert_ne!(id, one.id);
    assert_eq!(kind.ready(&aws, &id).await, Ok(Readiness::Ready));
    world.converge(&environment).await;
}
