//! Small parts of EC2's answers that many kinds share.
//!
//! Owns: tag lists and the answers that only say yes. Must not know: any one kind of resource.

use winterbaume_ec2_generated::model;

use crate::answer::Answer;
use crate::call::Call;
use crate::tags::Tags;

/// Tags as EC2 writes them.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the generated types want an option everywhere"
)]
pub(crate) fn tag_list(tags: &Tags) -> Option<model::TagList> {
    let tag = |(key, value): (&String, &String)| model::Tag {
        key: Some(key.clone()),
        value: Some(value.clone()),
    };
    Some(model::TagList {
        items: tags.iter().map(tag).collect(),
    })
}

/// `<return>true</return>`, all that most changes answer.
pub(crate) fn done(call: &Call) -> Answer {
    Answer::ec2(&call.operation, "<return>true</return>")
}

/// A boolean attribute.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the generated types want an option everywhere"
)]
pub(crate) fn boolean(value: bool) -> Option<model::AttributeBooleanValue> {
    Some(model::AttributeBooleanValue { value: Some(value) })
}
