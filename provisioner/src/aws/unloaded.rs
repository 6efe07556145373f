//! Why no credentials could be loaded, by the place that was asked for them.

use std::error::Error;

use aws_config::imds::client::error::ImdsError;
use aws_credential_types::provider::error::CredentialsError;

use super::fault::{find, root};

const ELSEWHERE: &str = "or name a profile (--profile or AWS_PROFILE)";

/// Why there are no credentials, and what to do about it. `env` is the environment, which says where they were asked for.
pub(super) fn reason(
    error: &(dyn Error + 'static),
    env: impl Fn(&str) -> Option<String>,
) -> (String, String) {
    let Some(credentials) = find::<CredentialsError>(error) else {
        return (root(error), usual());
    };
    if let Some(told) = of_instance(credentials) {
        return told;
    }
    let set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
    if let CredentialsError::CredentialsNotLoaded(_) = credentials {
        return none(set);
    }
    let words = root(credentials);
    let remedy = if words.contains("external process") {
        format!("run the profile's credential_process by itself, and see what it says; {ELSEWHERE}")
    } else if let Some(file) = env("AWS_WEB_IDENTITY_TOKEN_FILE").filter(|file| !file.is_empty()) {
        let role = env("AWS_ROLE_ARN").unwrap_or_default();
        format!(
            "AWS_WEB_IDENTITY_TOKEN_FILE names {file}: check that it is there and not expired, and that the trust policy of \
             {role} (AWS_ROLE_ARN) takes its issuer and subject; {ELSEWHERE}"
        )
    } else if let Some(name) = CONTAINER.iter().find(|name| set(name)) {
        format!(
            "{name} names the container's credentials endpoint: check that it is the one of this task or pod, and that it has \
             a role; unset it to use others, {ELSEWHERE}"
        )
    } else {
        usual()
    };
    (
        format!("AWS credentials could not be loaded: {words}"),
        remedy,
    )
}

/// Where a container's credentials are asked for.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>
const CONTAINER: &[&str] = &[
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
];

/// Where nothing was found, for half of something is as good as nothing.
fn none(set: impl Fn(&str) -> bool) -> (String, String) {
    const HALVES: &[(&str, &str)] = &[
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
    ];
    let half = HALVES
        .iter()
        .find(|(there, missing)| set(there) && !set(missing));
    if let Some((there, missing)) = half {
        let why = format!("no AWS credentials were found: {there} is set, and {missing} is not");
        return (why, format!("set {missing} too, {ELSEWHERE}"));
    }
    ("no AWS credentials were found".to_owned(), usual())
}

fn usual() -> String {
    "log in (aws sso login, aws login), name a profile (--profile or AWS_PROFILE), or set AWS_ACCESS_KEY_ID and \
     AWS_SECRET_ACCESS_KEY; without an account try --sandbox"
        .to_owned()
}

/// What is wrong where the metadata service of the instance was asked, answered, and gave no credentials.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>
fn of_instance(credentials: &CredentialsError) -> Option<(String, String)> {
    const SERVICE: &str = "the instance's metadata service";
    if let Some(imds) = find::<ImdsError>(credentials) {
        let on = format!(
            "switch it on (aws ec2 modify-instance-metadata-options --http-endpoint enabled; in a container also \
             --http-put-response-hop-limit 2), {ELSEWHERE}"
        );
        if let ImdsError::ErrorResponse(context) = imds {
            let status = context.response().status().as_u16();
            let why = format!(
                "{SERVICE} answered HTTP {status} when it was asked for the instance's role"
            );
            return Some((why, on));
        }
        let words = root(imds);
        // What the SDK makes of every answer that is neither a token nor a refusal.
        if words.contains("TTL") {
            let why = format!("{SERVICE} answered, but not with a session token ({words})");
            let remedy = format!(
                "wait a little, for it answers so while it is overloaded; if that does not help, something else answers in its \
                 place: ask it for a token by hand (curl -i -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' \
                 http://169.254.169.254/latest/api/token), {ELSEWHERE}"
            );
            return Some((why, remedy));
        }
        return Some((format!("{SERVICE} gave no session token: {words}"), on));
    }
    // The SDK tells of an instance without a role in words only.
    let words = format!("{credentials:?}");
    words.contains("received 404 from IMDS").then(|| {
        (
            "no AWS credentials were found, and this instance has no role".to_owned(),
            format!("give the instance a role (an instance profile), {ELSEWHERE}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: &CredentialsError, env: &[(&str, &str)]) -> (String, String) {
        let env = |name: &str| {
            let mut all = env.iter();
            let found = all.find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        reason(error, env)
    }

    #[test]
    fn the_place_that_was_asked_is_named() {
        let none = || CredentialsError::not_loaded("nothing");
        let broken = |words: &'static str| CredentialsError::provider_error(words);
        let (why, remedy) = told(&none(), &[]);
        assert_eq!(why, "no AWS credentials were found");
        assert!(remedy.starts_with("log in (aws sso login"), "{remedy}");
        let (why, remedy) = told(&none(), &[("AWS_ACCESS_KEY_ID", "AKIA")]);
        assert!(why.ends_with("AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not"));
        assert!(remedy.starts_with("set AWS_SECRET_ACCESS_KEY too"));
        let both = [
            ("AWS_ACCESS_KEY_ID", "AKIA"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
        ];
        assert_eq!(told(&none(), &both).0, "no AWS credentials were found");
        let (why, remedy) = told(&broken("external process exited with code 3"), &[]);
        assert!(
            why.ends_with("external process exited with code 3"),
            "{why}"
        );
        assert!(remedy.contains("credential_process"), "{remedy}");
        let web = [
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/run/token"),
            ("AWS_ROLE_ARN", "arn:aws:iam::1:role/ci"),
        ];
        let (_, remedy) = told(&broken("No such file"), &web);
        assert!(
            remedy.contains("/run/token") && remedy.contains("role/ci"),
            "{remedy}"
        );
        let pod = [(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "http://169.254.170.23/v1",
        )];
        let (_, remedy) = told(&broken("Non-success status"), &pod);
        assert!(
            remedy.starts_with("AWS_CONTAINER_CREDENTIALS_FULL_URI names"),
            "{remedy}"
        );
    }
}
