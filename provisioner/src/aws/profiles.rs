//! The AWS CLI's files: which profiles there are, and by which way each comes to credentials.
//! <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html>
//!
//! The SDK reads the same files when credentials are first needed, and passes over what is wrong with them to the next way
//! of finding some. So what is wrong is looked for here, before.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// A profile's settings by their names, which are in lower case.
pub type Settings = BTreeMap<String, String>;

/// The profiles of the AWS CLI's files, by name.
#[derive(Clone, Debug, Default)]
pub struct Profiles(BTreeMap<String, Settings>);

/// A role that a profile assumes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Role {
    /// The profile that says so.
    pub profile: String,
    pub arn: String,
    pub session_name: Option<String>,
    pub external_id: Option<String>,
    /// The device whose code is asked for.
    pub mfa: Option<String>,
    /// Seconds.
    pub duration: Option<i32>,
}

/// How a profile comes to credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// The profile that the first credentials come from; where it has a role without a source profile (a `credential_source`,
    /// a web identity), the SDK assumes it.
    pub base: String,
    /// The roles that are assumed from there, in this order.
    pub roles: Vec<Role>,
}

/// What is wrong with a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// It is not there.
    #[error("the AWS CLI's files have no profile `{name}`")]
    Unknown {
        /// Its name.
        name: String,
        /// The profiles that are there.
        known: Vec<String>,
    },
    /// It names another one that is not there.
    #[error(
        "profile `{profile}` has the source_profile `{source_profile}`, which is not in the AWS CLI's files"
    )]
    Source {
        /// The profile.
        profile: String,
        /// What it names.
        source_profile: String,
        /// The profiles that are there.
        known: Vec<String>,
    },
    /// Its way leads back to itself.
    #[error("the profiles lead in a circle: {}", .0.join(" -> "))]
    Circle(Vec<String>),
    /// It has a role, and does not say whose credentials assume it.
    #[error("profile `{0}` has a role_arn, but neither a source_profile nor a credential_source")]
    NoSource(String),
    /// It has a role, and says twice whose credentials assume it.
    #[error("profile `{0}` has both a source_profile and a credential_source")]
    TwoSources(String),
}

impl Profiles {
    /// Reads both files, wherever the environment says that they are. One that cannot be read has no profiles.
    pub fn read() -> Self {
        let mut profiles = Self::default();
        for (variable, file, bare) in [
            ("AWS_CONFIG_FILE", "config", false),
            ("AWS_SHARED_CREDENTIALS_FILE", "credentials", true),
        ] {
            let named = std::env::var_os(variable).filter(|path| !path.is_empty());
            let usual = || Some(std::env::home_dir()?.join(".aws").join(file));
            let path = named.map(PathBuf::from).or_else(usual);
            let text = path.and_then(|path| std::fs::read_to_string(path).ok());
            profiles.parse(&text.unwrap_or_default(), bare);
        }
        profiles
    }

