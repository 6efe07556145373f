//! ECR's calls: where a repository is, what a tag stands for, and the password to it.

use aws_sdk_ecr::types::ImageIdentifier;
use hcctl_engine::{Class, Fault};

use crate::aws::{Aws, fault};

/// The address of a repository, such as `123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-dev-cart-service`; nothing
/// where there is no such repository.
pub(super) async fn uri(aws: &Aws, repository: &str) -> Result<Option<String>, Fault> {
    let call = aws.ecr.describe_repositories().repository_names(repository);
    let answer = match call.send().await.map_err(fault("ecr:DescribeRepositories")) {
        Err(fault) if fault.class == Class::NotFound => return Ok(None),
        outcome => outcome?,
    };
    let mut found = answer.repositories.unwrap_or_default();
    Ok(found.pop().and_then(|found| found.repository_uri))
}

/// The digest of the image that has a tag; nothing where none has.
pub(super) async fn digest(
    aws: &Aws,
    repository: &str,
    tag: &str,
) -> Result<Option<String>, Fault> {
    let image = ImageIdentifier::builder().image_tag(tag).build();
    let call = aws.ecr.describe_images().repository_name(repository);
    let call = call.image_ids(image);
    let answer = match call.send().await.map_err(fault("ecr:DescribeImages")) {
        Err(fault) if fault.is("ImageNotFoundException") => return Ok(None),
        outcome => outcome?,
    };
    let mut found = answer.image_details.unwrap_or_default();
    Ok(found.pop().and_then(|found| found.image_digest))
}

/// Who may push where, and with what: valid for twelve hours. It has no `Debug`, so that no log can have it.
pub(super) struct Token {
    pub(super) user: String,
    pub(super) password: String,
    pub(super) registry: Registry,
}

/// Where an engine finds the account's registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Registry {
    /// Host and port, as images are named.
    pub(super) host: String,
    /// Whether it speaks HTTP without TLS.
    pub(super) plain: bool,
}

impl Registry {
    /// By its `proxyEndpoint`. Without TLS it may only be on this machine: the password would be read on its way.
    fn of(endpoint: &str) -> Result<Self, String> {
        let (scheme, rest) = endpoint.split_once("://").unwrap_or(("https", endpoint));
        let host = rest.trim_end_matches('/');
        let plain = scheme == "http";
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let address = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        let here = name == "localhost" || address.is_ok_and(|address| address.is_loopback());
        if plain && !here {
            return Err(format!(
                "the registry {host} speaks HTTP without TLS, and is not on this machine"
            ));
        }
        let host = host.to_owned();
        Ok(Self { host, plain })
    }
}

/// A password to the account's registry.
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html>
pub(super) async fn token(aws: &Aws) -> Result<Token, Fault> {
    const CALL: &str = "ecr:GetAuthorizationToken";
    let answer = aws.ecr.get_authorization_token().send().await;
    let answer = answer.map_err(fault("ecr:GetAuthorizationToken"))?;
    let data = answer.authorization_data.unwrap_or_default().pop();
    let endpoint = data.as_ref().and_then(|data| data.proxy_endpoint.clone());
    let endpoint = endpoint.ok_or_else(|| Fault::own(CALL, "the answer has no proxyEndpoint"))?;
    let registry = Registry::of(&endpoint).map_err(|why| Fault::own(CALL, &why))?;
    let text = data
        .and_then(|data| data.authorization_token)
        .and_then(|text| aws_smithy_types::base64::decode(text).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = text.as_deref().and_then(|text| text.split_once(':'));
    let (user, password) = pair.ok_or_else(|| Fault::own(CALL, "the answer has no token"))?;
    Ok(Token {
        user: user.to_owned(),
        password: password.to_owned(),
        registry,
    })
}

#[cfg(test)]
mod tests {
    use super::Registry;

    #[test]
    fn a_registry_without_tls_is_on_this_machine_or_none() {
        let of = |endpoint: &str| Registry::of(endpoint).map(|it| (it.host, it.plain));
        let aws = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        let https = format!("https://{aws}");
        assert_eq!(of(https.as_str()), Ok((aws.to_owned(), false)));
        assert_eq!(
            of("http://127.0.0.1:4566"),
            Ok(("127.0.0.1:4566".to_owned(), true))
        );
        assert_eq!(of("http://[::1]:5"), Ok(("[::1]:5".to_owned(), true)));
        let refused = of("http://10.0.0.1:4566").unwrap_err();
        assert!(refused.contains("10.0.0.1:4566"), "{refused}");
    }
}
