//! Who did what has drifted: puts the questions to CloudTrail.

use std::io::{self, IsTerminal};
use std::time::Duration;

use hcctl_engine::snapshot::Stranger;
use hcctl_engine::{Change, Doc, Link};
use serde_json::Value;

use super::look::Look;
use super::session::Session;
use crate::render::drift::Drift;
use crate::render::who::{key, stranger_key};
use crate::trail::{self, Drifted, Pace, Trail, What, questions, trace};

/// So many questions are asked without a word.
const FEW: usize = 4;

/// What CloudTrail says of all that has drifted.
pub(super) async fn did(session: &Session, look: &Look, drift: &Drift<'_>) -> Trail {
    let all = drifted(look, drift);
    let mut pace = Pace::default();
    if let Some(seconds) = session.global.timeout {
        pace.limit = pace.limit.min(Duration::from_secs(seconds));
    }
    let number = questions(&all).len();
    if number > FEW && io::stderr().is_terminal() {
        session.say(&format!(
            "Asking CloudTrail who did it: {number} questions, two a second."
        ));
    }
    trail::ask(&look.aws, &all, pace).await
}

fn drifted(look: &Look, drift: &Drift<'_>) -> Vec<Drifted> {
    let changed = drift.changed.iter().map(|change| {
        let fields = drift.fields(change);
        of(look, change, What::Changed(fields))
    });
    let missing = drift
        .missing
        .iter()
        .map(|change| of(look, change, What::Missing));
    let extra = drift.extra.iter().flat_map(|(_, changes)| changes);
    let extra = extra.map(|change| of(look, change, What::Added));
    let beside = drift.beside.iter().map(beside);
    changed.chain(missing).chain(extra).chain(beside).collect()
}

fn of(look: &Look, change: &Change, what: What) -> Drifted {
    let kind = change.address.kind.clone();
    let row = trace(&kind);
    let before = change.before.as_ref();
    let docs = [before.map(|seen| &seen.raw), change.after.as_ref()];
    let field = |name: Option<&str>| {
        let mut docs = docs.iter().flatten();
        docs.find_map(|doc: &&Doc| doc.field(name?))
    };
    let name = field(row.and_then(|row| row.name)).and_then(Value::as_str);
    let owner = field(row.and_then(|row| row.owner));
    let owner = owner.and_then(|value| serde_json::from_value(value.clone()).ok());
    Drifted {
        key: key(change),
        kind,
        what,
        id: before.map(|seen| seen.id.clone()),
        name: name.map(str::to_owned),
        owner: owner.and_then(|link| id(look, &link)),
    }
}

fn beside(stranger: &Stranger) -> Drifted {
    Drifted {
        key: stranger_key(stranger),
        kind: stranger.kind.to_owned(),
        what: What::Added,
        id: Some(stranger.id.clone()),
        name: None,
        owner: None,
    }
}

/// The id behind a link, where what it names is there.
fn id(look: &Look, link: &Link) -> Option<String> {
    match link {
        Link::Id(id) => Some(id.clone()),
        Link::To(address) => {
            let all = || {
                let all = look.plan.changes.iter();
                all.filter(|change| change.address == *address)
            };
            let seen = all().find_map(|change| change.before.as_ref());
            if let Some(seen) = seen {
                return Some(seen.id.clone());
            }
            // A scalable target that is gone still goes by its service in events.
            let wanted = all().find_map(|change| change.after.as_ref());
            let service = wanted.filter(|_| address.kind == "scalable_target")?;
            let service = service.field("service")?;
            id(look, &serde_json::from_value(service.clone()).ok()?)
        }
    }
}
