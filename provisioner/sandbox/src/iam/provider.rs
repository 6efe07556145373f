//! OpenID Connect providers: whose word on who somebody is the account believes. One per URL.

use winterbaume_iam::{model, wire};

use super::{Provider, invalid, no_such, tags};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::time::iso;
use crate::world::World;

/// Quota "Client IDs of an OpenID Connect provider" (API reference, `CreateOpenIDConnectProvider`).
const CLIENTS: usize = 100;

/// `CreateOpenIDConnectProvider`: `EntityAlreadyExists` for a URL that is there. Without a thumbprint IAM finds one by itself, which
/// the sandbox, reaching nobody, leaves empty.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::CreateOpenIDConnectProviderRequest = shape::form(call)?;
    let host = input.url.strip_prefix("https://").unwrap_or_default();
    if host.is_empty() || host.contains(['?', '#', '@']) || input.url.len() > 255 {
        return Err(AwsError::new(
            "ValidationError",
            format!("Invalid Open ID Connect Provider URL: {}", input.url),
        ));
    }
    let clients = input.client_i_d_list.unwrap_or_default().items;
    clients.iter().try_for_each(|client| check(client))?;
    if clients.len() > CLIENTS {
        return Err(limit());
    }
    let thumbprints = input.thumbprint_list.unwrap_or_default().items;
    if thumbprints.iter().any(|thumbprint| thumbprint.len() != 40) {
        return Err(invalid("Thumbprint must have 40 characters"));
    }
    let tags = tags::given(input.tags)?;
    let host = host.trim_end_matches('/').to_owned();
    let arn = call.global_arn("iam", &format!("oidc-provider/{host}"));
    if world.iam.providers.contains_key(&arn) {
        let message = format!("Provider with url {} already exists.", input.url);
        return Err(AwsError::new("EntityAlreadyExists", message).status(409));
    }
    let output = model::CreateOpenIDConnectProviderResponse {
        open_i_d_connect_provider_arn: Some(arn.clone()),
        tags: (!tags.is_empty()).then(|| tags::list_of(&tags).into()),
    };
    let provider = Provider {
        url: host,
        clients,
        thumbprints,
        created: world.now(),
        tags,
    };
    world.iam.providers.insert(arn, provider);
    Ok(wire::serialize_create_open_i_d_connect_provider_response(&output).into())
}

/// `GetOpenIDConnectProvider`: the URL is answered without `https://`.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::GetOpenIDConnectProviderRequest = shape::form(call)?;
    let provider = find(world, &input.open_i_d_connect_provider_arn)?;
    let output = model::GetOpenIDConnectProviderResponse {
        client_i_d_list: Some(provider.clients.clone().into()),
        create_date: Some(iso(provider.created)),
        tags: (!provider.tags.is_empty()).then(|| tags::list_of(&provider.tags).into()),
        thumbprint_list: Some(provider.thumbprints.clone().into()),
        url: Some(provider.url.clone()),
    };
    Ok(wire::serialize_get_open_i_d_connect_provider_response(&output).into())
}

/// `AddClientIDToOpenIDConnectProvider`: one that is there already is a success.
pub(super) fn add_client(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::AddClientIDToOpenIDConnectProviderRequest = shape::form(call)?;
    check(&input.client_i_d)?;
    let provider = find(world, &input.open_i_d_connect_provider_arn)?;
    if !provider.clients.contains(&input.client_i_d) {
        if provider.clients.len() >= CLIENTS {
            return Err(limit());
        }
        provider.clients.push(input.client_i_d);
    }
    Ok(wire::serialize_add_client_i_d_to_open_i_d_connect_provider_response().into())
}

fn find<'w>(world: &'w mut World, arn: &str) -> Result<&'w mut Provider, AwsError> {
    let provider = world.iam.providers.get_mut(arn);
    provider.ok_or_else(|| no_such(format!("OpenIDConnect Provider not found for arn {arn}")))
}

fn check(client: &str) -> Result<(), AwsError> {
    if (1..=255).contains(&client.len()) {
        return Ok(());
    }
    Err(invalid("Client ID must have 1 to 255 characters"))
}

fn limit() -> AwsError {
    let message = format!("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {CLIENTS}");
    AwsError::new("LimitExceeded", message).status(409)
}
