//! Whose each member of the answers is that [`OidcProvider`] is read from.

use super::super::coverage::{Answer, By, Class, Covered};
use super::OidcProvider;
use Class::{Derived, Fixed, Left, Owned, Unread};

impl Covered for OidcProvider {
    const ANSWERS: &'static [Answer] = &[Answer {
        service: "iam",
        operation: "GetOpenIDConnectProvider",
        at: "",
        members: &[
            (Fixed("url"), &["Url"]),
            (Owned("audience"), &["ClientIDList[]"]),
            (
                Left(
                    By::Account,
                    "the provider is shared: what others gave it stays, and AWS does without thumbprints for GitHub",
                ),
                &["ThumbprintList", "Tags"],
            ),
            (Derived("when it was made"), &["CreateDate"]),
            (
                Unread,
                &[
                    "ContextProvider",
                    "IdentityCenterInstanceArn",
                    "IdentityStoreArn",
                ],
            ),
        ],
    }];
}
