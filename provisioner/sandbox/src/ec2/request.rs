//! Reading EC2's requests: tags, filters, ids, pages, client tokens.
//!
//! Owns: what all EC2 operations share. Must not know: any one kind of resource.

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::AwsError;
use crate::call::Call;
use crate::ec2::errors::invalid;
use crate::ec2::model::{State, Token};
use crate::params::{Params, matches_pattern};
use crate::tags::Tags;

/// The parameters of `TagSpecification`.
pub(crate) const TAG_SPEC: &[&str] = &[
    "TagSpecification.N.ResourceType",
    "TagSpecification.N.Tag.N.Key",
    "TagSpecification.N.Tag.N.Value",
];

const FILTER: &[&str] = &["Filter.N.Name", "Filter.N.Value.N"];

/// Among the known filters of a list: its records have no tags to filter by.
pub(crate) const NO_TAGS: &str = "no tags";

const PAGE: &[&str] = &["MaxResults", "NextToken"];

/// A record that a `Describe` operation lists.
pub(crate) trait Listed {
    /// The parameter that lists ids: `VpcId`.
    const ID: &'static str;
    /// The filters beside `tag:KEY` and `tag-key`.
    const FILTERS: &'static [&'static str];
    /// Whether the operation has pages; `DescribeAddresses` has none.
    const PAGED: bool = true;
    /// The refusal for an id that is not there.
    fn absent(id: &str) -> AwsError;
    /// The record's tags.
    fn tags(&self) -> &Tags;
    /// The record's values for one of [`Self::FILTERS`]: the filter holds if one of them matches.
    fn values(&self, filter: &str) -> Vec<String>;
}

/// One page of records and the token of the next.
pub(crate) type Listing<T> = (Vec<T>, Option<String>);

/// Answers a `Describe` call: checks its parameters, then applies ids, filters and paging.
///
/// A missing id fails the whole call, a filter that matches nothing does not.
pub(crate) fn list<'a, T: Listed>(
    call: &Call,
    records: &'a BTreeMap<String, T>,
) -> Result<Listing<&'a T>, AwsError> {
    let id_list = format!("{}.N", T::ID);
    call.allow(&[&[&id_list], FILTER, if T::PAGED { PAGE } else { &[] }])?;
    let ids = call.params.list(T::ID);
    if let Some(missing) = ids.iter().find(|id| !records.contains_key(*id)) {
        return Err(T::absent(missing));
    }
    let filters = Filters::read(call, T::FILTERS)?;
    let found = records
        .iter()
        .filter(|(id, record)| (ids.is_empty() || ids.contains(id)) && filters.admit(*record))
        .map(|(_, record)| record)
        .collect();
    page(call, found)
}

/// The filters of a request: all must hold, and each holds if one of its values matches.
pub(crate) struct Filters(Vec<(String, Vec<String>)>);

impl Filters {
    /// Reads them, refusing those that are not known.
    pub(crate) fn read(call: &Call, known: &[&str]) -> Result<Self, AwsError> {
        let mut filters = Vec::new();
        for row in call.params.rows("Filter") {
            let name = row.get("Name").unwrap_or_default().to_owned();
            let values = row.list("Value");
            let is_tag = name.starts_with("tag:") || name == "tag-key";
            let takes_tags = !known.contains(&NO_TAGS);
            if !(known.contains(&name.as_str()) || is_tag && takes_tags) {
                return Err(invalid(format!(
                    "The filter '{name}' is invalid: {} has no such filter, or the sandbox does not simulate it",
                    call.operation
                )));
            }
            if values.is_empty() {
                return Err(invalid(format!("The filter '{name}' has no value")));
            }
            filters.push((name, values));
        }
        Ok(Self(filters))
    }

    fn admit<T: Listed>(&self, record: &T) -> bool {
        self.hold(|filter| match filter.strip_prefix("tag:") {
            Some(key) => record.tags().get(key).cloned().into_iter().collect(),
            None if filter == "tag-key" => record.tags().keys().cloned().collect(),
            None => record.values(filter),
        })
    }

    /// Whether all filters hold for a record that has these values.
    pub(crate) fn hold(&self, values: impl Fn(&str) -> Vec<String>) -> bool {
        self.0.iter().all(|(name, patterns)| {
            let values = values(name);
            patterns
                .iter()
                .any(|pattern| values.iter().any(|value| matches_pattern(pattern, value)))
        })
    }
}

