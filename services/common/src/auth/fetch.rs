//! Reads the issuer's key set: OpenID Connect discovery, then the `jwks_uri` it names.
//!
//! Both over TLS (or from this machine), each within seconds and a size that no honest issuer reaches.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;

use crate::settings::trusted_address;

const TIMEOUT: Duration = Duration::from_secs(5);
const LARGEST: usize = 512 * 1024;

type Https = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

pub(super) struct Fetcher {
    issuer: String,
    /// Made at the first fetch: reading the system's certificates takes longer than the rest of the start.
    client: OnceLock<Https>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl Fetcher {
    pub(super) fn new(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            client: OnceLock::new(),
        }
    }

    /// The keys, or a fixed reason why not.
    pub(super) async fn keys(&self) -> Result<JwkSet, &'static str> {
        let page = self
            .page(&format!(
                "{}/.well-known/openid-configuration",
                self.issuer.trim_end_matches('/')
            ))
            .await?;
        let discovery: Discovery =
            serde_json::from_slice(&page).map_err(|_| "the discovery document does not read")?;
        if discovery.issuer != self.issuer {
            return Err("the discovery document is another issuer's");
        }
        if !trusted_address(&discovery.jwks_uri) {
            return Err("the discovery document names an address without TLS");
        }
        let page = self.page(&discovery.jwks_uri).await?;
        serde_json::from_slice(&page).map_err(|_| "the key set does not read")
    }

    async fn page(&self, address: &str) -> Result<Bytes, &'static str> {
        let uri = address.parse().map_err(|_| "the address does not read")?;
        let client = if let Some(client) = self.client.get() {
            client
        } else {
            let made = client()?;
            self.client.get_or_init(|| made)
        };
        let fetch = async {
            let answer = client
                .get(uri)
                .await
                .map_err(|_| "the issuer cannot be reached")?;
            if !answer.status().is_success() {
                return Err("the issuer answers with an error");
            }
            let body = Limited::new(answer.into_body(), LARGEST).collect().await;
            Ok(body
                .map_err(|_| "the issuer's answer breaks off or is too large")?
                .to_bytes())
        };
        tokio::time::timeout(TIMEOUT, fetch)
            .await
            .unwrap_or(Err("the issuer does not answer in time"))
    }
}

fn client() -> Result<Https, &'static str> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(|_| "TLS cannot be set up")?
        .with_native_roots()
        .map_err(|_| "the system's certificates cannot be read")?
        .with_no_client_auth();
    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_or_http()
        .enable_http1()
        .build();
    Ok(Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build(connector))
}
