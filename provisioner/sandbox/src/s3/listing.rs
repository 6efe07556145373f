//! Lists of objects.
//!
//! Owns: `ListObjectsV2`. Must not know: objects' contents.

use winterbaume_core::protocol::xml_escape;

use super::target::{Target, allow_query};
use super::{Object, find};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::time::iso;
use crate::world::World;

const QUERY: [&str; 9] = [
    "list-type",
    "prefix",
    "delimiter",
    "max-keys",
    "continuation-token",
    "start-after",
    "encoding-type",
    "fetch-owner",
    "optional-object-attributes",
];

/// One line of a list.
enum Line {
    Key(String, Object),
    Prefix(String),
}

impl Line {
    fn name(&self) -> &str {
        match self {
            Self::Key(name, _) | Self::Prefix(name) => name,
        }
    }
}

/// [ListObjectsV2](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html).
pub(super) fn list(world: &mut World, call: &Call, target: &Target) -> Result<Answer, AwsError> {
    allow_query(call, &QUERY)?;
    if call.query.get("list-type") != Some("2") {
        return Err(AwsError::not_simulated(
            "ListObjects of S3; use ListObjectsV2",
        ));
    }
    let query = |name: &str| call.query.get(name).unwrap_or_default();
    let (prefix, delimiter) = (query("prefix"), query("delimiter"));
    let most = match call.query.get("max-keys") {
        None => 1_000,
        Some(text) => text.parse::<usize>().map_err(|_| {
            AwsError::new(
                "InvalidArgument",
                "Provided max-keys not an integer or within integer range",
            )
        })?,
    }
    .min(1_000);
    // A token is the name of the last line it follows.
    let after = call
        .query
        .get("continuation-token")
        .unwrap_or(query("start-after"));

    let bucket = find(world, call, target)?;
    let mut lines: Vec<Line> = Vec::new();
    let mut more = false;
    for (key, object) in bucket
        .objects
        .iter()
        .filter(|(key, _)| key.starts_with(prefix))
    {
        let cut = (!delimiter.is_empty())
            .then(|| key[prefix.len()..].find(delimiter))
            .flatten();
        let line = match cut {
            Some(at) => Line::Prefix(key[..prefix.len() + at + delimiter.len()].to_owned()),
            None => Line::Key(key.clone(), object.clone()),
        };
        if line.name() <= after || lines.last().is_some_and(|last| last.name() == line.name()) {
            continue;
        }
        if lines.len() == most {
            more = true;
            break;
        }
        lines.push(line);
    }

    let url = call.query.get("encoding-type") == Some("url");
    let name = |text: &str| if url { percent(text) } else { xml_escape(text) };
    let token = lines.last().filter(|_| more).map(|last| {
        format!(
            "<NextContinuationToken>{}</NextContinuationToken>",
            xml_escape(last.name())
        )
    });
    let items: Vec<String> = lines
        .iter()
        .map(|line| match line {
            Line::Prefix(text) => format!("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", name(text)),
            Line::Key(key, object) => format!(
                "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>{}</ETag><Size>{}</Size>\
                 <StorageClass>STANDARD</StorageClass></Contents>",
                name(key),
                iso(object.modified),
                xml_escape(&object.etag),
                object.content.bytes().len()
            ),
        })
        .collect();
    Ok(Answer::Xml(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>{}</Name><Prefix>{}</Prefix><Delimiter>{}</Delimiter><MaxKeys>{most}</MaxKeys><KeyCount>{}</KeyCount>\
         <IsTruncated>{more}</IsTruncated>{}{}{}</ListBucketResult>",
        xml_escape(&target.bucket),
        name(prefix),
        name(delimiter),
        lines.len(),
        if url {
            "<EncodingType>url</EncodingType>"
        } else {
            ""
        },
        token.unwrap_or_default(),
        items.concat()
    )))
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'/' => {
                (byte as char).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
