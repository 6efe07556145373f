//! The HTTP face: from requests to the store, and the OpenAPI page that says so.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http::HeaderMap;
use serde::Serialize;
use service_kit::auth::Subject;
use service_kit::id::PathId;
use service_kit::idempotency::Keyed;
use service_kit::openapi::{
    CreateProblems, DeleteProblems, ListProblems, ReadProblems, Shared, UpdateProblems,
};
use service_kit::page::{Page, PageParams};
use service_kit::precondition::{IfMatch, Known};
use service_kit::problem::Problem;
use service_kit::table::Table;
use service_kit::{fields, health, respond};
use utoipa::{OpenApi, ToSchema};

use crate::domain::{Details, Patient};
use crate::store::Patients;

const COLLECTION: &str = "/api/patients";

/// The handlers over a store.
pub fn routes(table: Arc<dyn Table>) -> Router {
    Router::new()
        .route(COLLECTION, get(list).post(create))
        .route("/api/patients/{id}", get(read).put(update).delete(delete))
        .with_state(Patients::new(table))
}

/// The OpenAPI page.
pub fn openapi() -> String {
    Description::openapi().to_json().unwrap_or_default()
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Patients", description = "Patients of the healthcare application."),
    paths(list, create, read, update, delete, health::health, health::ready),
    modifiers(&Shared),
    security(("bearer" = []))
)]
struct Description;

/// A page of patients.
#[derive(Serialize, ToSchema)]
struct PatientList {
    items: Vec<Patient>,
    /// The `cursor` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// List patients.
///
/// In the order in which they were made. Needs the scope `patients:read`.
#[utoipa::path(get, path = "/api/patients", tag = "patients", params(PageParams),
    responses((status = 200, description = "A page of patients.", body = PatientList), ListProblems))]
async fn list(State(patients): State<Patients>, page: Page) -> Result<Response, Problem> {
    let rows = patients.list(page.after.as_deref(), page.limit + 1).await?;
    Ok(page.answer(&rows))
}

/// Make a patient.
///
/// Needs the scope `patients:write`. With an `Idempotency-Key`, asking again within a day answers with the same patient.
#[utoipa::path(post, path = "/api/patients", tag = "patients", request_body = Details,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this request.",
        min_length = 1, max_length = 255, pattern = "^[!-~]{1,255}$")),
    responses((status = 201, description = "The patient.", body = Patient, headers(
        ("Location" = String, description = "Where the patient is."), ("ETag" = String, description = "Its version."))),
        CreateProblems))]
async fn create(
    State(patients): State<Patients>,
    Subject(subject): Subject,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let details = details(&headers, &body)?;
    let keyed = Keyed::read(&headers, subject.as_deref().unwrap_or_default(), &details)?;
    let (id, row) = patients.create(&details, keyed).await?;
    respond::created(COLLECTION, id, row)
}

/// Read a patient.
///
/// Needs the scope `patients:read`.
#[utoipa::path(get, path = "/api/patients/{id}", tag = "patients", params(("id" = String, Path, format = "uuid")),
    responses((status = 200, description = "The patient.", body = Patient,
        headers(("ETag" = String, description = "Its version."))),
        (status = 304, description = "If-None-Match names this version."), ReadProblems))]
async fn read(
    State(patients): State<Patients>,
    PathId(id): PathId,
    known: Known,
) -> Result<Response, Problem> {
    Ok(respond::document(patients.get(id).await?, &known))
}

/// Replace what is said of a patient.
///
/// Needs the scope `patients:write`, and in `If-Match` the `ETag` of the version that was read.
#[utoipa::path(put, path = "/api/patients/{id}", tag = "patients", request_body = Details,
    params(("id" = String, Path, format = "uuid"), ("If-Match" = String, Header, description = "The `ETag` that was read.")),
    responses((status = 200, description = "The patient as it is now.", body = Patient,
        headers(("ETag" = String, description = "Its version."))), UpdateProblems))]
async fn update(
    State(patients): State<Patients>,
    PathId(id): PathId,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let allowed = IfMatch::required(&headers)?;
    let details = details(&headers, &body)?;
    Ok(respond::changed(
        patients.update(id, &allowed, &details).await?,
    ))
}

/// Delete a patient.
///
/// Needs the scope `patients:write`, and in `If-Match` the `ETag` of the version that was read.
#[utoipa::path(delete, path = "/api/patients/{id}", tag = "patients",
    params(("id" = String, Path, format = "uuid"), ("If-Match" = String, Header, description = "The `ETag` that was read.")),
    responses((status = 204, description = "The patient is gone."), DeleteProblems))]
async fn delete(
    State(patients): State<Patients>,
    PathId(id): PathId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let allowed = IfMatch::required(&headers)?;
    patients.delete(id, &allowed).await?;
    Ok(respond::deleted())
}

fn details(headers: &HeaderMap, body: &Bytes) -> Result<Details, Problem> {
    let today = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    Details::read(fields::object(headers, body)?, today).map_err(Problem::fields)
}