/// Cuts one page. Tokens are offsets: the sandbox's lists do not move between two pages of one reader.
pub(crate) fn page<T>(call: &Call, mut found: Vec<T>) -> Result<Listing<T>, AwsError> {
    let start = match call.params.get("NextToken") {
        None => 0,
        Some(token) => token
            .strip_prefix("page-")
            .and_then(|number| number.parse::<usize>().ok())
            .ok_or_else(|| invalid(format!("The token '{token}' is invalid")))?,
    };
    let size = match call.params.get("MaxResults") {
        None => 1_000,
        Some(text) => text.parse::<usize>().ok().filter(|size| (5..=1_000).contains(size)).ok_or_else(|| {
            invalid(format!(
                "Value ( {text} ) for parameter maxResults is invalid. Expecting a value greater than 5 and less than 1000."
            ))
        })?,
    };
    let mut rest = found.split_off(start.min(found.len()));
    let more = rest.len() > size;
    rest.truncate(size);
    Ok((rest, more.then(|| format!("page-{}", start + size))))
}

/// The tags for the resource that a call creates. A specification for another type is refused, as in AWS.
pub(crate) fn new_tags(call: &Call, resource_type: &str) -> Result<Tags, AwsError> {
    let mut tags = Tags::new();
    for row in call.params.rows("TagSpecification") {
        let given = row.get("ResourceType").unwrap_or_default();
        if given != resource_type {
            return Err(invalid(format!(
                "'{given}' is not a valid taggable resource type for this operation."
            )));
        }
        tags.extend(read_tags(&row)?);
    }
    Ok(tags)
}

/// Reads `Tag.N.Key` and `Tag.N.Value`: at most 50, no key twice, none of AWS's own.
pub(crate) fn read_tags(params: &Params) -> Result<Tags, AwsError> {
    let mut tags = Tags::new();
    let rows = params.rows("Tag");
    if rows.len() > 50 {
        return Err(AwsError::new(
            "TagLimitExceeded",
            "More than 50 tags were given.",
        ));
    }
    for row in rows {
        let key = row.get("Key").unwrap_or_default().to_owned();
        if key.is_empty() || key.len() > 128 {
            return Err(invalid("Tag keys must have 1 to 128 characters."));
        }
        if key.starts_with("aws:") {
            return Err(invalid(
                "Tag keys starting with 'aws:' are reserved for internal use",
            ));
        }
        let value = row.get("Value").unwrap_or_default().to_owned();
        if tags.insert(key.clone(), value).is_some() {
            return Err(invalid(format!("Duplicate tag key '{key}' specified.")));
        }
    }
    Ok(tags)
}

/// The `Tag.N.Key`s to remove, each with the value it must have, if one was given.
pub(crate) fn tag_keys(params: &Params) -> BTreeSet<(String, Option<String>)> {
    let rows = params.rows("Tag");
    rows.iter()
        .filter_map(|row| {
            Some((
                row.get("Key")?.to_owned(),
                row.get("Value").map(str::to_owned),
            ))
        })
        .collect()
}

/// What an earlier call with the same client token made
/// ([idempotency](https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html)).
pub(crate) fn made_before(ec2: &State, call: &Call) -> Result<Option<String>, AwsError> {
    let Some(token) = token_key(call).and_then(|key| ec2.tokens.get(&key)) else {
        return Ok(None);
    };
    if token.fingerprint == call.params.fingerprint() {
        return Ok(Some(token.made.clone()));
    }
    Err(AwsError::new(
        "IdempotentParameterMismatch",
        "The client token has been used before with other parameters.",
    ))
}

/// Remembers what a call with a client token made.
pub(crate) fn remember(ec2: &mut State, call: &Call, made: &str) {
    if let Some(key) = token_key(call) {
        let token = Token {
            fingerprint: call.params.fingerprint(),
            made: made.to_owned(),
        };
        ec2.tokens.insert(key, token);
    }
}

fn token_key(call: &Call) -> Option<String> {
    let token = call.params.get("ClientToken")?;
    Some(format!("{}/{token}", call.operation))
}
