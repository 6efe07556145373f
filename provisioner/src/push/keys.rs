//! Signing in to a registry without leaving the password anywhere.
//!
//! Engines keep what `login` was told in a file or a keychain, for ever. So they get a directory of this run's own in place
//! of the user's: readable by nobody else, and removed with everything in it when the run ends, however it ends short
//! of SIGKILL.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::process::{self, Ended, Stop};
use super::registry::Token;
use super::{EngineName, Failure};

/// What of the user's own directory the engine still needs: which daemon to talk to, and its plugins.
const SHARED: [&str; 2] = ["contexts", "cli-plugins"];
/// What of the user's own settings holds, or leads to, passwords.
const SECRET: [&str; 3] = ["auths", "credsStore", "credHelpers"];

/// The directory. Removed when dropped.
pub(super) struct Keys {
    dir: PathBuf,
}

impl Keys {
    /// Signs in to the registry, in a new directory.
    pub(super) async fn sign_in(
        engine: EngineName,
        token: &Token,
        stop: &Stop,
    ) -> Result<Self, Failure> {
        let registry = token.registry.host.as_str();
        let keys = Self::make(registry).map_err(|error| {
            Failure::new(format!("cannot make a directory to sign in with: {error}"))
                .hint("check TMPDIR")
        })?;
        let call = engine.login(token);
        match process::run(call.with(&keys.env()), stop, &|_| {}).await {
            Ok(()) => Ok(keys),
            Err(Ended::Stopped) => Err(super::work::interrupted()),
            Err(Ended::Failed { how, said }) => Err(Failure::new(format!(
                "{engine} could not sign in to {registry} ({how})"
            ))
            .said(said)
            .hint("check the network, any proxy, and the clock; then run the same command again")),
            Err(Ended::Missing) => Err(Failure::new(format!("{engine} is not on PATH any more"))),
            Err(Ended::Unstartable(error)) => {
                Err(Failure::new(format!("{engine} cannot be started: {error}")))
            }
        }
    }

    /// What tells an engine to use it. Both names, because `docker` may be Podman under another name.
    pub(super) fn env(&self) -> [(&'static str, OsString); 2] {
        [
            ("DOCKER_CONFIG", self.dir.clone().into()),
            ("REGISTRY_AUTH_FILE", self.dir.join("config.json").into()),
        ]
    }

    fn make(registry: &str) -> io::Result<Self> {
        // Where there is one, a directory that lives in memory and that only this user can enter.
        let base = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let base = base
            .filter(|dir| dir.is_dir())
            .unwrap_or_else(std::env::temp_dir);
        let keys = Self {
            dir: private(&base)?,
        };
        let users = users_directory();
        let settings = users.as_deref().map(|dir| dir.join("config.json"));
        let settings = settings.and_then(|file| fs::read_to_string(file).ok());
        let text = own_settings(settings.as_deref(), registry).to_string();
        write_private(&keys.dir.join("config.json"), &text)?;
        for name in SHARED {
            if let Some(theirs) = users.as_deref().map(|dir| dir.join(name))
                && theirs.is_dir()
            {
                link(&theirs, &keys.dir.join(name))?;
            }
        }
        Ok(keys)
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        // Links in it are removed, not what they lead to.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Docker's directory. <https://docs.docker.com/reference/cli/docker/#configuration-files>
fn users_directory() -> Option<PathBuf> {
    let named = std::env::var_os("DOCKER_CONFIG").filter(|dir| !dir.is_empty());
    let named = named.map(PathBuf::from);
    named.or_else(|| std::env::home_dir().map(|home| home.join(".docker")))
}

/// The user's settings without passwords and without ways to keep them.
///
/// The entry for the registry has a purpose: without any entry Docker looks for a keychain and would keep the password
/// there.
fn own_settings(users: Option<&str>, registry: &str) -> Value {
    let users = users.and_then(|text| serde_json::from_str(text).ok());
    let mut settings: Map<String, Value> = users.unwrap_or_default();
    settings.retain(|name, _| !SECRET.contains(&name.as_str()));
    settings.insert("auths".to_owned(), json!({ registry: {} }));
    Value::Object(settings)
}

/// A new directory in `base` with a name that nobody can foresee to be useful.
fn private(base: &Path) -> io::Result<PathBuf> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let mut number = now.subsec_nanos();
    loop {
        let dir = base.join(format!("hcctl-push-{}-{number}", std::process::id()));
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&dir) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                number = number.wrapping_add(1);
            }
            made => return made.map(|()| dir),
        }
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    io::Write::write_all(&mut options.open(path)?, text.as_bytes())
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

/// Elsewhere links need rights that users rarely have; Docker Desktop does without.
#[cfg(not(unix))]
fn link(_from: &Path, _to: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_settings_stay_and_their_passwords_do_not() {
        let users = r#"{"currentContext": "colima", "auths": {"a": {"auth": "c2VjcmV0"}},
            "credsStore": "osxkeychain", "credHelpers": {"b": "ecr-login"}, "proxies": {}}"#;
        let own = own_settings(Some(users), "registry");
        let wanted = json!({"currentContext": "colima", "proxies": {}, "auths": {"registry": {}}});
        assert_eq!(own, wanted);
        let bare = json!({"auths": {"registry": {}}});
        for broken in [None, Some("{ no"), Some("[]")] {
            assert_eq!(own_settings(broken, "registry"), bare);
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_directory_is_its_users_alone_and_goes_with_the_run() {
        use std::os::unix::fs::PermissionsExt;
        let keys = Keys::make("registry").expect("a directory");
        let mode = |path: &Path| {
            fs::metadata(path)
                .expect("it is there")
                .permissions()
                .mode()
                & 0o777
        };
        let dir = keys.dir.clone();
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&dir.join("config.json")), 0o600);
        drop(keys);
        assert!(!dir.exists());
    }
}
