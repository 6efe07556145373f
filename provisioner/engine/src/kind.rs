//! What a kind of resource must offer, typed ([`Kind`]) and erased ([`AnyKind`]).

use std::collections::BTreeSet;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::rule::{Replacement, Risk, Rules};
use crate::{Doc, Fault};

/// A resource of ours, as it was seen.
#[derive(Clone, Debug)]
pub struct Ours<S> {
    /// The name part of its address.
    pub name: String,
    /// The cloud's id: one per resource and unlike any id of another kind.
    pub id: String,
    /// Its fields, with links by id.
    pub spec: S,
    /// Why it is not usable yet, where it is not.
    pub pending: Option<String>,
    /// It stands inside something that is wholly ours, but hcctl did not make it (a rule added by hand).
    pub extra: bool,
}

/// What an observation may find.
#[derive(Clone, Debug)]
pub enum Found<S> {
    /// One of ours.
    Ours(Ours<S>),
    /// A stranger beside ours, to be reported and left alone.
    Extra {
        /// Its id.
        id: String,
        /// What it is, for a person.
        what: String,
    },
    /// A stranger under a name that is ours by the naming scheme.
    Taken {
        /// The name part of the address that would have this name.
        name: String,
        /// Its id.
        id: String,
        /// What tells that it is not ours.
        why: String,
    },
    /// One of this environment's under a name that exists once, while the environment stands somewhere else.
    Elsewhere {
        /// The name part of the address that would have this name.
        name: String,
        /// Where the environment stands.
        place: String,
    },
    /// One of ours that does not say so any more: no plan is made past it.
    Lost {
        /// The name part of the address that it must have had.
        name: String,
        /// Its id.
        id: String,
        /// What it lacks.
        why: String,
        /// What makes it recognisable again.
        remedy: String,
    },
}

impl<S> Found<S> {
    /// One of ours, usable.
    pub fn ours(name: impl Into<String>, id: impl Into<String>, spec: S) -> Self {
        Self::Ours(Ours {
            name: name.into(),
            id: id.into(),
            spec,
            pending: None,
            extra: false,
        })
    }

    /// The same, not usable yet for the reason given.
    #[must_use]
    pub fn pending(mut self, why: Option<String>) -> Self {
        if let Self::Ours(ours) = &mut self {
            ours.pending = why;
        }
        self
    }

    /// The same, made by somebody else inside something of ours.
    #[must_use]
    pub fn by_hand(mut self) -> Self {
        if let Self::Ours(ours) = &mut self {
            ours.extra = true;
        }
        self
    }
}

/// Whether a resource can be used by the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It can.
    Ready,
    /// Not yet, and why.
    NotYet(String),
    /// It never will, and why.
    Never(String),
}

/// How a wait is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The pause before the second look; it grows by half each time.
    pub first: Duration,
    /// The longest pause.
    pub most: Duration,
    /// When to give up.
    pub patience: Duration,
    /// How long it usually takes, for the progress display.
    pub usual: Duration,
}

impl Wait {
    /// Quick things: ready within seconds.
    pub const QUICK: Self = Self::of(250, 2_000, 120, 2);
    /// Things that take minutes.
    pub const SLOW: Self = Self::of(1_000, 5_000, 900, 120);

    /// Milliseconds for the pauses, seconds for patience and usual time.
    pub const fn of(first_ms: u64, most_ms: u64, patience_s: u64, usual_s: u64) -> Self {
        Self {
            first: Duration::from_millis(first_ms),
            most: Duration::from_millis(most_ms),
            patience: Duration::from_secs(patience_s),
            usual: Duration::from_secs(usual_s),
        }
    }
}

/// An update of one resource.
pub struct Change<'a, S> {
    /// The name part of its address.
    pub name: &'a str,
    /// Its id.
    pub id: &'a str,
    /// What was seen, with links by id.
    pub before: &'a S,
    /// What is wanted, with links by id.
    pub after: &'a S,
    /// The fields that differ.
    pub fields: &'a BTreeSet<String>,
}

impl<S> Change<'_, S> {
    /// Whether this field differs.
    pub fn has(&self, field: &str) -> bool {
        self.fields.contains(field)
    }
}

