//! Where a rule's traffic goes, read and written by ECS when it shifts traffic between two target groups.

use winterbaume_elasticloadbalancingv2::model::{Action, TargetGroupTuple};

use super::{State, rule};
use crate::world::World;

/// The groups that a rule forwards to, with their weights; `None` if the rule is not there, or forwards nothing.
pub(crate) fn forwards(world: &World, region: &str, rule: &str) -> Option<Vec<(String, i32)>> {
    let state = &world.regions.get(region)?.elbv2;
    let shape = rule::shape_of(state, rule).ok()?;
    let actions = shape.actions?.items;
    let forward = actions.iter().find(|action| action.r#type == "forward")?;
    Some(weights(forward))
}

/// Writes a rule's weights; a default rule's are its listener's. `false` if the rule is not there.
pub(crate) fn set_forwards(
    world: &mut World,
    region: &str,
    rule: &str,
    weights: &[(String, i32)],
) -> bool {
    let state = &mut world.region(region).elbv2;
    let Some(actions) = actions_of(state, rule) else {
        return false;
    };
    let Some(forward) = actions.iter_mut().find(|action| action.r#type == "forward") else {
        return false;
    };
    forward.target_group_arn = None;
    let tuples: Vec<TargetGroupTuple> = weights
        .iter()
        .map(|(arn, weight)| TargetGroupTuple {
            target_group_arn: Some(arn.clone()),
            weight: Some(*weight),
        })
        .collect();
    let config = forward.forward_config.get_or_insert_default();
    config.target_groups = Some(tuples.into());
    true
}

/// Whether any listener of a region sends requests to a group.
pub(crate) fn is_reached(world: &World, region: &str, group: &str) -> bool {
    let Some(state) = world.regions.get(region).map(|region| &region.elbv2) else {
        return false;
    };
    let of_rules = state
        .rules
        .values()
        .filter_map(|it| it.shape.actions.as_ref());
    let of_listeners = state
        .listeners
        .values()
        .filter_map(|it| it.shape.default_actions.as_ref());
    let mut actions = of_rules.chain(of_listeners).flat_map(|list| &list.items);
    actions.any(|action| {
        weights(action)
            .iter()
            .any(|(arn, weight)| arn == group && *weight > 0)
    })
}

/// The groups of a forward action, with their weights.
pub(super) fn weights(action: &Action) -> Vec<(String, i32)> {
    let tuples = action
        .forward_config
        .iter()
        .flat_map(|forward| forward.target_groups.iter().flat_map(|list| &list.items));
    let named: Vec<(String, i32)> = tuples
        .filter_map(|tuple| Some((tuple.target_group_arn.clone()?, tuple.weight.unwrap_or(1))))
        .collect();
    match (&action.target_group_arn, named.is_empty()) {
        (Some(only), true) => vec![(only.clone(), 1)],
        _ => named,
    }
}

fn actions_of<'s>(state: &'s mut State, rule: &str) -> Option<&'s mut Vec<Action>> {
    if let Some(listener) = rule::listener_of_default(state, rule) {
        let listener = state.listeners.get_mut(&listener)?;
        return Some(&mut listener.shape.default_actions.as_mut()?.items);
    }
    let rule = state.rules.get_mut(rule)?;
    Some(&mut rule.shape.actions.as_mut()?.items)
}
