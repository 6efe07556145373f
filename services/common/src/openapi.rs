//! The parts of the OpenAPI page that every operation shares: its refusals and the bearer token.
//!
//! Must not know operations.

use std::collections::BTreeMap;

use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder, Schema};
use utoipa::{IntoResponses, Modify, PartialSchema, ToSchema};

use crate::problem::{Kind, ProblemBody, TYPE_PREFIX};

const ANY: [Kind; 8] = [
    Kind::Malformed,
    Kind::Unauthenticated,
    Kind::Forbidden,
    Kind::RequestTimeout,
    Kind::TooLarge,
    Kind::UriTooLong,
    Kind::HeadersTooLarge,
    Kind::Unavailable,
];

fn responses(kinds: &[Kind]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<String, Vec<Kind>> = BTreeMap::new();
    for kind in ANY.iter().chain([&Kind::Internal]).chain(kinds) {
        by_status
            .entry(kind.status().as_str().to_owned())
            .or_default()
            .push(*kind);
    }
    by_status
        .into_iter()
        .map(|(status, kinds)| {
            let names: Vec<String> = kinds
                .iter()
                .map(|kind| format!("`{TYPE_PREFIX}{}`: {}", kind.slug(), kind.title()))
                .collect();
            let schema: RefOr<Schema> = Ref::from_schema_name(ProblemBody::name()).into();
            let response = ResponseBuilder::new()
                .description(names.join(" "))
                .content("application/problem+json", Content::new(Some(schema)))
                .build();
            (status, response.into())
        })
        .collect()
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident: $($kind:ident),*;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                responses(&[$(Kind::$kind),*])
            }
        }
    )*};
}

problems! {
    /// What a list can be refused with.
    ListProblems: Invalid;
    /// What a list under a person can be refused with.
    PersonListProblems: NotFound, Invalid;
    /// What reading one document can be refused with.
    ReadProblems: NotFound;
    /// What making a document can be refused with.
    CreateProblems: Conflict, UnsupportedMediaType, Invalid, KeyReused;
    /// What replacing a document can be refused with.
    UpdateProblems: NotFound, Conflict, PreconditionFailed, UnsupportedMediaType, Invalid, PreconditionRequired;
    /// What deleting a document can be refused with.
    DeleteProblems: NotFound, PreconditionFailed, PreconditionRequired;
}

/// Adds the bearer token and the problem's schema to a page.
#[derive(Debug)]
pub struct Shared;

impl Modify for Shared {
    fn modify(&self, page: &mut utoipa::openapi::OpenApi) {
        let components = page.components.get_or_insert_default();
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.bearer_format = Some("JWT".to_owned());
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let mut schemas = Vec::new();
        ProblemBody::schemas(&mut schemas);
        schemas.push((ProblemBody::name().into_owned(), ProblemBody::schema()));
        components.schemas.extend(schemas);
    }
}
