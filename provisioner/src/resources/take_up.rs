//! A create that meets its own name: an earlier run was killed after the call that made it.

use std::collections::BTreeSet;

use hcctl_engine::{Class, Doc, Fault, Found, Kind, KindChange, Rule};

use crate::aws::Aws;

/// Brings what has the name to the spec where it is ours, and answers its id; else the fault that the create met.
pub(super) async fn take_up<K: Kind<Cloud = Aws>>(
    aws: &Aws,
    name: &str,
    spec: &K::Spec,
    met: Fault,
    seen: Option<Found<K::Spec>>,
) -> Result<String, Fault> {
    match seen {
        Some(Found::Ours(ours)) if ours.name == name => {
            let fields = differences::<K>(&ours.spec, spec, &met)?;
            if fields.is_empty() {
                return Ok(ours.id);
            }
            let change = KindChange {
                name,
                id: &ours.id,
                before: &ours.spec,
                after: spec,
                fields: &fields,
            };
            let id = K::update(aws, change).await?;
            Ok(id.unwrap_or(ours.id))
        }
        Some(Found::Ours(ours)) => Err(taken(
            met,
            &format!("{} is {}/{}", ours.id, K::NAME, ours.name),
        )),
        Some(Found::Taken { id, why, .. } | Found::Lost { id, why, .. }) => {
            Err(taken(met, &format!("{id} has it, and {why}")))
        }
        Some(Found::Elsewhere { place, .. }) => Err(taken(
            met,
            &format!("it serves the same environment in {place}"),
        )),
        Some(Found::Extra { .. }) | None => Err(met),
    }
}

fn taken(mut met: Fault, why: &str) -> Fault {
    met.message = format!("{}: {why}", met.message);
    met.class(Class::Conflict).remedy(
        "the name is taken: remove what has it, or take it over with hcctl adopt, and run the same command again",
    )
}

/// The fields to update; a fault where one of them cannot be.
fn differences<K: Kind<Cloud = Aws>>(
    before: &K::Spec,
    after: &K::Spec,
    met: &Fault,
) -> Result<BTreeSet<String>, Fault> {
    let doc =
        |spec: &K::Spec| Doc::of(spec).map_err(|error| Fault::own(K::NAME, error.to_string()));
    let (before, after) = (doc(before)?, doc(after)?);
    let mut fields = BTreeSet::new();
    for &(field, rule) in K::RULES {
        if rule == Rule::CreateOnly || before.field(field) == after.field(field) {
            continue;
        }
        if rule == Rule::Replace {
            return Err(taken(
                met.clone(),
                &format!("it is ours but has another {field}"),
            ));
        }
        fields.insert(field.to_owned());
    }
    Ok(fields)
}
