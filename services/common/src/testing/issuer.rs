//! An issuer of tokens on a loopback port, with keys made on the spot: for tests, and for trying the services out.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use axum::Router;
use axum::routing::get;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::settings;

/// The audience that tokens are made for.
pub const AUDIENCE: &str = "hospital";

/// What stands in PKCS #8 before an RSA key of 2048 bits: lengths, version, algorithm.
const PKCS8_HEAD: usize = 26;

struct Key {
    kid: String,
    secret: EncodingKey,
    public: Value,
}

impl Key {
    fn new(number: usize, algorithm: Algorithm) -> Self {
        let secret = match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => {
                let pair = rsa::KeyPair::generate(KeySize::Rsa2048).expect("a key is made");
                let document = pair.as_der().expect("a key is written");
                // What signs wants the key alone (RFC 8017, A.1.2), which is the last part of PKCS #8 (RFC 5208).
                EncodingKey::from_rsa_der(&document.as_ref()[PKCS8_HEAD..])
            }
            Algorithm::ES256 => {
                let document = EcdsaKeyPair::generate_pkcs8(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    &SystemRandom::new(),
                )
                .expect("a key is made");
                EncodingKey::from_ec_der(document.as_ref())
            }
            Algorithm::EdDSA => {
                let document =
                    Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).expect("a key is made");
                EncodingKey::from_ed_der(document.as_ref())
            }
            other => panic!("no service takes {other:?}"),
        };
        let kid = format!("key-{number}");
        let public = Jwk::from_encoding_key(&secret, algorithm).expect("the public half");
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
    algorithm: Algorithm,
    keys: Arc<Mutex<Vec<Key>>>,
    published: Arc<Mutex<Value>>,
    fetched: Arc<Mutex<usize>>,
}

impl Issuer {
    /// Starts on a free port, or the one given, and signs with ES256, whose keys are made at once.
    pub async fn start(port: u16) -> Self {
        Self::start_with(port, Algorithm::ES256).await
    }

    /// Starts, and signs with this algorithm.
    pub async fn start_with(port: u16, algorithm: Algorithm) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("an address");
        let issuer = Self {
            address,
            algorithm,
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
            algorithm: self.algorithm,
        }
    }

    /// How often its keys were fetched.
    pub fn fetched(&self) -> usize {
        *self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a new key and publishes it alone.
    pub fn rotate(&self) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let key = Key::new(keys.len(), self.algorithm);
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
        self.sign_as(self.algorithm, claims)
    }

    /// The same under another algorithm, which that key must know too.
    pub fn sign_as(&self, algorithm: Algorithm, claims: &Value) -> String {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let key = keys.last().expect("there is always a key");
        let mut header = Header::new(algorithm);
        header.kid = Some(key.kid.clone());
        encode(&header, claims, &key.secret).expect("signing works")
    }

    /// A good token.
    pub fn token(&self, subject: &str, scope: &str) -> String {
        self.sign(&self.claims(subject, scope))
    }
}
