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
            let fields = differences::<K>(aws, &ours.spec, spec, &met)?;
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
            aws,
            met,
            &format!("{} is {}/{}", ours.id, K::NAME, ours.name),
        )),
        Some(Found::Taken { id, why, .. } | Found::Lost { id, why, .. }) => {
            Err(taken(aws, met, &format!("{id} has it, and {why}")))
        }
        Some(Found::Elsewhere { place, .. }) => Err(taken(
            aws,
            met,
            &format!("it serves the same environment in {place}"),
        )),
        Some(Found::Extra { .. }) | None => Err(met),
    }
}

/// A plan knows what has the name, and what can be done about each case.
fn taken(aws: &Aws, mut met: Fault, why: &str) -> Fault {
    met.message = format!("{}: {why}", met.message);
    let plan = if aws.scope.is_bootstrap() {
        "hcctl bootstrap".to_owned()
    } else {
        format!("hcctl plan {}", aws.scope.environment)
    };
    met.class(Class::Conflict).remedy(format!(
        "the name is taken: {plan} says by what, and what to do"
    ))
}

/// The fields to update; a fault where one of them cannot be.
fn differences<K: Kind<Cloud = Aws>>(
    aws: &Aws,
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
                aws,
                met.clone(),
                &format!("it is ours but has another {field}"),
            ));
        }
        fields.insert(field.to_owned());
    }
    Ok(fields)
}
