//! Whose policies are meant: STS names a session, a simulation wants the user or role behind it.

use hcctl_engine::Fault;

use crate::aws::{Aws, fault};

/// A caller, as far as IAM can simulate it.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns>
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// A user, by ARN.
    Entity(String),
    /// A role, by name: the session's ARN lacks its path.
    Role(String),
    /// The account itself.
    Root,
    /// A user of somebody else's, with policies of the session only.
    Federated,
    /// Anything else.
    Unknown,
}

pub(super) fn read(arn: &str) -> Caller {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, service, _, _, entity] = parts.as_slice() else {
        return Caller::Unknown;
    };
    match (*service, entity.split('/').collect::<Vec<_>>().as_slice()) {
        ("iam", ["root"]) => Caller::Root,
        ("iam", ["user" | "role", ..]) => Caller::Entity(arn.to_owned()),
        ("sts", ["assumed-role", name, ..]) => Caller::Role((*name).to_owned()),
        ("sts", ["federated-user", ..]) => Caller::Federated,
        _ => Caller::Unknown,
    }
}

/// The ARN of a role, path and all.
pub(super) async fn role(aws: &Aws, name: &str) -> Result<String, Fault> {
    let answer = aws.iam.get_role().role_name(name).send().await;
    let answer = answer.map_err(fault("iam:GetRole"))?;
    let role = answer.role.map(|role| role.arn);
    role.ok_or_else(|| Fault::own("iam:GetRole", "the answer has no role"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_of_a_user_a_role_or_nobody_who_can_be_simulated() {
        let user = "arn:aws:iam::123456789012:user/team/a";
        assert_eq!(read(user), Caller::Entity(user.to_owned()));
        let session = "arn:aws-cn:sts::123456789012:assumed-role/AWSReservedSSO_x_1/me@example.com";
        assert_eq!(read(session), Caller::Role("AWSReservedSSO_x_1".to_owned()));
        assert_eq!(read("arn:aws:iam::123456789012:root"), Caller::Root);
        let federated = "arn:aws:sts::123456789012:federated-user/a";
        assert_eq!(read(federated), Caller::Federated);
        assert_eq!(read("arn:aws:sts::1:something/a"), Caller::Unknown);
        assert_eq!(read("root"), Caller::Unknown);
    }
}
