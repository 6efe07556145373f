//! Forward proxies: `HTTPS_PROXY` and its kin, read as the AWS CLI reads them.
//! <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-proxy.html>
//!
//! The SDK's own reading of the environment differs from the CLI's where both spellings are set, passes over a value that it
//! cannot use, and sends requests for the instance's own metadata to the proxy. So the variables are read here, and the SDK
//! gets one proxy for each scheme.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::ConnectError;

/// Addresses of the instance or container itself, which no proxy can answer for: the metadata services of EC2 and ECS.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>
const OF_THE_HOST: &str = "169.254.0.0/16,fe80::/10,fd00:ec2::/32";

/// A proxy, and the variable that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Proxy {
    /// As the user wrote it, in the spelling that was found.
    variable: &'static str,
    /// With the user and password where there are any; never shown.
    url: String,
}

/// How requests leave, by scheme.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    /// The hosts that are reached without, as the SDK takes them.
    direct: String,
}

impl Proxies {
    /// Reads the environment, for which `get` stands.
    pub(super) fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConnectError> {
        // Lower case wins, and an empty one there unsets the other.
        let pick = |lower: &'static str, upper: &'static str| {
            let found = match get(lower) {
                Some(value) => Some((lower, value)),
                None => get(upper).map(|value| (upper, value)),
            };
            found.filter(|(_, value)| !value.trim().is_empty())
        };
        let all = pick("all_proxy", "ALL_PROXY");
        // A CGI program gets the request header `Proxy` as HTTP_PROXY (CVE-2016-5385).
        let http = match get("REQUEST_METHOD") {
            Some(_) => get("http_proxy").map(|value| ("http_proxy", value)),
            None => pick("http_proxy", "HTTP_PROXY"),
        };
        let use_of = |found: Option<(&'static str, String)>| {
            found
                .or_else(|| all.clone())
                .map(|(variable, value)| Proxy::new(variable, value.trim()))
                .transpose()
        };
        let direct = pick("no_proxy", "NO_PROXY").map_or_else(String::new, |(_, value)| value);
        Ok(Self {
            http: use_of(http)?,
            https: use_of(pick("https_proxy", "HTTPS_PROXY"))?,
            direct: rules(&direct),
        })
    }

    /// A client for the network that takes these ways.
    pub(super) fn client(&self, trust: Option<&TlsContext>) -> SharedHttpClient {
        let of = |proxy: Option<&Proxy>| match proxy {
            None => client(trust, ProxyConfig::disabled()),
            Some(proxy) => SharedHttpClient::new(Through {
                inner: client(trust, proxy.config().no_proxy(&self.direct)),
                proxy: proxy.clone(),
            }),
        };
        let https = of(self.https.as_ref());
        if self.http == self.https {
            return https;
        }
        SharedHttpClient::new(ByScheme {
            http: of(self.http.as_ref()),
            https,
        })
    }
}

impl Proxy {
    fn new(variable: &'static str, value: &str) -> Result<Self, ConnectError> {
        let url = match value.split_once("://") {
            Some(_) => value.to_owned(),
            None => format!("http://{}", value.trim_start_matches('/')),
        };
        let refused = |reason: &str| ConnectError::Proxy {
            variable,
            reason: reason.to_owned(),
        };
        let scheme = url.split("://").next().unwrap_or_default();
        if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
            return Err(refused(&format!(
                "a proxy is reached by http or https, not by {scheme}"
            )));
        }
        let proxy = Self { variable, url };
        match ProxyConfig::all(proxy.url.as_str()) {
            Ok(_) => Ok(proxy),
            // The SDK's message may hold the password.
            Err(_) => Err(refused(
                "it is no URL such as http://proxy.example.com:3128",
            )),
        }
    }

    fn config(&self) -> ProxyConfig {
        ProxyConfig::all(self.url.as_str()).unwrap_or_else(|_| ProxyConfig::disabled())
    }

    /// Without user and password.
    fn shown(&self) -> String {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("http", &self.url));
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        format!("{scheme}://{}", host.trim_end_matches('/'))
    }
}

/// `NO_PROXY` in the SDK's form: `*.example.com` means what `.example.com` does, `*` everything, and a port is left out,
/// because the SDK knows none here.
fn rules(value: &str) -> String {
    let one = |entry: &str| {
        let entry = entry.trim().trim_start_matches("*.");
        match entry.rsplit_once(':') {
            _ if entry == "*" => "*,0.0.0.0/0,::/0".to_owned(),
            Some((host, port)) if !host.contains(':') && port.parse::<u16>().is_ok() => {
                host.to_owned()
            }
            _ => entry.trim_matches(['[', ']']).to_owned(),
        }
    };
    let entries = value.split(',').filter(|entry| !entry.trim().is_empty());
    let mut rules: Vec<String> = entries.map(one).collect();
    rules.push(OF_THE_HOST.to_owned());
    rules.join(",")
}

fn client(trust: Option<&TlsContext>, proxy: ProxyConfig) -> SharedHttpClient {
    let trust = trust.cloned();
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder();
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.set_proxy_config(Some(proxy.clone()));
        let connector = connector.tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc));
        match &trust {
            Some(trust) => connector.tls_context(trust.clone()).build(),
            None => connector.build(),
        }
    })
}

/// Two clients, one for each scheme.
#[derive(Debug)]
struct ByScheme {
    http: SharedHttpClient,
    https: SharedHttpClient,
}

