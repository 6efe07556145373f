//! What every operation on one environment works with.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hcctl_engine::{Class, Fault};

use super::suggest;
use super::{Clock, CommandError, Kind};
use crate::aws::profiles::Profiles;
use crate::aws::{Aws, Identity};
use crate::environment::Environment;
use crate::resources::load_balancer;

/// An environment, and the account that it is in.
#[derive(Clone)]
pub struct Context {
    /// The environment.
    pub environment: Environment,
    /// Its file, for messages.
    pub file: PathBuf,
    /// The clients.
    pub aws: Aws,
    /// The profile that was named, for messages.
    pub profile: Option<String>,
    /// How a command for the same place begins, such as `hcctl --sandbox`.
    pub command: String,
    /// For how long steps may begin, or deployments are followed.
    pub limit: Option<Duration>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl Context {
    /// The command of a verb on the same environment, for hints.
    pub fn again(&self, verb: &str) -> String {
        format!("{} {verb} {}", self.command, self.environment.name)
    }

    /// Makes sure of the account before anything else is done in it; answers who is there.
    ///
    /// # Errors
    ///
    /// A refusal in another account than the file names; a fault where AWS does not tell.
    pub async fn guard(&self) -> Result<Identity, CommandError> {
        self.check_account(&self.aws).await
    }

    /// The services that a verb works on: those named, or all of the file.
    ///
    /// # Errors
    ///
    /// One that is named and not in the file.
    pub fn services(&self, named: &[String]) -> Result<Vec<String>, CommandError> {
        let services = self.environment.services.keys();
        let all: Vec<String> = services.map(ToString::to_string).collect();
        if let Some(unknown) = named.iter().find(|name| !all.contains(name)) {
            let what = format!("{} has no service", self.file.display());
            let all = all.iter().map(String::as_str);
            return Err(suggest::unknown(Kind::Config, &what, unknown, all));
        }
        let wanted = |name: &String| named.is_empty() || named.contains(name);
        Ok(all.into_iter().filter(wanted).collect())
    }

    /// The same of those whose images `push` and `deploy` bring; the others' stand in the file.
    ///
    /// # Errors
    ///
    /// One that is named and whose image stands in the file; or where no other is left.
    pub fn released(&self, named: &[String]) -> Result<Vec<String>, CommandError> {
        let all = self.services(named)?;
        let fixed = |name: &String| {
            let mut services = self.environment.services.iter();
            services.any(|(key, it)| key.as_str() == name && it.image.is_some())
        };
        let (fixed, released): (Vec<String>, Vec<String>) = all.into_iter().partition(fixed);
        match fixed.first() {
            Some(name) if !named.is_empty() || released.is_empty() => {
                let message = format!("the image of {name} stands in {}", self.file.display());
                Err(CommandError::new(Kind::Config, message).hint(format!(
                    "change `image:` there and run hcctl apply {}",
                    self.environment.name
                )))
            }
            _ => Ok(released),
        }
    }

    /// Where the environment answers.
    ///
    /// # Errors
    ///
    /// A fault of `elbv2:DescribeLoadBalancers`.
    pub async fn url(&self) -> Result<Option<String>, Fault> {
        let scheme = if self.environment.edge.certificate.is_some() {
            "https"
        } else {
            "http"
        };
        let name = load_balancer::dns_name(&self.aws.fresh()).await?;
        Ok(name.map(|name| format!("{scheme}://{name}")))
    }

    /// Refuses to go on in another account than the file names.
    pub(super) async fn check_account(&self, aws: &Aws) -> Result<Identity, CommandError> {
        let identity = aws.identity().await;
        let identity = identity.map_err(|fault| with_profile(self.profile.as_deref(), fault))?;
        let identity = identity.as_ref().clone();
        match &self.environment.account {
            Some(account) if account.as_ref() != identity.account => {
                let message = format!(
                    "{} is for account {account}, and these credentials are of account {}",
                    self.file.display(),
                    identity.account
                );
                Err(CommandError::new(Kind::Refused, message).hint("name the right profile (--profile or AWS_PROFILE), or log in to the right account"))
            }
            _ => Ok(identity),
        }
    }
}

/// Names the profile that has no credentials; a fault of the service's own is not about that.
pub fn with_profile(profile: Option<&str>, mut fault: Fault) -> Fault {
    if let Some(profile) = profile
        && fault.class == Class::Credentials
        && fault.code.is_none()
    {
        fault.message = format!("{} (profile {profile})", fault.message);
        fault.remedy = sign_in(profile).or(fault.remedy);
    }
    fault
}

/// How a session of a profile is begun again, as far as the AWS CLI's files tell; nothing where its credentials come from
/// elsewhere.
pub fn sign_in(profile: &str) -> Option<String> {
    let profiles = Profiles::read();
    let settings = profiles.get(profile)?;
    let ways = [
        ("sso_session", "sso login"),
        ("sso_start_url", "sso login"),
        ("login_session", "login"),
    ];
    let (_, command) = ways.iter().find(|(key, _)| settings.contains_key(*key))?;
    Some(format!("log in again: aws {command} --profile {profile}"))
}
