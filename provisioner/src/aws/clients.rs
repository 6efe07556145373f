//! One client per service, all with the same credentials, region and retry budget.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use hcctl_engine::Fault;

use super::clock::Skew;
use super::counted::Counted;
use super::login::{Ask, Login};
use super::memo::Memos;
use super::profiles::ProfileError;
use super::proxy::Proxies;
use crate::partition::Partition;

/// Attempts per call. The SDK's three are too few for ECS registrations and busy accounts (throttling codes of
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/throttling.html>).
const ATTEMPTS: u32 = 8;

/// How to reach AWS.
#[derive(Clone, Default)]
pub struct Connect {
    /// The region of the environment file.
    pub region: String,
    /// `--profile`.
    pub profile: Option<String>,
    /// A client that stands in for the network (the sandbox); credentials are then its own.
    pub http: Option<SharedHttpClient>,
    /// Who is asked for the code of an MFA device, where a profile's role wants one.
    pub ask: Option<Ask>,
}

impl std::fmt::Debug for Connect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            region,
            profile,
            http,
            ..
        } = self;
        let mut shown = f.debug_struct("Connect");
        shown.field("region", region).field("profile", profile);
        shown.field("http", http).finish_non_exhaustive()
    }
}

/// Settings with which AWS cannot be reached at all.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The certificate bundle cannot be read.
    #[error("cannot read the certificates in {path} (AWS_CA_BUNDLE): {source}")]
    Bundle {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The certificate bundle holds no certificates.
    #[error("{path} (AWS_CA_BUNDLE) holds no certificate in PEM form: {reason}")]
    Pem {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// A proxy that cannot be used.
    #[error("{variable} names no proxy that can be used: {reason}")]
    Proxy {
        /// The environment variable, in the spelling that was found.
        variable: &'static str,
        /// Why.
        reason: String,
    },
    /// A profile that leads to no credentials.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A role that wants MFA, and nobody to ask for the code.
    #[error(
        "{role} (profile `{profile}`) needs a code of the MFA device {device}, and there is no terminal to ask on"
    )]
    Mfa {
        /// The role.
        role: String,
        /// The profile that assumes it.
        profile: String,
        /// The device's serial number or ARN.
        device: String,
    },
    /// A role that AWS did not let be assumed.
    #[error("cannot assume {role} (profile `{profile}`): {fault}")]
    Role {
        /// The role.
        role: String,
        /// The profile that assumes it.
        profile: String,
        /// What STS said.
        fault: Box<Fault>,
    },
    /// STS answered without credentials.
    #[error("AssumeRole answered without credentials")]
    NoSession,
}

impl ConnectError {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Bundle { .. } | Self::Pem { .. } => "AWS_CA_BUNDLE names a file with certificates in PEM form; unset it for \
                 the usual ones"
                .to_owned(),
            Self::Proxy { variable, .. } => {
                format!("write {variable}=http://HOST:PORT, or unset it")
            }
            Self::Profile(ProfileError::Unknown { known, .. } | ProfileError::Source { known, .. }) if known.is_empty() => {
                "write it with `aws configure --profile NAME`, or `aws configure sso`".to_owned()
            }
            Self::Profile(ProfileError::Unknown { known, .. } | ProfileError::Source { known, .. }) => {
                format!("there are: {}", known.join(", "))
            }
            Self::Profile(ProfileError::Circle(_)) => {
                "let the last one's source_profile be a profile with credentials of its own".to_owned()
            }
            Self::Profile(ProfileError::NoSource(_)) => {
                "add source_profile = NAME to it: the profile whose credentials assume the role".to_owned()
            }
            Self::Profile(ProfileError::TwoSources(_)) => "keep one of the two".to_owned(),
            Self::Mfa { profile, .. } => format!(
                "run a command with this profile on a terminal first, such as `aws sts get-caller-identity --profile {profile}`: \
                 the session is good for the next ones; a pipeline wants a role without MFA"
            ),
            Self::Role { fault, .. } => match (&fault.remedy, fault.message.contains("MultiFactorAuthentication")) {
                (_, true) => "a code is good once, for thirty seconds: run the command again with a new one; if that fails too, \
                     check mfa_serial"
                    .to_owned(),
                (Some(remedy), false) => remedy.clone(),
                (None, false) => "check role_arn, and whether the role's trust policy names the caller".to_owned(),
            },
            Self::NoSession => "run the same command again".to_owned(),
        }
    }
}

/// The path of what `bootstrap` makes in IAM.
pub const BOOTSTRAP_PATH: &str = "/hcctl-bootstrap/";

/// What belongs to one environment: the scope of every read and the tags of every write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The project's name.
    pub project: String,
    /// The environment's name.
    pub environment: String,
    /// The region.
    pub region: String,
    /// The tags that every resource carries: `Project`, `Environment`, `ManagedBy` and the file's own.
    pub tags: BTreeMap<String, String>,
    /// Patterns of the keys of tags that others keep on these resources, in which `*` stands for any text: they are
    /// neither compared nor removed. A tag of [`tags`](Self::tags) is compared in any case.
    pub ignored_tags: BTreeSet<String>,
    /// Of the kinds that few environments have, those that are looked for.
    pub rare: BTreeSet<&'static str>,
}

