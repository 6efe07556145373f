//! The account's one-time set-up, as a graph of resources that are wanted: the bucket, GitHub's provider, and per environment a
//! role that plans, a role that applies, and the boundary of the roles that an apply makes.
//!
//! Pure. It owns who is trusted and what they may do; it knows no ids, no clients and no words for people.

mod policies;
mod remotes;
mod repository;
mod trust;

use std::collections::{BTreeMap, BTreeSet};

use hcctl_engine::blueprint::{BlueprintError, Builder};
use hcctl_engine::{AnyKind, Blueprint};
use serde_json::Value;

pub use remotes::remotes;
pub use repository::Repository;

use crate::aws::{Aws, BOOTSTRAP, BOOTSTRAP_PATH, Scope, Tags, partition};
use crate::environment::Environment;
use crate::environment::sizes::{MANAGED_POLICY as MANAGED, ROLE_POLICIES as INLINE};
use crate::resources::ACCOUNT_KINDS;
use crate::resources::bucket::{self, Bucket};
use crate::resources::managed_policy::{self, ManagedPolicy};
use crate::resources::oidc_provider::{self, OidcProvider};
use crate::resources::role::{self, Role};
use policies::Place;
use trust::Jobs;

/// Characters of a trust policy, unless the account's quota was raised.
const TRUST: usize = 2_048;

/// What is to be set up.
pub struct Wanted<'a> {
    /// The environments of one project, in the order of their names.
    pub environments: &'a [Environment],
    /// The account's number.
    pub account: &'a str,
    /// Whose pipelines are to work here; without one, what they need is neither looked at nor touched.
    pub repository: Option<&'a Repository>,
}

/// What an environment gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The environment.
    pub environment: String,
    /// The boundary's name, as the environment file takes it.
    pub boundary: String,
    /// The same by ARN.
    pub boundary_arn: String,
    /// The role of jobs that plan, by ARN.
    pub plan_role: String,
    /// The role of jobs that apply, by ARN.
    pub apply_role: String,
}

