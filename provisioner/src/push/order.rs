//! What is to be pushed, what happens meanwhile, and what became of it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use hcctl_engine::Fault;
use tokio::time::Instant;

use super::EngineName;

/// What is to be in the registry.
#[derive(Clone, Debug)]
pub struct Order {
    /// The directory that is sent to the engine: the root of the repository.
    pub root: PathBuf,
    /// The tag that every image gets.
    pub tag: String,
    /// The images.
    pub jobs: Vec<Job>,
    /// The engine to use; without one, whichever answers.
    pub engine: Option<EngineName>,
    /// After this moment no further step starts.
    pub until: Option<Instant>,
}

/// One image.
#[derive(Clone, Debug)]
pub struct Job {
    /// The service it is for.
    pub service: String,
    /// The ECR repository's name.
    pub repository: String,
    /// The Dockerfile's name in the root.
    pub dockerfile: String,
    /// What it must run on.
    pub platform: Platform,
}

/// Processors, as the Open Container Initiative names them.
/// <https://github.com/opencontainers/image-spec/blob/main/image-index.md>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// ECS's `X86_64`.
    Amd64,
    /// ECS's `ARM64`.
    Arm64,
}

impl Platform {
    /// By the name that a task definition has for it.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html>
    pub fn of_ecs(architecture: &str) -> Option<Self> {
        match architecture {
            "X86_64" => Some(Self::Amd64),
            "ARM64" => Some(Self::Arm64),
            _ => None,
        }
    }

    /// Without the operating system.
    pub fn architecture(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "linux/{}", self.architecture())
    }
}

/// Whether a registry takes this as a tag: the pattern of `imageTag` in
/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>
pub fn valid_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.starts_with(word)
        && tag.len() <= 128
        && tag.chars().all(|c| word(c) || c == '.' || c == '-')
}

/// What happens to one image.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// The tag has an image already.
    There {
        /// Its digest.
        digest: &'a str,
    },
    /// The engine builds it.
    Building {
        /// Which engine.
        engine: EngineName,
    },
    /// A line that the engine wrote.
    Line(&'a str),
    /// It still works, and this is the last that it wrote.
    Busy {
        /// For how long.
        since: Duration,
        /// The line.
        line: &'a str,
    },
    /// It is built.
    Built {
        /// In this time.
        took: Duration,
    },
    /// It goes to the registry.
    Pushing,
    /// The registry has it.
    Pushed {
        /// In this time.
        took: Duration,
    },
    /// It came to nothing.
    Failed(&'a Failure),
}

/// What became of one image.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was wanted.
    pub job: Job,
    /// The repository's address, as ECR tells it, where that was learned.
    pub uri: Option<String>,
    /// The image, or why there is none.
    pub result: Result<Landed, Failure>,
}

/// An image in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landed {
    /// Its digest, `sha256:...`.
    pub digest: String,
    /// How it came there.
    pub how: How,
}

/// How an image came into the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It was there.
    There,
    /// It was pushed now.
    Pushed,
}

/// Why there is no image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// What happened, as a fragment.
    pub reason: String,
    /// The last lines that a program wrote.
    pub said: Vec<String>,
    /// What to do about it.
    pub hints: Vec<String>,
    /// Whether somebody asked for it.
    pub interrupted: bool,
}

impl Failure {
    /// A failure with its reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            ..Self::default()
        }
    }

    /// The same with what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same with what a program wrote.
    #[must_use]
    pub fn said(mut self, said: Vec<String>) -> Self {
        self.said = said;
        self
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self {
            reason: fault.to_string(),
            hints: fault.remedy.into_iter().collect(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_what_a_registry_takes() {
        for good in ["v1.4.2", "_", "67cefef", "A-b.c", &"x".repeat(128)] {
            assert!(valid_tag(good), "{good}");
        }
        for bad in ["", ".x", "-x", "a b", "a/b", "ä", "v1:2", &"x".repeat(129)] {
            assert!(!valid_tag(bad), "{bad}");
        }
    }

    #[test]
    fn platforms_have_one_name_in_ecs_and_another_in_oci() {
        let name = |ecs| Platform::of_ecs(ecs).map(|platform| platform.to_string());
        assert_eq!(name("X86_64").as_deref(), Some("linux/amd64"));
        assert_eq!(name("ARM64").as_deref(), Some("linux/arm64"));
        assert_eq!(name("SPARC"), None);
    }
}
