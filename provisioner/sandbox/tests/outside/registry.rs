//! The registry, as a container engine asks it.

use bytes::Bytes;
use hcctl_sandbox::{Sandbox, Settings};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Folder;
use super::served::Served;

const REPOSITORY: &str = "shop/dev-cart";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A served sandbox with one repository, and the header that opens its registry.
struct Engine {
    served: Served,
    token: String,
}

/// What came back.
struct Came {
    status: u16,
    headers: http::HeaderMap,
    body: Bytes,
}

impl Came {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The code and the message of a refusal.
    fn refusal(&self) -> (u16, String, String) {
        let errors: Value = serde_json::from_slice(&self.body).unwrap();
        let text = |key: &str| errors["errors"][0][key].as_str().unwrap().to_owned();
        (self.status, text("code"), text("message"))
    }
}

fn digest(bytes: &[u8]) -> String {
    let hex: Vec<String> = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{}", hex.concat())
}

fn manifest(config: &[u8], layer: &[u8]) -> Value {
    let part = |kind: &str, bytes: &[u8]| json!({ "mediaType": kind, "digest": digest(bytes), "size": bytes.len() });
    json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": part("application/vnd.oci.image.config.v1+json", config),
        "layers": [part("application/vnd.oci.image.layer.v1.tar+gzip", layer)],
    })
}

impl Engine {
    async fn new(sandbox: &Sandbox, mutability: &str) -> Self {
        let served = Served::new(sandbox).await;
        let mut engine = Self {
            served,
            token: String::new(),
        };
        let wanted = json!({ "repositoryName": REPOSITORY, "imageTagMutability": mutability });
        engine.ecr("CreateRepository", &wanted).await;
        let data = engine.ecr("GetAuthorizationToken", &json!({})).await;
        let data = &data["authorizationData"][0];
        assert_eq!(
            data["proxyEndpoint"],
            format!("http://127.0.0.1:{}", engine.served.port)
        );
        data["authorizationToken"]
            .as_str()
            .unwrap()
            .clone_into(&mut engine.token);
        engine
    }

    async fn ecr(&self, operation: &str, input: &Value) -> Value {
        let scope =
            "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/ecr/aws4_request, Signature=0";
        let request = http::Request::post("http://localhost/")
            .header("authorization", scope)
            .header(
                "x-amz-target",
                format!("AmazonEC2ContainerRegistry_V20150921.{operation}"),
            )
            .body(Bytes::from(input.to_string()))
            .unwrap();
        let answer = self.served.send(request).await.unwrap();
        serde_json::from_slice(answer.body()).unwrap()
    }

