//! What policies say to a request: allowed, denied by a word of their own, or denied for want of one.
//!
//! IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements". What a policy may hold and this cannot judge is an
//! error that names it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::{one_or_many, statements};
use crate::answer::AwsError;
use crate::params::matches_pattern;

/// One action on one resource.
#[derive(Debug)]
pub(super) struct Request<'a> {
    /// Such as `ec2:CreateVpc`.
    pub(super) action: &'a str,
    /// An ARN, or `*`.
    pub(super) resource: &'a str,
    /// What is known of the circumstances, by key in lower case.
    pub(super) context: &'a BTreeMap<String, Vec<String>>,
}

/// The answer; the worst of several is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Decision {
    Allowed,
    ImplicitDeny,
    ExplicitDeny,
}

impl Decision {
    /// As the API names it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ImplicitDeny => "implicitDeny",
            Self::ExplicitDeny => "explicitDeny",
        }
    }
}

/// Judges a request by some documents; keys that a condition asks for and nobody gave are added to `missing`.
pub(super) fn judge(
    documents: &[Value],
    request: &Request<'_>,
    missing: &mut BTreeSet<String>,
) -> Result<Decision, AwsError> {
    let mut decision = Decision::ImplicitDeny;
    for statement in documents.iter().flat_map(statements) {
        if !names(statement, request)? || !conditions(statement, request, missing)? {
            continue;
        }
        if statement["Effect"] == "Deny" {
            return Ok(Decision::ExplicitDeny);
        }
        decision = Decision::Allowed;
    }
    Ok(decision)
}

/// Whether a statement is about the request's action and resource.
fn names(statement: &Value, request: &Request<'_>) -> Result<bool, AwsError> {
    let lower = request.action.to_lowercase();
    let acts = |pattern: &&str| matches_pattern(&pattern.to_lowercase(), &lower);
    let action = match &statement["Action"] {
        Value::Null => !one_or_many(&statement["NotAction"]).iter().any(acts),
        actions => one_or_many(actions).iter().any(acts),
    };
    let patterns = match &statement["Resource"] {
        Value::Null => one_or_many(&statement["NotResource"]),
        resources => one_or_many(resources),
    };
    if let Some(variable) = patterns.iter().find(|pattern| pattern.contains("${")) {
        return Err(AwsError::not_simulated(format!(
            "policy variables, as in {variable}"
        )));
    }
    let is = |pattern: &&str| matches_pattern(pattern, request.resource);
    let named = patterns.iter().any(is);
    Ok(action && named != statement["Resource"].is_null())
}

/// Whether all conditions of a statement hold.
fn conditions(
    statement: &Value,
    request: &Request<'_>,
    missing: &mut BTreeSet<String>,
) -> Result<bool, AwsError> {
    let mut all = true;
    let Some(operators) = statement["Condition"].as_object() else {
        return Ok(true);
    };
    for (operator, keys) in operators {
        for (key, wanted) in keys.as_object().into_iter().flatten() {
            let given = request.context.get(&key.to_lowercase());
            if given.is_none() && operator != "Null" && !operator.ends_with("IfExists") {
                missing.insert(key.clone());
            }
            all &= holds(operator, &texts(wanted), given.map(Vec::as_slice))?;
        }
    }
    Ok(all)
}

/// Values as text: a policy may write `true` without quotes.
fn texts(wanted: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match wanted {
        Value::Array(many) => many.iter().map(text).collect(),
        one => vec![text(one)],
    }
}

