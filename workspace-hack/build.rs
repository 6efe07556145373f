//! Its dependencies are all that it is for.

fn main() {}
