//! The container's settings, read once at start: every one checked, every mistake told.
//!
//! The names PORT, APP_ENV, AWS_REGION, TABLE, AUTH_ISSUER and AUTH_AUDIENCE are a contract with whoever starts the
//! container. Owns all defaults. Must not know what the settings are used for; reads nothing but the map it is given.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use jsonwebtoken::Algorithm;

/// Where the data lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// The embedded store, in this file.
    File(PathBuf),
    /// The DynamoDB table with this name.
    DynamoDb(String),
}

/// Whose tokens are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// The `iss` claim, and where the keys are found.
    pub url: String,
    /// The `aud` claim.
    pub audience: String,
    /// The one algorithm that is accepted.
    pub algorithm: Algorithm,
}

/// Everything a service is told from outside.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where requests are served.
    pub listen: SocketAddr,
    /// Where metrics are served, unless off.
    pub metrics: Option<SocketAddr>,
    /// `dev`, `prod` and so on.
    pub environment: String,
    /// Where the data lives.
    pub storage: Storage,
    /// Whose tokens are believed; without it the service is open.
    pub issuer: Option<Issuer>,
    /// The most connections at once.
    pub connections: usize,
    /// The largest body in bytes.
    pub body: usize,
    /// The time a request's head, and then its body, may take to arrive.
    pub arrival: Duration,
    /// The time a connection may idle between requests: longer than the load balancer's 60 s, or it sends into a closing
    /// connection.
    pub idle: Duration,
    /// The time between the signal to stop and the exit, at the most.
    pub stop: Duration,
    /// What is logged, in `RUST_LOG`'s language.
    pub log: String,
}

/// Every setting that is wrong, one per line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct Wrong(Vec<String>);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.join("\n"))
    }
}

struct Reader<'a> {
    values: &'a BTreeMap<String, String>,
    wrong: Vec<String>,
}

impl Reader<'_> {
    /// An empty value counts as absent: templates leave such behind.
    fn text(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    fn number<T: FromStr + PartialOrd + fmt::Display + Copy>(
        &mut self,
        name: &str,
        default: T,
        least: T,
        most: T,
    ) -> T {
        let Some(text) = self.text(name) else {
            return default;
        };
        match text.parse() {
            Ok(value) if (least..=most).contains(&value) => value,
            _ => {
                self.wrong.push(format!(
                    "{name} must be a whole number from {least} to {most}"
                ));
                default
            }
        }
    }

    fn seconds(&mut self, name: &str, default: u64, most: u64) -> Duration {
        Duration::from_secs(self.number(name, default, 1, most))
    }
}

impl Settings {
    /// Reads the environment of the process.
    pub fn from_process(service: &str) -> Result<Self, Wrong> {
        // A variable that is not UTF-8 is not one of ours.
        let values = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self::read(service, &values)
    }

    /// Reads a map of names and values.
    pub fn read(service: &str, values: &BTreeMap<String, String>) -> Result<Self, Wrong> {
        let mut reader = Reader {
            values,
            wrong: Vec::new(),
        };
        let port: u16 = reader.number("PORT", 3000, 0, u16::MAX);
        let named = reader.text("APP_ENV").map(str::to_owned);
        let host = host(&mut reader, named.is_some());
        let metrics = match reader.text("METRICS_PORT") {
            Some("off") => None,
            _ => Some(reader.number(
                "METRICS_PORT",
                if port == 0 {
                    0
                } else {
                    port.checked_add(1000).unwrap_or(4000)
                },
                0,
                u16::MAX,
            )),
        };
        let storage = match reader.text("TABLE") {
            Some(table) if is_table(table) => Storage::DynamoDb(table.to_owned()),
            Some(_) => {
                reader.wrong.push("TABLE must be a DynamoDB table's name: 3 to 255 of a-z, A-Z, 0-9, '_', '-' and '.'".to_owned());
                Storage::File(PathBuf::new())
            }
            None => Storage::File(match reader.text("DATABASE") {
                Some(path) => PathBuf::from(path),
                None => PathBuf::from(format!(".hcctl/{service}.db")),
            }),
        };
        if matches!(storage, Storage::DynamoDb(_)) && reader.text("AWS_REGION").is_none() {
            reader
                .wrong
                .push("AWS_REGION is needed where TABLE is set".to_owned());
        }
        let environment = named.clone().unwrap_or_else(|| "dev".to_owned());
        if environment.len() > 32
            || !environment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            reader
                .wrong
                .push("APP_ENV must be at most 32 letters, digits and '-'".to_owned());
        }
        let issuer = issuer(
            &mut reader,
            &environment,
            named.is_some() || host.is_loopback(),
        );
        let settings = Self {
            listen: SocketAddr::new(host, port),
            metrics: metrics.map(|port| SocketAddr::new(host, port)),
            environment,
            storage,
            issuer,
            connections: reader.number("MAX_CONNECTIONS", 2048, 1, 65_536),
            body: reader.number("MAX_BODY_BYTES", 64 * 1024, 1024, 1024 * 1024),
            arrival: reader.seconds("ARRIVAL_TIMEOUT", 10, 300),
            idle: reader.seconds("IDLE_TIMEOUT", 75, 3600),
            stop: reader.seconds("STOP_TIMEOUT", 25, 120),
            log: reader.text("RUST_LOG").unwrap_or("info").to_owned(),
        };
        if reader.wrong.is_empty() {
            Ok(settings)
        } else {
            Err(Wrong(reader.wrong))
        }
    }
}

