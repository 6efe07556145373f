//! Deployments of a service that stands at no tasks: ECS calls them successful, and nothing has run.

use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace};
use hcctl::aws::Aws;
use serde_json::Value;

use super::stage::{Stage, aside, publish};
use crate::support::served::Served;

const CLUSTER: &str = "healthcare-app-dev-cluster";
const SERVICE: &str = "healthcare-app-dev-patient-service";

/// Sets between how many tasks the patient service is scaled, and how many it is to have, as somebody does it by hand.
fn scale(served: &Served, (min, max): (i32, i32), desired: i32) {
    aside(served, async |aws| {
        limit(&aws, min, max).await;
        let call = aws.ecs.update_service().cluster(CLUSTER).service(SERVICE);
        Box::pin(call.desired_count(desired).send()).await.unwrap();
    });
}

async fn limit(aws: &Aws, min: i32, max: i32) {
    let call = aws
        .scaling
        .register_scalable_target()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_id(format!("service/{CLUSTER}/{SERVICE}"));
    let call = call.min_capacity(min).max_capacity(max);
    Box::pin(call.send()).await.unwrap();
}

fn document(text: &str) -> Value {
    serde_json::from_str(text.trim().lines().last().unwrap()).unwrap()
}

#[test]
fn a_deployment_without_tasks_proves_nothing() {
    for strategy in ["rolling", "blue_green"] {
        let stage = Stage::new(strategy);
        scale(&stage.served, (0, 0), 0);
        let line = "deploy --image fails-start --service patient";
        let ran = stage.place.expect(1, line);
        ran.says(&[
            "nothing ran: the service stands at 0 tasks, so the image is not",
            "give it tasks again",
        ]);
        ran.shows(&["1 service ran nothing"]);
        for word in ["succeeded", "serves", "finished"] {
            assert!(
                !ran.out.contains(word) && !ran.err.contains(word),
                "{ran:?}"
            );
        }
        // The same again starts nothing, and is no success either.
        let ran = stage.place.expect(1, &format!("{line} --format json"));
        let told = document(&ran.out);
        assert_eq!(told["services"][0]["outcome"], "nothing_ran", "{told:#}");
        assert_eq!(told["complete"], false);
        let history = stage.place.expect(0, "history dev --format json");
        let history: Value = serde_json::from_str(&history.out).unwrap();
        assert_eq!(history["runs"][0]["outcome"], "nothing_ran", "{history:#}");
        assert_eq!(history["runs"][0]["outcomes"]["patient"], "nothing_ran");
        stage.place.expect(0, "history dev").shows(&["ran nothing"]);
        let status = stage.place.expect(0, "status dev");
        status.shows(&["nothing ran: the image is not"]);
        let status = stage.place.expect(0, "status dev --format json");
        let status: Value = serde_json::from_str(&status.out).unwrap();
        let services = status["services"].as_array().unwrap();
        let unproven = |name: &str| {
            let one = services.iter().find(|one| one["service"] == name);
            one.unwrap()["unproven"].as_bool().unwrap()
        };
        assert!(unproven("patient") && !unproven("appointment"));
        // With tasks again, after a good one: back is what ran before, not what never did.
        scale(&stage.served, (2, 4), 2);
        stage
            .place
            .expect(0, "deploy --image v2 --service patient --force");
        let back = stage.place.expect(0, "rollback dev --service patient");
        back.shows(&["v2 -> v1"]);
        assert_eq!(stage.image("patient"), "v1", "{strategy}");
    }
}

#[test]
fn a_rollback_without_tasks_leaves_its_target_what_it_was() {
    let stage = Stage::new("rolling");
    stage.place.expect(0, "deploy --image v2 --service patient");
    scale(&stage.served, (0, 0), 0);
    stage
        .place
        .expect(1, "rollback dev --service patient")
        .says(&["nothing ran: the service stands at 0 tasks"]);
    scale(&stage.served, (2, 4), 2);
    stage
        .place
        .expect(0, "deploy --image v2 --service patient --force");
    let back = stage.place.expect(0, "rollback dev --service patient");
    back.shows(&["v2 -> v1"]);
}

#[test]
fn an_image_that_runs_after_all_is_doubted_no_more() {
    let stage = Stage::new("rolling");
    scale(&stage.served, (0, 0), 0);
    stage.place.expect(1, "deploy --image v2 --service patient");
    scale(&stage.served, (2, 4), 2);
    // ECS starts it by itself; the next deployment finds it running.
    stage.place.expect(0, "apply dev --yes");
    for _ in 0..100 {
        if stage
            .place
            .expect(0, "status dev")
            .out
            .matches("2 of 2 run")
            .count()
            == 2
        {
            break;
        }
    }
    stage.place.expect(0, "deploy --image v1 --service patient");
    let back = stage.place.expect(0, "rollback dev --service patient");
    back.shows(&["v1 -> v2"]);
}

#[test]
fn a_first_deployment_without_tasks_is_no_release_to_go_back_to() {
    let stage = Stage::bare("rolling");
    stage.place.expect(0, "apply dev --yes");
    for tag in ["v1", "v2"] {
        publish(&stage.served, "patient", tag);
    }
    aside(&stage.served, async |aws| limit(&aws, 0, 0).await);
    let line = "deploy --image v1 --service patient";
    stage.place.expect(1, line).says(&["nothing ran: "]);
    scale(&stage.served, (1, 4), 1);
    stage
        .place
        .expect(0, "deploy --image v2 --service patient --force");
    stage
        .place
        .expect(4, "rollback dev --service patient")
        .says(&["no image that it ran successfully before"]);
}
