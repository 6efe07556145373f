//! The three protocols of CloudWatch: CBOR for the current SDKs, JSON for some, Query XML for the older ones.
//!
//! A room's function reads with [`read`] and answers with [`reply`]; a time in an answer is `{"$time": SECONDS}`.

use std::fmt::Write as _;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use winterbaume_core::protocol::xml_escape;

use crate::answer::{Answer, AwsError};
use crate::call::{Call, Protocol};
use crate::cbor::TIME;
use crate::shape::{self, Newer};
use crate::time::iso;

/// Reads a call's input, whatever it is written in.
pub(super) fn read<T: DeserializeOwned>(call: &Call, newer: Newer) -> Result<T, AwsError> {
    match call.protocol {
        Protocol::AwsQuery => shape::plain_form(call),
        _ => shape::json(call, newer),
    }
}

/// Writes an answer in the protocol of the call.
pub(super) fn reply(call: &Call, output: Value) -> Answer {
    match call.protocol {
        Protocol::AwsQuery => {
            let operation = &call.operation;
            let mut result = String::new();
            write_xml(&mut result, &output);
            Answer::Xml(format!(
                "<{operation}Response xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">\
                 <{operation}Result>{result}</{operation}Result>\
                 <ResponseMetadata><RequestId>-</RequestId></ResponseMetadata></{operation}Response>"
            ))
        }
        Protocol::Cbor => Answer::Json(output),
        _ => Answer::Json(with_plain_times(output)),
    }
}

/// Structures as elements, lists as `member` elements, times in ISO 8601: the awsQuery protocol.
fn write_xml(out: &mut String, value: &Value) {
    let done = match value {
        Value::Null => Ok(()),
        Value::Bool(flag) => write!(out, "{flag}"),
        Value::Number(number) => write!(out, "{number}"),
        Value::String(text) => write!(out, "{}", xml_escape(text)),
        Value::Array(items) => items
            .iter()
            .try_for_each(|item| element(out, "member", item)),
        Value::Object(object) => match seconds(object) {
            Some(seconds) => write!(out, "{}", iso((seconds * 1000.0) as u64)),
            None => object
                .iter()
                .try_for_each(|(name, value)| element(out, name, value)),
        },
    };
    done.expect("writing to a string does not fail");
}

fn element(out: &mut String, name: &str, value: &Value) -> std::fmt::Result {
    write!(out, "<{name}>")?;
    write_xml(out, value);
    write!(out, "</{name}>")
}

fn with_plain_times(value: Value) -> Value {
    match value {
        Value::Object(object) => match seconds(&object) {
            Some(seconds) => seconds.into(),
            None => object
                .into_iter()
                .map(|(key, value)| (key, with_plain_times(value)))
                .collect::<Map<_, _>>()
                .into(),
        },
        Value::Array(items) => items.into_iter().map(with_plain_times).collect(),
        leaf => leaf,
    }
}

fn seconds(object: &Map<String, Value>) -> Option<f64> {
    object.get(TIME)?.as_f64()
}