/// One kind of resource, typed.
///
/// Every write must bear being repeated: look for what an earlier, killed run left, and take an error that says
/// "already so" as success.
pub trait Kind: Send + Sync + 'static {
    /// The clients that its calls need.
    type Cloud: Sync;
    /// Exactly the fields that hcctl owns.
    type Spec: Serialize + DeserializeOwned + Send + Sync;

    /// The kind part of addresses, in lower case with underscores.
    const NAME: &'static str;
    /// A rule for each field of the spec, in the spec's order.
    const RULES: Rules;
    /// Kinds whose resources must exist before this kind's and go after them, though no field links them.
    const AFTER: &'static [&'static str] = &[];
    /// How one is made anew.
    const REPLACEMENT: Replacement = Replacement::Unique;
    /// An update makes a new revision with a new id, so links to it count as changed.
    const REVISES: bool = false;
    /// Fields of a kind that [`Kind::REVISES`] whose update, where nothing else differs, leaves the revision and its id.
    const STAYS: &'static [&'static str] = &[];
    /// What deleting one may hurt.
    const DELETE_RISK: Risk = Risk::None;
    /// Fields whose update may make some requests fail.
    const BRIEF: &'static [&'static str] = &[];
    /// Fields that hold a document or text, to be shown as a line diff.
    const TEXT: &'static [&'static str] = &[];
    /// How its waits are polled.
    const WAIT: Wait = Wait::QUICK;

    /// A spec with every field filled, for tests over all kinds.
    fn example() -> Self::Spec;

    /// Everything of this kind in the environment, in as few calls as possible.
    fn observe(
        cloud: &Self::Cloud,
    ) -> impl Future<Output = Result<Vec<Found<Self::Spec>>, Fault>> + Send;

    /// Makes one and answers its id. Identity (name or tags) goes with the very call that makes it.
    fn create(
        cloud: &Self::Cloud,
        name: &str,
        spec: &Self::Spec,
    ) -> impl Future<Output = Result<String, Fault>> + Send;

    /// Changes one in place; answers the new id where the kind [`Kind::REVISES`].
    fn update(
        cloud: &Self::Cloud,
        change: Change<'_, Self::Spec>,
    ) -> impl Future<Output = Result<Option<String>, Fault>> + Send;

    /// Deletes one; that it is gone already is success.
    fn delete(
        cloud: &Self::Cloud,
        id: &str,
        seen: &Self::Spec,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Whether one just made or changed can be used.
    fn ready(
        _cloud: &Self::Cloud,
        _id: &str,
    ) -> impl Future<Output = Result<Readiness, Fault>> + Send {
        async { Ok(Readiness::Ready) }
    }

    /// Whether one just deleted is gone.
    fn gone(
        _cloud: &Self::Cloud,
        _id: &str,
    ) -> impl Future<Output = Result<Readiness, Fault>> + Send {
        async { Ok(Readiness::Ready) }
    }
}

/// What the planner knows of a kind: data, no calls.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// [`Kind::NAME`].
    pub name: &'static str,
    /// [`Kind::RULES`].
    pub rules: Rules,
    /// [`Kind::AFTER`].
    pub after: &'static [&'static str],
    /// [`Kind::REPLACEMENT`].
    pub replacement: Replacement,
    /// [`Kind::REVISES`].
    pub revises: bool,
    /// [`Kind::STAYS`].
    pub stays: &'static [&'static str],
    /// [`Kind::DELETE_RISK`].
    pub delete_risk: Risk,
    /// [`Kind::BRIEF`].
    pub brief: &'static [&'static str],
    /// [`Kind::TEXT`].
    pub text: &'static [&'static str],
    /// [`Kind::WAIT`].
    pub wait: Wait,
    /// Brings a doc into the form that the kind's spec writes.
    pub canonical: fn(&Doc) -> Doc,
}

impl Facts {
    /// The facts of a typed kind.
    pub const fn of<K: Kind>() -> Self {
        Self {
            name: K::NAME,
            rules: K::RULES,
            after: K::AFTER,
            replacement: K::REPLACEMENT,
            revises: K::REVISES,
            stays: K::STAYS,
            delete_risk: K::DELETE_RISK,
            brief: K::BRIEF,
            text: K::TEXT,
            wait: K::WAIT,
            canonical: canonical::<K>,
        }
    }
}

/// Lifting reorders sets of links; reading and writing the typed spec sorts them again.
fn canonical<K: Kind>(doc: &Doc) -> Doc {
    doc.read::<K::Spec>()
        .and_then(|spec| Doc::of(&spec))
        .unwrap_or_else(|_| doc.clone())
}

