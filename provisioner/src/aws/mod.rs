//! AWS as the other rooms see it: clients, identity, tags, retries, failures.
//!
//! The only room that names `SdkError`. It knows no kind of resource and no environment file.

pub mod bucket;
mod cli_cache;
mod clients;
mod clock;
pub mod cloudwatch;
mod counted;
mod credentials;
mod document;
pub mod ec2;
pub mod elb;
mod fault;
mod identity;
mod login;
mod lost;
mod memo;
pub mod names;
pub mod patience;
pub mod profiles;
mod proxy;
pub mod raw;
mod release;
pub mod tag_lists;
mod tags;
mod unloaded;
pub mod zones;

pub use crate::partition;
pub use clients::{Aws, BOOTSTRAP, BOOTSTRAP_PATH, Connect, ConnectError, Scope};
pub use credentials::Source;
pub use document::read_document;
pub use fault::fault;
pub use identity::{Identity, partition};
pub use login::Ask;
pub use tags::{ADDRESS, Tags, Theirs, tag_changes};
