//! Whose each member of the answers is that [`Namespace`] is read from.

use super::super::coverage::{Answer, By, Class, Covered};
use super::Namespace;
use Class::{Constant, Derived, Fixed, Identity, Left, Owned};

impl Covered for Namespace {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "servicediscovery",
            operation: "ListNamespaces",
            at: "Namespaces[]",
            members: &[
                (Identity, &["Id", "Arn"]),
                (Fixed("name"), &["Name"]),
                (Fixed("form"), &["Type"]),
                (
                    Left(By::Account, "a remark for readers, which changes nothing"),
                    &["Description"],
                ),
                (
                    Constant("one of the account's own is asked for"),
                    &["ResourceOwner"],
                ),
                (Derived("the name and the form"), &["Properties"]),
                (
                    Derived("what ECS keeps in it"),
                    &["ServiceCount", "CreateDate"],
                ),
            ],
        },
        Answer {
            service: "servicediscovery",
            operation: "ListTagsForResource",
            at: "",
            members: &[(Owned("tags"), &["Tags[].Key", "Tags[].Value"])],
        },
    ];
}
