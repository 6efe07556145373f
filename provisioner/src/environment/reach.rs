//! What a service's tasks may reach, and what their code may do in the account.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::defaults;
use super::values::number::Port;
use super::values::reach::{Action, Destination, PolicyArn, Purpose, Resource};

/// A way out of the tasks, beside HTTPS to everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Egress {
    /// The port on the other side.
    pub port: Port,
    /// What is spoken on it.
    #[schemars(default = "defaults::protocol")]
    pub protocol: Protocol,
    /// The other side: an IPv4 block such as 10.20.0.0/16, a security group, or a prefix list, by its id.
    pub to: Destination,
    /// What it is for: the rule's description.
    pub why: Purpose,
}

/// What is spoken on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// As EC2 names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

impl Egress {
    /// What tells it from others of its group: `5432-10.20.0.0-16`.
    pub fn name(&self) -> String {
        let to = self.to.as_str().replace('/', "-");
        match self.protocol {
            Protocol::Tcp => format!("{}-{to}", self.port),
            Protocol::Udp => format!("{}-udp-{to}", self.port),
        }
    }
}

/// What the code of a service may do in the account, beside using its table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Permissions {
    /// Managed policies attached to its role, by ARN. At most ten.
    #[schemars(default = "Vec::<PolicyArn>::new", length(max = 10))]
    pub policies: Vec<PolicyArn>,
    /// What it may do, and to what.
    #[schemars(default = "Vec::<Statement>::new")]
    pub allow: Vec<Statement>,
}

/// What may be done to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Statement {
    /// Actions of IAM, such as `s3:GetObject`. `*` and `?` stand for any end and any character.
    #[schemars(length(min = 1))]
    pub actions: Vec<Action>,
    /// Resources, by ARN.
    #[schemars(length(min = 1))]
    pub resources: Vec<Resource>,
}

impl Statement {
    /// As a policy's document writes it.
    pub fn document(&self) -> Value {
        let actions: Vec<&str> = self.actions.iter().map(AsRef::as_ref).collect();
        let resources: Vec<&str> = self.resources.iter().map(AsRef::as_ref).collect();
        json!({ "Effect": "Allow", "Action": actions, "Resource": resources })
    }
}
