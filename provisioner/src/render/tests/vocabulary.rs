//! Everything has its word, and no two things have the same.

use std::collections::BTreeSet;

use hcctl_engine::plan::Order;
use hcctl_engine::{Action, Address, Class, Reason, Risk, Rule, Verb};

use super::super::{history, words};
use crate::deploy::Outcome;
use crate::doctor::Outcome as Found;
use crate::journal::{End, Planned, Run};
use crate::operation::deploy::Ended;

const ACTIONS: [Action; 6] = [
    Action::Keep,
    Action::Create,
    Action::Update,
    Action::Replace(Order::MakeFirst),
    Action::Replace(Order::DeleteFirst),
    Action::Delete,
];
const VERBS: [Verb; 4] = [Verb::Create, Verb::Update, Verb::Delete, Verb::Await];
const RULES: [Rule; 4] = [Rule::Update, Rule::Mention, Rule::Replace, Rule::CreateOnly];
const RISKS: [Risk; 4] = [Risk::None, Risk::Brief, Risk::Replace, Risk::DataLoss];
const CLASSES: [Class; 8] = [
    Class::NotFound,
    Class::Throttled,
    Class::Denied,
    Class::Conflict,
    Class::NotYet,
    Class::Credentials,
    Class::Unreachable,
    Class::Other,
];

fn reasons() -> [Reason; 7] {
    [
        Reason::Missing,
        Reason::Differs("port".to_owned()),
        Reason::Forced("port".to_owned()),
        Reason::Upstream(Address::new("vpc", "main")),
        Reason::NotWanted,
        Reason::Extra,
        Reason::Spare,
    ]
}

fn distinct<T>(all: impl IntoIterator<Item = T>, word: impl Fn(T) -> String) {
    let words: Vec<String> = all.into_iter().map(word).collect();
    assert!(
        words.iter().all(|word| !word.trim().is_empty()),
        "{words:?}"
    );
    let set: BTreeSet<&String> = words.iter().collect();
    assert_eq!(set.len(), words.len(), "{words:?}");
}

#[test]
fn everything_has_a_word_of_its_own() {
    distinct(ACTIONS, |action| words::sign(action).to_owned());
    let without_order = ACTIONS
        .into_iter()
        .filter(|action| *action != Action::Replace(Order::MakeFirst));
    distinct(without_order.clone(), |action| {
        words::action(action).to_owned()
    });
    distinct(without_order, |action| words::heading(action).to_owned());
    let orders = [Order::MakeFirst, Order::DeleteFirst];
    distinct(orders, |order| words::order(order).to_owned());
    distinct(orders, |order| words::order_text(order).to_owned());
    distinct(VERBS, |verb| words::verb(verb).to_owned());
    distinct(VERBS, |verb| words::verb_name(verb).to_owned());
    distinct(VERBS, |verb| words::doing(verb).to_owned());
    distinct(VERBS, |verb| words::done(verb).to_owned());
    distinct(RULES, |rule| words::rule(rule).to_owned());
    distinct(RISKS, |risk| risk.word().to_owned());
    distinct(CLASSES, |class| words::class(class).to_owned());
    distinct(CLASSES, |class| words::class_name(class).to_owned());
    distinct(&reasons(), |reason| words::reason(reason).to_owned());
    distinct(&reasons(), words::reason_text);
}

/// Colours tell the same apart, and not everybody sees colours.
#[test]
fn however_something_ends_has_a_word_of_its_own() {
    let why = String::new;
    let ends = [
        End::Done,
        End::Failed,
        End::Stopped(why()),
        End::UnderWay,
        End::Missing,
        End::Unreadable,
    ];
    distinct(ends, |end| {
        let run = Run {
            id: why(),
            command: why(),
            who: why(),
            began: 0,
            ended: None,
            end,
            hcctl: why(),
            plan: Planned::default(),
            events: Vec::new(),
        };
        history::ended(&run).1
    });
    let outcomes = [
        None,
        Some(Outcome::Succeeded),
        Some(Outcome::NothingRan),
        Some(Outcome::RolledBack(why())),
        Some(Outcome::RollbackFailed(why())),
        Some(Outcome::Stopped(why())),
        Some(Outcome::Overtaken(why())),
    ];
    let rollout = |outcome: Option<Outcome>, already: bool, fault: Option<String>| {
        let rollout = Ended {
            service: "a".to_owned(),
            from: None,
            to: "v1".to_owned(),
            digest: String::new(),
            revision: String::new(),
            outcome,
            stopped: Vec::new(),
            already,
            fault,
        };
        rollout.word().to_owned()
    };
    let words = outcomes.into_iter().map(|one| rollout(one, false, None));
    let others = [rollout(None, true, None), rollout(None, false, Some(why()))];
    distinct(words.chain(others), |word| word);
    let found = [Found::Ok, Found::Warning, Found::Failed, Found::Skipped];
    distinct(found, |one| one.word().to_owned());
}

#[test]
fn machine_words_need_no_quotes() {
    let verbs = VERBS.into_iter().map(words::verb_name);
    let names = verbs
        .chain(RULES.into_iter().map(words::rule))
        .chain(CLASSES.into_iter().map(words::class_name));
    let reasons = reasons();
    for name in names.chain(reasons.iter().map(words::reason)) {
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "{name}"
        );
    }
}
