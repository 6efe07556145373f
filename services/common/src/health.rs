//! `/health`, `/ready` and `/openapi.json`, the same for every service.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{Kind, Problem, ProblemBody};
use crate::table::Table;

/// The answer of `/health` and `/ready`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(pattern = "^ok$")]
    status: &'static str,
}

/// Alive: the process answers. Asks nothing of the store, whose failure a restart would not mend.
#[utoipa::path(get, path = "/health", tag = "operations", security(()),
    responses((status = 200, description = "The process answers.", body = Health)))]
pub async fn health() -> Response {
    json(&Health { status: "ok" })
}

/// Ready: the store answers too.
#[utoipa::path(get, path = "/ready", tag = "operations", security(()), responses(
    (status = 200, description = "The store answers.", body = Health),
    (status = 503, description = "The store does not answer.", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn ready(State(table): State<Arc<dyn Table>>) -> Result<Response, Problem> {
    match table.ping().await {
        Ok(()) => Ok(json(&Health { status: "ok" })),
        Err(fault) => {
            tracing::error!(%fault, "not ready");
            Err(Problem::because(
                Kind::Unavailable,
                "the store does not answer",
            ))
        }
    }
}

pub(crate) fn routes(table: Arc<dyn Table>, openapi: Bytes) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route(
            "/openapi.json",
            get(move || async move {
                ([(header::CONTENT_TYPE, "application/json")], openapi).into_response()
            }),
        )
        .method_not_allowed_fallback(|| async { Problem::new(Kind::MethodNotAllowed) })
        .with_state(table)
}

fn json(body: &impl Serialize) -> Response {
    let kind = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    )];
    match serde_json::to_vec(body) {
        Ok(bytes) => (kind, bytes).into_response(),
        Err(_) => Problem::new(Kind::Internal).into_response(),
    }
}
