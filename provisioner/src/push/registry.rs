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

/// Who may push, and with what: valid for twelve hours. It has no `Debug`, so that no log can have it.
pub(super) struct Token {
    pub(super) user: String,
    pub(super) password: String,
}

/// A password to the account's registry.
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html>
pub(super) async fn token(aws: &Aws) -> Result<Token, Fault> {
    const CALL: &str = "ecr:GetAuthorizationToken";
    let answer = aws.ecr.get_authorization_token().send().await;
    let answer = answer.map_err(fault("ecr:GetAuthorizationToken"))?;
    let data = answer.authorization_data.unwrap_or_default().pop();
    let text = data
        .and_then(|data| data.authorization_token)
        .and_then(|text| aws_smithy_types::base64::decode(text).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = text.as_deref().and_then(|text| text.split_once(':'));
    let (user, password) = pair.ok_or_else(|| Fault::own(CALL, "the answer has no token"))?;
    Ok(Token {
        user: user.to_owned(),
        password: password.to_owned(),
    })
}
