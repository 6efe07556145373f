//! Who may act as a role: the named repository's jobs, whichever form of subject GitHub gives them, and nobody else.

use serde_json::Value;

use super::{environment, field, holds, repository, set_up, text};

fn trust(ids: Option<(u64, u64)>, role: &str) -> Value {
    let all = [environment("dev", &text("dev"))];
    let blueprint = set_up(&all, Some(&repository(ids)));
    field(&blueprint, &format!("role/dev-hcctl-{role}"), "trust")
}

#[test]
fn documents() {
    let pages = [
        ("plan, numbers unknown", trust(None, "plan")),
        ("apply, numbers unknown", trust(None, "apply")),
        ("plan, numbers known", trust(Some((42, 4711)), "plan")),
        ("apply, numbers known", trust(Some((42, 4711)), "apply")),
    ];
    let pages = pages.map(|(title, document)| format!("== {title}\n{document:#}\n"));
    insta::assert_snapshot!("trust", pages.concat());
}

/// Whether a token with these claims beside its audience opens the role.
fn opens(trust: &Value, claims: &[(&str, &str)]) -> bool {
    let key = |claim: &str| format!("token.actions.githubusercontent.com:{claim}");
    let claims: Vec<(String, String)> = [("aud", "sts.amazonaws.com")]
        .iter()
        .filter(|(claim, _)| claims.iter().all(|(other, _)| other != claim))
        .chain(claims)
        .map(|(claim, value)| (key(claim), (*value).to_owned()))
        .collect();
    let statements = trust["Statement"].as_array().expect("statements");
    statements
        .iter()
        .any(|statement| holds(&statement["Condition"], &claims))
}

const LOOKING: &[&str] = &[
    "repo:acme/health-care:pull_request",
    "repo:acme/health-care:ref:refs/heads/main",
    "repo:acme@42/health-care@4711:pull_request",
    "repo:acme@42/health-care@4711:ref:refs/heads/main",
];
const DEV: &[&str] = &[
    "repo:acme/health-care:environment:dev",
    "repo:acme@42/health-care@4711:environment:dev",
];

/// Others' subjects: `CONTEXT` stands for what would be right behind the repository's own.
const HOSTILE: &[&str] = &[
    "",
    "CONTEXT",
    "repo:acme/health-care",
    "repo:acme/health-care:",
    "repo:acme/*:CONTEXT",
    "repo:acme/other:CONTEXT",
    "repo:acme/health-care2:CONTEXT",
    "repo:acme/xhealth-care:CONTEXT",
    "repo:acme2/health-care:CONTEXT",
    "repo:xacme/health-care:CONTEXT",
    "repo:evil/acme/health-care:CONTEXT",
    "repo:Acme/health-care:CONTEXT",
    " repo:acme/health-care:CONTEXT",
    "repo:acme/health-care:CONTEXT ",
    "repo:acme/health-care:CONTEXT2",
    "repo:acme/health-care:CONTEXT:ref:refs/heads/main",
    "repo:acme/health-care:ref:refs/heads/CONTEXT",
    "repo:acme/health-care:ref:refs/tags/main",
    "repo:acme/health-care:ref:refs/heads/main2",
    "repo:acme/health-care:environment:dev2",
    "repo:acme/health-care:environment:prod",
    "repo:acme@42/other@1:CONTEXT",
    "repo:acme@42/health-care2@4711:CONTEXT",
    "repo:acme2@42/health-care@4711:CONTEXT",
    "repo:xacme@42/health-care@4711:CONTEXT",
    "repo:evil@1/health-care@4711:CONTEXT",
    "repo:acme@42/health-care@4711:CONTEXT2",
    // A repository of the same owner whose environment or branch is named after ours: GitHub writes its colons as %3A, and a
    // branch has none.
    "repo:acme@42/other@1:environment:x/health-care@4711%3ACONTEXT",
    "repo:acme@42/other@1:environment:x/health-care@4711",
    "repo:acme@42/other@1:ref:refs/heads/x/health-care@4711",
    "repo:acme@42/other@1:ref:refs/heads/acme@42/health-care@4711%3ACONTEXT",
];

#[test]
fn jobs_of_the_repository_are_let_in_and_nobody_else_is() {
    let contexts = ["pull_request", "ref:refs/heads/main", "environment:dev"];
    for ids in [None, Some((42, 4711))] {
        for (role, ours, others) in [("plan", LOOKING, DEV), ("apply", DEV, LOOKING)] {
            let trust = trust(ids, role);
            for subject in ours {
                assert!(opens(&trust, &[("sub", subject)]), "{role}: {subject}");
                let aud = [("sub", *subject), ("aud", "somebody")];
                assert!(
                    !opens(&trust, &aud),
                    "{role}: {subject} for another audience"
                );
            }
            for subject in others {
                assert!(!opens(&trust, &[("sub", subject)]), "{role}: {subject}");
            }
            for (pattern, context) in HOSTILE.iter().flat_map(|one| contexts.map(|it| (one, it))) {
                let subject = pattern.replace("CONTEXT", context);
                let ours = LOOKING.contains(&subject.as_str()) || DEV.contains(&subject.as_str());
                assert!(!ours, "{subject} is not hostile");
                assert!(!opens(&trust, &[("sub", &subject)]), "{role}: {subject}");
            }
            assert!(!opens(&trust, &[]), "{role}: no subject");
        }
    }
}

#[test]
fn where_the_numbers_are_known_a_name_alone_is_not_enough() {
    let (known, unknown) = (trust(Some((42, 4711)), "apply"), trust(None, "apply"));
    for taken in [
        "repo:acme@43/health-care@4711:environment:dev",
        "repo:acme@42/health-care@4712:environment:dev",
        "repo:acme@/health-care@:environment:dev",
    ] {
        assert!(!opens(&known, &[("sub", taken)]), "{taken}");
        assert!(opens(&unknown, &[("sub", taken)]), "{taken}");
    }
    // The old form says no number; the claim beside it does.
    let old = ("sub", DEV[0]);
    assert!(!opens(&known, &[old, ("repository_id", "4712")]));
    assert!(opens(&known, &[old, ("repository_id", "4711")]));
}

/// A repository may put several claims into its subjects, so that a branch's name comes before an environment's.
#[test]
fn a_neighbour_that_composes_its_subjects_is_known_by_its_name() {
    let composed = "repo:acme@42/other@1:ref:refs/heads/x/health-care@4711:environment:dev";
    for ids in [None, Some((42, 4711))] {
        let trust = trust(ids, "apply");
        let from = |name, id| {
            let claims = [
                ("sub", composed),
                ("repository", name),
                ("repository_id", id),
            ];
            opens(&trust, &claims)
        };
        assert!(!from("acme/other", "1"), "{ids:?}");
    }
    let trust = trust(None, "apply");
    let ours = [("sub", DEV[1]), ("repository", "acme/health-care")];
    assert!(opens(&trust, &ours));
}

#[test]
fn whoever_applies_comes_from_main_whatever_the_environment_allows() {
    for ids in [None, Some((42, 4711))] {
        let trust = trust(ids, "apply");
        for subject in DEV {
            let from = |branch| opens(&trust, &[("sub", subject), ("ref", branch)]);
            assert!(from("refs/heads/main"));
            assert!(!from("refs/heads/feature") && !from("refs/pull/7/merge"));
        }
    }
}
