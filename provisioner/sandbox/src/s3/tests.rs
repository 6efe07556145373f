//! S3 through the dispatcher: conditions above all.

use crate::bench::{Bench, text, texts};

const BUCKET: &str = "/hcctl-123456789012-us-east-1";

/// Status, code and headers of a call that has a body.
fn ask(
    bench: &Bench,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> http::Response<String> {
    let response = bench.exchange("s3", method, path, headers, body.to_owned().into());
    response.map(|body| String::from_utf8(body.to_vec()).unwrap())
}

fn header<'a>(response: &'a http::Response<String>, name: &str) -> &'a str {
    response.headers()[name].to_str().unwrap()
}

fn with_bucket() -> Bench {
    let bench = Bench::new();
    assert_eq!(ask(&bench, "PUT", BUCKET, &[], "").status(), 200);
    bench
}

#[test]
fn a_bucket_is_made_once_and_where_it_should_be() {
    let mut bench = Bench::new();
    assert_eq!(ask(&bench, "HEAD", BUCKET, &[], "").status(), 404);
    assert_eq!(ask(&bench, "PUT", BUCKET, &[], "").status(), 200);
    let again = ask(&bench, "PUT", BUCKET, &[], "");
    assert_eq!(
        (again.status().as_u16(), text(again.body(), "Code")),
        (409, "BucketAlreadyOwnedByYou".into())
    );
    let head = ask(&bench, "HEAD", BUCKET, &[], "");
    assert_eq!(
        (head.status().as_u16(), header(&head, "x-amz-bucket-region")),
        (200, "us-east-1")
    );
    assert_eq!(
        text(ask(&bench, "PUT", "/No", &[], "").body(), "Code"),
        "InvalidBucketName"
    );

    bench.region = "eu-west-1";
    assert_eq!(
        ask(&bench, "HEAD", BUCKET, &[], "").status(),
        301,
        "the wrong region's endpoint"
    );
    let bare = ask(&bench, "PUT", "/hcctl-eu", &[], "");
    assert_eq!(
        text(bare.body(), "Code"),
        "IllegalLocationConstraintException"
    );
    let placed = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    assert_eq!(ask(&bench, "PUT", "/hcctl-eu", &[], placed).status(), 200);
}

#[test]
fn another_owner_is_refused() {
    let bench = with_bucket();
    let mine = ("x-amz-expected-bucket-owner", "123456789012");
    let other = ("x-amz-expected-bucket-owner", "999999999999");
    assert_eq!(ask(&bench, "HEAD", BUCKET, &[mine], "").status(), 200);
    assert_eq!(ask(&bench, "HEAD", BUCKET, &[other], "").status(), 403);
    let put = ask(&bench, "PUT", &format!("{BUCKET}/k"), &[other], "x");
    assert_eq!(
        (put.status().as_u16(), text(put.body(), "Code")),
        (403, "AccessDenied".into())
    );
}

#[test]
fn if_none_match_lets_one_writer_in() {
    let bench = with_bucket();
    let path = format!("{BUCKET}/locks/dev.json");
    let first = ask(
        &bench,
        "PUT",
        &path,
        &[("if-none-match", "*")],
        "{\"owner\":\"a\"}",
    );
    assert_eq!(first.status(), 200);
    let second = ask(
        &bench,
        "PUT",
        &path,
        &[("if-none-match", "*")],
        "{\"owner\":\"b\"}",
    );
    assert_eq!(
        (second.status().as_u16(), text(second.body(), "Code")),
        (412, "PreconditionFailed".into())
    );
    let seen = ask(&bench, "GET", &path, &[], "");
    assert_eq!(seen.body(), "{\"owner\":\"a\"}");
    assert_eq!(header(&seen, "etag"), header(&first, "etag"));
    assert_eq!(header(&seen, "content-length"), "13");
}

#[test]
fn if_match_follows_the_object() {
    let bench = with_bucket();
    let path = format!("{BUCKET}/locks/dev.json");
    let put = |etag: &str, body: &str| ask(&bench, "PUT", &path, &[("if-match", etag)], body);
    let missing = put("\"0\"", "x");
    assert_eq!(
        (missing.status().as_u16(), text(missing.body(), "Code")),
        (404, "NoSuchKey".into())
    );
    let first = ask(&bench, "PUT", &path, &[], "same");
    let old = header(&first, "etag").to_owned();
    let second = put(&old, "same");
    let new = header(&second, "etag").to_owned();
    assert_ne!(
        old, new,
        "a renewed lease with equal contents is still another object"
    );
    assert_eq!(put(&old, "late").status(), 412);
    let delete = |etag: &str| ask(&bench, "DELETE", &path, &[("if-match", etag)], "");
    assert_eq!(delete(&old).status(), 412);
    assert_eq!(
        delete(new.trim_matches('"')).status(),
        204,
        "quotes or none"
    );
    assert_eq!(delete(&new).status(), 404);
    assert_eq!(
        ask(&bench, "DELETE", &path, &[], "").status(),
        204,
        "without a condition it is idempotent"
    );
    assert_eq!(ask(&bench, "HEAD", &path, &[], "").status(), 404);
    assert_eq!(
        text(ask(&bench, "GET", &path, &[], "").body(), "Code"),
        "NoSuchKey"
    );
}

