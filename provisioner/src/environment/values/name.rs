//! Names a user chooses: project, environment, service, table.
//!
//! Every AWS name is built from them as `{project}-{environment}-...`, so they obey the narrowest rule of all the services that see
//! them: ECR's repository names, which are lower-case words joined by single hyphens.

use super::rejection::{Rejection, text_type};

text_type! {
    /// The project: first part of every name, and the value of the tag `Project`.
    ///
    /// At most 32 characters. `internal-...` is refused because a load balancer's name may not begin so
    /// (ELBv2 CreateLoadBalancer, `Name`), `sg-...` because a security group's may not (EC2 CreateSecurityGroup, `GroupName`).
    Project, pattern: "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", length: 2..=32
}

impl Project {
    fn check(text: &str) -> Result<(), Rejection> {
        words(text, 2..=32, "a project name", "healthcare-app")?;
        for prefix in ["internal", "sg"] {
            if text == prefix || text.starts_with(&format!("{prefix}-")) {
                let what = if prefix == "sg" {
                    "a security group's"
                } else {
                    "a load balancer's"
                };
                return Err(Rejection::new(
                    format!(
                        "names would begin with `{prefix}-`, which AWS does not allow for {what}"
                    ),
                    format!("choose another first word, such as `my-{text}`"),
                ));
            }
        }
        Ok(())
    }
}

text_type! {
    /// The environment: the stem of its file, second part of every name, and the value of the tag `Environment`.
    ///
    /// At most 16 characters, so that 64 (an IAM role's name) leaves room for the rest.
    EnvironmentName, pattern: "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", length: 1..=16
}

impl EnvironmentName {
    fn check(text: &str) -> Result<(), Rejection> {
        words(text, 1..=16, "an environment's name", "dev")
    }
}

text_type! {
    /// A service: `patient` becomes the ECS service `{project}-{environment}-patient-service`.
    ServiceName, pattern: "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", length: 1..=32
}

impl ServiceName {
    /// The variable that tells its callers where it is: `ORDER_ITEMS_URL` of `order-items`.
    pub fn url_variable(&self) -> String {
        format!(
            "{}_URL",
            self.as_str().to_ascii_uppercase().replace('-', "_")
        )
    }

    /// The variable that tells its senders where its queue is: `ORDER_ITEMS_QUEUE_URL` of `order-items`.
    pub fn queue_variable(&self) -> String {
        format!(
            "{}_QUEUE_URL",
            self.as_str().to_ascii_uppercase().replace('-', "_")
        )
    }

    fn check(text: &str) -> Result<(), Rejection> {
        words(text, 1..=32, "a service's name", "patient")?;
        match text.strip_suffix("-service") {
            Some(stem) => Err(Rejection::new(
                format!("`-service` is added to every name, so this would be `{text}-service`"),
                format!("write `{stem}`"),
            )),
            None => Ok(()),
        }
    }
}

text_type! {
    /// A DynamoDB table's own part of its name, `{project}-{environment}-{table}`.
    ///
    /// Letters, digits, `_`, `.` and `-` (DynamoDB CreateTable, `TableName`, which allows 255 characters in all).
    TableName, pattern: "^[a-zA-Z0-9_.-]+$", length: 1..=64
}

impl TableName {
    fn check(text: &str) -> Result<(), Rejection> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        if (1..=64).contains(&text.len()) && text.chars().all(allowed) {
            return Ok(());
        }
        Err(Rejection::new(
            format!("`{}` is not a table's name", text.escape_debug()),
            "write 1 to 64 letters, digits, `_`, `.` or `-`, such as `patients`",
        ))
    }
}

/// Lower-case words joined by single hyphens, beginning with a letter.
fn words(
    text: &str,
    length: std::ops::RangeInclusive<usize>,
    what: &str,
    example: &str,
) -> Result<(), Rejection> {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    let reason = if text.is_empty() {
        format!("{what} cannot be empty")
    } else if !text.starts_with(|c: char| c.is_ascii_lowercase()) || !text.split('-').all(word) {
        format!("`{}` is not {what}", text.escape_debug())
    } else if !length.contains(&text.len()) {
        format!("`{text}` has {} characters", text.len())
    } else {
        return Ok(());
    };
    Err(Rejection::new(
        reason,
        format!(
            "write {} to {} lower-case letters and digits, words joined by single hyphens, a letter first, such as `{example}`",
            length.start(),
            length.end()
        ),
    ))
}