/// A future that the erased kind answers with.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// One kind of resource, erased: what the driver calls.
pub trait AnyKind<C>: Send + Sync {
    /// What the planner knows of it.
    fn facts(&self) -> Facts;
    /// [`Kind::example`] as a doc.
    fn example(&self) -> Doc;
    /// [`Kind::observe`].
    fn observe<'a>(&'a self, cloud: &'a C) -> Answer<'a, Vec<Found<Doc>>>;
    /// [`Kind::create`].
    fn create<'a>(&'a self, cloud: &'a C, name: &'a str, spec: &'a Doc) -> Answer<'a, String>;
    /// [`Kind::update`].
    fn update<'a>(&'a self, cloud: &'a C, change: Change<'a, Doc>) -> Answer<'a, Option<String>>;
    /// [`Kind::delete`].
    fn delete<'a>(&'a self, cloud: &'a C, id: &'a str, seen: &'a Doc) -> Answer<'a, ()>;
    /// [`Kind::ready`].
    fn ready<'a>(&'a self, cloud: &'a C, id: &'a str) -> Answer<'a, Readiness>;
    /// [`Kind::gone`].
    fn gone<'a>(&'a self, cloud: &'a C, id: &'a str) -> Answer<'a, Readiness>;
}

/// A typed kind behind [`AnyKind`]: the one place where specs and docs meet.
pub struct Erased<K>(PhantomData<K>);

impl<K> Erased<K> {
    /// The kind, for a static list.
    pub const NEW: Self = Self(PhantomData);
}

fn shape<K: Kind>(error: impl std::fmt::Display) -> Fault {
    Fault::own(K::NAME, error.to_string())
}

fn read<K: Kind>(doc: &Doc) -> Result<K::Spec, Fault> {
    doc.read().map_err(shape::<K>)
}

fn erase<K: Kind>(found: Found<K::Spec>) -> Result<Found<Doc>, Fault> {
    Ok(match found {
        Found::Ours(ours) => Found::Ours(Ours {
            spec: Doc::of(&ours.spec).map_err(shape::<K>)?,
            name: ours.name,
            id: ours.id,
            pending: ours.pending,
            extra: ours.extra,
        }),
        Found::Extra { id, what } => Found::Extra { id, what },
        Found::Taken { name, id, why } => Found::Taken { name, id, why },
        Found::Elsewhere { name, place } => Found::Elsewhere { name, place },
        Found::Lost {
            name,
            id,
            why,
            remedy,
        } => Found::Lost {
            name,
            id,
            why,
            remedy,
        },
    })
}

impl<K: Kind> AnyKind<K::Cloud> for Erased<K> {
    fn facts(&self) -> Facts {
        Facts::of::<K>()
    }

    fn example(&self) -> Doc {
        Doc::of(&K::example()).unwrap_or_default()
    }

    fn observe<'a>(&'a self, cloud: &'a K::Cloud) -> Answer<'a, Vec<Found<Doc>>> {
        Box::pin(async move {
            K::observe(cloud)
                .await?
                .into_iter()
                .map(erase::<K>)
                .collect()
        })
    }

    fn create<'a>(
        &'a self,
        cloud: &'a K::Cloud,
        name: &'a str,
        spec: &'a Doc,
    ) -> Answer<'a, String> {
        Box::pin(async move { K::create(cloud, name, &read::<K>(spec)?).await })
    }

    fn update<'a>(
        &'a self,
        cloud: &'a K::Cloud,
        change: Change<'a, Doc>,
    ) -> Answer<'a, Option<String>> {
        Box::pin(async move {
            let (before, after) = (read::<K>(change.before)?, read::<K>(change.after)?);
            let typed = Change {
                name: change.name,
                id: change.id,
                before: &before,
                after: &after,
                fields: change.fields,
            };
            K::update(cloud, typed).await
        })
    }

    fn delete<'a>(&'a self, cloud: &'a K::Cloud, id: &'a str, seen: &'a Doc) -> Answer<'a, ()> {
        Box::pin(async move { K::delete(cloud, id, &read::<K>(seen)?).await })
    }

    fn ready<'a>(&'a self, cloud: &'a K::Cloud, id: &'a str) -> Answer<'a, Readiness> {
        Box::pin(K::ready(cloud, id))
    }

    fn gone<'a>(&'a self, cloud: &'a K::Cloud, id: &'a str) -> Answer<'a, Readiness> {
        Box::pin(K::gone(cloud, id))
    }
}
