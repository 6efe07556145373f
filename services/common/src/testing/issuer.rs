//! An issuer of tokens on a loopback port, with keys made on the spot: for tests, and for trying the services out.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::Router;
use axum::routing::get;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::settings;

/// The audience that tokens are made for.
pub const AUDIENCE: &str = "hospital";

struct Key {
    kid: String,
    secret: EncodingKey,
    public: Value,
}

impl Key {
    fn new(number: usize) -> Self {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .expect("a key is made");
        let secret = EncodingKey::from_ec_der(document.as_ref());
        let kid = format!("key-{number}");
        let public = Jwk::from_encoding_key(&secret, Algorithm::ES256).expect("the public half");
        let mut public = serde_json::to_value(public).expect("a key serialises");
        public["kid"] = json!(kid);
        public["use"] = json!("sig");
        Self {
            kid,
            secret,
            public,
        }
    }
}

/// The issuer.
#[derive(Clone)]
pub struct Issuer {
    address: SocketAddr,
    keys: Arc<Mutex<Vec<Key>>>,
    published: Arc<Mutex<Value>>,
    fetched: Arc<Mutex<usize>>,
}

impl Issuer {
    /// Starts on a free port, or the one given.
    pub async fn start(port: u16) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("an address");
        let issuer = Self {
            address,
            keys: Arc::default(),
            published: Arc::default(),
            fetched: Arc::default(),
        };
        issuer.rotate();
        let discovery =
            json!({ "issuer": issuer.url(), "jwks_uri": format!("{}/keys", issuer.url()) });
        let (published, fetched) = (Arc::clone(&issuer.published), Arc::clone(&issuer.fetched));
        let routes = Router::new()
            .route(
                "/.well-known/openid-configuration",
                get(move || async move { discovery.to_string() }),
            )
            .route(
                "/keys",
                get(move || async move {
                    *fetched.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                    published
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .to_string()
                }),
            );
        tokio::spawn(async move { axum::serve(listener, routes).await });
        issuer
    }

    /// Its `iss`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How it stands in a service's settings.
    pub fn settings(&self) -> settings::Issuer {
        settings::Issuer {
            url: self.url(),
            audience: AUDIENCE.to_owned(),
            algorithm: Algorithm::ES256,
        }
    }

    /// How often its keys were fetched.
    pub fn fetched(&self) -> usize {
        *self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a new key and publishes it alone.
    pub fn rotate(&self) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let key = Key::new(keys.len());
        let set = json!({ "keys": [key.public] });
        keys.push(key);
        *self
            .published
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = set;
    }

    /// The claims of a good token.
    pub fn claims(&self, subject: &str, scope: &str) -> Value {
        let now = jiff::Timestamp::now().as_second();
        json!({ "iss": self.url(), "aud": AUDIENCE, "sub": subject, "scope": scope, "iat": now, "exp": now + 3600 })
    }

    /// A token with these claims, signed with the newest key.
    pub fn sign(&self, claims: &Value) -> String {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let key = keys.last().expect("there is always a key");
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(key.kid.clone());
        encode(&header, claims, &key.secret).expect("signing works")
    }

    /// A good token.
    pub fn token(&self, subject: &str, scope: &str) -> String {
        self.sign(&self.claims(subject, scope))
    }
}