/// What stands for the environment in the scope of what `bootstrap` makes; no environment can be called so.
pub const BOOTSTRAP: &str = "_bootstrap";

impl Scope {
    /// `{project}-{environment}-{rest}`; what `bootstrap` makes is `{project}-{rest}`, for `rest` names the environment.
    pub fn name(&self, rest: &str) -> String {
        if self.is_bootstrap() {
            return format!("{}-{rest}", self.project);
        }
        format!("{}-{}-{rest}", self.project, self.environment)
    }

    /// Whether this is what `bootstrap` makes, rather than an environment.
    pub fn is_bootstrap(&self) -> bool {
        self.environment == BOOTSTRAP
    }

    /// The path of the roles and policies of this scope. An environment's pipeline may write roles under the one for
    /// environments only, and so never those that say what it may do.
    pub fn path(&self) -> &'static str {
        if self.is_bootstrap() {
            BOOTSTRAP_PATH
        } else {
            "/hcctl/"
        }
    }

    /// Whether a kind is looked for that few environments have.
    pub fn seeks(&self, kind: &str) -> bool {
        self.rare.contains(kind)
    }

    /// `{project}-{environment}-`, with which every name of the environment begins.
    pub fn prefix(&self) -> String {
        self.name("")
    }
}

/// The clients of one account and region, in the scope of one environment.
#[derive(Clone, Debug)]
pub struct Aws {
    /// The environment that is worked on.
    pub scope: Arc<Scope>,
    /// Certificate Manager.
    pub acm: aws_sdk_acm::Client,
    /// EC2.
    pub ec2: aws_sdk_ec2::Client,
    /// ECS.
    pub ecs: aws_sdk_ecs::Client,
    /// Elastic Load Balancing v2.
    pub elb: aws_sdk_elasticloadbalancingv2::Client,
    /// ECR.
    pub ecr: aws_sdk_ecr::Client,
    /// IAM.
    pub iam: aws_sdk_iam::Client,
    /// CloudWatch Logs.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// CloudWatch.
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    /// Application Auto Scaling.
    pub scaling: aws_sdk_applicationautoscaling::Client,
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// CloudTrail, in the environment's region.
    pub cloudtrail: aws_sdk_cloudtrail::Client,
    /// CloudTrail where it tells of services that have no region.
    pub cloudtrail_global: aws_sdk_cloudtrail::Client,
    /// S3.
    pub s3: aws_sdk_s3::Client,
    /// Service Quotas.
    pub quotas: aws_sdk_servicequotas::Client,
    /// Key Management Service.
    pub kms: aws_sdk_kms::Client,
    /// Secrets Manager.
    pub secrets: aws_sdk_secretsmanager::Client,
    /// Cloud Map.
    pub discovery: aws_sdk_servicediscovery::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// Systems Manager.
    pub ssm: aws_sdk_ssm::Client,
    /// Resource Groups Tagging.
    pub tagging: aws_sdk_resourcegroupstagging::Client,
    pub(super) sts: aws_sdk_sts::Client,
    /// The regions that are worked in: the scope's, and more only for `bootstrap`.
    pub regions: Arc<BTreeSet<String>>,
    pub(super) memos: Arc<Memos>,
    pub(super) skew: Arc<Skew>,
    pub(super) credentials: Option<SharedCredentialsProvider>,
    calls: Arc<AtomicU32>,
}

