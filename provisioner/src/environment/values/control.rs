//! What an audit may be told to accept: a control by its Security Hub id, with the reason.
//!
//! The ids stand here because the file names them; what each asks for, and of what, the room `audit` knows. A test of that
//! room holds the two lists together.

use super::rejection::{Rejection, text_type};
use crate::environment::reading::suggest::nearest;

/// The ids of the controls that `hcctl audit` judges, as AWS writes them; hcctl's own begin with its name.
pub const CONTROLS: [&str; 49] = [
    "CloudWatch.15",
    "CloudWatch.16",
    "DynamoDB.1",
    "DynamoDB.2",
    "DynamoDB.4",
    "DynamoDB.6",
    "EC2.2",
    "EC2.6",
    "EC2.10",
    "EC2.13",
    "EC2.14",
    "EC2.15",
    "EC2.18",
    "EC2.19",
    "EC2.21",
    "EC2.55",
    "EC2.56",
    "ECR.1",
    "ECR.2",
    "ECR.3",
    "ECR.5",
    "ECS.2",
    "ECS.3",
    "ECS.4",
    "ECS.5",
    "ECS.8",
    "ECS.9",
    "ECS.10",
    "ECS.12",
    "ECS.16",
    "ECS.17",
    "ECS.20",
    "ELB.1",
    "ELB.4",
    "ELB.5",
    "ELB.6",
    "ELB.12",
    "ELB.13",
    "ELB.16",
    "ELB.17",
    "ELB.18",
    "ELB.21",
    "ELB.22",
    "HCCTL.1",
    "IAM.1",
    "IAM.21",
    "KMS.2",
    "SQS.1",
    "SQS.3",
];

text_type! {
    /// A control that `hcctl audit` judges, by its Security Hub id, such as `ELB.16`.
    ControlId, pattern: pattern(), length: 5..=13
}

/// For editors: one of the ids.
fn pattern() -> String {
    let ids = CONTROLS.map(|id| id.replace('.', "\\."));
    format!("^({})$", ids.join("|"))
}

impl ControlId {
    fn check(text: &str) -> Result<(), Rejection> {
        if CONTROLS.contains(&text) {
            return Ok(());
        }
        let remedy = match meant(text) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`hcctl audit ENV -v` lists every control by its id".to_owned(),
        };
        Err(Rejection::new(
            format!(
                "`{}` is not a control that hcctl judges",
                text.escape_debug()
            ),
            remedy,
        ))
    }
}

/// The id that was meant: the same in another spelling, with two characters swapped, or else the nearest.
fn meant(text: &str) -> Option<&'static str> {
    let plain = |id: &str| -> Vec<char> {
        let letters = id.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|c| c.to_ascii_lowercase()).collect()
    };
    let sorted = |id: &str| {
        let mut letters = plain(id);
        letters.sort_unstable();
        letters
    };
    let mut same = CONTROLS.into_iter().filter(|id| plain(id) == plain(text));
    let mut swapped = CONTROLS.into_iter().filter(|id| sorted(id) == sorted(text));
    let near = same.next().or_else(|| swapped.next());
    near.or_else(|| nearest(text, CONTROLS))
}

text_type! {
    /// Why a finding is accepted, in a sentence: 1 to 300 characters on one line.
    Reason, pattern: "^\\s*\\S.*$", length: 1..=300
}

impl Reason {
    fn check(text: &str) -> Result<(), Rejection> {
        let example = "say why in a sentence, such as \"WAF is in front, in the network account\"";
        if text.trim().is_empty() {
            return Err(Rejection::new("there is no reason", example));
        }
        if text.chars().any(char::is_control) {
            return Err(Rejection::new(
                "a reason is one line of plain text",
                example,
            ));
        }
        let long = text.chars().count();
        if long > 300 {
            return Err(Rejection::new(
                format!("a reason of {long} characters, and 300 are taken"),
                "say it in one sentence; more of it belongs into a comment",
            ));
        }
        Ok(())
    }
}
