//! How far this machine's clock is from AWS's: every answer says what time it is there.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::Aws;

/// The smallest difference that was seen, in milliseconds; positive where AWS is ahead. A slow answer makes it larger
/// than it is, never smaller.
#[derive(Debug, Default)]
pub(super) struct Skew(Mutex<Option<i64>>);

impl Skew {
    /// Notes the date of an answer to what was sent at this time by our clock.
    pub(super) fn note(&self, sent: SystemTime, response: &HttpResponse) {
        // What a cache kept tells of an earlier time. <https://www.rfc-editor.org/rfc/rfc9111#name-age>
        if response.headers().get("age").is_some() {
            return;
        }
        let date = response.headers().get("date");
        let Some(theirs) = date.and_then(|text| DateTime::from_str(text, Format::HttpDate).ok())
        else {
            return;
        };
        // Made half-way, for all we know.
        let took = sent.elapsed().unwrap_or_default();
        let Ok(theirs) = SystemTime::try_from(theirs) else {
            return;
        };
        let new = between(theirs, sent + took / 2);
        let mut skew = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if skew.is_none_or(|seen| new.abs() < seen.abs()) {
            *skew = Some(new);
        }
    }
}

fn between(theirs: SystemTime, ours: SystemTime) -> i64 {
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    match theirs.duration_since(ours) {
        Ok(ahead) => millis(ahead),
        Err(behind) => -millis(behind.duration()),
    }
}

impl Aws {
    /// By how many seconds AWS's clock is ahead of this machine's; nothing while no answer told.
    pub fn skew(&self) -> Option<i64> {
        let skew = self.skew.0.lock().unwrap_or_else(PoisonError::into_inner);
        skew.map(|millis| millis / 1000)
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn dated(headers: &[(&'static str, String)]) -> HttpResponse {
        let status = StatusCode::try_from(200).unwrap();
        let mut response = HttpResponse::new(status, SdkBody::empty());
        for (name, value) in headers {
            response.headers_mut().insert(*name, value.clone());
        }
        response
    }

    fn at(time: SystemTime) -> String {
        DateTime::from(time).fmt(Format::HttpDate).unwrap()
    }

    #[test]
    fn the_smallest_difference_stays() {
        let (skew, now) = (Skew::default(), SystemTime::now());
        let seen = || skew.0.lock().unwrap().map(|millis| (millis + 500) / 1000);
        skew.note(now, &dated(&[]));
        skew.note(now, &dated(&[("date", "yesterday".to_owned())]));
        assert_eq!(seen(), None);
        let aged = [("date", at(now)), ("age", "7".to_owned())];
        skew.note(now, &dated(&aged));
        assert_eq!(seen(), None);
        for (ahead, then) in [(600, 600), (420, 420), (500, 420)] {
            let date = at(now + Duration::from_secs(ahead));
            skew.note(now, &dated(&[("date", date)]));
            // The header counts whole seconds.
            let error = (seen().unwrap() - then).abs();
            assert!(error <= 1, "{:?} is not {then}", seen());
        }
        let before = at(now - Duration::from_secs(90));
        skew.note(now, &dated(&[("date", before)]));
        assert!(seen().unwrap() <= -89, "{:?}", seen());
    }
}
