//! What a container is: its image, its user, its words, where it writes, and how it is asked whether it is well.

use super::rejection::{Rejection, number_type, text_type};

number_type! {
    /// GiB of a task's own storage. Every task of Fargate has 20 at no charge (ECS `EphemeralStorage`).
    StorageGib(u32), 21..=200, "a size of storage beyond the 20 GiB that every task has"
}

number_type! {
    /// Seconds from the signal to stop to the kill (ECS `stopTimeout`, on Fargate).
    StopSeconds(u32), 2..=120, "a number of seconds that Fargate waits for a container to stop"
}

number_type! {
    /// Seconds between a load balancer's checks (ELBv2 CreateTargetGroup, `HealthCheckIntervalSeconds`).
    HealthInterval(u32), 5..=300, "a number of seconds between two health checks"
}

number_type! {
    /// Seconds that an answer to a check may take (ELBv2 CreateTargetGroup, `HealthCheckTimeoutSeconds`).
    HealthTimeout(u32), 2..=120, "a number of seconds that a health check may take"
}

number_type! {
    /// Answers in a row that change what a load balancer thinks of a task (ELBv2 CreateTargetGroup, `HealthyThresholdCount`).
    Threshold(u32), 2..=10, "a number of answers in a row"
}

number_type! {
    /// Seconds between two checks within a container (ECS `HealthCheck`, `interval`).
    CheckInterval(u32), 5..=300, "a number of seconds between two health checks"
}

number_type! {
    /// Seconds that a check within a container may take (ECS `HealthCheck`, `timeout`).
    CheckTimeout(u32), 2..=60, "a number of seconds that a health check may take"
}

number_type! {
    /// Failures in a row that make a container unhealthy (ECS `HealthCheck`, `retries`).
    CheckRetries(u32), 1..=10, "a number of failures in a row"
}

number_type! {
    /// Seconds in which failing checks of a container do not count (ECS `HealthCheck`, `startPeriod`).
    CheckStart(u32), 0..=300, "a number of seconds within five minutes"
}

number_type! {
    /// CPU units kept for a container of a task (ECS `ContainerDefinition`, `cpu`). Linux takes two at least.
    ContainerCpu(u32), 2..=16384, "a number of CPU units"
}

number_type! {
    /// MiB that a container of a task may use (ECS `ContainerDefinition`, `memory`). Docker takes six at least.
    ContainerMemory(u32), 6..=122_880, "an amount of memory in MiB"
}

text_type! {
    /// The user that a container runs as, and perhaps its group, by name or number; `image` stands for the image's own.
    User, pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,31})?$", length: 1..=65
}

impl User {
    fn check(text: &str) -> Result<(), Rejection> {
        let name = |part: &str| {
            (1..=32).contains(&part.len())
                && !part.starts_with(['.', '-'])
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
        };
        let (user, group) = text.split_once(':').unwrap_or((text, "x"));
        if name(user) && name(group) {
            return Ok(());
        }
        Err(Rejection::new(
            format!("`{}` is not a user", text.escape_debug()),
            "write a user or USER:GROUP by name or number, such as \"1000:1000\", or `image` for the image's own",
        ))
    }

