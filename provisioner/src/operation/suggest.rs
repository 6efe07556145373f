//! "Did you mean": a name that is not there, with the nearest that is.

use super::{CommandError, Kind};
use crate::environment::nearest;

/// More names than this are not listed.
const LISTED: usize = 12;

/// An error about a name that is none of those that are there.
pub fn unknown<'a>(
    kind: Kind,
    what: &str,
    name: &str,
    there: impl Iterator<Item = &'a str>,
) -> CommandError {
    let there: Vec<&str> = there.collect();
    let error = CommandError::new(kind, format!("{what} `{}`", name.escape_debug()));
    match remedy(name, &there) {
        Some(remedy) => error.hint(remedy),
        None => error,
    }
}

/// What to say of the names that are there; nothing where there is none.
pub fn remedy(name: &str, there: &[&str]) -> Option<String> {
    let mut listed = there[..there.len().min(LISTED)].join(", ");
    if there.len() > LISTED {
        listed += ", ...";
    }
    match nearest(name, there.iter().copied()) {
        _ if there.is_empty() => None,
        Some(near) => Some(format!("did you mean `{near}`? there are: {listed}")),
        None => Some(format!("there are: {listed}")),
    }
}

/// The tag that was probably meant. Another number is another release, and no slip.
pub fn meant_tag<'a>(tag: &str, there: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let shape = |tag: &str| tag.replace(|c: char| c.is_ascii_digit(), "0");
    nearest(tag, there.filter(|there| shape(there) != shape(tag)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_named_first() {
        let text = |name, there: &[&str]| {
            unknown(Kind::Config, "there is no", name, there.iter().copied()).text(80)
        };
        insta::assert_snapshot!(text("pateint", &["appointment", "patient"]), @r"
        error: there is no `pateint`
        hint: did you mean `patient`? there are: appointment, patient
        ");
        insta::assert_snapshot!(text("zzz", &["appointment", "patient"]), @r"
        error: there is no `zzz`
        hint: there are: appointment, patient
        ");
        assert_eq!(text("zzz", &[]), "error: there is no `zzz`\n");
    }

    #[test]
    fn another_release_is_no_slip() {
        let meant = |tag| meant_tag(tag, ["v1.4.1", "v1.4.2", "main-7f3a"].into_iter());
        assert_eq!(meant("v1.4.3"), None);
        assert_eq!(meant("1.4.2"), Some("v1.4.2"));
        assert_eq!(meant("mian-7f3a"), Some("main-7f3a"));
        assert_eq!(meant("latest"), None);
    }
}
