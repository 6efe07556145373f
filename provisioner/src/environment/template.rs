//! A first file from a few answers: what `hcctl init` writes, and what a user reads first.

use super::defaults;
use super::model::Auth;
use super::values::cidr::Cidr;
use super::values::name::{EnvironmentName, Project, ServiceName, TableName};
use super::values::path::PathPattern;
use super::values::place::Region;

/// What `hcctl init` asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// The environment, after which the file will be named.
    pub environment: EnvironmentName,
    /// The project, first part of every name.
    pub project: Project,
    /// The region everything will be in.
    pub region: Region,
    /// The network's block.
    pub cidr: Cidr,
    /// The services, one at least.
    pub services: Vec<ServiceAnswer>,
    /// Whose tokens the services accept, if any.
    pub auth: Option<Auth>,
    /// Whether it is an environment to protect, with production's sizes. It needs `auth`.
    pub protect: bool,
}

/// A service, as far as `hcctl init` asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAnswer {
    /// Its name.
    pub name: ServiceName,
    /// The paths that lead to it.
    pub paths: Vec<PathPattern>,
    /// Its table, if it keeps data.
    pub table: Option<TableName>,
}

/// The values in which a protected environment differs from a development one.
struct Profile {
    purpose: &'static str,
    nat: &'static str,
    task: &'static str,
    deployment: &'static str,
    logs: &'static str,
    alarms: &'static str,
    protect: &'static str,
}

const DEVELOPMENT: Profile = Profile {
    purpose: "As small and cheap as it runs.",
    nat: "single                    # one NAT gateway for all zones, or one per_zone",
    task: "    cpu: 256                     # a quarter of a vCPU\n    memory: 512                  # MiB\n    count: 1\n    scale: { max: 2, cpu_percent: 70 }\n",
    deployment: "  strategy: rolling              # or blue_green, canary, linear\n",
    logs: "logs: { retention_days: 7 }\n",
    alarms: "alarms: { cpu_percent: 80, notify: [] }   # ARNs of SNS topics\n",
    protect: "protect: false                   # true: `hcctl destroy` refuses\n",
};

const PROTECTED: Profile = Profile {
    purpose: "Two of everything, a way back from a bad image, and nothing that can be deleted by mistake.",
    nat: "per_zone                  # a zone's failure stays its own",
    task: "    cpu: 512                     # half a vCPU\n    memory: 1024                 # MiB\n    count: 2\n    scale: { max: 6, cpu_percent: 70 }\n",
    deployment: "  strategy: blue_green           # the new tasks take over at once, the old ones stay ready to return to\n  bake_minutes: 10               # for so long; an alarm in that time rolls back\n",
    logs: "# Security Hub CloudWatch.16 asks for a year at least.\nlogs: { retention_days: 365 }\n",
    alarms: "alarms:\n  cpu_percent: 80\n  memory_percent: 80\n  notify: []                     # ARNs of SNS topics\n",
    protect: "protect: true                    # `hcctl destroy` refuses\n",
};

/// The text of a commented environment file that says what was answered.
///
/// Answers that contradict one another (paths that overlap, protection without `auth`) give a file with errors, which
/// [`parse`](super::parse) then lists; so parse the text before it is written.
pub fn template(answers: &Answers) -> String {
    let profile = if answers.protect {
        PROTECTED
    } else {
        DEVELOPMENT
    };
    let Answers {
        environment,
        project,
        region,
        cidr,
        ..
    } = answers;
    let head = format!(
        "# yaml-language-server: $schema=./schema.json\n\
         #\n\
         # {}\n\
         # Whatever is not here has a default, which your editor shows.\n\
         # Check with `hcctl validate {environment}`, see the difference to AWS with `hcctl plan {environment}`.\n\
         \n\
         project: {}\n\
         region: {}\n\
         # account: \"123456789012\"        # a guard: nothing runs with another account's credentials\n\
         \n\
         network:\n  \
           cidr: {cidr}\n  \
           zones: {}\n  \
           nat: {}\n\
         \n\
         edge:\n  \
           certificate: null              # the ARN of an ACM certificate gives HTTPS; without it HTTP only\n\
         \n\
         services:\n",
        profile.purpose,
        plain(project.as_str()),
        plain(region.as_str()),
        defaults::zones().count(),
        profile.nat,
    );
    let services: Vec<String> = answers
        .services
        .iter()
        .map(|service| service_block(service, profile.task))
        .collect();
    let auth = match &answers.auth {
        Some(auth) => format!(
            "auth:\n  issuer: {}\n  audience: {}\n",
            plain(auth.issuer.as_str()),
            plain(auth.audience.as_str())
        ),
        None => "auth: null                       # { issuer: https://..., audience: ... }: whose tokens are accepted\n"
            .to_owned(),
    };
    let tail = format!(
        "\n{auth}\ndeployment:\n{}\n{}{}registry: {{ keep_images: {} }}\n\n{}",
        profile.deployment,
        profile.logs,
        profile.alarms,
        defaults::keep_images(),
        profile.protect,
    );
    head + &services.join("\n") + &tail
}

fn service_block(service: &ServiceAnswer, task: &str) -> String {
    let paths: Vec<String> = service
        .paths
        .iter()
        .map(|path| quoted(path.as_str()))
        .collect();
    let table = service
        .table
        .as_ref()
        .map(|table| format!("    table: {}\n", plain(table.as_str())));
    format!(
        "  {}:\n    paths: [{}]\n{task}    health: {}\n{}    env: {{ RUST_LOG: info }}      # plain settings; secrets go under `secrets:`, as ARNs\n",
        plain(service.name.as_str()),
        paths.join(", "),
        defaults::health_path(),
        table.unwrap_or_default(),
    )
}

/// Words that some YAML tool takes for something else than text.
const WORDS_OF_YAML: [&str; 11] = [
    "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf",
];

/// The text without quotes where no YAML tool could misread it.
fn plain(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_-./:".contains(c);
    let word = WORDS_OF_YAML.iter().any(|w| w.eq_ignore_ascii_case(text));
    if text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(safe)
        && !text.ends_with(':')
        && !word
    {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// The text in double quotes; JSON's escapes are YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