    pub(crate) fn of(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// The user; none where it is the image's own.
    pub fn given(&self) -> Option<&str> {
        Some(self.as_str()).filter(|user| *user != "image")
    }
}

text_type! {
    /// An image of any registry, by its digest: a tag may name another image tomorrow.
    ImageUri, pattern: "^[a-z0-9][a-zA-Z0-9._:/-]*@sha256:[0-9a-f]{64}$", length: 73..=255
}

impl ImageUri {
    fn check(text: &str) -> Result<(), Rejection> {
        const SHOWS: &str =
            "`docker buildx imagetools inspect IMAGE` shows the digest; write IMAGE@sha256:DIGEST";
        let shown = text.escape_debug();
        let Some((name, digest)) = text.split_once("@sha256:") else {
            return Err(Rejection::new(
                format!("`{shown}` has no digest: what it names may be another image tomorrow"),
                SHOWS,
            ));
        };
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if digest.len() != 64 || !digest.chars().all(hex) {
            return Err(Rejection::new(
                format!("the digest of `{shown}` is not 64 hexadecimal digits"),
                SHOWS,
            ));
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-/:".contains(c);
        let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        if !begins || !name.chars().all(fits) || text.len() > 255 {
            return Err(Rejection::new(
                format!("`{shown}` is not the name of an image"),
                "write REGISTRY/REPOSITORY@sha256:DIGEST, such as public.ecr.aws/nginx/nginx@sha256:...",
            ));
        }
        Ok(())
    }

    /// The account, region and name of the repository, where it is one of Amazon ECR's private registries.
    pub fn repository(&self) -> Option<(&str, &str, &str)> {
        let (host, rest) = self.as_str().split_once('/')?;
        let (account, rest_of_host) = host.split_once(".dkr.ecr.")?;
        let (region, _) = rest_of_host.split_once('.')?;
        let name = rest.split('@').next().unwrap_or(rest);
        Some((account, region, name.split(':').next().unwrap_or(name)))
    }
}

text_type! {
    /// A word of a command.
    Word, pattern: "^[^\\u0000]*$", length: 0..=60_000
}

impl Word {
    fn check(text: &str) -> Result<(), Rejection> {
        if text.contains('\0') || text.len() > 60_000 {
            return Err(Rejection::new(
                "a word of a command cannot contain a zero byte, nor have more than 60000 bytes",
                "put what is long into a file of the image",
            ));
        }
        Ok(())
    }
}

text_type! {
    /// The name of a volume of a task (ECS `Volume`, `name`).
    VolumeName, pattern: "^[A-Za-z0-9_-]+$", length: 1..=255
}

impl VolumeName {
    fn check(text: &str) -> Result<(), Rejection> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        if !(1..=255).contains(&text.len()) || !text.chars().all(fits) {
            return Err(Rejection::new(
                format!("`{}` is not the name of a volume", text.escape_debug()),
                "write letters, digits, `_` and `-`",
            ));
        }
        if text == TMP {
            return Err(Rejection::new(
                "`tmp` is the name of the volume that hcctl puts behind /tmp",
                "choose another name",
            ));
        }
        Ok(())
    }
}

text_type! {
    /// The name of a container beside the service's own (ECS `ContainerDefinition`, `name`).
    ContainerName, pattern: "^[A-Za-z0-9_-]+$", length: 1..=255
}

impl ContainerName {
    fn check(text: &str) -> Result<(), Rejection> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        if (1..=255).contains(&text.len()) && text.chars().all(fits) {
            return Ok(());
        }
        Err(Rejection::new(
            format!("`{}` is not the name of a container", text.escape_debug()),
            "write letters, digits, `_` and `-`",
        ))
    }
}

text_type! {
    /// A volume that a sidecar mounts: one of the service's, or `tmp`.
    MountName, pattern: "^[A-Za-z0-9_-]+$", length: 1..=255
}

impl MountName {
    fn check(text: &str) -> Result<(), Rejection> {
        if text == TMP {
            return Ok(());
        }
        VolumeName::check(text)
    }
}

/// The volume behind [`TMP_PATH`] of a container that cannot write to its own files.
pub(crate) const TMP: &str = "tmp";
/// Where it is.
pub(crate) const TMP_PATH: &str = "/tmp";

text_type! {
    /// A directory in a container.
    ContainerPath, pattern: "^(/[A-Za-z0-9._-]*[A-Za-z0-9_-])+$", length: 2..=255
}

impl ContainerPath {
    fn check(text: &str) -> Result<(), Rejection> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
        let plain = text.starts_with('/')
            && text.chars().all(fits)
            && (2..=255).contains(&text.len())
            && text
                .split('/')
                .skip(1)
                .all(|part| !part.is_empty() && !part.ends_with('.'));
        if plain {
            return Ok(());
        }
        Err(Rejection::new(
            format!(
                "`{}` is not a directory to mount a volume at",
                text.escape_debug()
            ),
            "write a path from the root without a slash at its end, such as /var/cache/nginx",
        ))
    }
}

number_type! {
    /// A status code of a health check (ELBv2 `Matcher`, `HttpCode`).
    StatusCode(u16), 200..=499, "a status code of a health check"
}

text_type! {
    /// Status codes of a health check: single ones, lists and ranges from 200 to 499 (ELBv2 `Matcher`, `HttpCode`).
    StatusCodes, pattern: "^[0-9]{3}(-[0-9]{3})?(,[0-9]{3}(-[0-9]{3})?)*$", length: 3..=255
}

impl StatusCodes {
    fn check(text: &str) -> Result<(), Rejection> {
        let code = |text: &str| {
            let number = text.parse::<u16>().ok().filter(|_| text.len() == 3);
            number.filter(|code| (200..=499).contains(code))
        };
        let fits = |part: &str| match part.split_once('-') {
            Some((from, to)) => {
                matches!((code(from), code(to)), (Some(from), Some(to)) if from < to)
            }
            None => code(part).is_some(),
        };
        if text.len() <= 255 && text.split(',').all(fits) {
            return Ok(());
        }
        Err(Rejection::new(
            format!(
                "`{}` are not status codes of a health check",
                text.escape_debug()
            ),
            "write codes from 200 to 499, such as 200, \"200,301\" or \"200-399\"",
        ))
    }

    pub(crate) fn of(text: &'static str) -> Self {
        Self(text.to_owned())
    }
}