    /// The profiles, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Settings)> {
        self.0.iter()
    }

    /// One profile's settings.
    pub fn get(&self, name: &str) -> Option<&Settings> {
        self.0.get(name)
    }

    /// Whether credentials of this profile come from a program, which may ask for a password, or open a window.
    pub fn starts_a_program(&self, name: &str) -> bool {
        let has = |name: &str| {
            let settings = self.0.get(name);
            settings.is_some_and(|settings| settings.contains_key("credential_process"))
        };
        match self.way(name) {
            Ok(way) => has(&way.base) || has(name),
            Err(_) => has(name),
        }
    }

    /// The way from a profile to credentials, as the AWS CLI takes it.
    pub(super) fn way(&self, name: &str) -> Result<Way, ProfileError> {
        let (mut name, mut seen, mut roles) = (name.to_owned(), Vec::<String>::new(), Vec::new());
        loop {
            let known = || self.0.keys().cloned().collect();
            let settings = match (self.0.get(&name), seen.last()) {
                (Some(settings), _) => settings,
                (None, None) => {
                    return Err(ProfileError::Unknown {
                        name,
                        known: known(),
                    });
                }
                (None, Some(profile)) => {
                    return Err(ProfileError::Source {
                        profile: profile.clone(),
                        source_profile: name,
                        known: known(),
                    });
                }
            };
            let has = |key: &str| settings.contains_key(key);
            if seen.contains(&name) {
                seen.push(name);
                return Err(ProfileError::Circle(seen));
            }
            // From the second one on, keys go before a role; a web identity needs no other credentials.
            let keys = has("aws_access_key_id") && has("aws_secret_access_key");
            if !has("role_arn") || has("web_identity_token_file") || (keys && !seen.is_empty()) {
                roles.reverse();
                return Ok(Way { base: name, roles });
            }
            let next = match (settings.get("source_profile"), has("credential_source")) {
                (Some(_), true) => return Err(ProfileError::TwoSources(name)),
                (None, false) => return Err(ProfileError::NoSource(name)),
                (None, true) => {
                    roles.reverse();
                    return Ok(Way { base: name, roles });
                }
                (Some(source), false) => source.clone(),
            };
            roles.push(Role::of(&name, settings));
            if next == name {
                // A role that is assumed with the profile's own keys.
                if !keys {
                    return Err(ProfileError::Circle(vec![name.clone(), name]));
                }
                roles.reverse();
                return Ok(Way { base: name, roles });
            }
            seen.push(name);
            name = next;
        }
    }

    /// Reads one file. In `config` a profile's section is `[profile NAME]`, but for `[default]`; in `credentials` it is
    /// bare. A later file's settings go before an earlier one's.
    fn parse(&mut self, text: &str, bare: bool) {
        let mut current: Option<String> = None;
        for line in text.lines() {
            let nested = line.starts_with([' ', '\t']);
            let line = without_comment(line.trim());
            if let Some(section) = line.strip_prefix('[') {
                let section = section.split(']').next().unwrap_or_default().trim();
                let name = match section.split_once(char::is_whitespace) {
                    Some(("profile", name)) => Some(name.trim()),
                    None if bare || section == "default" => Some(section),
                    _ => None,
                };
                let name = name.map(|name| name.trim_matches(['"', '\'']));
                current = name.filter(|name| !name.is_empty()).map(str::to_owned);
                if let Some(name) = &current {
                    self.0.entry(name.clone()).or_default();
                }
            } else if let (Some(name), Some((key, value)), false) =
                (&current, line.split_once('='), nested)
            {
                let settings = self.0.entry(name.clone()).or_default();
                settings.insert(key.trim().to_lowercase(), value.trim().to_owned());
            }
        }
    }
}

/// A line up to its comment, which begins a line or follows white space.
fn without_comment(line: &str) -> &str {
    let marks = [" #", " ;", "\t#", "\t;"];
    let first = marks.iter().filter_map(|mark| line.find(mark)).min();
    let line = if line.starts_with(['#', ';']) {
        ""
    } else {
        line
    };
    line[..first.unwrap_or(line.len()).min(line.len())].trim_end()
}