/// Where nobody said what environment this is, only the machine itself is served.
fn host(reader: &mut Reader<'_>, named: bool) -> IpAddr {
    let default = if named {
        Ipv4Addr::UNSPECIFIED
    } else {
        Ipv4Addr::LOCALHOST
    };
    match reader.text("HOST").map(str::parse) {
        None => default.into(),
        Some(Ok(host)) => host,
        Some(Err(_)) => {
            reader.wrong.push("HOST must be an IP address".to_owned());
            default.into()
        }
    }
}

fn issuer(reader: &mut Reader<'_>, environment: &str, may_open: bool) -> Option<Issuer> {
    let algorithm = match reader.text("AUTH_ALGORITHM").unwrap_or("RS256") {
        "RS256" => Algorithm::RS256,
        "PS256" => Algorithm::PS256,
        "ES256" => Algorithm::ES256,
        "EdDSA" => Algorithm::EdDSA,
        _ => {
            reader
                .wrong
                .push("AUTH_ALGORITHM must be RS256, PS256, ES256 or EdDSA".to_owned());
            Algorithm::RS256
        }
    };
    let audience = reader.text("AUTH_AUDIENCE").map(str::to_owned);
    let Some(url) = reader.text("AUTH_ISSUER").map(str::to_owned) else {
        let open = match reader.text("ALLOW_OPEN") {
            None => false,
            Some("true") => true,
            Some(_) => {
                reader
                    .wrong
                    .push("ALLOW_OPEN must be true or absent".to_owned());
                false
            }
        };
        if audience.is_some() {
            reader
                .wrong
                .push("AUTH_AUDIENCE is set without AUTH_ISSUER".to_owned());
        }
        if !(open || (environment == "dev" && may_open)) {
            reader.wrong.push(
                "AUTH_ISSUER is needed: without it everybody could read and change health data (APP_ENV=dev, or \
                 ALLOW_OPEN=true, opens the service on purpose)"
                    .to_owned(),
            );
        }
        return None;
    };
    if !trusted_address(&url) {
        reader.wrong.push(
            "AUTH_ISSUER must be an https:// address without query (http:// only for this machine)"
                .to_owned(),
        );
    }
    let Some(audience) = audience else {
        reader.wrong.push("AUTH_AUDIENCE is needed with AUTH_ISSUER: a token for another service must not open this one".to_owned());
        return None;
    };
    Some(Issuer {
        url,
        audience,
        algorithm,
    })
}

/// Keys may only come over TLS, or from this machine.
pub(crate) fn trusted_address(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else {
        return false;
    };
    let local = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let scheme = uri.scheme_str();
    uri.query().is_none() && (scheme == Some("https") || (scheme == Some("http") && local))
}

fn is_table(name: &str) -> bool {
    (3..=255).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> Result<Settings, Wrong> {
        let values = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Settings::read("patient-service", &values)
    }

    #[test]
    fn a_fresh_machine_needs_no_setting_and_serves_only_itself() {
        let settings = read(&[]).expect("defaults");
        assert_eq!(settings.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(
            settings.storage,
            Storage::File(".hcctl/patient-service.db".into())
        );
        assert!(settings.issuer.is_none());
    }

    #[test]
    fn open_to_others_only_on_purpose() {
        assert!(read(&[("APP_ENV", "prod")]).is_err());
        assert!(read(&[("HOST", "0.0.0.0")]).is_err());
        assert!(read(&[("APP_ENV", "dev")]).is_ok());
        assert!(read(&[("APP_ENV", "prod"), ("ALLOW_OPEN", "true")]).is_ok());
        let closed = [
            ("APP_ENV", "prod"),
            ("AUTH_ISSUER", "https://id.example"),
            ("AUTH_AUDIENCE", "hospital"),
        ];
        assert_eq!(
            read(&closed).expect("closed").listen.to_string(),
            "0.0.0.0:3000"
        );
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let error = read(&[
            ("PORT", "x"),
            ("TABLE", "a b"),
            ("HOST", "here"),
            ("AUTH_ISSUER", "http://id.example"),
            ("AUTH_ALGORITHM", "none"),
            ("MAX_BODY_BYTES", "1"),
        ])
        .expect_err("all wrong");
        for name in [
            "PORT",
            "TABLE",
            "HOST",
            "AUTH_ISSUER",
            "AUTH_AUDIENCE",
            "AUTH_ALGORITHM",
            "MAX_BODY_BYTES",
        ] {
            assert!(error.to_string().contains(name), "{name} in {error}");
        }
    }
}