fn holds(operator: &str, wanted: &[String], given: Option<&[String]>) -> Result<bool, AwsError> {
    let (base, if_exists) = match operator.strip_suffix("IfExists") {
        Some(base) => (base, true),
        None => (operator, false),
    };
    if base == "Null" {
        return Ok(wanted
            .iter()
            .any(|text| (text == "true") == given.is_none()));
    }
    let (positive, test): (bool, fn(&str, &str) -> bool) = match base {
        "StringEquals" => (true, |wanted, given| wanted == given),
        "StringNotEquals" => (false, |wanted, given| wanted == given),
        "StringEqualsIgnoreCase" | "Bool" => (true, str::eq_ignore_ascii_case),
        "StringLike" | "ArnEquals" | "ArnLike" => (true, matches_pattern),
        "StringNotLike" | "ArnNotEquals" | "ArnNotLike" => (false, matches_pattern),
        _ => {
            return Err(AwsError::not_simulated(format!(
                "the condition operator {operator}"
            )));
        }
    };
    let Some(given) = given else {
        return Ok(if_exists || !positive);
    };
    let any = given
        .iter()
        .any(|given| wanted.iter().any(|wanted| test(wanted, given)));
    Ok(any == positive)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[allow(
        clippy::needless_pass_by_value,
        reason = "`json!` is written where it is used"
    )]
    fn decide(statements: Value, action: &str, resource: &str, region: Option<&str>) -> Decision {
        let context = region
            .map(|region| ("aws:requestedregion".to_owned(), vec![region.to_owned()]))
            .into_iter()
            .collect();
        let request = Request {
            action,
            resource,
            context: &context,
        };
        let documents = [json!({ "Statement": statements })];
        judge(&documents, &request, &mut BTreeSet::new()).unwrap()
    }

    fn allow(action: &str, resource: &str) -> Value {
        json!({ "Effect": "Allow", "Action": action, "Resource": resource })
    }

    #[test]
    fn wildcards_take_actions_of_any_case_and_resources_of_theirs() {
        let one = allow("ec2:create*", "arn:aws:ec2:*:1:vpc/*");
        let of = |action, resource| decide(one.clone(), action, resource, None);
        assert_eq!(
            of("ec2:CreateVpc", "arn:aws:ec2:x:1:vpc/a"),
            Decision::Allowed
        );
        assert_eq!(
            of("ec2:DeleteVpc", "arn:aws:ec2:x:1:vpc/a"),
            Decision::ImplicitDeny
        );
        assert_eq!(
            of("ec2:CreateVpc", "arn:aws:ec2:x:1:VPC/a"),
            Decision::ImplicitDeny
        );
        // A request about everything is not covered by a part of it.
        assert_eq!(of("ec2:CreateVpc", "*"), Decision::ImplicitDeny);
        let not =
            json!({ "Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::a" });
        assert_eq!(
            decide(not.clone(), "iam:GetRole", "*", None),
            Decision::ImplicitDeny
        );
        assert_eq!(
            decide(not.clone(), "s3:GetObject", "arn:aws:s3:::a", None),
            Decision::ImplicitDeny
        );
        assert_eq!(
            decide(not, "s3:GetObject", "arn:aws:s3:::b", None),
            Decision::Allowed
        );
    }

    #[test]
    fn a_deny_counts_more_than_any_allow_wherever_it_stands() {
        let deny = json!({ "Effect": "Deny", "Action": ["s3:*"], "Resource": ["*"] });
        for both in [
            json!([allow("*", "*"), deny]),
            json!([deny, allow("*", "*")]),
        ] {
            assert_eq!(
                decide(both.clone(), "s3:PutObject", "*", None),
                Decision::ExplicitDeny
            );
            assert_eq!(decide(both, "ecs:ListTasks", "*", None), Decision::Allowed);
        }
    }

    #[test]
    fn conditions_hold_fail_or_miss_their_key() {
        let on = |operator: &str| {
            let mut one = allow("*", "*");
            one["Condition"] =
                json!({ operator: { "aws:RequestedRegion": ["us-east-1", "eu-*"] } });
            one
        };
        let of = |operator, region| decide(on(operator), "a:B", "*", region);
        assert_eq!(of("StringEquals", Some("us-east-1")), Decision::Allowed);
        assert_eq!(
            of("StringEquals", Some("eu-west-1")),
            Decision::ImplicitDeny
        );
        assert_eq!(of("StringLike", Some("eu-west-1")), Decision::Allowed);
        assert_eq!(
            of("StringNotLike", Some("eu-west-1")),
            Decision::ImplicitDeny
        );
        assert_eq!(of("StringEquals", None), Decision::ImplicitDeny);
        assert_eq!(of("StringEqualsIfExists", None), Decision::Allowed);
        assert_eq!(of("StringNotEquals", None), Decision::Allowed);
    }

    #[test]
    fn what_cannot_be_judged_is_named() {
        let context = BTreeMap::new();
        let request = Request {
            action: "a:B",
            resource: "*",
            context: &context,
        };
        let code = |statement: Value| {
            let documents = [json!({ "Statement": statement })];
            judge(&documents, &request, &mut BTreeSet::new()).unwrap_err()
        };
        let mut date = allow("*", "*");
        date["Condition"] = json!({ "DateLessThan": { "aws:CurrentTime": "2030-01-01" } });
        assert!(code(date).message.contains("DateLessThan"));
        assert!(
            code(allow("*", "arn:aws:s3:::${aws:username}"))
                .message
                .contains("${aws:username}")
        );
        let mut missing = BTreeSet::new();
        let mut tagged = allow("*", "*");
        tagged["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } });
        let documents = [json!({ "Statement": [tagged] })];
        judge(&documents, &request, &mut missing).unwrap();
        assert!(missing.contains("aws:SecureTransport"));
    }
}
