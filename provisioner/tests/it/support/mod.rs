//! What the tests share.

pub(crate) mod cbor;
pub(crate) mod gaps;
pub(crate) mod moto;
pub(crate) mod detour;
