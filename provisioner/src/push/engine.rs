//! Docker or Podman: whichever is there and answers.

use std::ffi::OsString;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Failure;
use super::process::{self, Call, Ended, Stop, Stopper};
use super::registry::{Registry, Token};

/// What an engine gets to answer. Docker Desktop may have to wake up.
const ANSWER: Duration = Duration::from_secs(30);

/// A program that builds and pushes images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineName {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
}

impl EngineName {
    /// The program's name.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }

    /// What answers only where images can be built: Docker's client also runs without its daemon.
    const fn question(self) -> &'static [&'static str] {
        match self {
            Self::Docker => &["version", "--format", "{{.Server.Version}}"],
            Self::Podman => &["info", "--format", "{{.Host.OS}}"],
        }
    }

    const fn remedy(self) -> &'static str {
        match self {
            Self::Docker => "start Docker (docker info tells whether it runs), or use Podman",
            Self::Podman => {
                "see what `podman info` says; elsewhere than on Linux: podman machine start"
            }
        }
    }

    /// Builds an image from a Dockerfile, in the root.
    pub(super) fn build(self, job: &super::Job, image: &str, arguments: &[String]) -> Call {
        let platform = job.platform.to_string();
        let mut args = vec!["build", "--platform", &platform];
        args.extend(["--file", &job.dockerfile, "--tag", image]);
        for argument in arguments {
            args.extend(["--build-arg", argument]);
        }
        args.push(".");
        Call::new(self.program(), &args).with(&[
            // Attestations would make an index of each image, and more images in the repository than were pushed.
            ("BUILDX_NO_DEFAULT_ATTESTATIONS", OsString::from("1")),
            ("BUILDKIT_PROGRESS", OsString::from("plain")),
        ])
    }

    /// Pushes an image that was built.
    pub(super) fn push(self, image: &str, registry: &Registry) -> Call {
        let mut args = vec!["push"];
        args.extend(self.without_tls(registry));
        args.push(image);
        Call::new(self.program(), &args)
    }

    /// What makes it speak HTTP. Docker needs no word for this machine's registries.
    /// <https://docs.docker.com/reference/cli/dockerd/#insecure-registries>
    fn without_tls(self, registry: &Registry) -> Option<&'static str> {
        (self == Self::Podman && registry.plain).then_some("--tls-verify=false")
    }

    /// Signs in to a registry; the password goes to its standard input, where no list of processes shows it.
    pub(super) fn login(self, token: &Token) -> Call {
        let mut args = vec!["login", "--username", &token.user, "--password-stdin"];
        args.extend(self.without_tls(&token.registry));
        args.push(&token.registry.host);
        Call::new(self.program(), &args).reads(&token.password)
    }
}

impl fmt::Display for EngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.program())
    }
}

impl FromStr for EngineName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "docker" => Ok(Self::Docker),
            "podman" => Ok(Self::Podman),
            _ => Err(()),
        }
    }
}

/// The engine to use: the one that was asked for, or the first that answers.
pub(super) async fn find(asked: Option<EngineName>, stop: &Stop) -> Result<EngineName, Failure> {
    let candidates = match asked {
        Some(engine) => vec![engine],
        None => vec![EngineName::Docker, EngineName::Podman],
    };
    let mut silent = None;
    for engine in candidates {
        match answers(engine, stop).await {
            Ok(()) => return Ok(engine),
            Err(Ended::Missing) => {}
            Err(ended) => {
                // The first one is the one that people mean.
                silent.get_or_insert((engine, ended));
            }
        }
    }
    Err(match silent {
        None => missing(asked),
        Some((_, Ended::Stopped)) => super::work::interrupted(),
        Some((engine, Ended::Failed { said, .. })) => {
            Failure::new(format!("{engine} is installed and does not answer"))
                .said(said)
                .hint(engine.remedy())
        }
        Some((engine, Ended::Unstartable(error))) => {
            Failure::new(format!("{engine} cannot be started: {error}")).hint(engine.remedy())
        }
        Some((engine, Ended::Missing)) => missing(Some(engine)),
    })
}

/// The engine that `push` would use, without using it.
pub async fn answering(asked: Option<EngineName>) -> Result<EngineName, Failure> {
    let (_stopper, stop) = Stopper::new();
    find(asked, &stop).await
}

async fn answers(engine: EngineName, stop: &Stop) -> Result<(), Ended> {
    let call = Call::new(engine.program(), engine.question());
    match tokio::time::timeout(ANSWER, process::output(call, stop)).await {
        Ok(outcome) => outcome.map(drop),
        Err(_) => Err(Ended::Failed {
            how: String::new(),
            said: vec![format!("no answer in {} s", ANSWER.as_secs())],
        }),
    }
}

fn missing(asked: Option<EngineName>) -> Failure {
    match asked {
        Some(engine) => Failure::new(format!("{engine} is not on PATH"))
            .hint(format!("install {engine}, or unset HCCTL_ENGINE")),
        None => Failure::new("neither docker nor podman is on PATH")
            .hint("install Docker or Podman; `--sandbox` needs neither"),
    }
}
