//! What an environment costs in a month.
//!
//! Pure. It owns the prices and the sums. It takes a plan, which holds every resource with what was seen and what is
//! wanted, and answers the costs of both; it knows no client, no terminal and no words of a form, and it is not async.
//!
//! Two things are kept apart, always: what is fixed, paid by the hour whether anybody comes or not, of which there are
//! sums; and what is paid by use, of which there are unit prices and no sums, for nobody here knows the use.
//!
//! Where the prices of a region are not known there are none. Nothing is guessed.
//!
//! In reading order: [`money`] is exact, [`table`] holds the unit prices, [`bill`] reads what is fixed out of resources,
//! [`usage`] what is paid by use, [`costs`] puts what is there and what will be side by side.

pub mod bill;
pub mod costs;
pub mod money;
pub mod table;
pub mod usage;

pub use bill::{Bill, Charge, Size, What};
pub use costs::{Costs, Row};
pub use money::{Cents, Change, Cost};
pub use table::{Price, Table};
pub use usage::Usage;

#[cfg(test)]
pub(crate) mod tests;
