//! What an image does when it runs: well, unless a tag of it tells it to fail.
//!
//! Nothing runs in the sandbox, so how an image behaves must be said. A tag says it, equal to one of the words or beginning with it
//! (`fails-health`, `fails-health-2`). The words mean:
//!
//! | word | what happens |
//! |---|---|
//! | `fails-pull` | the registry does not give it out |
//! | `fails-secret` | a secret of its cannot be read |
//! | `fails-start` | its container exits with code 1 soon after its start |
//! | `fails-memory` | its container is killed for its use of memory, code 137 |
//! | `fails-health` | it runs, and answers health checks with 503 |
//! | `fails-slow` | it gets healthy after ten times the usual wait |
//! | `fails-before` | a command that `RunTask` gives it exits with code 1; without one it runs well |
//! | `fails-later` | it is healthy; a moment after production traffic has reached it, the service's deployment alarms go off |

use serde::{Deserialize, Serialize};

use crate::ecr;
use crate::ecs::Image;
use crate::elbv2::Answers;
use crate::world::World;

/// What an image is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Told {
    Pull,
    Secret,
    Start,
    Memory,
    Health,
    Slow,
    Later,
    Before,
}

const WORDS: [(&str, Told); 8] = [
    ("fails-pull", Told::Pull),
    ("fails-secret", Told::Secret),
    ("fails-start", Told::Start),
    ("fails-memory", Told::Memory),
    ("fails-health", Told::Health),
    ("fails-slow", Told::Slow),
    ("fails-later", Told::Later),
    ("fails-before", Told::Before),
];

/// What the images of a task are told; the first that is told anything decides.
pub(super) fn of_images(world: &World, images: &[Image]) -> Option<Told> {
    images.iter().find_map(|image| {
        let digest = image.digest.clone().or_else(|| {
            let found = ecr::pull(world, &image.reference);
            if let ecr::Pull::Found(digest) = found {
                Some(digest)
            } else {
                None
            }
        })?;
        of_tags(&ecr::tags_of(world, &digest))
    })
}

fn of_tags(tags: &[String]) -> Option<Told> {
    WORDS
        .iter()
        .find(|(word, _)| tags.iter().any(|tag| tag.starts_with(word)))
        .map(|(_, told)| *told)
}

impl Told {
    /// Exit code and the container's reason, if the container exits by itself.
    pub(super) fn exit(self) -> Option<(i32, Option<&'static str>)> {
        match self {
            Self::Start => Some((1, None)),
            Self::Memory => Some((
                137,
                Some("OutOfMemoryError: Container killed due to memory usage"),
            )),
            _ => None,
        }
    }

    /// How it answers health checks.
    pub(super) fn answers(told: Option<Self>) -> Answers {
        match told {
            Some(Self::Health) => Answers::Badly,
            Some(Self::Slow) => Answers::Slowly,
            Some(Self::Start | Self::Memory) => Answers::Never,
            _ => Answers::Well,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_is_a_word_or_begins_with_one_tells_the_image_what_to_do() {
        let of = |tags: &[&str]| {
            let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
            of_tags(&tags)
        };
        assert_eq!(of(&["v1", "fails-health-2"]), Some(Told::Health));
        assert_eq!(of(&["fails-later"]), Some(Told::Later));
        assert_eq!(of(&["v1-fails-later", "fails"]), None);
    }
}