/// Why there is no such set-up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A document that AWS would refuse.
    #[error("{what} has {size} characters, and AWS takes {limit}")]
    TooLarge {
        /// Which.
        what: String,
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// A graph that cannot be made.
    #[error(transparent)]
    Graph(#[from] BlueprintError),
}

/// What belongs to the set-up of the project of these environments, seen from the first one's region.
pub fn scope(environments: &[Environment]) -> Scope {
    let first = environments.first();
    let tags = [
        ("Project", first.map_or("", |first| first.project.as_ref())),
        ("Environment", BOOTSTRAP),
        ("ManagedBy", "hcctl"),
    ];
    Scope {
        project: first.map_or_else(String::new, |first| first.project.to_string()),
        environment: BOOTSTRAP.to_owned(),
        region: first.map_or_else(String::new, |first| first.region.to_string()),
        tags: tags
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        ignored_tags: environments
            .iter()
            .flat_map(Environment::ignored_tags)
            .collect(),
        rare: BTreeSet::new(),
    }
}

impl Wanted<'_> {
    /// The kinds that are looked at. The pipeline's come last.
    pub fn kinds(&self) -> &'static [&'static dyn AnyKind<Aws>] {
        let first = |kind: &&dyn AnyKind<Aws>| kind.facts().name == "oidc_provider";
        match (self.repository, ACCOUNT_KINDS.iter().position(first)) {
            (None, Some(first)) => &ACCOUNT_KINDS[..first],
            _ => ACCOUNT_KINDS,
        }
    }

    /// The regions that the environments are in.
    pub fn regions(&self) -> BTreeSet<String> {
        let regions = self.environments.iter();
        regions.map(|one| one.region.to_string()).collect()
    }

    /// What each environment gets.
    pub fn given(&self) -> Vec<Given> {
        let give = |environment: &Environment| {
            let name = |what: &str| format!("{}-hcctl-{what}", environment.prefix());
            let arn = |kind: &str, what: &str| {
                let partition = partition(environment.region.as_ref());
                let (account, name) = (self.account, name(what));
                format!("arn:{partition}:iam::{account}:{kind}{BOOTSTRAP_PATH}{name}")
            };
            Given {
                environment: environment.name.to_string(),
                boundary: name("boundary"),
                boundary_arn: arn("policy", "boundary"),
                plan_role: arn("role", "plan"),
                apply_role: arn("role", "apply"),
            }
        };
        self.environments.iter().map(give).collect()
    }

    /// The resources.
    pub fn build(&self) -> Result<Blueprint, SetupError> {
        let mut builder = Blueprint::builder();
        for region in self.regions() {
            let spec = bucket::Spec {
                region: region.clone(),
                private: true,
                versioned: true,
            };
            builder.want::<Bucket>(region, &spec);
        }
        if self.repository.is_some() {
            let spec = oidc_provider::Spec {
                url: format!("https://{}", oidc_provider::HOST),
                audience: Some(oidc_provider::AUDIENCE.to_owned()),
            };
            builder.want::<OidcProvider>("github", &spec);
        }
        for environment in self.environments {
            self.environment(environment, &mut builder)?;
        }
        Ok(builder.build()?)
    }

    fn environment(
        &self,
        environment: &Environment,
        builder: &mut Builder,
    ) -> Result<(), SetupError> {
        let place = Place {
            environment,
            account: self.account,
        };
        let (name, prefix) = (&environment.name, environment.prefix());
        let tags = scope(std::slice::from_ref(environment)).tags;
        let boundary = managed_policy::Spec {
            name: format!("{prefix}-hcctl-boundary"),
            path: BOOTSTRAP_PATH.to_owned(),
            description: format!("What the roles of {name} may do at most"),
            document: fits(format!("the boundary of {name}"), place.boundary(), MANAGED)?,
            tags: tags.clone(),
        };
        builder.want::<ManagedPolicy>(format!("{name}-hcctl-boundary"), &boundary);
        let Some(repository) = self.repository else {
            return Ok(());
        };
        let roles = [
            ("plan", Jobs::Looking, place.plan()),
            ("apply", Jobs::Of(name.as_ref()), place.apply()),
        ];
        for (verb, jobs, policy) in roles {
            let spec = self.role(repository, environment, verb, jobs, policy, &tags)?;
            builder.want::<Role>(format!("{name}-hcctl-{verb}"), &spec);
        }
        Ok(())
    }

    fn role(
        &self,
        repository: &Repository,
        environment: &Environment,
        verb: &str,
        jobs: Jobs<'_>,
        policy: Value,
        tags: &Tags,
    ) -> Result<role::Spec, SetupError> {
        let partition = partition(environment.region.as_ref());
        let (name, host, account) = (&environment.name, oidc_provider::HOST, self.account);
        let provider = format!("arn:{partition}:iam::{account}:oidc-provider/{host}");
        let trust = trust::document(&provider, repository, jobs);
        let what =
            |part: &str| format!("the {part} of the role with which pipelines {verb} {name}");
        Ok(role::Spec {
            name: format!("{}-hcctl-{verb}", environment.prefix()),
            path: BOOTSTRAP_PATH.to_owned(),
            description: format!("Pipelines of {repository} {verb} {name} with it"),
            max_session: role::HOUR,
            trust: fits(what("trust policy"), trust, TRUST)?,
            policies: BTreeMap::from([(verb.to_owned(), fits(what("policy"), policy, INLINE)?)]),
            attached: BTreeSet::new(),
            boundary: None,
            tags: tags.clone(),
        })
    }
}

/// A document that AWS takes; it counts all but white space.
fn fits(what: String, document: Value, limit: usize) -> Result<Value, SetupError> {
    let text = document.to_string();
    let size = text.chars().filter(|c| !c.is_whitespace()).count();
    if size > limit {
        return Err(SetupError::TooLarge { what, size, limit });
    }
    Ok(document)
}

#[cfg(test)]
mod tests;
