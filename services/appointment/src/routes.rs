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
    CreateProblems, DeleteProblems, ListProblems, PersonListProblems, ReadProblems, Shared,
    UpdateProblems,
};
use service_kit::page::{Page, PageParams};
use service_kit::precondition::{IfMatch, Known};
use service_kit::problem::Problem;
use service_kit::table::Table;
use service_kit::{fields, health, respond};
use utoipa::{OpenApi, ToSchema};

use crate::domain::{Appointment, Details, PersonId};
use crate::store::Appointments;

const COLLECTION: &str = "/api/appointments";

/// The handlers over a store.
pub fn routes(table: Arc<dyn Table>) -> Router {
    Router::new()
        .route(COLLECTION, get(list).post(create))
        .route("/api/appointments/patient/{patientId}", get(of_patient))
        .route(
            "/api/appointments/{id}",
            get(read).put(update).delete(delete),
        )
        .with_state(Appointments::new(table))
}

/// The OpenAPI page.
pub fn openapi() -> String {
    Description::openapi().to_json().unwrap_or_default()
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Appointments", description = "Appointments of the healthcare application."),
    paths(list, of_patient, create, read, update, delete, health::health, health::ready),
    modifiers(&Shared),
    security(("bearer" = []))
)]
struct Description;

/// A page of appointments.
#[derive(Serialize, ToSchema)]
struct AppointmentList {
    items: Vec<Appointment>,
    /// The `cursor` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// List appointments.
///
/// In the order in which they were made. Needs the scope `appointments:read`.
#[utoipa::path(get, path = "/api/appointments", tag = "appointments", params(PageParams),
    responses((status = 200, description = "A page of appointments.", body = AppointmentList), ListProblems))]
async fn list(State(appointments): State<Appointments>, page: Page) -> Result<Response, Problem> {
    let rows = appointments
        .list(page.after.as_deref(), page.limit + 1)
        .await?;
    Ok(page.answer(&rows))
}

/// List a patient's appointments.
///
/// In the order of their starts; empty for a patient who has none. Needs the scope `appointments:read`. On DynamoDB a new
/// appointment may take a moment to show up here.
#[utoipa::path(get, path = "/api/appointments/patient/{patientId}", tag = "appointments",
    params(("patientId" = String, Path, format = "uuid"), PageParams),
    responses((status = 200, description = "A page of appointments.", body = AppointmentList), PersonListProblems))]
async fn of_patient(
    State(appointments): State<Appointments>,
    PathId(patient): PathId,
    page: Page,
) -> Result<Response, Problem> {
    let rows = appointments
        .of_patient(PersonId(patient), page.after.as_deref(), page.limit + 1)
        .await?;
    Ok(page.answer(&rows))
}

/// Book an appointment.
///
/// Needs the scope `appointments:write`. With an `Idempotency-Key`, asking again within a day answers with the same appointment.
#[utoipa::path(post, path = "/api/appointments", tag = "appointments", request_body = Details,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this request.",
        min_length = 1, max_length = 255, pattern = "^[!-~]{1,255}$")),
    responses((status = 201, description = "The appointment.", body = Appointment, headers(
        ("Location" = String, description = "Where the appointment is."), ("ETag" = String, description = "Its version."))),
        CreateProblems))]
async fn create(
    State(appointments): State<Appointments>,
    Subject(subject): Subject,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let details = details(&headers, &body)?;
    let keyed = Keyed::read(&headers, subject.as_deref().unwrap_or_default(), &details)?;
    let (id, row) = appointments.create(&details, keyed).await?;
    respond::created(COLLECTION, id, row)
}

/// Read an appointment.
///
/// Needs the scope `appointments:read`.
#[utoipa::path(get, path = "/api/appointments/{id}", tag = "appointments", params(("id" = String, Path, format = "uuid")),
    responses((status = 200, description = "The appointment.", body = Appointment,
        headers(("ETag" = String, description = "Its version."))),
        (status = 304, description = "If-None-Match names this version."), ReadProblems))]
async fn read(
    State(appointments): State<Appointments>,
    PathId(id): PathId,
    known: Known,
) -> Result<Response, Problem> {
    Ok(respond::document(appointments.get(id).await?, &known))
}

/// Replace what is said of an appointment.
///
/// Needs the scope `appointments:write`, and in `If-Match` the `ETag` of the version that was read.
#[utoipa::path(put, path = "/api/appointments/{id}", tag = "appointments", request_body = Details,
    params(("id" = String, Path, format = "uuid"), ("If-Match" = String, Header, description = "The `ETag` that was read.")),
    responses((status = 200, description = "The appointment as it is now.", body = Appointment,
        headers(("ETag" = String, description = "Its version."))), UpdateProblems))]
async fn update(
    State(appointments): State<Appointments>,
    PathId(id): PathId,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let allowed = IfMatch::required(&headers)?;
    let details = details(&headers, &body)?;
    Ok(respond::changed(
        appointments.update(id, &allowed, &details).await?,
    ))
}

/// Delete an appointment.
///
/// Needs the scope `appointments:write`, and in `If-Match` the `ETag` of the version that was read.
#[utoipa::path(delete, path = "/api/appointments/{id}", tag = "appointments",
    params(("id" = String, Path, format = "uuid"), ("If-Match" = String, Header, description = "The `ETag` that was read.")),
    responses((status = 204, description = "The appointment is gone."), DeleteProblems))]
async fn delete(
    State(appointments): State<Appointments>,
    PathId(id): PathId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let allowed = IfMatch::required(&headers)?;
    appointments.delete(id, &allowed).await?;
    Ok(respond::deleted())
}

fn details(headers: &HeaderMap, body: &Bytes) -> Result<Details, Problem> {
    Details::read(fields::object(headers, body)?).map_err(Problem::fields)
}
