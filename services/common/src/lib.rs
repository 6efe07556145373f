//! What the application's services share. Modules in reading order:
//!
//! - [`run`]: a service's life, from settings to exit; [`settings`] is all it is told
//! - [`server`], [`edge`]: from a connection to a handler; [`action`] tells what a request wants, [`auth`] who asks
//! - [`problem`], [`fields`], [`precondition`], [`idempotency`], [`page`], [`id`], [`meta`], [`respond`], [`openapi`]: the forms that every API here uses
//! - [`table`]: where data lives, in an embedded file or in DynamoDB
//! - [`log`], [`audit`], [`metrics`], [`health`], [`probe`]: what operators see
//! - `lane`: how threads keep out of each other's way
//! - [`testing`]: how tests call a service without a port
//!
//! Knows no patients and no appointments.
#![deny(missing_docs)]

pub mod action;
pub mod audit;
pub mod auth;
pub mod edge;
pub mod fields;
pub mod health;
pub mod id;
pub mod idempotency;
mod lane;
pub mod log;
pub mod meta;
pub mod metrics;
pub mod openapi;
pub mod page;
pub mod precondition;
pub mod probe;
pub mod problem;
pub mod respond;
pub mod run;
pub mod server;
pub mod settings;
pub mod table;
#[cfg(feature = "testing")]
pub mod testing;

/// Gives newtypes around personal data a `Debug` that shows their name only, so that no log can hold what they hold.
#[macro_export]
macro_rules! personal {
    ($($name:ident),* $(,)?) => {$(
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    )*};
}
