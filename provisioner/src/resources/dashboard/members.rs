//! Whose each member of the answers is that [`Dashboard`] is read from.

use super::super::coverage::{Answer, Class, Covered};
use super::Dashboard;
use Class::{Fixed, Identity, Owned};

impl Covered for Dashboard {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "cloudwatch",
            operation: "GetDashboard",
            at: "",
            members: &[
                (Identity, &["DashboardArn"]),
                (Fixed("name"), &["DashboardName"]),
                (Owned("body"), &["DashboardBody"]),
            ],
        },
        Answer {
            service: "cloudwatch",
            operation: "ListTagsForResource",
            at: "",
            members: &[(Owned("tags"), &["Tags[].Key", "Tags[].Value"])],
        },
    ];
}
