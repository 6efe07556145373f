//! What is said of documents that AWS would refuse for their size.

use std::fmt::Write as _;

use super::super::sizes::{self, TASK_DEFINITION};
use super::{LEAST, dev, must_parse};

/// The listing of a text that is refused, with lines no longer than a reader bears.
fn refused(name: &str, text: &str) {
    let Err(errors) = dev(text) else {
        panic!("{name} is not refused");
    };
    super::golden(&format!("sizes/{name}"), &errors.to_string());
}

/// dev with one service that has these lines.
fn with(lines: &str) -> String {
    LEAST.replace(
        "{ paths: [\"/api/patients*\"] }",
        &format!("\n    paths: [\"/api/patients*\"]\n{lines}"),
    )
}

fn secrets(number: usize, name: &str) -> String {
    let mut lines = "    secrets:\n".to_owned();
    for one in 0..number {
        let arn = format!("arn:aws:ssm:us-east-1:123456789012:parameter/{name}/{one:03}");
        let _ = writeln!(lines, "      S{one}: {arn}");
    }
    lines
}

#[test]
fn a_task_definition_that_is_too_long_names_its_largest_settings_and_no_value() {
    let long = "hush ".repeat(10_000);
    let text = with(&format!(
        "    env:\n      LEVEL: info\n      RULES: \"{long}\"\n      LIST: \"{}\"\n      ONE: a\n",
        &long[..20_000]
    ));
    refused("task_definition", &text);
    assert!(
        !dev(&text)
            .expect_err("it is refused")
            .to_string()
            .contains("hush")
    );
    refused(
        "task_definition_of_secrets",
        &with(&secrets(80, &"x".repeat(820))),
    );
}

/// A line end takes two bytes in JSON, a letter outside of ASCII two or more.
#[test]
fn the_last_byte_of_a_task_definition_is_known() {
    for unit in ["x", "é", "\\n", "\\\""] {
        let text = |times: usize| {
            with(&format!(
                "    env: {{ TEXT: \"{}\" }}\n",
                unit.repeat(times)
            ))
        };
        let size = |times: usize| {
            let environment = must_parse("dev", &text(times));
            let (name, service) = environment
                .services
                .first_key_value()
                .expect("there is one");
            sizes::task_definition(&environment, name, service)
        };
        let each = size(1) - size(0);
        assert_eq!(each, if unit == "x" { 1 } else { 2 }, "{unit}");
        let most = (TASK_DEFINITION - size(0)) / each;
        assert!(size(most) <= TASK_DEFINITION);
        assert!(dev(&text(most + 1)).is_err(), "{unit}");
    }
}

#[test]
fn policies_that_are_too_long_say_what_fills_them() {
    let mut many = LEAST.to_owned();
    for number in 0..90 {
        let _ = writeln!(
            many,
            "  some-long-name-of-service-{number:02}: {{ paths: [\"/{number}/*\"] }}"
        );
    }
    refused("execution_policy", &many);
    refused(
        "execution_policy_of_secrets",
        &with(&secrets(170, "app/key")),
    );
    let bounded = format!(
        "permissions_boundary: healthcare-app-dev-hcctl-boundary\n{}",
        with(&secrets(80, "app/key"))
    );
    refused("boundary", &bounded);
    // A boundary that somebody else made is nothing to this file.
    let theirs = bounded.replacen(
        "healthcare-app-dev-hcctl-boundary",
        "arn:aws:iam::123456789012:policy/edge",
        1,
    );
    must_parse("dev", &theirs);
    // The keys of one secret are one resource.
    let mut lines = "    secrets:\n".to_owned();
    for one in 0..140 {
        let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:app-AbCdEf";
        let _ = writeln!(lines, "      S{one}: \"{arn}:k{one}::\"");
    }
    must_parse("dev", &with(&lines));
}
