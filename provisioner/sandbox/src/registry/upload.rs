//! Layers on their way in: at once, in one piece, in several, or mounted from another repository.
//! <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs>

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::header::{CONTENT_RANGE, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use sha2::{Digest as _, Sha256};
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt as _;

use super::refusal::{Code, Refusal};
use super::{Body, Place, Registry, created, empty, query, set};
use crate::ecr::layer;
use crate::world::World;

/// The largest layer: ECR's quota "Maximum layer size" is 52,000 MiB.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>
const MOST_BYTES: u64 = 52_000 << 20;

/// How many uploads may be under way, for this is one machine.
const MOST_UPLOADS: usize = 64;

/// The uploads under way, by id. One that somebody works on is not in here.
#[derive(Debug, Default)]
pub(super) struct Uploads(Mutex<HashMap<String, Upload>>);

#[derive(Debug)]
struct Upload {
    region: String,
    repository: String,
    path: PathBuf,
    size: u64,
    seen: Sha256,
}

impl Uploads {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Upload>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An upload that is worked on; it goes back when this is dropped, so that a client that was cut off can go on.
struct Held<'a> {
    uploads: &'a Uploads,
    id: String,
    upload: Option<Upload>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(upload) = self.upload.take() {
            self.uploads.lock().insert(self.id.clone(), upload);
        }
    }
}

impl Registry {
    /// `POST`: a mount, a layer at once, or the beginning of an upload.
    pub(super) async fn begin(
        &self,
        request: Request<Incoming>,
        place: Place,
    ) -> Result<Response<Body>, Refusal> {
        if let Some(digest) = query(&request, "mount") {
            let from = query(&request, "from").unwrap_or_default();
            let mounted = self.sandbox.change(|world| {
                let size = layer::size(world, &place.region, &from, &digest)?;
                layer::add(world, &place.region, &place.name, &digest, size);
                Some(())
            });
            if mounted.map_err(std::io::Error::other)?.is_some() {
                return Ok(created(&location_of(&place.name, &digest), &digest));
            }
        }
        let id = self.sandbox.look(World::uuid);
        let path = self.store.upload(&id)?;
        let full = self.uploads.lock().len() >= MOST_UPLOADS;
        if full {
            let message = format!("{MOST_UPLOADS} uploads are under way; finish or cancel some");
            return Err(Refusal::new(Code::TooManyRequests, message));
        }
        File::create(&path).await?;
        let upload = Upload {
            region: place.region.clone(),
            repository: place.name.clone(),
            path,
            size: 0,
            seen: Sha256::new(),
        };
        self.uploads.lock().insert(id.clone(), upload);
        if query(&request, "digest").is_some() {
            return self.finish(request, &place, &id).await;
        }
        Ok(under_way(StatusCode::ACCEPTED, &place, &id, 0))
    }

    /// `GET`: how far an upload is.
    pub(super) fn progress(&self, place: &Place, id: &str) -> Result<Response<Body>, Refusal> {
        let held = self.hold(place, id)?;
        let size = held.upload.as_ref().map_or(0, |upload| upload.size);
        Ok(under_way(StatusCode::NO_CONTENT, place, id, size))
    }

    /// `PATCH`: the next piece.
    pub(super) async fn append(
        &self,
        request: Request<Incoming>,
        place: &Place,
        id: &str,
    ) -> Result<Response<Body>, Refusal> {
        let mut held = self.hold(place, id)?;
        let size = write(&mut held, request).await?;
        Ok(under_way(StatusCode::ACCEPTED, place, id, size))
    }

