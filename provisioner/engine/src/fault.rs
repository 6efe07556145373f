//! A failed call, as data: enough to decide what to do and to say what happened.

use std::fmt;

/// What sort of failure a call met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The thing is not there.
    NotFound,
    /// The service asked for fewer calls, and went on asking through all retries.
    Throttled,
    /// The caller may not do this.
    Denied,
    /// Something else holds the name or the resource.
    Conflict,
    /// Something made a moment ago is not usable yet.
    NotYet,
    /// The caller has no valid credentials.
    Credentials,
    /// The service could not be reached.
    Unreachable,
    /// Anything else.
    Other,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Service and operation, such as `ec2:CreateVpc`.
    pub operation: String,
    /// The service's own error code, where it gave one.
    pub code: Option<String>,
    /// What the service said.
    pub message: String,
    /// The service's id of the request, for its support.
    pub request_id: Option<String>,
    /// What sort of failure this is.
    pub class: Class,
    /// What to do about it, where that is known.
    pub remedy: Option<String>,
}

impl Fault {
    /// A failure that hcctl itself found, without a code of the service's.
    pub fn own(operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            operation: operation.into(),
            code: None,
            message: message.into(),
            request_id: None,
            class: Class::Other,
            remedy: None,
        }
    }

    /// The same with another class.
    #[must_use]
    pub fn class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    /// The same with a remedy.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Whether the service gave this code.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}
