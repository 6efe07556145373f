//! Policy documents: whether they have the form of one, and the URL encoding that IAM answers them in.
//!
//! Grammar: IAM User Guide, "Grammar of the IAM JSON policy language".

use std::fmt::Write as _;

use serde_json::Value;

use crate::answer::AwsError;
use crate::partition::of_iam;

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Who may assume a role: statements have a principal and no resource.
    Trust,
    /// What a role may do: statements have a resource and no principal.
    Permissions,
}

/// Refuses what IAM refuses as `MalformedPolicyDocument`.
pub(super) fn check(text: &str, purpose: Purpose) -> Result<(), AwsError> {
    let document: Value =
        serde_json::from_str(text).map_err(|_| malformed("This policy contains invalid Json"))?;
    let known = ["Version", "Id", "Statement"];
    let object = document
        .as_object()
        .ok_or_else(|| malformed("Syntax errors in policy."))?;
    if object.keys().any(|key| !known.contains(&key.as_str())) {
        return Err(malformed("Syntax errors in policy."));
    }
    if object
        .get("Version")
        .is_some_and(|version| version != "2012-10-17" && version != "2008-10-17")
    {
        return Err(malformed("Syntax errors in policy."));
    }
    let statements = statements(&document);
    if statements.is_empty() {
        return Err(malformed("Policy statement must contain actions."));
    }
    statements
        .into_iter()
        .try_for_each(|statement| check_statement(statement, purpose))
}

fn check_statement(statement: &Value, purpose: Purpose) -> Result<(), AwsError> {
    let has = |key: &str| statement.get(key).is_some_and(|value| !value.is_null());
    if !["Allow", "Deny"].contains(&statement["Effect"].as_str().unwrap_or_default()) {
        return Err(malformed("Syntax errors in policy."));
    }
    if !has("Action") && !has("NotAction") {
        return Err(malformed("Policy statement must contain actions."));
    }
    match purpose {
        Purpose::Trust if !has("Principal") && !has("NotPrincipal") => {
            Err(malformed("Missing required field Principal"))
        }
        Purpose::Trust if has("Resource") => Err(malformed("Has prohibited field Resource")),
        Purpose::Trust
            if !actions(statement)
                .iter()
                .all(|action| action.starts_with("sts:")) =>
        {
            Err(malformed(
                "AssumeRole policy may only specify STS AssumeRole actions.",
            ))
        }
        Purpose::Permissions if !has("Resource") && !has("NotResource") => {
            Err(malformed("Policy statement must contain resources."))
        }
        Purpose::Permissions if has("Principal") || has("NotPrincipal") => {
            Err(malformed("Policy document should not specify a principal."))
        }
        _ => Ok(()),
    }
}

/// A document that was checked when it came.
pub(super) fn read(text: &str) -> Result<Value, AwsError> {
    let broken = |_| AwsError::new("PolicyEvaluation", "a policy is no JSON").status(500);
    serde_json::from_str(text).map_err(broken)
}

/// Whether a trust policy lets a service assume the role. Conditions are not judged.
pub(super) fn trusts(text: &str, service: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return false;
    };
    statements(&document).iter().any(|statement| {
        statement["Effect"] == "Allow"
            && one_or_many(&statement["Principal"]["Service"]).contains(&service)
    })
}

/// Whether a trust policy lets the account's users assume the role; of conditions, only the one for MFA is judged.
pub(super) fn trusts_account(text: &str, mfa: bool) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return false;
    };
    let account = |principal: &&str| {
        let users = of_iam(principal, crate::ACCOUNT).is_some();
        users || *principal == crate::ACCOUNT || *principal == "*"
    };
    statements(&document).iter().any(|statement| {
        let wants_mfa = statement["Condition"]
            .as_object()
            .into_iter()
            .flat_map(|operators| operators.values())
            .any(|keys| keys["aws:MultiFactorAuthPresent"].as_str() == Some("true"));
        statement["Effect"] == "Allow"
            && one_or_many(&statement["Principal"]["AWS"])
                .iter()
                .any(account)
            && (mfa || !wants_mfa)
    })
}

/// Whose word on who somebody is a trust policy takes.
pub(super) fn federated(text: &str) -> Result<Vec<String>, AwsError> {
    let document = read(text)?;
    let named = statements(&document)
        .into_iter()
        .flat_map(|statement| one_or_many(&statement["Principal"]["Federated"]))
        .map(str::to_owned);
    Ok(named.collect())
}

/// The size that counts against a quota: white space does not.
pub(super) fn size(text: &str) -> usize {
    text.chars()
        .filter(|character| !character.is_whitespace())
        .count()
}

/// URL encoding "compliant with RFC 3986" (API reference, `GetRole`).
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string does not fail");
        }
    }
    out
}

pub(super) fn statements(document: &Value) -> Vec<&Value> {
    match &document["Statement"] {
        Value::Array(many) => many.iter().collect(),
        one @ Value::Object(_) => vec![one],
        _ => Vec::new(),
    }
}

fn actions(statement: &Value) -> Vec<&str> {
    one_or_many(statement.get("Action").unwrap_or(&statement["NotAction"]))
}

pub(super) fn one_or_many(value: &Value) -> Vec<&str> {
    match value {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn malformed(message: &str) -> AwsError {
    AwsError::new("MalformedPolicyDocument", message)
}
