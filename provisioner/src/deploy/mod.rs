//! Releases: an image is rolled out, followed to its true end, and rolled back.
//!
//! The one writer of the image that a service runs; everything else of a service is `apply`'s. In reading order: `image`
//! says what a release is, `live` what runs, `check` what would stop a release, `start` begins it, `sight` is what can
//! be seen of it, `machine` (pure) what that means, `evidence` why tasks stopped, `follow` the loop; `retention` (pure)
//! says which images a registry's policy removes and `keep` protects those that are needed; `before` finds what to roll
//! back to and `word` gives ECS a person's word; `traffic` sees who gets it and `state` puts all together for a person. It prints nothing and knows no environment file.

pub mod before;
pub mod check;
pub mod evidence;
#[cfg(test)]
pub(crate) mod example;
pub mod follow;
pub mod image;
pub mod keep;
pub mod live;
pub mod machine;
pub mod retention;
pub mod sight;
pub mod start;
pub mod state;
pub mod traffic;
pub mod word;

pub use evidence::Stopped;
pub use follow::{Followed, Followers, Told};
pub use image::Release;
pub use live::Live;
pub use machine::{Machine, News, Outcome};
pub use sight::{Sight, Status};
