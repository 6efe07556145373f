//! A kind for tests: what it is called, its rules, and after which kinds it comes.

use hcctl_engine::kind::Wait;
use hcctl_engine::{Doc, Facts, Replacement, Risk, Rules};

/// The facts of a kind that is replaced by making the new one first, and hurts nobody.
pub(crate) fn facts(name: &'static str, rules: Rules, after: &'static [&'static str]) -> Facts {
    Facts {
        name,
        rules,
        after,
        replacement: Replacement::MakeFirst,
        revises: false,
        stays: &[],
        delete_risk: Risk::None,
        brief: &[],
        text: &[],
        wait: Wait::QUICK,
        canonical: Doc::clone,
    }
}
