//! Appointments: who meets whom, when, and what became of it. Modules in reading order:
//!
//! - [`domain`]: what an appointment is; [`domain::status`] how it proceeds; [`domain::moment`] its times
//! - [`calendar`]: a practitioner's day, which is what keeps one from being double-booked
//! - [`store`]: the rules that span appointments, over any table
//! - [`routes`]: the HTTP face
#![deny(missing_docs)]

use service_kit::action::Surface;
use service_kit::run::Service;

pub mod calendar;
pub mod domain;
pub mod routes;
pub mod store;

/// The appointment service.
pub const SERVICE: Service = Service {
    name: "appointment-service",
    surface: Surface {
        resource: "appointments",
        by: Some("patient"),
        stored: true,
    },
    routes: routes::routes,
    openapi: routes::openapi,
};