    /// `PUT`: the last piece, which may be empty, and the digest that all of it must have.
    pub(super) async fn finish(
        &self,
        request: Request<Incoming>,
        place: &Place,
        id: &str,
    ) -> Result<Response<Body>, Refusal> {
        let invalid = |message: String| Refusal::new(Code::DigestInvalid, message);
        let digest = query(&request, "digest").unwrap_or_default();
        let path = self.store.path(&digest);
        let path = path.ok_or_else(|| invalid(format!("'{digest}' is not a sha256 digest")))?;
        let mut held = self.hold(place, id)?;
        write(&mut held, request).await?;
        let Some(upload) = held.upload.take() else {
            return Err(unknown());
        };
        let mut seen = "sha256:".to_owned();
        for byte in upload.seen.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(seen, "{byte:02x}");
        }
        if seen != digest {
            tokio::fs::remove_file(&upload.path).await?;
            let message = format!("The layer's digest is {seen}, and {digest} was announced");
            return Err(invalid(message));
        }
        tokio::fs::rename(&upload.path, &path).await?;
        let added = self.sandbox.change(|world| {
            layer::add(world, &place.region, &place.name, &digest, upload.size);
        });
        added.map_err(std::io::Error::other)?;
        Ok(created(&location_of(&place.name, &digest), &digest))
    }

    /// `DELETE`: no more of it.
    pub(super) fn cancel(&self, place: &Place, id: &str) -> Result<Response<Body>, Refusal> {
        let mut held = self.hold(place, id)?;
        if let Some(upload) = held.upload.take() {
            std::fs::remove_file(&upload.path)?;
        }
        Ok(empty(StatusCode::NO_CONTENT))
    }

    fn hold(&self, place: &Place, id: &str) -> Result<Held<'_>, Refusal> {
        let mut uploads = self.uploads.lock();
        let own =
            |upload: &Upload| upload.region == place.region && upload.repository == place.name;
        if !uploads.get(id).is_some_and(own) {
            return Err(unknown());
        }
        Ok(Held {
            uploads: &self.uploads,
            id: id.to_owned(),
            upload: uploads.remove(id),
        })
    }
}

fn unknown() -> Refusal {
    let message = "There is no such upload, or another request works on it";
    Refusal::new(Code::BlobUploadUnknown, message)
}

/// Appends a request's body, as it arrives; how much there is now.
async fn write(held: &mut Held<'_>, request: Request<Incoming>) -> Result<u64, Refusal> {
    let upload = held.upload.as_mut().ok_or_else(unknown)?;
    let begins = request.headers().get(CONTENT_RANGE).map(|value| {
        let text = value.to_str().unwrap_or_default();
        let first = text.trim_start_matches("bytes ").split('-').next();
        first.and_then(|first| first.trim().parse::<u64>().ok())
    });
    if let Some(first) = begins
        && first != Some(upload.size)
    {
        return Err(Refusal::out_of_order("range", so_far(upload.size)));
    }
    let mut file = OpenOptions::new().append(true).open(&upload.path).await?;
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            Refusal::new(
                Code::BlobUploadInvalid,
                format!("the body was cut off: {error}"),
            )
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if upload.size + data.len() as u64 > MOST_BYTES {
            let message = format!("A layer has at most {MOST_BYTES} bytes");
            return Err(Refusal::new(Code::SizeInvalid, message));
        }
        file.write_all(&data).await?;
        upload.seen.update(&data);
        upload.size += data.len() as u64;
    }
    file.flush().await?;
    Ok(upload.size)
}

fn location_of(name: &str, digest: &str) -> String {
    format!("/v2/{name}/blobs/{digest}")
}

/// The last byte counts from nought, so nothing at all reads as one byte; that is how the specification's examples have it.
fn so_far(size: u64) -> String {
    format!("0-{}", size.saturating_sub(1))
}

fn under_way(status: StatusCode, place: &Place, id: &str, size: u64) -> Response<Body> {
    let mut response = empty(status);
    let headers = response.headers_mut();
    set(
        headers,
        "location",
        &format!("/v2/{}/blobs/uploads/{id}", place.name),
    );
    set(headers, "docker-upload-uuid", id);
    set(headers, "range", &so_far(size));
    headers.insert("content-length", HeaderValue::from_static("0"));
    response
}
