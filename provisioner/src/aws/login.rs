//! Whose credentials: the chain of places in which they are looked for, and the roles that a profile assumes with MFA.
//!
//! The SDK's own chain does the rest. Where a profile was named on the command line it is left, because it takes keys in the
//! environment before any profile; and where a role wants a code of an MFA device, because it asks for none.
//! <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-quickstart.html#cli-configure-quickstart-precedence>

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature as Feature;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use hcctl_engine::Fault;

use super::profiles::{Profiles, Role, Way};
use super::{ConnectError, cli_cache, fault};

/// Asks a person for one line. Nothing where there is nobody to ask.
pub type Ask = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// How credentials are looked for.
pub(super) struct Login {
    /// The profile that the command line names.
    pub named: Option<String>,
    pub region: Region,
    pub http: SharedHttpClient,
    /// Who is asked for an MFA code.
    pub ask: Option<Ask>,
}

impl Login {
    /// What gives the credentials; nothing where the SDK's own chain is right. Makes calls only where a role wants MFA.
    ///
    /// # Errors
    ///
    /// A profile that is not there, or whose way leads nowhere; a code that nobody could be asked for, or that AWS refused.
    pub(super) async fn provider(self) -> Result<Option<SharedCredentialsProvider>, ConnectError> {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let by_environment = set("AWS_PROFILE");
        let name = self.named.as_ref().or(by_environment.as_ref());
        let profiles = Profiles::read();
        let way = match name {
            Some(name) => Some(profiles.way(name)?),
            // The default one may be missing.
            None => profiles.way("default").ok(),
        };
        let named = self.named.is_some();
        // Keys in the environment go before a profile that the environment names.
        let keys = set("AWS_ACCESS_KEY_ID").is_some() && set("AWS_SECRET_ACCESS_KEY").is_some();
        let mfa =
            way.filter(|way| (named || !keys) && way.roles.iter().any(|role| role.mfa.is_some()));
        if !named && mfa.is_none() {
            return Ok(None);
        }
        let config = ProviderConfig::without_region()
            .with_region(Some(self.region.clone()))
            .with_http_client(self.http.clone());
        let mut of_profile = ProfileFileCredentialsProvider::builder().configure(&config);
        if let Some(name) = name {
            of_profile = of_profile.profile_name(name);
        }
        let of_profile = match &mfa {
            Some(way) => SharedCredentialsProvider::new(self.assume(way, &config).await?),
            None => SharedCredentialsProvider::new(of_profile.build()),
        };
        let chain = if named {
            CredentialsProviderChain::first_try("Profile", of_profile)
        } else {
            let environment = EnvironmentVariableCredentialsProvider::new();
            let token = WebIdentityTokenCredentialsProvider::builder().configure(&config);
            CredentialsProviderChain::first_try("Environment", environment)
                .or_else("Profile", of_profile)
                .or_else("WebIdentityToken", token.build())
        };
        let container = EcsCredentialsProvider::builder().configure(&config).build();
        let instance = ImdsCredentialsProvider::builder()
            .configure(&config)
            .build();
        let chain = chain
            .or_else("EcsContainer", container)
            .or_else("Ec2InstanceMetadata", instance);
        Ok(Some(SharedCredentialsProvider::new(chain)))
    }

    /// Assumes one role after the other. It asks before anything else is done: a question must not meet a progress display,
    /// nor the time limit of a call.
    async fn assume(
        &self,
        way: &Way,
        config: &ProviderConfig,
    ) -> Result<Credentials, ConnectError> {
        let now = SystemTime::now();
        let cache = cli_cache::folder();
        // What is kept of the last role in the way is enough by itself.
        let kept = |role: &Role| {
            let folder = cache.as_deref().filter(|_| role.mfa.is_some())?;
            cli_cache::read(folder, role, now)
        };
        let done = way.roles.iter().rposition(|role| kept(role).is_some());
        let mut credentials = match done {
            Some(place) => kept(&way.roles[place]),
            None => None,
        };
        for role in &way.roles[done.map_or(0, |place| place + 1)..] {
            let with = if let Some(credentials) = credentials {
                SharedCredentialsProvider::new(credentials)
            } else {
                let base = ProfileFileCredentialsProvider::builder().configure(config);
                SharedCredentialsProvider::new(base.profile_name(&way.base).build())
            };
            let session = self.session(role, with).await?;
            if let Some(folder) = cache.as_deref().filter(|_| role.mfa.is_some())
                && let Err(error) = cli_cache::write(folder, role, &session)
            {
                tracing::warn!(%error, "the session could not be kept for the next command");
            }
            credentials = Some(session);
        }
        let mut credentials = credentials.ok_or(ConnectError::NoSession)?;
        credentials.set_property(vec![
            Feature::CredentialsProfileSourceProfile,
            Feature::CredentialsStsAssumeRole,
        ]);
        Ok(credentials)
    }

    async fn session(
        &self,
        role: &Role,
        with: SharedCredentialsProvider,
    ) -> Result<Credentials, ConnectError> {
        let code = match &role.mfa {
            None => None,
            Some(device) => Some(self.code(role, device)?),
        };
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(self.region.clone())
            .http_client(self.http.clone())
            .credentials_provider(with)
            .load()
            .await;
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH);
        let usual = format!("hcctl-{}", seconds.unwrap_or_default().as_secs());
        let answer = aws_sdk_sts::Client::new(&config)
            .assume_role()
            .role_arn(&role.arn)
            .role_session_name(role.session_name.as_ref().unwrap_or(&usual))
            .set_external_id(role.external_id.clone())
            .set_duration_seconds(role.duration)
            .set_serial_number(role.mfa.clone())
            .set_token_code(code)
            .send()
            .await
            .map_err(fault("sts:AssumeRole"));
        let refused = |fault: Fault| ConnectError::Role {
            role: role.arn.clone(),
            profile: role.profile.clone(),
            fault: Box::new(fault),
        };
        let session = answer.map_err(refused)?.credentials;
        let session = session.ok_or(ConnectError::NoSession)?;
        let ends = SystemTime::try_from(session.expiration).ok();
        Ok(Credentials::new(
            session.access_key_id,
            session.secret_access_key,
            Some(session.session_token),
            ends,
            "AssumeRole",
        ))
    }

    fn code(&self, role: &Role, device: &str) -> Result<String, ConnectError> {
        let question = format!("Enter MFA code for {device}:");
        let answer = self.ask.as_ref().and_then(|ask| ask(&question));
        let code = answer.map(|answer| answer.trim().to_owned());
        code.filter(|code| !code.is_empty())
            .ok_or_else(|| ConnectError::Mfa {
                role: role.arn.clone(),
                profile: role.profile.clone(),
                device: device.to_owned(),
            })
    }
}
