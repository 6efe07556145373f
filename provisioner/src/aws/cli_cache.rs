//! Sessions of roles with MFA, kept where the AWS CLI keeps them, so that a code typed for one is good for the other.
//!
//! `~/.aws/cli/cache/KEY.json` holds the answer of AssumeRole; the key is the SHA-1 of what was asked, as botocore writes it
//! (`AssumeRoleCredentialFetcher._create_cache_key`). A file that cannot be read or written is no cache, and no error.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};

use super::profiles::Role;

/// A session that ends sooner is asked for anew, as botocore does.
const ENOUGH: Duration = Duration::from_mins(15);

/// Where the AWS CLI keeps sessions.
pub(super) fn folder() -> Option<PathBuf> {
    Some(std::env::home_dir()?.join(".aws").join("cli").join("cache"))
}

/// The session of a role, if one is kept that is good for long enough.
pub(super) fn read(folder: &Path, role: &Role, now: SystemTime) -> Option<Credentials> {
    let text = std::fs::read_to_string(file(folder, role)).ok()?;
    let kept: Value = serde_json::from_str(&text).ok()?;
    let kept = &kept["Credentials"];
    let get = |key: &str| kept[key].as_str().map(str::to_owned);
    let ends = moment(kept["Expiration"].as_str()?)?;
    let good = ends.duration_since(now).is_ok_and(|left| left > ENOUGH);
    let token = Some(get("SessionToken")?);
    let (key, secret) = (get("AccessKeyId")?, get("SecretAccessKey")?);
    good.then(|| Credentials::new(key, secret, token, Some(ends), "AssumeRole"))
}

/// Keeps a session. The file is its owner's alone, and is there whole or not at all.
pub(super) fn write(folder: &Path, role: &Role, session: &Credentials) -> std::io::Result<()> {
    let ends = session.expiry().map(DateTime::from);
    let ends = ends.and_then(|ends| ends.fmt(Format::DateTime).ok());
    let answer = json!({
        "Credentials": {
            "AccessKeyId": session.access_key_id(),
            "SecretAccessKey": session.secret_access_key(),
            "SessionToken": session.session_token(),
            "Expiration": ends,
        },
    });
    std::fs::create_dir_all(folder)?;
    // Made with mode 0600.
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(answer.to_string().as_bytes())?;
    new.persist(file(folder, role))?;
    Ok(())
}

fn file(folder: &Path, role: &Role) -> PathBuf {
    folder.join(format!("{}.json", key(role)))
}

fn key(role: &Role) -> String {
    let mut asked = Map::new();
    if let Some(seconds) = role.duration {
        asked.insert("DurationSeconds".to_owned(), seconds.into());
    }
    for (name, value) in [
        ("ExternalId", &role.external_id),
        ("RoleArn", &Some(role.arn.clone())),
        ("RoleSessionName", &role.session_name),
        ("SerialNumber", &role.mfa),
    ] {
        if let Some(value) = value {
            asked.insert(name.to_owned(), value.clone().into());
        }
    }
    // As Python writes it, with a blank after each comma and colon.
    let pairs = asked
        .iter()
        .map(|(name, value)| format!("\"{name}\": {value}"));
    let text = format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "));
    let digest = Sha1::digest(text.as_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Reads a moment, which the CLI ends with `UTC` and other tools with `Z` or `+00:00`.
fn moment(text: &str) -> Option<SystemTime> {
    let text = text.replace("UTC", "Z").replace("+00:00", "Z");
    let moment = DateTime::from_str(&text, Format::DateTime).ok()?;
    SystemTime::try_from(moment).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role() -> Role {
        Role {
            arn: "arn:aws:iam::123456789012:role/deployer".to_owned(),
            mfa: Some("arn:aws:iam::123456789012:mfa/maria".to_owned()),
            ..Role::default()
        }
    }

    #[test]
    fn the_key_is_botocores() {
        assert_eq!(key(&role()), "db0da152131b132bab50e5edd4ba9f30811c6529");
        let more = Role {
            session_name: Some("maria".to_owned()),
            external_id: Some("x-1".to_owned()),
            duration: Some(3600),
            ..role()
        };
        assert_eq!(key(&more), "be40d65b38efba36c168dcaaf6f7ed58ab25dac3");
    }

    #[test]
    fn a_session_is_found_again_while_it_lasts() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("cache");
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000);
        assert!(read(&folder, &role(), now).is_none());
        let ends = now + Duration::from_hours(1);
        let token = Some("t".to_owned());
        let session = Credentials::new("a", "b", token, Some(ends), "test");
        write(&folder, &role(), &session).unwrap();
        let kept = read(&folder, &role(), now).unwrap();
        assert_eq!(
            (
                kept.access_key_id(),
                kept.secret_access_key(),
                kept.session_token()
            ),
            ("a", "b", Some("t"))
        );
        assert_eq!(kept.expiry(), Some(ends));
        assert!(read(&folder, &role(), now + Duration::from_mins(46)).is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(file(&folder, &role()))
                .unwrap()
                .permissions();
            assert_eq!(mode.mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn moments_are_read_as_other_tools_write_them() {
        for text in [
            "2026-12-01T11:34:45UTC",
            "2026-12-01T11:34:45Z",
            "2026-12-01T11:34:45+00:00",
        ] {
            assert!(moment(text).is_some(), "{text}");
        }
        assert_eq!(moment("soon"), None);
    }
}