    /// Begins an upload.
    async fn begin(&self) -> Came {
        let path = format!("/v2/{REPOSITORY}/blobs/uploads/");
        self.ask("POST", &path, &[], b"").await
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Came {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("http://localhost{path}"));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Basic {}", self.token));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::copy_from_slice(body)).unwrap();
        let (parts, body) = self.served.send(request).await.unwrap().into_parts();
        assert_eq!(
            parts.headers["docker-distribution-api-version"],
            "registry/2.0"
        );
        Came {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    /// Uploads at once, and tells where the layer is.
    async fn layer(&self, bytes: &[u8]) -> String {
        let path = format!("/v2/{REPOSITORY}/blobs/uploads/?digest={}", digest(bytes));
        let came = self.ask("POST", &path, &[], bytes).await;
        assert_eq!(came.status, 201);
        came.header("location").to_owned()
    }

    async fn put(&self, wanted: &str, kind: &str, manifest: &Value) -> Came {
        let path = format!("/v2/{REPOSITORY}/manifests/{wanted}");
        self.ask(
            "PUT",
            &path,
            &[("content-type", kind)],
            manifest.to_string().as_bytes(),
        )
        .await
    }
}

fn memory() -> Sandbox {
    Sandbox::open(None, Settings::instant()).unwrap()
}

#[tokio::test]
async fn nobody_gets_in_without_a_password_nor_into_a_repository_that_is_not_there() {
    let mut engine = Engine::new(&memory(), "MUTABLE").await;
    assert_eq!(engine.ask("GET", "/v2/", &[], b"").await.status, 200);
    let missing = engine
        .ask("POST", "/v2/other/blobs/uploads/", &[], b"")
        .await;
    let (status, code, message) = missing.refusal();
    assert_eq!((status, code.as_str()), (404, "NAME_UNKNOWN"));
    assert_eq!(
        message,
        "The repository with name 'other' does not exist in the registry with id '123456789012'"
    );
    let token = std::mem::take(&mut engine.token);
    for wrong in ["", "QVdTOnNhbmRib3g=", "%"] {
        engine.token = wrong.to_owned();
        let came = engine.ask("GET", "/v2/", &[], b"").await;
        assert_eq!(came.refusal().0, 401, "{wrong}");
        assert!(
            came.header("www-authenticate")
                .starts_with("Basic realm=\"http://"),
            "{wrong}"
        );
    }
    engine.token = token;
    assert_eq!(
        engine
            .ask("GET", "/v2/_catalog", &[], b"")
            .await
            .refusal()
            .1,
        "UNSUPPORTED"
    );
}

#[tokio::test]
async fn a_password_ends_after_twelve_hours() {
    let sandbox = memory();
    let engine = Engine::new(&sandbox, "MUTABLE").await;
    sandbox.advance(12 * 3_600_000);
    let (status, code, message) = engine.ask("GET", "/v2/", &[], b"").await.refusal();
    assert_eq!((status, code.as_str()), (403, "DENIED"));
    assert_eq!(
        message,
        "Your authorization token has expired. Reauthenticate and try again."
    );
}

#[tokio::test]
async fn a_layer_comes_in_pieces_and_is_read_in_part() {
    let folder = Folder::new();
    let sandbox = Sandbox::open(Some(folder.world()), Settings::instant()).unwrap();
    let engine = Engine::new(&sandbox, "MUTABLE").await;
    let whole = b"a layer of this image";
    // In pieces, the last with the finishing PUT.
    let begun = engine.begin().await;
    assert_eq!(begun.status, 202);
    let upload = begun.header("location").to_owned();
    let first = engine
        .ask("PATCH", &upload, &[("content-range", "0-6")], &whole[..7])
        .await;
    assert_eq!((first.status, first.header("range")), (202, "0-6"));
    let again = engine
        .ask("PATCH", &upload, &[("content-range", "0-6")], &whole[..7])
        .await;
    assert_eq!((again.status, again.header("range")), (416, "0-6"));
    let seen = engine.ask("GET", &upload, &[], b"").await;
    assert_eq!((seen.status, seen.header("range")), (204, "0-6"));
    let finish = format!("{upload}?digest={}", digest(whole));
    let done = engine.ask("PUT", &finish, &[], &whole[7..]).await;
    assert_eq!(
        (done.status, done.header("docker-content-digest")),
        (201, digest(whole).as_str())
    );
    let at = done.header("location").to_owned();
    assert_eq!(engine.ask("GET", &at, &[], b"").await.body.as_ref(), whole);
    let head = engine.ask("HEAD", &at, &[], b"").await;
    assert_eq!((head.status, head.header("content-length")), (200, "21"));
    for (range, wanted, told) in [
        ("bytes=2-6", &whole[2..7], "bytes 2-6/21"),
        ("bytes=16-", &whole[16..], "bytes 16-20/21"),
        ("bytes=-5", &whole[16..], "bytes 16-20/21"),
    ] {
        let part = engine.ask("GET", &at, &[("range", range)], b"").await;
        assert_eq!((part.status, part.header("content-range")), (206, told));
        assert_eq!(part.body.as_ref(), wanted);
    }
    let beyond = engine.ask("GET", &at, &[("range", "bytes=21-")], b"").await;
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, "bytes */21")
    );
}

