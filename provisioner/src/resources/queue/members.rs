//! Whose each member of the answers is that [`Queue`] is read from.

use super::super::coverage::{Answer, Class, Covered};
use super::Queue;
use Class::{Derived, Fixed, Owned};

impl Covered for Queue {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "sqs",
            operation: "ListQueues",
            at: "",
            members: &[
                (Fixed("name"), &["QueueUrls[]"]),
                (Derived("where the list goes on"), &["NextToken"]),
            ],
        },
        Answer {
            service: "sqs",
            operation: "GetQueueAttributes",
            at: "",
            // Every attribute that is no field is in `other`, but for what tells of the queue.
            members: &[(Owned("other"), &["Attributes{}"])],
        },
        Answer {
            service: "sqs",
            operation: "ListQueueTags",
            at: "",
            members: &[(Owned("tags"), &["Tags{}"])],
        },
    ];
}