impl Aws {
    /// Builds the clients. Makes a call only where a profile's role wants MFA: its session is begun first.
    pub async fn connect(connect: Connect, scope: Scope) -> Result<Self, ConnectError> {
        let calls = Arc::new(AtomicU32::new(0));
        let regions = BTreeSet::from([scope.region.clone()]);
        let skew = Arc::<Skew>::default();
        let config = load(connect, &calls, &skew).await?;
        // An endpoint of one's own (the sandbox's, an emulator's) has no bucket host names.
        let path_style = config.endpoint_url().is_some();
        let s3 = aws_sdk_s3::config::Builder::from(&config)
            .force_path_style(path_style)
            .build();
        // Asked first of all, and quick to say that nothing answers.
        let sts = aws_sdk_sts::config::Builder::from(&config)
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(3)
                    .with_initial_backoff(Duration::from_millis(100)),
            )
            .build();
        let global = aws_sdk_cloudtrail::config::Builder::from(&config)
            .region(Region::new(Partition::of(&scope.region).global_region))
            .build();
        Ok(Self {
            scope: Arc::new(scope),
            acm: aws_sdk_acm::Client::new(&config),
            ec2: aws_sdk_ec2::Client::new(&config),
            ecs: aws_sdk_ecs::Client::new(&config),
            elb: aws_sdk_elasticloadbalancingv2::Client::new(&config),
            ecr: aws_sdk_ecr::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            scaling: aws_sdk_applicationautoscaling::Client::new(&config),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            cloudtrail: aws_sdk_cloudtrail::Client::new(&config),
            cloudtrail_global: aws_sdk_cloudtrail::Client::from_conf(global),
            s3: aws_sdk_s3::Client::from_conf(s3),
            quotas: aws_sdk_servicequotas::Client::new(&config),
            kms: aws_sdk_kms::Client::new(&config),
            secrets: aws_sdk_secretsmanager::Client::new(&config),
            discovery: aws_sdk_servicediscovery::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            ssm: aws_sdk_ssm::Client::new(&config),
            tagging: aws_sdk_resourcegroupstagging::Client::new(&config),
            sts: aws_sdk_sts::Client::from_conf(sts),
            regions: Arc::new(regions),
            memos: Arc::default(),
            skew,
            credentials: config.credentials_provider(),
            calls,
        })
    }

    /// The same clients for work in all of these regions.
    #[must_use]
    pub fn across(&self, regions: BTreeSet<String>) -> Self {
        Self {
            regions: Arc::new(regions),
            ..self.clone()
        }
    }

    /// How many requests have left so far, retries included.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    /// The same for somebody who looks again and again, and tells of a failure sooner than he tries many times: the
    /// clients of what `status` reads give up after so many attempts.
    #[must_use]
    pub fn impatient(&self, attempts: u32) -> Self {
        let retry = RetryConfig::standard().with_max_attempts(attempts);
        macro_rules! with {
            ($sdk:ident, $client:expr) => {{
                let config = $client.config().to_builder();
                $sdk::Client::from_conf(config.retry_config(retry.clone()).build())
            }};
        }
        Self {
            ecs: with!(aws_sdk_ecs, self.ecs),
            elb: with!(aws_sdk_elasticloadbalancingv2, self.elb),
            ecr: with!(aws_sdk_ecr, self.ecr),
            cloudwatch: with!(aws_sdk_cloudwatch, self.cloudwatch),
            scaling: with!(aws_sdk_applicationautoscaling, self.scaling),
            ..self.clone()
        }
    }

    /// The same clients, looking for these kinds too that few environments have.
    #[must_use]
    pub fn seeking(&self, rare: &[&'static str]) -> Self {
        let mut scope = self.scope.as_ref().clone();
        scope.rare.extend(rare);
        Self {
            scope: Arc::new(scope),
            memos: Arc::default(),
            ..self.clone()
        }
    }

    /// The same clients with nothing remembered: for a new look at the account.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self {
            memos: Arc::default(),
            ..self.clone()
        }
    }
}

/// What is to be known again in user agents, such as those that CloudTrail keeps.
const APP: &str = "hcctl";

async fn load(
    connect: Connect,
    calls: &Arc<AtomicU32>,
    skew: &Arc<Skew>,
) -> Result<SdkConfig, ConnectError> {
    let region = Region::new(connect.region);
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region.clone())
        .retry_config(RetryConfig::adaptive().with_max_attempts(ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(5))
                .operation_attempt_timeout(Duration::from_secs(30))
                .build(),
        );
    if let Ok(app) = AppName::new(APP) {
        loader = loader.app_name(app);
    }
    if let Some(http) = connect.http {
        let credentials = Credentials::new("sandbox", "sandbox", None, None, "sandbox");
        // The sandbox answers any host; a fixed one keeps an AWS_ENDPOINT_URL in the environment out of it.
        return Ok(loader
            .http_client(Counted::new(http, Arc::clone(calls), Arc::clone(skew)))
            .credentials_provider(credentials)
            .endpoint_url("http://sandbox.invalid")
            .load()
            .await);
    }
    let bundle = std::env::var("AWS_CA_BUNDLE")
        .ok()
        .filter(|path| !path.is_empty());
    let context = bundle.map(|path| trust(&path)).transpose()?;
    let proxies = Proxies::read(|name| std::env::var(name).ok())?;
    let http = proxies.client(context.as_ref());
    let login = Login {
        named: connect.profile,
        region,
        http: http.clone(),
        ask: connect.ask,
    };
    if let Some(provider) = Box::pin(login.provider()).await? {
        loader = loader.credentials_provider(provider);
    }
    Ok(loader
        .http_client(Counted::new(http, Arc::clone(calls), Arc::clone(skew)))
        .load()
        .await)
}

/// Trusts the certificates of `AWS_CA_BUNDLE` only, as the AWS CLI does.
fn trust(path: &str) -> Result<TlsContext, ConnectError> {
    let pem = std::fs::read(path).map_err(|source| ConnectError::Bundle {
        path: path.to_owned(),
        source,
    })?;
    let refused = |reason: String| ConnectError::Pem {
        path: path.to_owned(),
        reason,
    };
    if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
        return Err(refused(
            "no line -----BEGIN CERTIFICATE----- in it".to_owned(),
        ));
    }
    let store = TrustStore::empty().with_pem_certificate(pem);
    TlsContext::builder()
        .with_trust_store(store)
        .build()
        .map_err(|error| refused(error.to_string()))
}