#[tokio::test]
async fn an_upload_is_checked_cancelled_or_spared_by_a_mount() {
    let folder = Folder::new();
    let sandbox = Sandbox::open(Some(folder.world()), Settings::instant()).unwrap();
    let engine = Engine::new(&sandbox, "MUTABLE").await;
    let whole = b"a layer of this image";
    let path = format!("/v2/{REPOSITORY}/blobs/uploads/?digest={}", digest(whole));
    let done = engine.ask("POST", &path, &[], whole).await;
    assert_eq!(done.status, 201);
    let at = done.header("location").to_owned();
    // What is announced must be what came.
    let other = digest(b"other");
    let path = format!("/v2/{REPOSITORY}/blobs/uploads/?digest={other}");
    assert_eq!(
        engine.ask("POST", &path, &[], whole).await.refusal().1,
        "DIGEST_INVALID"
    );
    // Cancelled is gone.
    let begun = engine.begin().await;
    let upload = begun.header("location");
    assert_eq!(engine.ask("DELETE", upload, &[], b"").await.status, 204);
    assert_eq!(
        engine.ask("GET", upload, &[], b"").await.refusal().1,
        "BLOB_UPLOAD_UNKNOWN"
    );
    // From another repository of the registry: mounted where it has it, else an upload begins.
    engine
        .ecr("CreateRepository", &json!({ "repositoryName": "other" }))
        .await;
    let mount = |from: &str| {
        format!(
            "/v2/other/blobs/uploads/?mount={}&from={from}",
            digest(whole)
        )
    };
    assert_eq!(
        engine.ask("POST", &mount("nothing"), &[], b"").await.status,
        202
    );
    assert_eq!(
        engine
            .ask("HEAD", &at.replace(REPOSITORY, "other"), &[], b"")
            .await
            .status,
        404
    );
    assert_eq!(
        engine
            .ask("POST", &mount("shop%2Fdev-cart"), &[], b"")
            .await
            .status,
        201
    );
    assert_eq!(
        engine
            .ask("HEAD", &at.replace(REPOSITORY, "other"), &[], b"")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_manifest_becomes_an_image_once_its_layers_are_there() {
    let engine = Engine::new(&memory(), "MUTABLE").await;
    let image = manifest(b"{}", b"layer");
    let early = engine.put("v1", MANIFEST, &image).await.refusal();
    assert_eq!((early.0, early.1.as_str()), (400, "MANIFEST_BLOB_UNKNOWN"));
    assert!(
        early
            .2
            .starts_with(&format!("Layers with digests '[{}, ", digest(b"{}"))),
        "{}",
        early.2
    );
    engine.layer(b"{}").await;
    engine.layer(b"layer").await;
    let own = digest(image.to_string().as_bytes());
    let put = engine.put("v1", MANIFEST, &image).await;
    assert_eq!(
        (put.status, put.header("docker-content-digest")),
        (201, own.as_str())
    );
    let seen = engine
        .ecr("DescribeImages", &json!({ "repositoryName": REPOSITORY }))
        .await;
    assert_eq!(seen["imageDetails"][0]["imageDigest"], own);
    assert_eq!(seen["imageDetails"][0]["imageTags"], json!(["v1"]));
    assert_eq!(seen["imageDetails"][0]["imageSizeInBytes"], 5);
    for wanted in ["v1", &own] {
        let got = engine
            .ask(
                "GET",
                &format!("/v2/{REPOSITORY}/manifests/{wanted}"),
                &[],
                b"",
            )
            .await;
        assert_eq!((got.status, got.header("content-type")), (200, MANIFEST));
        assert_eq!(got.body, image.to_string());
    }
    let unknown = engine
        .ask("HEAD", &format!("/v2/{REPOSITORY}/manifests/v2"), &[], b"")
        .await;
    assert_eq!(unknown.status, 404);
    // Pushed again, where tags may move, and to where another digest was announced.
    assert_eq!(engine.put("v1", MANIFEST, &image).await.status, 201);
    let wrong = engine.put(&digest(b"x"), MANIFEST, &image).await;
    assert_eq!(wrong.refusal().1, "DIGEST_INVALID");
    assert_eq!(
        engine.put("-x", MANIFEST, &image).await.refusal().1,
        "TAG_INVALID"
    );
    assert_eq!(
        engine.put("v1", INDEX, &image).await.refusal().1,
        "MANIFEST_INVALID"
    );
    let huge = json!({ "mediaType": MANIFEST, "annotations": { "a": "x".repeat(4 << 20) } });
    assert_eq!(engine.put("v1", MANIFEST, &huge).await.refusal().0, 413);
    let deleted = engine
        .ask(
            "DELETE",
            &format!("/v2/{REPOSITORY}/manifests/v1"),
            &[],
            b"",
        )
        .await;
    assert_eq!(deleted.refusal().1, "UNSUPPORTED");
}

#[tokio::test]
async fn an_immutable_tag_refuses_even_the_same_image() {
    let engine = Engine::new(&memory(), "IMMUTABLE").await;
    engine.layer(b"{}").await;
    engine.layer(b"layer").await;
    engine.layer(b"another").await;
    assert_eq!(
        engine
            .put("v1", MANIFEST, &manifest(b"{}", b"layer"))
            .await
            .status,
        201
    );
    for layer in [b"layer".as_slice(), b"another"] {
        let (status, code, message) = engine
            .put("v1", MANIFEST, &manifest(b"{}", layer))
            .await
            .refusal();
        assert_eq!((status, code.as_str()), (400, "TAG_INVALID"));
        assert_eq!(
            message,
            "The image tag 'v1' already exists in the 'shop/dev-cart' repository and cannot be overwritten because the repository \
             is immutable."
        );
    }
    // By its digest alone it may come as often as it likes.
    let image = manifest(b"{}", b"layer");
    let own = digest(image.to_string().as_bytes());
    assert_eq!(engine.put(&own, MANIFEST, &image).await.status, 201);
}

#[tokio::test]
async fn an_index_lists_what_is_there_and_what_is_attached_is_found() {
    let engine = Engine::new(&memory(), "MUTABLE").await;
    engine.layer(b"{}").await;
    engine.layer(b"layer").await;
    let image = manifest(b"{}", b"layer");
    let own = digest(image.to_string().as_bytes());
    let listed = json!({
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [{
            "mediaType": MANIFEST, "digest": own, "size": image.to_string().len(),
            "platform": { "os": "linux", "architecture": "amd64" },
        }],
    });
    let early = engine.put("v1", INDEX, &listed).await.refusal();
    assert_eq!(early.1, "MANIFEST_BLOB_UNKNOWN");
    assert!(early.2.starts_with("Images with digests"), "{}", early.2);
    assert_eq!(engine.put(&own, MANIFEST, &image).await.status, 201);
    assert_eq!(engine.put("v1", INDEX, &listed).await.status, 201);
    // An attestation, attached to the image.
    let mut attached = manifest(b"{}", b"layer");
    attached["subject"] = json!({ "mediaType": MANIFEST, "digest": own, "size": 1 });
    attached["artifactType"] = "application/vnd.in-toto+json".into();
    let by = digest(attached.to_string().as_bytes());
    let put = engine.put(&by, MANIFEST, &attached).await;
    assert_eq!(put.header("oci-subject"), own);
    let path = format!("/v2/{REPOSITORY}/referrers/{own}");
    let found = engine.ask("GET", &path, &[], b"").await;
    assert_eq!(found.header("content-type"), INDEX);
    let found: Value = serde_json::from_slice(&found.body).unwrap();
    assert_eq!(found["manifests"][0]["digest"], by);
    let none = engine
        .ask("GET", &format!("{path}?artifactType=other"), &[], b"")
        .await;
    assert_eq!(none.header("oci-filters-applied"), "artifactType");
    let none: Value = serde_json::from_slice(&none.body).unwrap();
    assert_eq!(none["manifests"], json!([]));
    // Tags by the page.
    for tag in ["v2", "v3"] {
        engine.put(tag, INDEX, &listed).await;
    }
    let tags = format!("/v2/{REPOSITORY}/tags/list");
    let page = engine.ask("GET", &format!("{tags}?n=2"), &[], b"").await;
    assert_eq!(
        page.header("link"),
        format!("<{tags}?n=2&last=v2>; rel=\"next\"")
    );
    let rest = engine
        .ask("GET", &format!("{tags}?n=2&last=v2"), &[], b"")
        .await;
    let rest: Value = serde_json::from_slice(&rest.body).unwrap();
    assert_eq!(rest["tags"], json!(["v3"]));
}

#[tokio::test]
async fn what_no_image_names_is_removed_at_the_next_start() {
    let folder = Folder::new();
    let image = manifest(b"{}", b"layer");
    let blobs = || {
        let folder = folder
            .world()
            .with_extension("")
            .join("blobs")
            .join("sha256");
        std::fs::read_dir(folder).unwrap().count()
    };
    let sandbox = Sandbox::open(Some(folder.world()), Settings::instant()).unwrap();
    let engine = Engine::new(&sandbox, "MUTABLE").await;
    for layer in [b"{}".as_slice(), b"layer", b"never named"] {
        engine.layer(layer).await;
    }
    assert_eq!(engine.put("v1", MANIFEST, &image).await.status, 201);
    assert_eq!(blobs(), 3);
    let token = engine.token;
    engine.served.stop().await;
    let engine = Engine {
        served: Served::new(&sandbox).await,
        token,
    };
    let got = engine
        .ask("GET", &format!("/v2/{REPOSITORY}/manifests/v1"), &[], b"")
        .await;
    assert_eq!(got.body, image.to_string());
    assert_eq!(blobs(), 2);
    engine.served.stop().await;
}
