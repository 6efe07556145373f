//! The successful answers: a stored document with its tag, a new one with its place, none.
//!
//! A document is stored as the JSON that is answered, so reading one neither parses nor builds anything.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use uuid::Uuid;

use crate::audit::Made;
use crate::precondition::{Known, etag};
use crate::problem::{Kind, Problem};
use crate::table::Row;

/// A document, or 304 where the client says that it has this version.
pub fn document(row: Row, known: &Known) -> Response {
    let mut response = if known.names(row.version) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let mut response = Response::new(Body::from(row.body));
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        response
    };
    response
        .headers_mut()
        .insert(header::ETAG, etag(row.version));
    response
}

/// 200 with the document as it is now.
pub fn changed(row: Row) -> Response {
    document(row, &Known::default())
}

/// 201 with the document and its place under `collection`.
pub fn created(collection: &str, id: Uuid, row: Row) -> Result<Response, Problem> {
    let mut response = changed(row);
    *response.status_mut() = StatusCode::CREATED;
    let place = HeaderValue::try_from(format!("{collection}/{id}"))
        .map_err(|_| Problem::new(Kind::Internal))?;
    response.headers_mut().insert(header::LOCATION, place);
    response.extensions_mut().insert(Made(id));
    Ok(response)
}

/// 204.
pub fn deleted() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
