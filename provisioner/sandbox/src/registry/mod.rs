//! ECR as container engines see it: the OCI distribution API below `/v2/`.
//!
//! Owns: paths and verbs of that API, signing in, layers on disk, uploads under way. Must not know: what an image is or who runs it; a
//! manifest that arrives goes through [`crate::ecr`] as `PutImage` does, with the same refusals, and CloudTrail records it so.
//!
//! <https://github.com/opencontainers/distribution-spec/blob/main/spec.md>, with the words of ECR's refusals
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html>). ECR has no deletion in this API, and neither has
//! this. The region is the one whose `GetAuthorizationToken` gave the password, as the address is the same for all.

mod auth;
mod file;
mod manifest;
mod refusal;
mod store;
#[cfg(test)]
mod tests;
mod upload;

use std::io;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;

use crate::ecr::layer;
use crate::sandbox::Sandbox;
pub(crate) use auth::password;
use refusal::{Code, Refusal};
use store::Store;
use upload::Uploads;

/// A body that may be a file.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The registry of a sandbox that is served.
#[derive(Debug)]
pub(crate) struct Registry {
    sandbox: Sandbox,
    store: Store,
    uploads: Uploads,
}

/// Whose repository a request is for.
struct Place {
    region: String,
    name: String,
    /// The access key id that the password was given to.
    key: String,
}

