//! The registry: the services' image repositories.

use super::control::{Control, Fix, Severity, Verdict};
use super::state::passes;
use crate::resources::repository::Spec;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "ECR.1",
        title: "ECR private repositories should have image scanning configured",
        severity: Severity::High,
        judge: |state| {
            state.each::<Spec>("repository", |repository| {
                let why = "images are not scanned when they are pushed";
                passes(repository.spec.scan_on_push, why, Fix::Apply)
            })
        },
    },
    Control {
        id: "ECR.2",
        title: "ECR private repositories should have tag immutability configured",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<Spec>("repository", |repository| {
                let why = "a tag can be moved to another image";
                passes(repository.spec.immutable_tags, why, Fix::Apply)
            })
        },
    },
    Control {
        id: "ECR.3",
        title: "ECR repositories should have at least one lifecycle policy configured",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<Spec>("repository", |repository| {
                let why = "old images stay for ever";
                passes(repository.spec.lifecycle.is_some(), why, Fix::Apply)
            })
        },
    },
    Control {
        id: "ECR.5",
        title: "ECR repositories should be encrypted with customer managed AWS KMS keys",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<Spec>("repository", |repository| {
                let fix = Fix::NotYet("a KMS key of one's own, $1 a month");
                if repository.spec.encryption == "AES256" {
                    let why = "encrypted with ECR's own key (AES256)";
                    return Verdict::Failed(why.to_owned(), fix);
                }
                let why = "whose KMS key encrypts it: not looked at by hcctl";
                Verdict::NotLookedAt(why.to_owned(), fix)
            })
        },
    },
];