impl Role {
    fn of(profile: &str, settings: &Settings) -> Self {
        let get = |key: &str| settings.get(key).filter(|value| !value.is_empty()).cloned();
        Self {
            profile: profile.to_owned(),
            arn: get("role_arn").unwrap_or_default(),
            session_name: get("role_session_name"),
            external_id: get("external_id"),
            mfa: get("mfa_serial"),
            duration: get("duration_seconds").and_then(|seconds| seconds.parse().ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(config: &str) -> Profiles {
        let mut profiles = Profiles::default();
        profiles.parse(config, false);
        profiles
    }

    #[test]
    fn profiles_are_read_from_both_files() {
        let mut profiles = of(
            "[default]\nregion = us-east-1 ; here\n\n[profile dev]\nsso_account_id = 123456789012\n\
            [sso-session x]\n[profile  asks ]\ncredential_process = /bin/ask me#1\n# [profile no]\n\
            [profile on-top]\nsource_profile=asks\nrole_arn = arn:aws:iam::1:role/a\n\
            [profile ring]\nsource_profile = ring\nrole_arn = a\n[profile s3]\ns3 =\n  credential_process = no\n\
            [profile \"two words\"]\n[",
        );
        profiles.parse("[keys]\naws_access_key_id = A\n", true);
        let names: Vec<&str> = profiles.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "asks",
                "default",
                "dev",
                "keys",
                "on-top",
                "ring",
                "s3",
                "two words"
            ]
        );
        assert_eq!(profiles.get("default").unwrap()["region"], "us-east-1");
        assert_eq!(
            profiles.get("asks").unwrap()["credential_process"],
            "/bin/ask me#1"
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
            assert_eq!(profiles.starts_a_program(profile), program, "{profile}");
        }
    }

    #[test]
    fn the_way_to_credentials_is_the_clis() {
        let profiles = of(
            "[profile base]\naws_access_key_id = A\naws_secret_access_key = B\n\
            [profile mid]\nrole_arn = mid\nsource_profile = base\nmfa_serial = device\nduration_seconds = 900\n\
            [profile top]\nrole_arn = top\nsource_profile = mid\nexternal_id = x\nrole_session_name = me\n\
            [profile own]\nrole_arn = own\nsource_profile = own\naws_access_key_id = A\naws_secret_access_key = B\n\
            [profile box]\nrole_arn = box\ncredential_source = Ec2InstanceMetadata\n\
            [profile web]\nrole_arn = web\nweb_identity_token_file = f\n",
        );
        let way = |name: &str| {
            let way = profiles.way(name).unwrap();
            let roles: Vec<String> = way.roles.iter().map(|role| role.arn.clone()).collect();
            (way.base, roles)
        };
        for (name, base, roles) in [
            ("base", "base", &[][..]),
            ("mid", "base", &["mid"]),
            ("top", "base", &["mid", "top"]),
            ("own", "own", &["own"]),
            ("box", "box", &[]),
            ("web", "web", &[]),
        ] {
            let roles = roles.iter().map(ToString::to_string).collect();
            assert_eq!(way(name), (base.to_owned(), roles), "{name}");
        }
        let roles = profiles.way("top").unwrap().roles;
        assert_eq!(roles[0].mfa.as_deref(), Some("device"));
        assert_eq!(roles[0].duration, Some(900));
        assert_eq!(roles[1].session_name.as_deref(), Some("me"));
        assert_eq!(roles[1].external_id.as_deref(), Some("x"));
    }

    #[test]
    fn what_is_wrong_with_a_profile_is_told() {
        let profiles = of(
            "[profile slip]\nrole_arn = a\nsource_profile = bsae\n[profile none]\nrole_arn = a\n\
            [profile two]\nrole_arn = a\nsource_profile = slip\ncredential_source = Environment\n\
            [profile ring]\nrole_arn = a\nsource_profile = back\n[profile back]\nrole_arn = a\nsource_profile = ring\n\
            [profile self]\nrole_arn = a\nsource_profile = self\n",
        );
        for (name, text) in [
            ("nobody", "the AWS CLI's files have no profile `nobody`"),
            (
                "slip",
                "profile `slip` has the source_profile `bsae`, which is not in the AWS CLI's files",
            ),
            (
                "none",
                "profile `none` has a role_arn, but neither a source_profile nor a credential_source",
            ),
            (
                "two",
                "profile `two` has both a source_profile and a credential_source",
            ),
            (
                "ring",
                "the profiles lead in a circle: ring -> back -> ring",
            ),
            ("self", "the profiles lead in a circle: self -> self"),
        ] {
            assert_eq!(profiles.way(name).unwrap_err().to_string(), text);
        }
    }
}