#[test]
fn settings_are_checked_and_come_back() {
    let bench = with_bucket();
    let put = |kind: &str, body: &str| {
        ask(&bench, "PUT", &format!("{BUCKET}?{kind}"), &[], body)
            .status()
            .as_u16()
    };
    let get = |kind: &str| ask(&bench, "GET", &format!("{BUCKET}?{kind}"), &[], "");
    assert_eq!(
        put(
            "versioning",
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        ),
        200
    );
    assert_eq!(text(get("versioning").body(), "Status"), "Enabled");
    assert_eq!(put("versioning", "<VersioningConfiguration/>"), 400);
    let put_object = ask(&bench, "PUT", &format!("{BUCKET}/k"), &[], "x");
    assert!(!header(&put_object, "x-amz-version-id").is_empty());
    assert_eq!(text(get("policy").body(), "Code"), "NoSuchBucketPolicy");
    assert_eq!(put("policy", "{\"Statement\":[]}"), 204);
    assert_eq!(get("policy").body(), "{\"Statement\":[]}");
    assert_eq!(put("policy", "no"), 400);
    let block = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>";
    assert_eq!(put("publicAccessBlock", block), 200);
    assert_eq!(get("publicAccessBlock").body(), block);
    let refused = ask(&bench, "PUT", &format!("{BUCKET}?acl"), &[], "");
    assert_eq!(text(refused.body(), "Code"), "NotSimulated");
    let refused = ask(
        &bench,
        "PUT",
        &format!("{BUCKET}/k"),
        &[("x-amz-acl", "public-read")],
        "x",
    );
    assert!(text(refused.body(), "Message").contains("header x-amz-acl"));
}

#[test]
fn lists_have_prefixes_and_pages() {
    let bench = with_bucket();
    for key in [
        "journal/dev/1",
        "journal/dev/2",
        "journal/prod/1",
        "locks/a b&c",
    ] {
        let path = format!("{BUCKET}/{}", key.replace(' ', "%20").replace('&', "%26"));
        assert_eq!(ask(&bench, "PUT", &path, &[], "x").status(), 200);
    }
    let list = |query: &str| {
        ask(
            &bench,
            "GET",
            &format!("{BUCKET}?list-type=2{query}"),
            &[],
            "",
        )
        .into_body()
    };
    assert_eq!(
        texts(&list(""), "Key"),
        [
            "journal/dev/1",
            "journal/dev/2",
            "journal/prod/1",
            "locks/a b&amp;c"
        ]
    );
    assert_eq!(
        texts(&list("&encoding-type=url&prefix=locks/"), "Key"),
        ["locks/a%20b%26c"]
    );
    let folders = list("&prefix=journal/&delimiter=/");
    assert_eq!(
        texts(&text(&folders, "CommonPrefixes"), "Prefix"),
        ["journal/dev/"]
    );
    assert_eq!(text(&folders, "KeyCount"), "2");
    let first = list("&max-keys=3");
    assert_eq!(
        (text(&first, "IsTruncated"), texts(&first, "Key").len()),
        ("true".into(), 3)
    );
    let rest = list(&format!(
        "&continuation-token={}",
        text(&first, "NextContinuationToken")
    ));
    assert_eq!(texts(&rest, "Key"), ["locks/a b&amp;c"]);
}

#[test]
fn a_virtual_host_names_the_bucket() {
    let bench = with_bucket();
    let request = http::Request::builder()
        .method("PUT")
        .uri("https://hcctl-123456789012-us-east-1.s3.us-east-1.amazonaws.com/a/b?x-id=PutObject")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/s3/aws4_request, Signature=0",
        )
        .body("hello".into())
        .unwrap();
    assert_eq!(bench.sandbox.handle(&request).unwrap().status(), 200);
    assert_eq!(
        ask(&bench, "GET", &format!("{BUCKET}/a/b"), &[], "").body(),
        "hello"
    );
}
