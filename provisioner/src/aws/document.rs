//! Policy documents as JSON, whatever dress the service puts on them.

use serde_json::Value;

/// A policy document. IAM answers with documents percent-encoded as of RFC 3986
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>), ECR plainly.
///
/// A text that is no JSON stays a text, so that it shows as a difference.
pub fn read_document(text: &str) -> Value {
    let plain = || serde_json::from_str(text).ok();
    let decoded = || serde_json::from_slice(&decode(text)).ok();
    plain()
        .or_else(decoded)
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

fn decode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = hex.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let (b'%', Some(byte)) = (first, byte) {
            out.push(byte);
            rest = &tail[2..];
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn encoded_and_plain_documents_read_alike() {
        let policy = json!({"Action": ["logs:PutLogEvents"], "Resource": "a+b:*"});
        let encoded = "%7B%22Action%22%3A%5B%22logs%3APutLogEvents%22%5D%2C%22Resource%22%3A%22a+b%3A%2A%22%7D";
        assert_eq!(read_document(encoded), policy);
        assert_eq!(read_document(&policy.to_string()), policy);
    }

    #[test]
    fn what_is_no_document_stays_as_it_is() {
        for text in ["", "%", "%zz", "100%25"] {
            assert!(
                read_document(text).is_string() || read_document(text).is_number(),
                "{text}"
            );
        }
    }
}
