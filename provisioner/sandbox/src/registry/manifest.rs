//! Manifests, tags and referrers.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::refusal::{Code, Refusal};
use super::{Body, Place, Registry, created, empty, full, query, set};
use crate::ecr::layer;

/// The largest manifest that a registry must take, and that this one takes.
/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests>
const MOST_BYTES: usize = 4 << 20;

/// <https://github.com/opencontainers/image-spec/blob/main/image-index.md>
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// What ECR stores (user guide, "Container image manifest formats"), without Docker's first schema, which it turns into the second.
const MANIFESTS: [&str; 4] = [
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    INDEX,
];

impl Registry {
    /// `GET` and `HEAD`, by tag or by digest, in the form in which it was pushed.
    pub(super) fn manifest(
        &self,
        request: &Request<Incoming>,
        place: &Place,
        wanted: &str,
    ) -> Result<Response<Body>, Refusal> {
        let found = self
            .sandbox
            .look(|world| layer::manifest(world, &place.region, &place.name, wanted));
        let found = found
            .ok_or_else(|| Refusal::new(Code::ManifestUnknown, "Requested image not found"))?;
        let length = found.text.len();
        let mut response = if *request.method() == Method::HEAD {
            empty(StatusCode::OK)
        } else {
            full(StatusCode::OK, &found.media_type, found.text)
        };
        let headers = response.headers_mut();
        set(headers, "content-type", &found.media_type);
        set(headers, "docker-content-digest", &found.digest);
        headers.insert(CONTENT_LENGTH, length.into());
        Ok(response)
    }

    /// `PUT`: becomes an image, once everything that it names is there.
    pub(super) async fn put_manifest(
        &self,
        request: Request<Incoming>,
        place: &Place,
        wanted: &str,
    ) -> Result<Response<Body>, Refusal> {
        let invalid = |message: String| Refusal::new(Code::ManifestInvalid, message);
        let kind = request.headers().get(CONTENT_TYPE);
        let kind = kind
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
        if !MANIFESTS.contains(&kind.as_str()) {
            return Err(invalid(format!(
                "The media type '{kind}' is none of a manifest"
            )));
        }
        let body = Limited::new(request.into_body(), MOST_BYTES)
            .collect()
            .await;
        let body = body.map_err(|error| {
            let message =
                format!("The manifest did not arrive ({error}); it may have {MOST_BYTES} bytes");
            Refusal::new(Code::SizeInvalid, message)
        })?;
        let text = String::from_utf8(body.to_bytes().to_vec())
            .map_err(|_| invalid("The manifest is not UTF-8".to_owned()))?;
        let parsed: Value = serde_json::from_str(&text)
            .map_err(|error| invalid(format!("The manifest is not JSON: {error}")))?;
        if parsed["mediaType"].as_str().is_some_and(|own| own != kind) {
            return Err(invalid(format!(
                "The manifest does not say that it is '{kind}'"
            )));
        }
        let by_digest = wanted.starts_with("sha256:");
        if !by_digest && !valid_tag(wanted) {
            return Err(Refusal::new(
                Code::TagInvalid,
                format!("'{wanted}' is not a tag"),
            ));
        }
        self.sandbox
            .look(|world| layer::check(world, &place.region, &place.name, &parsed))?;
        let digest = crate::ecr::digest_of(&text);
        let mut input = json!({
            "repositoryName": place.name,
            "imageManifest": text,
            "imageManifestMediaType": kind,
        });
        input[if by_digest { "imageDigest" } else { "imageTag" }] = wanted.into();
        match self
            .sandbox
            .ecr(&place.region, &place.key, "PutImage", input)
        {
            Ok(_) => {}
            // Engines push again what they have pushed. An immutable tag refuses even that.
            Err(error) if error.code == "ImageAlreadyExistsException" => {
                let tag = (!by_digest).then_some(wanted);
                self.sandbox
                    .look(|world| layer::may_repeat(world, &place.region, &place.name, tag))?;
            }
            Err(error) => return Err(error.into()),
        }
        let location = format!("/v2/{}/manifests/{digest}", place.name);
        let mut response = created(&location, &digest);
        if let Some(subject) = parsed["subject"]["digest"].as_str() {
            set(response.headers_mut(), "oci-subject", subject);
        }
        Ok(response)
    }

    /// `GET tags/list`, `n` at a time after `last`.
    pub(super) fn tags(&self, request: &Request<Incoming>, place: &Place) -> Response<Body> {
        let tags = self
            .sandbox
            .look(|world| layer::tags(world, &place.region, &place.name));
        let last = query(request, "last");
        let number = query(request, "n")
            .and_then(|text| text.parse().ok())
            .unwrap_or(1_000);
        let mut rest = tags
            .into_iter()
            .filter(|tag| last.as_ref().is_none_or(|last| tag > last));
        let page: Vec<String> = rest.by_ref().take(number).collect();
        let more = rest.next().is_some();
        let body = json!({ "name": place.name, "tags": page });
        let mut response = super::json(StatusCode::OK, body.to_string());
        if let (true, Some(last)) = (more, page.last()) {
            let next = format!(
                "</v2/{}/tags/list?n={number}&last={last}>; rel=\"next\"",
                place.name
            );
            set(response.headers_mut(), "link", &next);
        }
        response
    }

    /// `GET referrers/DIGEST`: an index of what is attached, which is empty for what is not there.
    pub(super) fn referrers(
        &self,
        request: &Request<Incoming>,
        place: &Place,
        digest: &str,
    ) -> Result<Response<Body>, Refusal> {
        if self.store.path(digest).is_none() {
            let message = format!("'{digest}' is not a sha256 digest");
            return Err(Refusal::new(Code::DigestInvalid, message));
        }
        let wanted = query(request, "artifactType");
        let found = self.sandbox.look(|world| {
            layer::referrers(world, &place.region, &place.name, digest, wanted.as_deref())
        });
        let body = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": found });
        let mut response = full(StatusCode::OK, INDEX, body.to_string());
        if wanted.is_some() {
            set(
                response.headers_mut(),
                "oci-filters-applied",
                "artifactType",
            );
        }
        Ok(response)
    }
}

/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>
fn valid_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&tag.len())
        && tag.bytes().next().is_some_and(word)
        && tag
            .bytes()
            .all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}