impl HttpClient for ByScheme {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(OneOf {
            http: self.http.http_connector(settings, components),
            https: self.https.http_connector(settings, components),
        })
    }
}

#[derive(Debug)]
struct OneOf {
    http: SharedHttpConnector,
    https: SharedHttpConnector,
}

impl HttpConnector for OneOf {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if request.uri().starts_with("http://") {
            self.http.call(request)
        } else {
            self.https.call(request)
        }
    }
}

/// A client whose failures to get through name the proxy: `Connection refused` alone sends a reader to AWS.
#[derive(Debug)]
struct Through {
    inner: SharedHttpClient,
    proxy: Proxy,
}

impl HttpClient for Through {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Named {
            inner: self.inner.http_connector(settings, components),
            proxy: self.proxy.clone(),
        })
    }
}

#[derive(Debug)]
struct Named {
    inner: SharedHttpConnector,
    proxy: Proxy,
}

impl HttpConnector for Named {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (proxy, answer) = (self.proxy.clone(), self.inner.call(request));
        HttpConnectorFuture::new(async move { answer.await.map_err(|error| proxy.blamed(error)) })
    }
}

/// Why a proxy did not let a request through.
#[derive(Debug, thiserror::Error)]
#[error("{what} (the proxy {proxy}, which {variable} names)")]
pub(super) struct ProxyFault {
    what: String,
    proxy: String,
    variable: &'static str,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Proxy {
    fn blamed(&self, error: ConnectorError) -> ConnectorError {
        let chain = chain(&error);
        let wants_password = chain.contains("proxy authorization required");
        let refuses = chain.contains("tunnel error: unsuccessful");
        let what = if wants_password {
            "it wants a user and a password: http://USER:PASSWORD@HOST:PORT".to_owned()
        } else if refuses {
            "it refuses to connect to AWS".to_owned()
        } else {
            chain.rsplit(": ").next().unwrap_or_default().to_owned()
        };
        let timeout = error.is_timeout();
        let fault = Box::new(ProxyFault {
            what,
            proxy: self.shown(),
            variable: self.variable,
            source: error.into_source(),
        });
        if wants_password || refuses {
            // Trying again changes nothing.
            ConnectorError::user(fault)
        } else if timeout {
            ConnectorError::timeout(fault)
        } else {
            ConnectorError::io(fault)
        }
    }
}

/// An error and its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Proxies, ConnectError> {
        Proxies::read(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    /// The URLs for http and https.
    fn ways(variables: &[(&str, &str)]) -> [Option<String>; 2] {
        let read = read(variables).unwrap();
        [read.http, read.https].map(|proxy| proxy.map(|proxy| proxy.url))
    }

    #[test]
    fn the_environment_is_read_as_the_aws_cli_reads_it() {
        let url = |host: &str| Some(format!("http://{host}"));
        for (variables, http, https) in [
            (&[][..], None, None),
            (&[("HTTPS_PROXY", "http://a")], None, url("a")),
            (&[("HTTPS_PROXY", "a:3128")], None, url("a:3128")),
            (&[("HTTP_PROXY", "http://a")], url("a"), None),
            (&[("ALL_PROXY", "http://a")], url("a"), url("a")),
            (
                &[("HTTPS_PROXY", "http://a"), ("https_proxy", "http://b")],
                None,
                url("b"),
            ),
            (
                &[("HTTPS_PROXY", "http://a"), ("https_proxy", "")],
                None,
                None,
            ),
            (&[("HTTPS_PROXY", "  ")], None, None),
            (
                &[("all_proxy", "http://a"), ("HTTPS_PROXY", "http://b")],
                url("a"),
                url("b"),
            ),
            (
                &[("HTTP_PROXY", "http://a"), ("REQUEST_METHOD", "GET")],
                None,
                None,
            ),
            (
                &[("http_proxy", "http://a"), ("REQUEST_METHOD", "GET")],
                url("a"),
                None,
            ),
        ] {
            assert_eq!(ways(variables), [http, https], "{variables:?}");
        }
    }

    #[test]
    fn what_is_reached_without_is_written_as_the_sdk_takes_it() {
        let host = OF_THE_HOST;
        for (value, rules) in [
            ("", host.to_owned()),
            (
                "a.example.com, .b.example.com",
                format!("a.example.com,.b.example.com,{host}"),
            ),
            ("*.example.com,,", format!("example.com,{host}")),
            (
                "a.example.com:8443,[::1],fd00::/8",
                format!("a.example.com,::1,fd00::/8,{host}"),
            ),
            ("*", format!("*,0.0.0.0/0,::/0,{host}")),
        ] {
            assert_eq!(
                read(&[("NO_PROXY", value)]).unwrap().direct,
                rules,
                "{value}"
            );
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_refused_by_its_variable() {
        for value in ["socks5://a:1080", "http://", "http://a b"] {
            let error = read(&[("HTTPS_PROXY", value)]).unwrap_err().to_string();
            assert!(error.contains("HTTPS_PROXY"), "{value}: {error}");
        }
        let secret = read(&[("HTTPS_PROXY", "http://me:hunter2@a b")]).unwrap_err();
        assert!(!secret.to_string().contains("hunter2"), "{secret}");
    }

    #[test]
    fn a_proxy_is_shown_without_its_password() {
        let proxy = Proxy::new("HTTPS_PROXY", "http://me:hunter2@proxy.example.com:3128/").unwrap();
        assert_eq!(proxy.shown(), "http://proxy.example.com:3128");
    }
}
