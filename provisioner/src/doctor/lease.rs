//! The lease: whether somebody else works on the environment.

use hcctl_engine::Fault;

use super::Check;
use crate::aws::Aws;
use crate::lock::{self, Holder};

const NAME: &str = "lease";

pub(super) async fn check(aws: &Aws) -> Check {
    let holder = lock::holder(aws).await;
    let holder = holder.map(|holder| holder.map(|(holder, _)| holder));
    judge(holder, &aws.scope.environment)
}

fn judge(holder: Result<Option<Holder>, Fault>, environment: &str) -> Check {
    match holder {
        Ok(None) => Check::ok(NAME, "nobody holds it"),
        Ok(Some(holder)) if holder.seconds_left() > 0 => Check::failed(
            NAME,
            format!("held by {}", holder.describe()),
            format!(
                "wait for that run to end; hcctl unlock {environment} breaks the lease of one that hangs"
            ),
        ),
        Ok(Some(holder)) => Check::ok(
            NAME,
            format!(
                "left behind by {}; an apply takes it over",
                holder.describe()
            ),
        ),
        Err(fault) => Check::undone(NAME, &fault),
    }
}

#[cfg(test)]
mod tests {
    use hcctl_engine::Class;

    use super::super::Outcome;
    use super::*;

    fn held(expires: u64) -> Check {
        judge(
            Ok(Some(Holder {
                owner: "arn:aws:iam::1:user/a".to_owned(),
                host: "desk".to_owned(),
                process: 7,
                run: None,
                command: "apply".to_owned(),
                taken: 1,
                expires,
            })),
            "dev",
        )
    }

    #[test]
    fn a_lease_that_runs_stops_an_apply_and_one_that_ended_does_not() {
        assert_eq!(judge(Ok(None), "dev").outcome, Outcome::Ok);
        let check = held(lock::now() + 1_000);
        assert_eq!(check.outcome, Outcome::Failed);
        let text = "held by apply of arn:aws:iam::1:user/a on desk (process 7)";
        assert_eq!(check.found, text);
        assert_eq!(held(2).outcome, Outcome::Ok);
        let denied = Fault::own("s3:GetObject", "no").class(Class::Denied);
        assert_eq!(judge(Err(denied), "dev").outcome, Outcome::Warning);
    }
}
