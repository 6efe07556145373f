//! What needs no world: verdicts, names, routes, listeners, processes.

mod process;
mod traffic;

use super::health::{Verdict, matches};
use super::settings::Live;
use crate::elbv2::{Check, Probe};

#[test]
fn a_matcher_has_codes_lists_and_ranges() {
    assert!(matches("200", 200) && !matches("200", 201));
    assert!(matches("200,204", 204) && matches("200-299", 250) && !matches("200-299", 300));
    assert!(!matches("nonsense", 200));
}

#[test]
fn health_changes_when_enough_checks_in_a_row_say_so() {
    let check = Check {
        path: "/".to_owned(),
        interval: 5,
        timeout: 2,
        healthy: 3,
        unhealthy: 2,
        codes: "200".to_owned(),
    };
    let mut verdict = Verdict::default();
    let mut told = |probe| verdict.next(probe, &check);
    // A new target must pass one check.
    assert_eq!(told(Probe::Timeout), None);
    assert_eq!(told(Probe::Passing), Some(Probe::Passing));
    assert_eq!(told(Probe::Mismatch), None);
    assert_eq!(told(Probe::Passing), None);
    assert_eq!(told(Probe::Mismatch), None);
    assert_eq!(told(Probe::Mismatch), Some(Probe::Mismatch));
    assert_eq!(told(Probe::Passing), None);
    assert_eq!(told(Probe::Passing), None);
    assert_eq!(told(Probe::Passing), Some(Probe::Passing));
}

#[test]
fn a_program_stands_for_the_repositories_that_end_with_its_name() {
    let mut live = Live::default();
    live.programs.insert("cart".to_owned(), "/bin/cart".into());
    assert_eq!(live.program("shop-dev-cart"), Some("/bin/cart".into()));
    assert_eq!(live.program("cart"), Some("/bin/cart".into()));
    assert_eq!(live.program("shop/cart"), Some("/bin/cart".into()));
    assert_eq!(live.program("shop-dev-gocart"), None);
}
