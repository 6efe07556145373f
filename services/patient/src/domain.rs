//! What a patient is. Field names follow FHIR R4's Patient where it has a plain one.
//!
//! Everything here is personal health data: types print their names, never their values. Must not know HTTP or stores.

use bytes::Bytes;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service_kit::fields::{Fields, Reason};
use service_kit::meta::Meta;
use service_kit::personal;
use service_kit::problem::FieldError;
use utoipa::ToSchema;
use uuid::Uuid;

/// A part of a name: 1 to 100 characters, neither beginning nor ending in white space, without control characters.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(
    min_length = 1,
    max_length = 100,
    pattern = r"^[^\s\u0000-\u001f\u007f-\u009f]([^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f])?$",
    example = "Lovelace"
)]
pub struct NamePart(String);

impl NamePart {
    /// Reads a part of a name.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let whole = text.trim() == text && !text.chars().any(char::is_control);
        match text.chars().count() {
            1..=100 if whole => Ok(Self(text.to_owned())),
            _ => Err(
                "must be 1 to 100 characters without control characters or white space at its ends",
            ),
        }
    }
}

/// A calendar day, not in the future and not before 1880.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BirthDate(Date);

impl BirthDate {
    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str, today: Date) -> Result<Self, Reason> {
        const REASON: Reason = "must be a day as YYYY-MM-DD, from 1880 to today";
        let plain = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| {
                if at == 4 || at == 7 {
                    byte == b'-'
                } else {
                    byte.is_ascii_digit()
                }
            });
        let date: Date = Some(text)
            .filter(|_| plain)
            .and_then(|text| text.parse().ok())
            .ok_or(REASON)?;
        if date.year() >= 1880 && date <= today {
            Ok(Self(date))
        } else {
            Err(REASON)
        }
    }
}

impl Serialize for BirthDate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// FHIR's administrative gender.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "FHIR's own words")]
pub enum Gender {
    Male,
    Female,
    Other,
    Unknown,
}

impl Gender {
    /// Reads one of FHIR's four words.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        match text {
            "male" => Ok(Self::Male),
            "female" => Ok(Self::Female),
            "other" => Ok(Self::Other),
            "unknown" => Ok(Self::Unknown),
            _ => Err("must be male, female, other or unknown"),
        }
    }
}

/// The kinds of contact.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "FHIR's own words")]
pub enum System {
    Phone,
    Email,
}

/// A way to reach the patient.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactPoint)]
pub struct Contact {
    system: System,
    /// A phone number (5 to 20 digits, blanks, hyphens and brackets, perhaps after `+`) or an e-mail address.
    #[schema(
        min_length = 3,
        max_length = 254,
        pattern = r"^[!-~]([ -~]*[!-~])?$",
        example = "+44 20 7946 0000"
    )]
    value: String,
}

impl Contact {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let system = fields.text("system", |text| match text {
            "phone" => Ok(System::Phone),
            "email" => Ok(System::Email),
            _ => Err("must be phone or email"),
        });
        let value = fields.text("value", |text| Ok(text.to_owned()));
        let contact = Self {
            system: system?,
            value: value?,
        };
        let fits = match contact.system {
            System::Phone => is_phone(&contact.value),
            System::Email => is_email(&contact.value),
        };
        if !fits {
            fields.refuse(
                "value",
                "must be a phone number or an e-mail address, as `system` says",
            );
        }
        fits.then_some(contact)
    }
}

fn is_phone(text: &str) -> bool {
    let number = text.strip_prefix('+').unwrap_or(text);
    (5..=20).contains(&number.len())
        && number
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b" -()".contains(&byte))
        && number.bytes().filter(u8::is_ascii_digit).count() >= 5
        && !number.ends_with(' ')
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let plain = text.len() <= 254
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !local.contains('@');
    plain
        && !local.is_empty()
        && domain.split('.').count() >= 2
        && domain.split('.').all(|label| !label.is_empty())
}

/// The hospital's own number for the patient; unique.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(pattern = "^[A-Z0-9][A-Z0-9-]{2,31}$", example = "MRN-000123")]
pub struct RecordNumber(String);

impl RecordNumber {
    /// Reads a number: capitals, digits and hyphens, so that no two spellings mean one.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-');
        if plain && (3..=32).contains(&text.len()) && !text.starts_with('-') {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be 3 to 32 capital letters, digits and hyphens, not beginning with a hyphen")
        }
    }

    /// The number itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HumanName)]
pub struct Name {
    family: NamePart,
    /// In their order; empty for people with one name.
    #[schema(required = false, max_items = 5)]
    given: Vec<NamePart>,
}

personal!(
    NamePart,
    BirthDate,
    Gender,
    System,
    Contact,
    RecordNumber,
    Name,
    Details,
    Patient
);

/// What a client says about a patient.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PatientDetails)]
pub struct Details {
    name: Name,
    #[schema(value_type = String, format = Date, example = "1815-12-10")]
    birth_date: BirthDate,
    gender: Gender,
    #[schema(required = false, max_items = 10)]
    telecom: Vec<Contact>,
    /// The hospital's own number, unique among patients.
    pub medical_record_number: RecordNumber,
}

impl Details {
    /// Reads a body; every wrong field is told.
    pub fn read(body: Map<String, Value>, today: Date) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut fields = Fields::root(body, &mut errors);
        let name = fields.nested("name", |name| {
            let family = name.text("family", NamePart::parse);
            let given = name.texts("given", 5, NamePart::parse);
            Some(Name {
                family: family?,
                given,
            })
        });
        let birth_date = fields.text("birthDate", |text| BirthDate::parse(text, today));
        let gender = fields.text("gender", Gender::parse);
        let telecom = fields.objects("telecom", 10, Contact::read);
        let number = fields.text("medicalRecordNumber", RecordNumber::parse);
        fields.finish();
        match (name, birth_date, gender, number) {
            (Some(name), Some(birth_date), Some(gender), Some(medical_record_number))
                if errors.is_empty() =>
            {
                Ok(Self {
                    name,
                    birth_date,
                    gender,
                    telecom,
                    medical_record_number,
                })
            }
            _ => Err(errors),
        }
    }
}

/// A patient, as stored and answered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Patient {
    #[schema(format = "uuid")]
    id: String,
    meta: Meta,
    name: Name,
    #[schema(value_type = String, format = Date)]
    birth_date: BirthDate,
    gender: Gender,
    telecom: Vec<Contact>,
    medical_record_number: RecordNumber,
}

/// The document of a patient.
pub fn document(id: Uuid, details: &Details, meta: Meta) -> Result<Bytes, serde_json::Error> {
    let Details {
        name,
        birth_date,
        gender,
        telecom,
        medical_record_number,
    } = details.clone();
    let patient = Patient {
        id: id.to_string(),
        meta,
        name,
        birth_date,
        gender,
        telecom,
        medical_record_number,
    };
    serde_json::to_vec(&patient).map(Bytes::from)
}

/// What an update must know of the document before.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Before {
    /// When it was made.
    pub meta: Meta,
    /// The number that it holds.
    medical_record_number: String,
}

impl Before {
    /// Reads a stored document.
    pub fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// The number that it holds.
    pub fn number(&self) -> RecordNumber {
        RecordNumber(self.medical_record_number.clone())
    }
}