/// What a path below `/v2/` names.
#[derive(Debug, PartialEq, Eq)]
enum Route<'a> {
    /// The API itself.
    Base,
    Blob(&'a str, &'a str),
    Uploads(&'a str),
    Upload(&'a str, &'a str),
    Manifest(&'a str, &'a str),
    Tags(&'a str),
    Referrers(&'a str, &'a str),
}

impl<'a> Route<'a> {
    /// A repository's name may hold slashes, so a path is read from its end.
    fn of(path: &'a str) -> Option<Self> {
        let rest = path.strip_prefix("/v2")?;
        if rest.is_empty() || rest == "/" {
            return Some(Self::Base);
        }
        let rest = rest.strip_prefix('/')?;
        if let Some(name) = rest.strip_suffix("/tags/list") {
            return Some(Self::Tags(name));
        }
        let (head, last) = rest.rsplit_once('/')?;
        if let Some(name) = head.strip_suffix("/blobs/uploads") {
            return Some(match last {
                "" => Self::Uploads(name),
                id => Self::Upload(name, id),
            });
        }
        if last == "uploads"
            && let Some(name) = head.strip_suffix("/blobs")
        {
            return Some(Self::Uploads(name));
        }
        let (name, kind) = head.rsplit_once('/')?;
        match kind {
            "blobs" => Some(Self::Blob(name, last)),
            "manifests" => Some(Self::Manifest(name, last)),
            "referrers" => Some(Self::Referrers(name, last)),
            _ => None,
        }
    }
}

/// Whether a request is the registry's: S3's, which may have such a path too, are signed.
pub(crate) fn is_for(request: &Request<Incoming>) -> bool {
    let path = request.uri().path();
    let signed = request.headers().get("authorization");
    let signed = signed.is_some_and(|value| value.as_bytes().starts_with(b"AWS4-"));
    (path == "/v2" || path.starts_with("/v2/")) && !signed
}

impl Registry {
    /// Over the layers kept in the sandbox's folder; what no image names any more is removed.
    pub(crate) fn open(sandbox: &Sandbox) -> io::Result<Self> {
        let store = Store::open(sandbox.folder())?;
        let named = sandbox.change(layer::sweep);
        store.sweep(&named.map_err(io::Error::other)?)?;
        Ok(Self {
            sandbox: sandbox.clone(),
            store,
            uploads: Uploads::default(),
        })
    }

    /// Answers one request.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let told = format!("{} {}", request.method(), request.uri().path());
        let mut response = match self.route(request).await {
            Ok(response) => response,
            Err(refusal) => {
                tracing::debug!(request = told, code = ?refusal.code, "the registry refused");
                refusal.response()
            }
        };
        let version = HeaderValue::from_static("registry/2.0");
        let headers = response.headers_mut();
        headers.insert("docker-distribution-api-version", version);
        response
    }

    async fn route(&self, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
        let signed_in = auth::check(&request, &self.sandbox)?;
        let path = request.uri().path().to_owned();
        let route = Route::of(&path).ok_or_else(Refusal::unsupported)?;
        let method = request.method().clone();
        let place = |name: &str| self.place(&signed_in, name);
        match (route, method) {
            (Route::Base, Method::GET | Method::HEAD) => Ok(json(StatusCode::OK, "{}")),
            (Route::Blob(name, digest), Method::GET | Method::HEAD) => {
                self.blob(&request, &place(name)?, digest).await
            }
            (Route::Uploads(name), Method::POST) => self.begin(request, place(name)?).await,
            (Route::Upload(name, id), Method::GET) => self.progress(&place(name)?, id),
            (Route::Upload(name, id), Method::PATCH) => {
                self.append(request, &place(name)?, id).await
            }
            (Route::Upload(name, id), Method::PUT) => self.finish(request, &place(name)?, id).await,
            (Route::Upload(name, id), Method::DELETE) => self.cancel(&place(name)?, id),
            (Route::Manifest(name, wanted), Method::GET | Method::HEAD) => {
                self.manifest(&request, &place(name)?, wanted)
            }
            (Route::Manifest(name, wanted), Method::PUT) => {
                self.put_manifest(request, &place(name)?, wanted).await
            }
            (Route::Tags(name), Method::GET) => Ok(self.tags(&request, &place(name)?)),
            (Route::Referrers(name, digest), Method::GET) => {
                self.referrers(&request, &place(name)?, digest)
            }
            _ => Err(Refusal::unsupported()),
        }
    }

    /// The repository, which must be there: ECR makes none on a push.
    fn place(&self, signed_in: &auth::SignedIn, name: &str) -> Result<Place, Refusal> {
        let (region, key) = (signed_in.region.clone(), signed_in.key.clone());
        let there = self
            .sandbox
            .look(|world| layer::has_repository(world, &region, name));
        if !there {
            let message = format!(
                "The repository with name '{name}' does not exist in the registry with id '{}'",
                crate::ACCOUNT
            );
            return Err(Refusal::new(Code::NameUnknown, message));
        }
        let name = name.to_owned();
        Ok(Place { region, name, key })
    }

    async fn blob(
        &self,
        request: &Request<Incoming>,
        place: &Place,
        digest: &str,
    ) -> Result<Response<Body>, Refusal> {
        let known = self
            .sandbox
            .look(|world| layer::size(world, &place.region, &place.name, digest));
        let unknown = || Refusal::new(Code::BlobUnknown, "Requested layer does not exist");
        let size = known.ok_or_else(unknown)?;
        let path = self.store.path(digest).ok_or_else(unknown)?;
        let range = file::range(request.headers(), size)?;
        let mut response = if *request.method() == Method::HEAD {
            empty(StatusCode::OK)
        } else {
            file::read(&path, size, range).await.map_err(|error| {
                tracing::error!(%error, path = %path.display(), "a layer could not be read");
                unknown()
            })?
        };
        let headers = response.headers_mut();
        set(headers, "docker-content-digest", digest);
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        );
        headers.insert("accept-ranges", HeaderValue::from_static("bytes"));
        if !headers.contains_key(CONTENT_LENGTH) {
            headers.insert(CONTENT_LENGTH, size.into());
        }
        Ok(response)
    }
}

/// The value of a query parameter.
fn query<B>(request: &Request<B>, name: &str) -> Option<String> {
    let text = request.uri().query().unwrap_or_default();
    let found = text.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| crate::params::decode(value, true))
    });
    found.filter(|value| !value.is_empty())
}

fn set(headers: &mut http::HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn empty(status: StatusCode) -> Response<Body> {
    let body = Empty::new().map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    response
}

fn full(status: StatusCode, kind: &str, body: impl Into<Bytes>) -> Response<Body> {
    let body = Full::new(body.into()).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    set(response.headers_mut(), "content-type", kind);
    response
}

fn json(status: StatusCode, body: impl Into<Bytes>) -> Response<Body> {
    full(status, "application/json", body)
}

/// `201 Created` with where it is now, and its digest.
fn created(location: &str, digest: &str) -> Response<Body> {
    let mut response = empty(StatusCode::CREATED);
    set(response.headers_mut(), "location", location);
    set(response.headers_mut(), "docker-content-digest", digest);
    response
}
