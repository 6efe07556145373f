//! The account, and the file's guard against another one.

use super::Check;
use crate::environment::Environment;

const NAME: &str = "account";

pub(super) fn check(environment: &Environment, account: &str) -> Check {
    match &environment.account {
        Some(guard) if guard.as_ref() == account => {
            Check::ok(NAME, format!("{account}, as the file's guard says"))
        }
        Some(guard) => Check::failed(
            NAME,
            format!("{account}, and the file is for account {guard}"),
            "name the right profile (--profile or AWS_PROFILE), or log in to the right account",
        ),
        None if environment.protect => Check::warning(
            NAME,
            format!("{account}; nothing guards against another one"),
            format!("a protected environment had better say account: \"{account}\""),
        ),
        None => Check::ok(NAME, format!("{account}; the file has no guard")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;
    use crate::doctor::tests::environment as parse;

    #[test]
    fn the_guard_lets_its_own_account_in_only() {
        let guarded = parse("account: \"123456789012\"\n");
        assert_eq!(check(&guarded, "123456789012").outcome, Outcome::Ok);
        let other = check(&guarded, "999999999999");
        assert_eq!(other.outcome, Outcome::Failed);
        assert_eq!(
            other.found,
            "999999999999, and the file is for account 123456789012"
        );
    }

    #[test]
    fn a_guard_may_be_missing_where_nothing_is_protected() {
        assert_eq!(check(&parse(""), "123456789012").outcome, Outcome::Ok);
        let auth = "auth: { issuer: \"https://a.example.com/\", audience: b }\nprotect: true\n";
        let check = check(&parse(auth), "123456789012");
        assert_eq!(check.outcome, Outcome::Warning);
        assert!(check.hint.unwrap().contains("account: \"123456789012\""));
    }
}
