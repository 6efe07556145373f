//! The account's trust in GitHub's word on who a job is. The account has one, whoever uses it, so it is never deleted.

mod members;

use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::incomplete;
use super::take_up::take_up;
use crate::aws::tag_lists::write_tags;
use crate::aws::{Aws, Tags, fault};

/// Who gives the word.
/// <https://docs.github.com/en/actions/reference/security/oidc>
pub const HOST: &str = "token.actions.githubusercontent.com";

/// GitHub's OIDC provider.
pub struct OidcProvider;

/// What hcctl owns of it. Other audiences, thumbprints and tags are whose it was before, and stay.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// The issuer's URL: AWS takes each once per account.
    pub url: String,
    /// The audience that roles of ours ask for, where it is among those of the provider.
    pub audience: Option<String>,
}

/// The audience that a token for AWS is meant for.
pub const AUDIENCE: &str = "sts.amazonaws.com";

impl Kind for OidcProvider {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "oidc_provider";
    const RULES: Rules = &[("url", Rule::Replace), ("audience", Rule::Update)];

    fn example() -> Spec {
        Spec {
            url: format!("https://{HOST}"),
            audience: Some(AUDIENCE.to_owned()),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        Ok(look(aws).await?.into_iter().collect())
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        // Whose it is, no tag says: the next one who needs it takes it as it is.
        let tags = Tags::from([("ManagedBy".to_owned(), "hcctl".to_owned())]);
        // Without thumbprints: AWS knows the authorities that GitHub's certificate may come from.
        // https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
        let call = aws.iam.create_open_id_connect_provider().url(&spec.url);
        let call = call
            .set_client_id_list(spec.audience.clone().map(|audience| vec![audience]))
            .set_tags(Some(write_tags(&tags)));
        let made = call.send().await;
        match made.map_err(fault("iam:CreateOpenIDConnectProvider")) {
            Err(met) if met.is("EntityAlreadyExists") => {
                let seen = look(aws).await?;
                take_up::<Self>(aws, name, spec, met, seen).await
            }
            outcome => outcome?
                .open_id_connect_provider_arn
                .ok_or_else(|| incomplete("iam:CreateOpenIDConnectProvider", "ARN")),
        }
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        if let Some(audience) = &change.after.audience
            && change.has("audience")
        {
            let call = aws.iam.add_client_id_to_open_id_connect_provider();
            let call = call
                .open_id_connect_provider_arn(change.id)
                .client_id(audience);
            let answer = call.send().await;
            answer.map_err(fault("iam:AddClientIDToOpenIDConnectProvider"))?;
        }
        Ok(None)
    }

    /// Others may trust it as well: whoever really wants it gone can do that by hand.
    async fn delete(_aws: &Aws, _id: &str, _seen: &Spec) -> Result<(), Fault> {
        Ok(())
    }
}

async fn look(aws: &Aws) -> Result<Option<Found<Spec>>, Fault> {
    let arn = aws.iam_arn(&format!("oidc-provider/{HOST}")).await?;
    let call = aws.iam.get_open_id_connect_provider();
    let call = call.open_id_connect_provider_arn(&arn).send().await;
    match call.map_err(fault("iam:GetOpenIDConnectProvider")) {
        Err(fault) if fault.class == Class::NotFound => Ok(None),
        outcome => {
            let mut audiences = outcome?.client_id_list.unwrap_or_default().into_iter();
            let spec = Spec {
                url: format!("https://{HOST}"),
                audience: audiences.find(|audience| audience == AUDIENCE),
            };
            Ok(Some(Found::ours("github", arn, spec)))
        }
    }
}
