//! The page with the numbers, and with what is left to whom.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hcctl::resources::coverage::Class;

use super::{Known, class_of};
use crate::coverage::COVERAGE;

const HEAD: &str = "\
# What hcctl compares, and what it leaves to whom

Written by a test (`UPDATE_SCHEMA=1`) from the tables beside the kinds, `src/resources/*/members.rs`; do not edit it.

Every member of AWS's answers that hcctl reads, by AWS's published models, is one of these:

- *identity*: by it the resource is found;
- *owned*: it can be changed, `drift` names the change and `apply` puts it back;
- *fixed*: it is compared, and no call of AWS's changes it;
- *constant*: hcctl makes one value only, and no call of AWS's changes it;
- *derived*: it follows from other members, or AWS computes it;
- *left*: somebody else's, listed below with the reason;
- *unread*: the models have it, and the SDK in use does not read it yet.
";

/// The classes in the order of the columns.
const CLASSES: [&str; 7] = [
    "identity", "owned", "fixed", "constant", "derived", "left", "unread",
];

fn column(class: Class) -> usize {
    match class {
        Class::Identity => 0,
        Class::Owned(_) => 1,
        Class::Fixed(_) => 2,
        Class::Constant(_) => 3,
        Class::Derived(_) => 4,
        Class::Left(..) => 5,
        Class::Unread => 6,
    }
}

/// The page.
pub(super) fn page(all: &[Known]) -> String {
    let mut numbers: BTreeMap<&str, [usize; 7]> = BTreeMap::new();
    let mut total = [0; 7];
    for known in all {
        let row = numbers.entry(known.kind.kind).or_default();
        for class in known
            .leaves
            .iter()
            .filter_map(|leaf| class_of(known.answer, leaf))
        {
            row[column(class)] += 1;
            total[column(class)] += 1;
        }
    }
    let mut text = HEAD.to_owned();
    let _ = writeln!(
        text,
        "\n## Numbers\n\n| kind | members | {} |",
        CLASSES.join(" | ")
    );
    let _ = writeln!(text, "|---|{}", "---:|".repeat(8));
    for kind in COVERAGE {
        line(&mut text, kind.kind, &numbers[kind.kind]);
    }
    line(&mut text, "**all**", &total);
    let _ = writeln!(
        text,
        "\n## Left\n\n| kind | members | to | because |\n|---|---|---|---|"
    );
    for kind in COVERAGE {
        for (class, paths) in kind.answers.iter().flat_map(|answer| answer.members) {
            if let Class::Left(by, why) = class {
                let paths: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
                let _ = writeln!(
                    text,
                    "| {} | {} | {} | {why} |",
                    kind.kind,
                    paths.join(", "),
                    by.name()
                );
            }
        }
    }
    let _ = writeln!(
        text,
        "\n## Not asked for\n\nWhat takes a call that hcctl does not make.\n"
    );
    let _ = writeln!(
        text,
        "| kind | operation | left to | because |\n|---|---|---|---|"
    );
    for kind in COVERAGE {
        for one in kind.unasked {
            let call = format!("`{}:{}`", one.service, one.operation);
            let _ = writeln!(
                text,
                "| {} | {call} | {} | {} |",
                kind.kind,
                one.by.name(),
                one.why
            );
        }
    }
    text
}

fn line(text: &mut String, name: &str, row: &[usize; 7]) {
    let numbers: Vec<String> = row.iter().map(ToString::to_string).collect();
    let _ = writeln!(
        text,
        "| {name} | {} | {} |",
        row.iter().sum::<usize>(),
        numbers.join(" | ")
    );
}
