//! Patients: who they are and how to reach them. Modules in reading order:
//!
//! - [`domain`]: what a patient is, and what a request must look like to make one
//! - [`store`]: the rules that span patients, over any table
//! - [`routes`]: the HTTP face
#![deny(missing_docs)]

use service_kit::action::Surface;
use service_kit::run::Service;

pub mod domain;
pub mod routes;
pub mod store;

/// The patient service.
pub const SERVICE: Service = Service {
    name: "patient-service",
    surface: Surface {
        resource: "patients",
        by: None,
        stored: true,
    },
    routes: routes::routes,
    openapi: routes::openapi,
};
