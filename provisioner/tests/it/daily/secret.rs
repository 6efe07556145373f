//! Secrets from day to day: kept, named, changed, missed and removed, without a value of one ever being shown.

use hcctl::aws::Aws;

use super::by_hand;
use crate::deploy::stage::{Stage, aside};
use crate::support::place::Place;
use crate::support::served::Served;

const FILE: &str = "environments/dev.yaml";
const VALUE: &str = "correct-horse-battery";

/// Has patient be given a secret of this name from this place.
fn name(place: &Place, variable: &str, source: &str) {
    let paths = "paths: [\"/api/patients*\"]";
    let with = format!("{paths}\n    secrets: {{ {variable}: \"{source}\" }}");
    place.edit(FILE, paths, &with);
}

/// A stage whose patient is given DB_PASSWORD, which hcctl keeps.
fn kept() -> Stage {
    let stage = Stage::new("rolling");
    let set = stage
        .place
        .run_with("secret set dev DB_PASSWORD", &format!("{VALUE}\r\n"));
    assert_eq!((set.code, set.out.as_str()), (Some(0), ""), "{}", set.err);
    set.says(&[
        "DB_PASSWORD of dev",
        "version 1",
        "ssm:/healthcare-app/dev/DB_PASSWORD",
    ]);
    assert!(!set.err.contains(VALUE), "{}", set.err);
    name(
        &stage.place,
        "DB_PASSWORD",
        "ssm:/healthcare-app/dev/DB_PASSWORD",
    );
    stage.place.expect(0, "apply dev --yes");
    stage
}

#[test]
fn a_secret_is_kept_given_changed_and_goes_with_its_environment() {
    let stage = kept();
    let (place, served) = (&stage.place, &stage.served);
    by_hand(served, async |aws: Aws| {
        let call = aws
            .ssm
            .get_parameter()
            .name("/healthcare-app/dev/DB_PASSWORD");
        let seen = call.with_decryption(true).send().await.unwrap();
        // The line end of the last line is none of the value.
        assert_eq!(seen.parameter.unwrap().value.unwrap(), VALUE);
        let call = aws.ecs.describe_task_definition();
        let seen = call
            .task_definition("healthcare-app-dev-patient-service")
            .send()
            .await
            .unwrap();
        let definition = seen.task_definition.unwrap();
        let secret = &definition.container_definitions()[0].secrets()[0];
        assert_eq!(
            (secret.name(), secret.value_from()),
            (
                "DB_PASSWORD",
                "arn:aws:ssm:us-east-1:123456789012:parameter/healthcare-app/dev/DB_PASSWORD"
            )
        );
        let call = aws
            .iam
            .get_role_policy()
            .role_name("healthcare-app-dev-ecs-execution");
        let policy = call
            .policy_name("pull-and-log")
            .send()
            .await
            .unwrap()
            .policy_document;
        assert!(
            policy.contains("ssm%3AGetParameters") && !policy.contains("kms"),
            "{policy}"
        );
    });
    place
        .run("doctor dev")
        .shows(&["secrets", "1 named, and every one is there"]);
    place.expect(0, "plan dev").shows(&["No changes"]);

    let again = place.run_with("secret set dev DB_PASSWORD", "other\n");
    again.says(&["version 2", "restart dev --service patient"]);
    place.run("doctor dev").shows(&[
        "changed after its tasks began",
        "restart dev --service patient",
    ]);
    place.expect(0, "restart dev --service patient");
    place.run("doctor dev").shows(&["every one is there"]);

    let list = place.expect(0, "secret list dev");
    list.shows(&[
        "ssm:/healthcare-app/dev/DB_PASSWORD",
        "version 2, changed",
        "used by patient",
    ]);
    let history = place.expect(0, "history dev");
    history.shows(&["secret", "DB_PASSWORD set"]);
    let run = place.expect(0, "history dev --format json");
    assert!(!run.out.contains(VALUE), "{}", run.out);

    let destroyed = place.expect(0, "destroy dev --yes");
    destroyed.says(&["the secrets that hcctl keeps go with it: DB_PASSWORD"]);
    assert!(
        !served.counts().contains_key("parameter"),
        "{:?}",
        served.counts()
    );
}

#[test]
fn what_is_missing_stops_whatever_would_start_a_task() {
    let stage = kept();
    let place = &stage.place;
    let refused = place.expect(4, "secret rm dev DB_PASSWORD --yes");
    refused.says(&[
        "still names DB_PASSWORD (services.patient.secrets.DB_PASSWORD)",
        "--force",
    ]);
    place.expect(0, "secret rm dev DB_PASSWORD --yes --force");
    let before = stage.served.counts();
    for line in [
        "plan dev",
        "apply dev --yes",
        "deploy dev --image v2 --service patient",
        "restart dev --service patient",
        "run dev patient -- bin/migrate",
    ] {
        place.expect(4, line).says(&[
            "there is no parameter /healthcare-app/dev/DB_PASSWORD",
            "services.patient.secrets.DB_PASSWORD",
            "secret set dev DB_PASSWORD",
        ]);
    }
    assert_eq!(stage.served.counts(), before);
    place
        .expect(2, "secret list dev")
        .shows(&["there is no parameter", "used by patient"]);
    place.run("doctor dev").shows(&["there is no parameter"]);
    place.expect(4, "secret rm dev DB_PASSWORD --yes --force");
    place.run_with("secret set dev DB_PASSWORD", VALUE);
    place.expect(0, "deploy dev --image v2 --service patient");
}

