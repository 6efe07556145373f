//! What a request wants, told from its method and path alone, before anything else is known about it.
//!
//! The access log and the metrics speak of actions, never of paths: a path can hold anything a client cares to send.

use http::Method;
use uuid::Uuid;

use crate::id;

/// The part of the path space that a service serves.
#[derive(Clone, Copy, Debug)]
pub struct Surface {
    /// The collection under `/api/`, which is also the scopes' first half: `patients`.
    pub resource: &'static str,
    /// A second way to list: `/api/{resource}/{by}/{id}`.
    pub by: Option<&'static str>,
    /// Whether one resource is the document that the table holds at (`resource`, id), and is answered as it stands there.
    pub stored: bool,
}

/// What a request wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Action {
    List,
    ListBy,
    Read,
    Create,
    Update,
    Delete,
    Health,
    Ready,
    OpenApi,
    Other,
}

impl Action {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::List,
        Self::ListBy,
        Self::Read,
        Self::Create,
        Self::Update,
        Self::Delete,
        Self::Health,
        Self::Ready,
        Self::OpenApi,
        Self::Other,
    ];

    /// Its name in logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::ListBy => "list-by",
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Health => "health",
            Self::Ready => "ready",
            Self::OpenApi => "openapi",
            Self::Other => "other",
        }
    }
}

/// What must be shown to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: health, readiness, the API's own description, and paths that do not exist.
    Nothing,
    /// `{resource}:read`.
    Read,
    /// `{resource}:write`.
    Write,
}

/// A request as the log sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intent {
    /// What it wants.
    pub action: Action,
    /// Of which resource, where the path names one rightly.
    pub id: Option<Uuid>,
    /// What must be shown.
    pub need: Need,
}

impl Surface {
    /// Reads method and path. Everything under `/api/` needs a scope, known to the router or not.
    pub fn intent(&self, method: &Method, path: &str) -> Intent {
        let reading = method == Method::GET || method == Method::HEAD;
        let Some(rest) = path.strip_prefix("/api/") else {
            let action = match path {
                "/health" => Action::Health,
                "/ready" => Action::Ready,
                "/openapi.json" => Action::OpenApi,
                _ => Action::Other,
            };
            return Intent {
                action,
                id: None,
                need: Need::Nothing,
            };
        };
        let mut segments = rest.as_bytes().split(|byte| *byte == b'/');
        let known = segments.next() == Some(self.resource.as_bytes());
        // Where a path of text is cut at slashes, the pieces are text.
        let mut next = || {
            segments
                .next()
                .and_then(|piece| std::str::from_utf8(piece).ok())
        };
        let tail = (next(), next(), next());
        let (action, id) = match tail {
            (None, None, None) if known && reading => (Action::List, None),
            (None, None, None) if known && method == Method::POST => (Action::Create, None),
            (Some(by), Some(id), None) if known && reading && Some(by) == self.by => {
                (Action::ListBy, id::parse(id))
            }
            (Some(id), None, None) if known => {
                let action = match *method {
                    _ if reading => Action::Read,
                    Method::PUT => Action::Update,
                    Method::DELETE => Action::Delete,
                    _ => Action::Other,
                };
                (action, id::parse(id))
            }
            _ => (Action::Other, None),
        };
        Intent {
            action,
            id,
            need: if reading { Need::Read } else { Need::Write },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SURFACE: Surface = Surface {
        resource: "appointments",
        by: Some("patient"),
        stored: true,
    };

    #[test]
    fn everything_under_api_needs_a_scope() {
        let id = id::new();
        for (method, path, action, need) in [
            (
                Method::GET,
                "/api/appointments".to_owned(),
                Action::List,
                Need::Read,
            ),
            (
                Method::HEAD,
                format!("/api/appointments/{id}"),
                Action::Read,
                Need::Read,
            ),
            (
                Method::GET,
                format!("/api/appointments/patient/{id}"),
                Action::ListBy,
                Need::Read,
            ),
            (
                Method::POST,
                "/api/appointments".to_owned(),
                Action::Create,
                Need::Write,
            ),
            (
                Method::PUT,
                format!("/api/appointments/{id}"),
                Action::Update,
                Need::Write,
            ),
            (
                Method::DELETE,
                format!("/api/appointments/{id}"),
                Action::Delete,
                Need::Write,
            ),
            (
                Method::GET,
                "/api/appointments/".to_owned(),
                Action::Read,
                Need::Read,
            ),
            (
                Method::TRACE,
                "/api/".to_owned(),
                Action::Other,
                Need::Write,
            ),
            (
                Method::GET,
                "/api/../health".to_owned(),
                Action::Other,
                Need::Read,
            ),
            (
                Method::GET,
                "/health".to_owned(),
                Action::Health,
                Need::Nothing,
            ),
            (
                Method::GET,
                "/API/appointments".to_owned(),
                Action::Other,
                Need::Nothing,
            ),
        ] {
            let intent = SURFACE.intent(&method, &path);
            assert_eq!(
                (intent.action, intent.need),
                (action, need),
                "{method} {path}"
            );
        }
        assert_eq!(
            SURFACE
                .intent(&Method::GET, "/api/appointments/Jane%20Doe")
                .id,
            None
        );
    }
}
