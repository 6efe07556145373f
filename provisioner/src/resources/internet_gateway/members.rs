//! Whose each member of the answers is that [`InternetGateway`] is read from.

use super::super::coverage::{Answer, Class, Covered};
use super::InternetGateway;
use Class::{Derived, Identity, Owned};

impl Covered for InternetGateway {
    const ANSWERS: &'static [Answer] = &[Answer {
        service: "ec2",
        operation: "DescribeInternetGateways",
        at: "InternetGateways[]",
        members: &[
            (Identity, &["InternetGatewayId"]),
            (Owned("attached"), &["Attachments[].VpcId"]),
            (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
            (Derived("the account"), &["OwnerId"]),
            (Derived("how far AWS is with it"), &["Attachments[].State"]),
        ],
    }];
}
