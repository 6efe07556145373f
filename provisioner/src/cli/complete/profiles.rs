//! The AWS CLI's files: which profiles there are, and which of them start somebody else's program.
//! <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html>

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap_complete::engine::CompletionCandidate;

use super::candidate;

/// By profile, its settings.
type Profiles = BTreeMap<String, BTreeMap<String, String>>;

/// The profiles that there are.
pub(super) fn names() -> Vec<CompletionCandidate> {
    let about = |settings: &BTreeMap<String, String>| {
        let account = settings.get("sso_account_id");
        let account = account.map(|account| format!("account {account}"));
        let role = settings.get("role_arn").cloned();
        account.or(role).unwrap_or_default()
    };
    let profiles = read().into_iter();
    profiles
        .map(|(name, settings)| candidate(name, about(&settings)))
        .collect()
}

/// What is wrong with a profile from which no credentials came, and what to do about it, as far as the files tell.
pub(in crate::cli) enum Trouble {
    /// There is no such profile; there are these.
    Missing(Vec<String>),
    /// Its session ended, or was never begun; this command of the AWS CLI's begins one.
    SignedOut(&'static str),
}

/// See [`Trouble`].
pub(in crate::cli) fn trouble(profile: &str) -> Option<Trouble> {
    let profiles = read();
    match profiles.get(profile) {
        None => Some(Trouble::Missing(profiles.into_keys().collect())),
        Some(settings) => {
            let ways = [
                ("sso_session", "sso login"),
                ("sso_start_url", "sso login"),
                ("login_session", "login"),
            ];
            let way = ways.iter().find(|(key, _)| settings.contains_key(*key));
            way.map(|(_, command)| Trouble::SignedOut(command))
        }
    }
}

/// Whether credentials of this profile come from a program, which may ask for a password, or open a window: nothing for
/// a Tab to start.
pub(super) fn starts_a_program(profile: Option<&str>) -> bool {
    let variable = std::env::var("AWS_PROFILE").ok();
    let profile = profile.map(str::to_owned).or(variable);
    let profile = profile.filter(|name| !name.is_empty());
    starts(&read(), profile.as_deref().unwrap_or("default"))
}

fn starts(profiles: &Profiles, profile: &str) -> bool {
    let mut name = profile;
    // A chain of profiles may be a ring.
    for _ in 0..=profiles.len() {
        let Some(settings) = profiles.get(name) else {
            return false;
        };
        if settings.contains_key("credential_process") {
            return true;
        }
        match settings.get("source_profile") {
            Some(source) => name = source,
            None => return false,
        }
    }
    false
}

fn read() -> Profiles {
    let mut profiles = Profiles::new();
    for (variable, file, bare) in [
        ("AWS_CONFIG_FILE", "config", false),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials", true),
    ] {
        let named = std::env::var_os(variable).filter(|path| !path.is_empty());
        let usual = || Some(std::env::home_dir()?.join(".aws").join(file));
        let path = named.map(PathBuf::from).or_else(usual);
        let text = path.and_then(|path| std::fs::read_to_string(path).ok());
        parse(&text.unwrap_or_default(), bare, &mut profiles);
    }
    profiles
}

/// Reads one file. In `config` a profile's section is `[profile NAME]`, but for `[default]`; in `credentials` it is bare.
fn parse(text: &str, bare: bool, profiles: &mut Profiles) {
    let mut current: Option<String> = None;
    for line in text.lines() {
        let nested = line.starts_with([' ', '\t']);
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[') {
            let section = section.split(']').next().unwrap_or_default().trim();
            let name = match section.split_once(char::is_whitespace) {
                Some(("profile", name)) => Some(name.trim()),
                None if bare || section == "default" => Some(section),
                _ => None,
            };
            current = name.filter(|name| !name.is_empty()).map(str::to_owned);
            if let Some(name) = &current {
                profiles.entry(name.clone()).or_default();
            }
        } else if let (Some(name), Some((key, value)), false) =
            (&current, line.split_once('='), nested)
            && !line.starts_with(['#', ';'])
        {
            let settings = profiles.entry(name.clone()).or_default();
            settings.insert(key.trim().to_lowercase(), value.trim().to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_read_from_both_files() {
        let config = "[default]\nregion = us-east-1\n\n[profile dev]\nsso_account_id = 123456789012\n\
            [sso-session x]\n[profile  asks ]\ncredential_process = /bin/ask me\n# [profile no]\n\
            [profile on-top]\nsource_profile=asks\nrole_arn = arn:aws:iam::1:role/a\n\
            [profile ring]\nsource_profile = ring\n[profile s3]\ns3 =\n  credential_process = no\n[";
        let mut profiles = Profiles::new();
        parse(config, false, &mut profiles);
        parse("[keys]\naws_access_key_id = A\n", true, &mut profiles);
        let names: Vec<&str> = profiles.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["asks", "default", "dev", "keys", "on-top", "ring", "s3"]
        );
        for (profile, program) in [
            ("default", false),
            ("asks", true),
            ("on-top", true),
            ("ring", false),
            ("s3", false),
            ("keys", false),
            ("nowhere", false),
        ] {
            assert_eq!(starts(&profiles, profile), program, "{profile}");
        }
    }
}
