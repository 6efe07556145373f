//! The issuer's public keys: fetched, kept, fetched again when they age or a token names one that is not known.
//!
//! Old keys stay in use while the issuer cannot be reached, for a day at most. A stranger's token cannot make us ask the
//! issuer more often than every few seconds.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use http::{HeaderValue, header};
use jsonwebtoken::jwk::{JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::Mutex;

use super::fetch::Fetcher;
use crate::problem::{Kind, Problem};
use crate::settings::Issuer;

const FRESH: Duration = Duration::from_mins(10);
const USABLE: Duration = Duration::from_hours(24);
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Known {
    by_id: HashMap<String, Arc<DecodingKey>>,
    /// Where the issuer publishes exactly one key, a token need not name it.
    only: Option<Arc<DecodingKey>>,
    fetched: Option<Instant>,
}

pub(super) struct Keys(Arc<Inner>);

struct Inner {
    algorithm: Algorithm,
    fetcher: Fetcher,
    known: RwLock<Known>,
    generation: AtomicU64,
    last_attempt: Mutex<Option<Instant>>,
    refreshing: AtomicBool,
}

impl Keys {
    pub(super) fn new(issuer: &Issuer) -> Self {
        Self(Arc::new(Inner {
            algorithm: issuer.algorithm,
            fetcher: Fetcher::new(&issuer.url),
            known: RwLock::default(),
            generation: AtomicU64::new(0),
            last_attempt: Mutex::new(None),
            refreshing: AtomicBool::new(false),
        }))
    }

    /// Changes whenever the set of keys does: what was verified under an older set must be verified again.
    pub(super) fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// The key a token names, and the generation it belongs to.
    pub(super) async fn find(
        &self,
        kid: Option<&str>,
    ) -> Result<Option<(Arc<DecodingKey>, u64)>, Problem> {
        if let Some(found) = self.0.lookup(kid) {
            self.keep_fresh();
            return Ok(Some(found));
        }
        self.0.refresh().await;
        if self.0.age().is_none_or(|age| age > USABLE) {
            let later = HeaderValue::from_static("5");
            let problem =
                Problem::because(Kind::Unavailable, "the issuer's keys cannot be fetched");
            return Err(problem.with(header::RETRY_AFTER, later));
        }
        Ok(self.0.lookup(kid))
    }

    /// Starts a fetch beside the request where the keys have aged.
    pub(super) fn keep_fresh(&self) {
        if self.0.age().is_some_and(|age| age < FRESH)
            || self.0.refreshing.swap(true, Ordering::AcqRel)
        {
            return;
        }
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move {
            inner.refresh().await;
            inner.refreshing.store(false, Ordering::Release);
        });
    }
}

impl Inner {
    fn age(&self) -> Option<Duration> {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .fetched
            .map(|at| at.elapsed())
    }

    fn lookup(&self, kid: Option<&str>) -> Option<(Arc<DecodingKey>, u64)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.fetched.filter(|at| at.elapsed() <= USABLE)?;
        let key = match kid {
            Some(kid) => known.by_id.get(kid),
            None => known.only.as_ref(),
        };
        Some((Arc::clone(key?), self.generation.load(Ordering::Acquire)))
    }

    /// Fetches, unless somebody just did.
    async fn refresh(&self) {
        let mut last = self.last_attempt.lock().await;
        if last.is_some_and(|at| at.elapsed() < BETWEEN_ATTEMPTS) {
            return;
        }
        let fetched = self.fetcher.keys().await;
        *last = Some(Instant::now());
        match fetched {
            Ok(set) => self.keep(&set),
            Err(reason) => tracing::error!(reason, "cannot fetch the issuer's keys"),
        }
    }

    fn keep(&self, set: &JwkSet) {
        let pinned = format!("{:?}", self.algorithm);
        let usable = set.keys.iter().filter(|key| {
            let signs = key
                .common
                .public_key_use
                .as_ref()
                .is_none_or(|what| *what == PublicKeyUse::Signature);
            signs
                && key
                    .common
                    .key_algorithm
                    .is_none_or(|named| named.to_string() == pinned)
        });
        let keys: Vec<(Option<String>, Arc<DecodingKey>)> = usable
            .filter_map(|key| {
                Some((
                    key.common.key_id.clone(),
                    Arc::new(DecodingKey::from_jwk(key).ok()?),
                ))
            })
            // A symmetric key in a public set would let anyone sign.
            .filter(|(_, key)| key.family() == family(self.algorithm))
            .collect();
        if keys.is_empty() {
            tracing::error!("the issuer publishes no usable key");
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let only = (keys.len() == 1).then(|| Arc::clone(&keys[0].1));
        known.by_id = keys
            .into_iter()
            .filter_map(|(id, key)| Some((id?, key)))
            .collect();
        known.only = only;
        known.fetched = Some(Instant::now());
        self.generation.fetch_add(1, Ordering::AcqRel);
        tracing::info!(count = known.by_id.len(), "issuer's keys fetched");
    }
}

fn family(algorithm: Algorithm) -> jsonwebtoken::AlgorithmFamily {
    use jsonwebtoken::AlgorithmFamily;
    match algorithm {
        Algorithm::ES256 | Algorithm::ES384 => AlgorithmFamily::Ec,
        Algorithm::EdDSA => AlgorithmFamily::Ed,
        _ => AlgorithmFamily::Rsa,
    }
}