#[test]
fn secrets_manager_and_keys_are_asked_before_anything_is_made() {
    let (served, place) = Served::with_place();
    let plan = |code: i32, words: &[&str]| {
        let ran = place.expect(code, "plan dev");
        ran.says(words);
    };
    name(&place, "DB", "secretsmanager:shop/db:password");
    plan(4, &["there is no secret shop/db in Secrets Manager"]);
    by_hand(&served, async |aws: Aws| {
        let key = aws
            .kms
            .create_key()
            .send()
            .await
            .unwrap()
            .key_metadata
            .unwrap();
        let alias = aws.kms.create_alias().alias_name("alias/shop");
        alias.target_key_id(&key.key_id).send().await.unwrap();
        let call = aws.secrets.create_secret().name("shop/db");
        call.kms_key_id("alias/shop").send().await.unwrap();
    });
    plan(
        4,
        &["secret shop/db in Secrets Manager has no value of AWSCURRENT"],
    );
    by_hand(&served, async |aws: Aws| {
        let call = aws.secrets.put_secret_value().secret_id("shop/db");
        call.secret_string(r#"{"password":"x"}"#)
            .send()
            .await
            .unwrap();
    });
    place.expect(0, "apply dev --yes");
    by_hand(&served, async |aws: Aws| {
        let call = aws
            .iam
            .get_role_policy()
            .role_name("healthcare-app-dev-ecs-execution");
        let policy = call
            .policy_name("pull-and-log")
            .send()
            .await
            .unwrap()
            .policy_document;
        let key = aws
            .kms
            .describe_key()
            .key_id("alias/shop")
            .send()
            .await
            .unwrap();
        let key = key.key_metadata.unwrap().key_id;
        assert!(
            policy.contains("kms%3ADecrypt") && policy.contains(&key),
            "{policy}"
        );
        let call = aws.ecs.describe_task_definition();
        let seen = call
            .task_definition("healthcare-app-dev-patient-service")
            .send()
            .await
            .unwrap();
        let definition = seen.task_definition.unwrap();
        let from = definition.container_definitions()[0].secrets()[0]
            .value_from()
            .to_owned();
        let secret = aws
            .secrets
            .describe_secret()
            .secret_id("shop/db")
            .send()
            .await
            .unwrap();
        assert_eq!(from, format!("{}:password::", secret.arn.unwrap()));
        aws.kms.disable_key().key_id(key).send().await.unwrap();
    });
    plan(
        4,
        &[
            "the key alias/shop that encrypts secret shop/db",
            "is disabled",
        ],
    );
    by_hand(&served, async |aws: Aws| {
        aws.secrets
            .delete_secret()
            .secret_id("shop/db")
            .send()
            .await
            .unwrap();
    });
    plan(4, &["is marked for deletion", "restore-secret"]);
}

#[test]
fn what_parameter_store_does_not_take_and_what_others_keep_is_refused() {
    let (served, place) = Served::with_place();
    let refused = |code: i32, line: &str, input: &str, words: &[&str]| {
        let ran = place.run_with(line, input);
        assert_eq!(ran.code, Some(code), "{line}: {}", ran.err);
        ran.says(words);
    };
    refused(3, "secret set dev KEY", "\n", &["the value is empty"]);
    let long = "x".repeat(4_097);
    refused(
        3,
        "secret set dev KEY",
        &long,
        &["has 4097 bytes", "secretsmanager:NAME"],
    );
    refused(3, "secret set dev a/b", "x", &["cannot be a secret's name"]);
    refused(
        1,
        "secret set dev KEY --key alias/none",
        "x",
        &["InvalidKeyId"],
    );
    assert!(!served.counts().contains_key("parameter"));
    by_hand(&served, async |aws: Aws| {
        let call = aws.ssm.put_parameter().name("/healthcare-app/dev/THEIRS");
        let call = call.r#type(aws_sdk_ssm::types::ParameterType::SecureString);
        call.value("x").send().await.unwrap();
    });
    let words = [
        "does not say that it is of dev",
        "ssm:/healthcare-app/dev/THEIRS",
    ];
    refused(4, "secret set dev THEIRS", "y", &words);
    place.expect(4, "secret rm dev THEIRS --yes").says(&words);
    place
        .expect(0, "secret list dev")
        .shows(&["no service names it"]);
}

/// A file that names it no more, and is not applied yet, changes nothing of what runs.
#[test]
fn what_runs_keeps_the_secrets_that_it_reads() {
    let stage = kept();
    let place = &stage.place;
    let file = place.read("environments/dev.yaml");
    let named = |line: &&str| !line.contains("DB_PASSWORD");
    let lines: Vec<&str> = file.lines().filter(named).collect();
    place.write("environments/dev.yaml", &(lines.join("\n") + "\n"));
    place.expect(4, "secret rm dev DB_PASSWORD --yes").says(&[
        "what runs of patient still reads DB_PASSWORD",
        "hcctl apply dev",
    ]);
    place.expect(0, "apply dev --yes");
    place.expect(0, "secret rm dev DB_PASSWORD --yes");
}

/// Between two looks of an apply ECS may have given up a deployment and be as steady as before.
#[test]
fn an_apply_that_ecs_rolled_back_has_failed() {
    let stage = Stage::new("rolling");
    let place = &stage.place;
    aside(&stage.served, async |aws| {
        let call = aws.secrets.create_secret().name("shop/smtp");
        call.secret_string("{}").send().await.unwrap();
    });
    name(place, "SMTP", "secretsmanager:shop/smtp:nokey");
    place
        .expect(1, "apply dev --yes")
        .says(&["service/patient", "the deployment was given up"]);
    assert_eq!(stage.image("patient"), "v1");
}
