//! Where the credentials come from, and for how long they are good.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature as Feature;
use aws_credential_types::provider::ProvideCredentials;

use super::Aws;

/// What is known of the credentials beside who they are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where they come from: `AWS_ACCESS_KEY_ID`, `an SSO session`. Nothing where the SDK does not tell.
    pub from: Option<&'static str>,
    /// Whether a profile led there.
    pub profile: bool,
    /// How much longer they are good; nothing where they do not end, or do not say when.
    pub left: Option<Duration>,
}

impl Aws {
    /// Asks the SDK where the credentials come from. What is wrong with them, a call says better.
    pub async fn source(&self) -> Option<Source> {
        let provider = self.credentials.as_ref()?;
        let credentials = provider.provide_credentials().await.ok()?;
        Some(read(&credentials, SystemTime::now()))
    }
}

fn read(credentials: &Credentials, now: SystemTime) -> Source {
    let features = credentials.get_property::<Vec<Feature>>();
    let features = features.map(Vec::as_slice).unwrap_or_default();
    let expiry = credentials.expiry();
    Source {
        from: features.iter().rev().find_map(from),
        profile: features.iter().any(by_profile),
        left: expiry.map(|end| end.duration_since(now).unwrap_or_default()),
    }
}

/// The last step of the way to the credentials says most of where they come from.
fn from(feature: &Feature) -> Option<&'static str> {
    Some(match feature {
        Feature::CredentialsEnvVars => "AWS_ACCESS_KEY_ID",
        Feature::CredentialsProfile => "keys in a file",
        Feature::CredentialsStsAssumeRole | Feature::CredentialsProfileSourceProfile => {
            "a role that the profile assumes"
        }
        Feature::CredentialsStsAssumeRoleWebId
        | Feature::CredentialsEnvVarsStsWebIdToken
        | Feature::CredentialsProfileStsWebIdToken => "a web identity token",
        Feature::CredentialsSso | Feature::CredentialsProfileSso => "an SSO session",
        Feature::CredentialsProcess | Feature::CredentialsProfileProcess => "a credential_process",
        Feature::CredentialsHttp => "the container's role",
        Feature::CredentialsImds => "the instance's role",
        _ => return None,
    })
}

fn by_profile(feature: &Feature) -> bool {
    matches!(
        feature,
        Feature::CredentialsProfile
            | Feature::CredentialsProfileSourceProfile
            | Feature::CredentialsProfileNamedProvider
            | Feature::CredentialsProfileStsWebIdToken
            | Feature::CredentialsProfileSso
            | Feature::CredentialsProfileProcess
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_the_credentials_is_read() {
        let now = SystemTime::now();
        let with = |features: Vec<Feature>, expiry| {
            let mut credentials = Credentials::new("a", "b", None, expiry, "test");
            credentials.set_property(features);
            read(&credentials, now)
        };
        let keys = with(vec![Feature::CredentialsEnvVars], None);
        assert_eq!(
            (keys.from, keys.profile),
            (Some("AWS_ACCESS_KEY_ID"), false)
        );
        assert_eq!(keys.left, None);
        let sso = with(
            vec![Feature::CredentialsProfileSso, Feature::CredentialsSso],
            Some(now + Duration::from_mins(10)),
        );
        assert_eq!((sso.from, sso.profile), (Some("an SSO session"), true));
        assert_eq!(sso.left, Some(Duration::from_mins(10)));
        let past = with(Vec::new(), Some(now - Duration::from_secs(1)));
        assert_eq!((past.from, past.left), (None, Some(Duration::ZERO)));
    }
}
