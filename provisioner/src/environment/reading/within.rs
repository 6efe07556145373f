//! What AWS limits by its size: each document that the file's values fill must be within it.
//!
//! Only of a file without other errors, because nearly every value of it has a part in these sizes.

use super::reader::At;
use crate::environment::model::{Environment, Service};
use crate::environment::sizes;
use crate::environment::values::name::ServiceName;
use crate::environment::values::place::{BoundaryPolicy, SecretStore};
use crate::environment::values::rejection::Rejection;

/// Checks every document.
pub(crate) fn sizes(at: &At<'_>, environment: &Environment) {
    let Some(services) = at.find("services") else {
        return;
    };
    for (name, service) in &environment.services {
        if let Some(at) = services.find(name.as_str()) {
            task_definition(&at, environment, name, service);
            task_policy(&at, environment, name, service);
        }
    }
    let size = sizes::execution_policy(environment);
    if size > sizes::ROLE_POLICIES {
        services.refuse_key(Rejection::new(
            format!(
                "the policy of the role with which ECS starts the tasks would have {size} characters, and IAM takes {}: it names {}",
                sizes::ROLE_POLICIES,
                named(environment, true)
            ),
            remedy(environment),
        ));
    }
    // A boundary of somebody else's is not made from this file.
    let made = environment.permissions_boundary.as_ref();
    let made = made.is_some_and(|boundary| BoundaryPolicy::partition(boundary).is_none());
    let size = sizes::boundary(environment);
    if made && size > sizes::MANAGED_POLICY {
        services.refuse_key(Rejection::new(
            format!(
                "the boundary that `hcctl bootstrap` makes would have {size} characters, and IAM takes {}: it names {}",
                sizes::MANAGED_POLICY,
                named(environment, false)
            ),
            remedy(environment),
        ));
    }
}

fn task_policy(at: &At<'_>, environment: &Environment, name: &ServiceName, service: &Service) {
    let size = sizes::task_policy(environment, name, service);
    if size > sizes::ROLE_POLICIES
        && let Some(at) = at.find("permissions")
    {
        at.refuse_key(Rejection::new(
            format!(
                "the policies of this service's role would have {size} characters, and IAM takes {}",
                sizes::ROLE_POLICIES
            ),
            "combine actions with `*`, or put them into a managed policy",
        ));
    }
}

fn task_definition(at: &At<'_>, environment: &Environment, name: &ServiceName, service: &Service) {
    let size = sizes::task_definition(environment, name, service);
    if size <= sizes::TASK_DEFINITION {
        return;
    }
    let (settings, secrets) = (
        sizes::settings(service),
        sizes::secrets(environment, service),
    );
    let key = if settings >= secrets {
        "env"
    } else {
        "secrets"
    };
    let mut entries: Vec<(usize, &str)> = if settings >= secrets {
        let all = service.env.iter();
        all.map(|(name, value)| (sizes::variable(name.as_str(), value), name.as_str()))
            .collect()
    } else {
        let all = service.secrets.iter();
        all.map(|(name, source)| (sizes::value_from(environment, source).len(), name.as_str()))
            .collect()
    };
    entries.sort_by_key(|&(size, name)| (std::cmp::Reverse(size), name));
    let largest: Vec<String> = entries
        .iter()
        .take(3)
        .map(|(size, name)| format!("{name} ({size} bytes)"))
        .collect();
    let remedy = if key == "env" {
        "keep what is long in a file of the image, in S3 or in a parameter of Systems Manager, and give the container its name"
    } else {
        "keep several values as JSON in one secret, and give the container the whole of it"
    };
    let found = at.find(key);
    // The line may hold a value.
    found.as_ref().unwrap_or(at).refuse_concealed(Rejection::new(
        format!(
            "the task definition would have {size} bytes, and ECS takes {}; the largest here: {}",
            sizes::TASK_DEFINITION,
            largest.join(", ")
        ),
        remedy,
    ));
}

/// What fills a policy.
fn named(environment: &Environment, with_services: bool) -> String {
    let count = |store| sizes::stored(environment, store).len();
    let mut parts = Vec::new();
    if with_services {
        parts.push((environment.services.len(), "service"));
    }
    parts.push((count(SecretStore::SecretsManager), "secret"));
    parts.push((count(SecretStore::ParameterStore), "parameter"));
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}{}", if number == 1 { "" } else { "s" }))
        .collect();
    said.join(", ")
}

/// What makes a policy shorter.
fn remedy(environment: &Environment) -> &'static str {
    let any = environment
        .services
        .values()
        .any(|service| !service.secrets.is_empty());
    if any {
        "keep several values as JSON in one secret and take each by its key (`secretsmanager:NAME:KEY`), which the policy names once, or divide the services among several projects"
    } else {
        "divide the services among several projects"
    }
}
