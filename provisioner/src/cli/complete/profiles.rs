//! The AWS CLI's files: which profiles there are, and which of them start somebody else's program.
//! <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html>

use clap_complete::engine::CompletionCandidate;

use super::candidate;
use crate::aws::profiles::{Profiles, Settings};

/// The profiles that there are.
pub(super) fn names() -> Vec<CompletionCandidate> {
    let about = |settings: &Settings| {
        let account = settings.get("sso_account_id");
        let account = account.map(|account| format!("account {account}"));
        let role = settings.get("role_arn").cloned();
        account.or(role).unwrap_or_default()
    };
    let profiles = Profiles::read();
    profiles
        .iter()
        .map(|(name, settings)| candidate(name, about(settings)))
        .collect()
}

/// Whether credentials of this profile come from a program, which may ask for a password, or open a window: nothing for
/// a Tab to start.
pub(super) fn starts_a_program(profile: Option<&str>) -> bool {
    let variable = std::env::var("AWS_PROFILE").ok();
    let profile = profile.map(str::to_owned).or(variable);
    let profile = profile.filter(|name| !name.is_empty());
    Profiles::read().starts_a_program(profile.as_deref().unwrap_or("default"))
}
