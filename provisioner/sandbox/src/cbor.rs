//! CBOR (RFC 8949), as far as the protocol rpc-v2-cbor needs it, to and from JSON values.
//!
//! Owns: the two conversions. Must not know: CloudWatch, the one service that speaks it. A time (tag 1) is written in JSON as
//! `{"$time": SECONDS}`, in both directions, because JSON has no times of its own.

use serde_json::{Map, Number, Value};

/// The JSON key that marks a time.
pub(crate) const TIME: &str = "$time";

/// How deep a document may nest; a request of AWS's API stays far below.
const DEPTH: usize = 64;

/// Writes a JSON value as CBOR.
pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

/// Reads CBOR as a JSON value. Byte strings are not used by CloudWatch and are refused.
pub(crate) fn decode(bytes: &[u8]) -> Result<Value, String> {
    let mut reader = Reader { bytes, at: 0 };
    reader.value(0)
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(false) => out.push(0xf4),
        Value::Bool(true) => out.push(0xf5),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => {
            head(3, text.len() as u64, out);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Array(items) => {
            head(4, items.len() as u64, out);
            for item in items {
                write(item, out);
            }
        }
        Value::Object(object) => {
            if let Some(Value::Number(seconds)) = object.get(TIME) {
                out.push(0xc1);
                write_number(seconds, out);
                return;
            }
            head(5, object.len() as u64, out);
            for (key, item) in object {
                head(3, key.len() as u64, out);
                out.extend_from_slice(key.as_bytes());
                write(item, out);
            }
        }
    }
}

fn write_number(number: &Number, out: &mut Vec<u8>) {
    if let Some(unsigned) = number.as_u64() {
        head(0, unsigned, out);
    } else if let Some(negative) = number.as_i64() {
        head(1, (-1 - negative) as u64, out);
    } else {
        out.push(0xfb);
        out.extend_from_slice(&number.as_f64().unwrap_or_default().to_be_bytes());
    }
}

fn head(major: u8, length: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    if length < 24 {
        out.push(major | length as u8);
    } else if let Ok(length) = u8::try_from(length) {
        out.extend_from_slice(&[major | 0x18, length]);
    } else if let Ok(length) = u16::try_from(length) {
        out.push(major | 0x19);
        out.extend_from_slice(&length.to_be_bytes());
    } else if let Ok(length) = u32::try_from(length) {
        out.push(major | 0x1a);
        out.extend_from_slice(&length.to_be_bytes());
    } else {
        out.push(major | 0x1b);
        out.extend_from_slice(&length.to_be_bytes());
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let end = self
            .at
            .checked_add(count)
            .filter(|end| *end <= self.bytes.len());
        let end = end.ok_or("the CBOR body ends too early")?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self, width: usize) -> Result<u64, String> {
        let bytes = self.take(width)?;
        Ok(bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    fn argument(&mut self, info: u8) -> Result<u64, String> {
        match info {
            0..=23 => Ok(u64::from(info)),
            24 => self.number(1),
            25 => self.number(2),
            26 => self.number(4),
            27 => self.number(8),
            _ => Err(format!("CBOR length form {info} is not supported")),
        }
    }

    /// Whether an indefinite list or map ends here; takes the break byte if so.
    fn at_break(&mut self) -> bool {
        let ends = self.bytes.get(self.at) == Some(&0xff);
        self.at += usize::from(ends);
        ends
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > DEPTH {
            return Err("the CBOR body nests too deeply".to_owned());
        }
        let first = self.byte()?;
        let (major, info) = (first >> 5, first & 0x1f);
        match major {
            0 => Ok(self.argument(info)?.into()),
            1 => {
                let value = i64::try_from(self.argument(info)?)
                    .map_err(|_| "a CBOR number is too small")?;
                Ok((-1 - value).into())
            }
            3 => self.text(info).map(Value::String),
            4 => self.list(info, depth),
            5 => self.map(info, depth),
            6 => match self.argument(info)? {
                1 => Ok(Value::Object(Map::from_iter([(
                    TIME.to_owned(),
                    self.value(depth + 1)?,
                )]))),
                tag => Err(format!("CBOR tag {tag} is not supported")),
            },
            7 => self.simple(info),
            _ => Err("CBOR byte strings are not supported".to_owned()),
        }
    }

    fn text(&mut self, info: u8) -> Result<String, String> {
        if info == 31 {
            let mut whole = String::new();
            while !self.at_break() {
                let part = self.byte()?;
                whole.push_str(&self.text(part & 0x1f)?);
            }
            return Ok(whole);
        }
        let length =
            usize::try_from(self.argument(info)?).map_err(|_| "a CBOR text is too long")?;
        String::from_utf8(self.take(length)?.to_vec())
            .map_err(|_| "a CBOR text is not UTF-8".to_owned())
    }

    fn list(&mut self, info: u8, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        if info == 31 {
            while !self.at_break() {
                items.push(self.value(depth + 1)?);
            }
        } else {
            for _ in 0..self.argument(info)? {
                items.push(self.value(depth + 1)?);
            }
        }
        Ok(Value::Array(items))
    }

    fn map(&mut self, info: u8, depth: usize) -> Result<Value, String> {
        let mut object = Map::new();
        let mut left = if info == 31 {
            None
        } else {
            Some(self.argument(info)?)
        };
        loop {
            match &mut left {
                Some(0) => break,
                Some(count) => *count -= 1,
                None if self.at_break() => break,
                None => {}
            }
            let Value::String(key) = self.value(depth + 1)? else {
                return Err("a CBOR map's key is not a text".to_owned());
            };
            object.insert(key, self.value(depth + 1)?);
        }
        Ok(Value::Object(object))
    }

    fn simple(&mut self, info: u8) -> Result<Value, String> {
        let float = |number: f64| Number::from_f64(number).map_or(Value::Null, Value::Number);
        match info {
            20 => Ok(false.into()),
            21 => Ok(true.into()),
            22 | 23 => Ok(Value::Null),
            26 => Ok(float(f64::from(f32::from_bits(self.number(4)? as u32)))),
            27 => Ok(float(f64::from_bits(self.number(8)?))),
            _ => Err(format!("CBOR simple value {info} is not supported")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_come_back() {
        let value = json!({
            "AlarmName": "hcctl-dev-5xx", "Threshold": 5.0, "EvaluationPeriods": 3, "Low": -70000, "Big": 5_000_000_000_u64,
            "ActionsEnabled": true, "Nothing": null, "Dimensions": [{ "Name": "LoadBalancer", "Value": "a".repeat(300) }],
            "At": { "$time": 1_767_225_600.5 },
        });
        assert_eq!(decode(&encode(&value)), Ok(value));
    }

    #[test]
    fn indefinite_forms_are_read() {
        assert_eq!(
            decode(b"\xbf\x61a\x9f\x01\x02\xff\xff"),
            Ok(json!({ "a": [1, 2] }))
        );
        assert_eq!(decode(b"\x7f\x61a\x61b\xff"), Ok(json!("ab")));
    }

    #[test]
    fn damage_is_an_error_and_not_a_panic() {
        for bytes in [
            &b""[..],
            b"\x61",
            b"\x9f\x01",
            b"\xa1\x01\x02",
            b"\xc2\x40",
            b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
        assert!(decode(&[0x81; 10_000]).is_err());
    }
}
