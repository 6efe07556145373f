//! EC2 through the dispatcher.
