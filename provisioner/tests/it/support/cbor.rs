//! CloudWatch's rpc-v2-cbor, put into the JSON protocol that moto speaks, and back.
//! <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>
//!
//! The crate `ciborium` does the reading and writing: not the sandbox's own code, which would forgive its own mistakes.

use ciborium::Value as Cbor;
use serde_json::{Map, Number, Value as Json};

/// The name of CloudWatch's interface in both protocols.
const TARGET: &str = "GraniteServiceVersion20100801";

/// The operation of an rpc-v2-cbor request, by its path.
pub(crate) fn operation(path: &str) -> Option<&str> {
    path.strip_prefix("/service/")?
        .strip_prefix(TARGET)?
        .strip_prefix("/operation/")
}

/// The value of `X-Amz-Target` that names the operation in the JSON protocol.
pub(crate) fn target(operation: &str) -> String {
    format!("{TARGET}.{operation}")
}

/// A request's or an answer's body as JSON; an empty one is an empty document.
pub(crate) fn read(body: &[u8]) -> Json {
    if body.is_empty() {
        return Json::Object(Map::new());
    }
    let value = ciborium::from_reader(body).expect("the SDK writes sound CBOR");
    json(value)
}

/// A JSON document as the body of an rpc-v2-cbor answer.
pub(crate) fn write(value: &Json) -> Vec<u8> {
    let mut body = Vec::new();
    ciborium::into_writer(&cbor("", value), &mut body).expect("a vector takes everything");
    body
}

fn json(value: Cbor) -> Json {
    match value {
        Cbor::Integer(integer) => i64::try_from(integer).map_or(Json::Null, Json::from),
        Cbor::Float(float) => Number::from_f64(float).map_or(Json::Null, Json::Number),
        Cbor::Text(text) => Json::String(text),
        Cbor::Bool(bool) => Json::Bool(bool),
        Cbor::Null => Json::Null,
        // A time is tagged, in seconds; JSON 1.0 has the seconds bare.
        Cbor::Tag(1, seconds) => json(*seconds),
        Cbor::Array(items) => items.into_iter().map(json).collect(),
        Cbor::Map(entries) => {
            let entry = |(key, value): (Cbor, Cbor)| {
                (key.into_text().expect("members have names"), json(value))
            };
            Json::Object(entries.into_iter().map(entry).collect())
        }
        other => panic!("CloudWatch has no such value: {other:?}"),
    }
}

/// JSON has neither times nor a difference between 80 and 80.0: the member's name tells.
fn cbor(name: &str, value: &Json) -> Cbor {
    let time = name.ends_with("Timestamp") || name == "LastModified";
    match value {
        Json::Null => Cbor::Null,
        Json::Bool(bool) => Cbor::Bool(*bool),
        Json::Number(number) if time => Cbor::Tag(1, Box::new(float(number))),
        Json::Number(number) if name == "Threshold" => float(number),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Cbor::Integer(integer.into()),
            None => float(number),
        },
        Json::String(text) => Cbor::Text(text.clone()),
        Json::Array(items) => Cbor::Array(items.iter().map(|item| cbor(name, item)).collect()),
        Json::Object(members) => {
            let member =
                |(name, value): (&String, &Json)| (Cbor::Text(name.clone()), cbor(name, value));
            Cbor::Map(members.iter().map(member).collect())
        }
    }
}

fn float(number: &Number) -> Cbor {
    Cbor::Float(number.as_f64().expect("JSON numbers fit a float"))
}
