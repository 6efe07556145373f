//! Requests and answers as they are on the wire, for an operation whose members are too many to be named one by one.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;

/// Keeps the JSON of an operation's answer beside what the SDK makes of it.
#[derive(Clone, Debug, Default)]
pub struct Wire(Arc<Mutex<Value>>);

impl Wire {
    /// The last answer; null where there was none, or one that is not JSON.
    pub fn answer(&self) -> Value {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Intercept for Wire {
    fn name(&self) -> &'static str {
        "Wire"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes();
        let answer = body.and_then(|body| serde_json::from_slice(body).ok());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = answer.unwrap_or_default();
        Ok(())
    }
}

/// Changes the JSON of a request before it is signed.
pub fn rewrite(request: &mut HttpRequest, change: impl FnOnce(&mut Value)) {
    let body = request.body().bytes();
    let Some(mut body) = body.and_then(|body| serde_json::from_slice(body).ok()) else {
        return;
    };
    change(&mut body);
    let text = body.to_string();
    request
        .headers_mut()
        .insert("content-length", text.len().to_string());
    *request.body_mut() = SdkBody::from(text);
}
