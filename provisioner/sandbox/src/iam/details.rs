//! Every role with everything about it, in one paged call.

use winterbaume_iam::{model, wire};

use super::{Role, document, page, policy, tags};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::time::iso;
use crate::world::World;

/// `GetAccountAuthorizationDetails`: roles only; answers have no description and no session duration (API reference, `RoleDetail`).
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::GetAccountAuthorizationDetailsRequest = shape::form(call)?;
    let filter = input.filter.unwrap_or_default().items;
    if filter != ["Role"] {
        let what = format!(
            "GetAccountAuthorizationDetails with the filter {filter:?}, only with [\"Role\"]"
        );
        return Err(AwsError::not_simulated(what));
    }
    let roles = world.iam.roles.values().map(detail).collect();
    let (roles, marker) = page(roles, input.marker.as_deref(), input.max_items)?;
    let output = model::GetAccountAuthorizationDetailsResponse {
        group_detail_list: Some(Vec::new().into()),
        is_truncated: Some(marker.is_some()),
        marker,
        policies: Some(Vec::new().into()),
        role_detail_list: Some(roles.into()),
        user_detail_list: Some(Vec::new().into()),
    };
    Ok(wire::serialize_get_account_authorization_details_response(&output).into())
}

fn detail(role: &Role) -> model::RoleDetail {
    let inline = role.inline.iter().map(|(name, text)| model::PolicyDetail {
        policy_document: Some(document::encode(text)),
        policy_name: Some(name.clone()),
    });
    let attached = role.attached.iter().map(|arn| policy::attached(arn));
    model::RoleDetail {
        arn: Some(role.arn.clone()),
        assume_role_policy_document: Some(document::encode(&role.trust)),
        attached_managed_policies: Some(attached.collect::<Vec<_>>().into()),
        create_date: Some(iso(role.created)),
        instance_profile_list: Some(Vec::new().into()),
        path: Some(role.path.clone()),
        permissions_boundary: role.boundary(),
        role_id: Some(role.id.clone()),
        role_last_used: Some(model::RoleLastUsed::default()),
        role_name: Some(role.name.clone()),
        role_policy_list: Some(inline.collect::<Vec<_>>().into()),
        tags: Some(tags::list_of(&role.tags).into()),
    }
}
