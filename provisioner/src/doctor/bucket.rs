//! The account's bucket of hcctl, where the lease and the journal are.

use hcctl_engine::{Class, Fault};

use super::Check;
use crate::aws::Aws;

const NAME: &str = "bucket";

pub(super) async fn check(aws: &Aws) -> Check {
    match aws.bucket().await {
        Ok(bucket) => judge(&bucket, aws.has_bucket().await),
        Err(fault) => Check::undone(NAME, &fault),
    }
}

fn judge(bucket: &str, there: Result<bool, Fault>) -> Check {
    match there {
        Ok(true) => Check::ok(NAME, format!("{bucket} is there, and ours")),
        Ok(false) => Check::ok(NAME, format!("{bucket} will be made")),
        // Without it there is no lease, and without a lease no apply.
        Err(fault) if fault.class == Class::Denied => Check::failed(
            NAME,
            format!("{bucket} is there, and the caller may not list it"),
            "let the caller use it (s3:ListBucket, s3:GetObject, s3:PutObject); if it is not this account's, somebody took its name",
        ),
        Err(fault) => Check::undone(NAME, &fault),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    #[test]
    fn a_bucket_is_there_or_will_be_and_must_be_ours() {
        let of = |there| judge("hcctl-1-x", there);
        assert_eq!(of(Ok(true)).found, "hcctl-1-x is there, and ours");
        let missing = of(Ok(false));
        assert_eq!(missing.outcome, Outcome::Ok);
        assert_eq!(missing.found, "hcctl-1-x will be made");
        let fault = Fault::own("s3:ListObjectsV2", "Access Denied");
        let denied = of(Err(fault.clone().class(Class::Denied)));
        assert_eq!(denied.outcome, Outcome::Failed);
        let lost = of(Err(fault.class(Class::Unreachable)));
        assert_eq!(lost.outcome, Outcome::Warning);
    }
}
