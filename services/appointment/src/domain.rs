//! What an appointment is. Field names follow FHIR R4's Appointment where it has a plain one.
//!
//! Who meets whom and why is personal health data: types print their names, never their values. Must not know HTTP or stores.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service_kit::fields::{Fields, Reason};
use service_kit::meta::Meta;
use service_kit::personal;
use service_kit::problem::FieldError;
use utoipa::ToSchema;
use uuid::Uuid;

pub mod moment;
pub mod status;

use moment::{Moment, Span};
use status::Status;

/// Names a patient or a practitioner.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PersonId(pub Uuid);

impl PersonId {
    /// Reads a UUID in its hyphenated form, of any version.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let id = Some(text)
            .filter(|text| text.len() == 36)
            .and_then(|text| Uuid::try_parse(text).ok());
        id.map(Self).ok_or("must be a UUID")
    }
}

impl Serialize for PersonId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Why the two meet: 1 to 500 characters, no control characters except line breaks and tabs.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(
    min_length = 1,
    max_length = 500,
    pattern = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]+$"
)]
pub struct Purpose(String);

impl Purpose {
    /// Reads a reason.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let plain = !text
            .chars()
            .any(|one| one.is_control() && !matches!(one, '\n' | '\r' | '\t'));
        match text.chars().count() {
            1..=500 if plain => Ok(Self(text.to_owned())),
            _ => Err("must be 1 to 500 characters without control characters"),
        }
    }
}

personal!(PersonId, Purpose, Details, Appointment, Stored);

/// What a client says about an appointment.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AppointmentDetails)]
pub struct Details {
    /// Who comes.
    #[schema(value_type = String, format = "uuid")]
    pub patient_id: PersonId,
    /// Who is visited.
    #[schema(value_type = String, format = "uuid")]
    pub practitioner_id: PersonId,
    /// When it begins.
    #[schema(value_type = String, format = DateTime, example = "2030-01-31T09:00:00Z")]
    start: Moment,
    /// A minute to a day after `start`.
    #[schema(value_type = String, format = DateTime, example = "2030-01-31T09:30:00Z")]
    end: Moment,
    /// Absent, a new appointment is booked and an existing one stays as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<Purpose>,
}

impl Details {
    /// Reads a body; every wrong field is told.
    pub fn read(body: Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut fields = Fields::root(body, &mut errors);
        let patient = fields.text("patientId", PersonId::parse);
        let practitioner = fields.text("practitionerId", PersonId::parse);
        let start = fields.text("start", Moment::parse);
        let end = fields.text("end", Moment::parse);
        let status = fields.optional("status", Status::parse);
        let reason = fields.optional("reason", Purpose::parse);
        if let (Some(start), Some(end)) = (start, end)
            && let Err(reason) = Span::new(start, end)
        {
            fields.refuse("end", reason);
        }
        fields.finish();
        match (patient, practitioner, start, end) {
            (Some(patient_id), Some(practitioner_id), Some(start), Some(end))
                if errors.is_empty() =>
            {
                Ok(Self {
                    patient_id,
                    practitioner_id,
                    start,
                    end,
                    status,
                    reason,
                })
            }
            _ => Err(errors),
        }
    }

    /// From when to when.
    pub fn span(&self) -> Span {
        Span {
            start: self.start,
            end: self.end,
        }
    }
}

/// An appointment, as stored and answered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Appointment {
    #[schema(format = "uuid")]
    id: String,
    meta: Meta,
    #[schema(value_type = String, format = "uuid")]
    patient_id: PersonId,
    #[schema(value_type = String, format = "uuid")]
    practitioner_id: PersonId,
    #[schema(value_type = String, format = DateTime)]
    start: Moment,
    #[schema(value_type = String, format = DateTime)]
    end: Moment,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<Purpose>,
}

/// The document of an appointment.
pub fn document(
    id: Uuid,
    details: &Details,
    status: Status,
    meta: Meta,
) -> Result<Bytes, serde_json::Error> {
    let Details {
        patient_id,
        practitioner_id,
        start,
        end,
        status: _,
        reason,
    } = details.clone();
    let appointment = Appointment {
        id: id.to_string(),
        meta,
        patient_id,
        practitioner_id,
        start,
        end,
        status,
        reason,
    };
    serde_json::to_vec(&appointment).map(Bytes::from)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    meta: Meta,
    patient_id: String,
    practitioner_id: String,
    start: String,
    end: String,
    status: Status,
}

/// What a change must know of the document before.
pub struct Stored {
    /// Its version and times.
    pub meta: Meta,
    /// Who comes.
    pub patient: PersonId,
    /// Who is visited.
    pub practitioner: PersonId,
    /// From when to when.
    pub span: Span,
    /// Where it stands.
    pub status: Status,
}

impl Stored {
    /// Reads a stored document.
    pub fn read(body: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(body).ok()?;
        Some(Self {
            meta: written.meta,
            patient: PersonId::parse(&written.patient_id).ok()?,
            practitioner: PersonId::parse(&written.practitioner_id).ok()?,
            span: Span {
                start: Moment::parse(&written.start).ok()?,
                end: Moment::parse(&written.end).ok()?,
            },
            status: written.status,
        })
    }
}
