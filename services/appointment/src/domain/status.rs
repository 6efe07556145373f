//! How an appointment proceeds: a small state machine.

use serde::{Deserialize, Serialize};
use service_kit::fields::Reason;
use utoipa::ToSchema;

/// Where an appointment stands. FHIR's words, except `completed` (FHIR: fulfilled) and `no-show` (FHIR: noshow).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Agreed on.
    Booked,
    /// The patient has come.
    CheckedIn,
    /// It took place.
    Completed,
    /// Called off.
    Cancelled,
    /// The patient did not come.
    NoShow,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Booked,
        Self::CheckedIn,
        Self::Completed,
        Self::Cancelled,
        Self::NoShow,
    ];

    /// Reads one of the five words.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        match text {
            "booked" => Ok(Self::Booked),
            "checked-in" => Ok(Self::CheckedIn),
            "completed" => Ok(Self::Completed),
            "cancelled" => Ok(Self::Cancelled),
            "no-show" => Ok(Self::NoShow),
            _ => Err("must be booked, checked-in, completed, cancelled or no-show"),
        }
    }

    /// Whether an appointment may go from here to there. Staying is always allowed; the last three are final.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (
                Self::Booked,
                Self::Booked | Self::CheckedIn | Self::Cancelled | Self::NoShow
            ) | (
                Self::CheckedIn,
                Self::CheckedIn | Self::Completed | Self::Cancelled
            ) | (Self::Completed, Self::Completed)
                | (Self::Cancelled, Self::Cancelled)
                | (Self::NoShow, Self::NoShow)
        )
    }

    /// Whether the practitioner's time is taken: what was called off or missed frees it.
    pub const fn takes_time(self) -> bool {
        matches!(self, Self::Booked | Self::CheckedIn | Self::Completed)
    }

    /// Whether time and practitioner may still change.
    pub const fn may_move(self) -> bool {
        matches!(self, Self::Booked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_final_state_is_left_by_nothing() {
        for last in [Status::Completed, Status::Cancelled, Status::NoShow] {
            assert_eq!(
                Status::ALL
                    .into_iter()
                    .filter(|next| last.may_become(*next))
                    .collect::<Vec<_>>(),
                [last]
            );
        }
    }

    #[test]
    fn every_state_is_reached_and_time_once_freed_is_never_taken_back() {
        for state in Status::ALL {
            let path = Status::Booked.may_become(state)
                || (Status::Booked.may_become(Status::CheckedIn)
                    && Status::CheckedIn.may_become(state));
            assert!(path, "{state:?}");
            for next in Status::ALL
                .into_iter()
                .filter(|next| state.may_become(*next))
            {
                assert!(
                    state.takes_time() || !next.takes_time(),
                    "{state:?} to {next:?}"
                );
            }
        }
    }
}
