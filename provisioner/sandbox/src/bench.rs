//! A bench for the rooms' tests: raw signed requests through the dispatcher, without the AWS SDK.
//!
//! ```ignore
//! let bench = Bench::new();
//! let xml = bench.ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16")]).unwrap();
//! let vpc = text(&xml, "vpcId");
//! let refusal = bench.json("ecs", "DeleteCluster", json!({ "cluster": "main" })).unwrap_err();
//! assert_eq!(refusal.code, "ClusterNotFoundException");
//! ```

use bytes::Bytes;
use serde_json::Value;

use crate::cbor;
use crate::world::World;
use crate::{Sandbox, Settings};

/// A refusal as it arrived on the wire.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) status: u16,
}

/// One sandbox to ask.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) region: &'static str,
}

impl Bench {
    /// Everything is ready at once.
    pub(crate) fn new() -> Self {
        Self::with(Settings::instant())
    }

    /// With settings of one's own, such as [`Settings::stepped`] for pending states.
    pub(crate) fn with(settings: Settings) -> Self {
        let sandbox =
            Sandbox::open(None, settings).expect("a world in memory has no file to fail on");
        Self {
            sandbox,
            region: "us-east-1",
        }
    }

    /// Reaches into the world, as the rooms of other services do.
    pub(crate) fn world<T>(&self, reach: impl FnOnce(&mut World) -> T) -> T {
        self.sandbox.with_world(reach)
    }

    /// An EC2 call; the answer is XML.
    pub(crate) fn ec2(&self, operation: &str, params: &[(&str, &str)]) -> Result<String, Refusal> {
        self.query("ec2", operation, params)
    }

    /// A call of a query service by its signing name (`ec2`, `elasticloadbalancing`, `iam`, `sts`); the answer is XML.
    pub(crate) fn query(
        &self,
        service: &str,
        operation: &str,
        params: &[(&str, &str)],
    ) -> Result<String, Refusal> {
        let mut form = format!("Action={operation}&Version=0");
        for (name, value) in params {
            form.push('&');
            form.push_str(name);
            form.push('=');
            form.push_str(&escape(value));
        }
        let (status, body) = self.send(service, "POST", "/", &[], form.into());
        let body = String::from_utf8(body.to_vec()).unwrap();
        if status == 200 {
            return Ok(body);
        }
        Err(Refusal {
            code: text(&body, "Code"),
            message: unescape(&text(&body, "Message")),
            status,
        })
    }

    /// A call of a JSON service by its signing name (`ecs`, `ecr`, `logs`, `dynamodb`, `tagging`, ...).
    #[expect(
        clippy::needless_pass_by_value,
        reason = "tests pass json!({...}) literals"
    )]
    pub(crate) fn json(
        &self,
        service: &str,
        operation: &str,
        body: Value,
    ) -> Result<Value, Refusal> {
        let target = format!("Target.{operation}");
        let headers = [("x-amz-target", target.as_str())];
        let (status, body) = self.send(service, "POST", "/", &headers, body.to_string().into());
        let value: Value = serde_json::from_slice(&body).unwrap();
        if status == 200 {
            Ok(value)
        } else {
            Err(refusal(&value, status))
        }
    }

    /// A call of CloudWatch in CBOR, as the SDK makes it.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "tests pass json!({...}) literals"
    )]
    pub(crate) fn cbor(&self, operation: &str, body: Value) -> Result<Value, Refusal> {
        let path = format!("/service/GraniteServiceVersion20100801/operation/{operation}");
        let headers = [("smithy-protocol", "rpc-v2-cbor")];
        let (status, body) = self.send(
            "monitoring",
            "POST",
            &path,
            &headers,
            cbor::encode(&body).into(),
        );
        let value = cbor::decode(&body).unwrap();
        if status == 200 {
            Ok(value)
        } else {
            Err(refusal(&value, status))
        }
    }

    /// Any request; gives back status and body.
    pub(crate) fn send(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> (u16, Bytes) {
        let response = self.exchange(service, method, path, headers, body);
        (response.status().as_u16(), response.into_body())
    }

    /// Any request; gives back the whole response.
    pub(crate) fn exchange(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> http::Response<Bytes> {
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=AKID/20260101/{}/{service}/aws4_request, Signature=0",
            self.region
        );
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("http://127.0.0.1{path}"))
            .header("authorization", scope);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.sandbox.handle(&request.body(body).unwrap()).unwrap()
    }
}

fn refusal(value: &Value, status: u16) -> Refusal {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    Refusal {
        code: text("__type"),
        message: text("message"),
        status,
    }
}

/// The text of the first `<name>` in an XML answer; empty if there is none.
pub(crate) fn text(xml: &str, name: &str) -> String {
    texts(xml, name).into_iter().next().unwrap_or_default()
}

/// The texts of every `<name>` in an XML answer, in order.
pub(crate) fn texts(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(&open).skip(1);
    parts
        .filter_map(|part| Some(part.split_once(&close)?.0.to_owned()))
        .collect()
}

/// Undoes XML's escapes.
pub(crate) fn unescape(text: &str) -> String {
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    pairs.iter().fold(text.to_owned(), |text, (escape, plain)| {
        text.replace(escape, plain)
    })
}

fn escape(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                (byte as char).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[test]
fn the_caller_is_the_sandboxs_account() {
    let xml = Bench::new().query("sts", "GetCallerIdentity", &[]).unwrap();
    assert_eq!(text(&xml, "Account"), crate::ACCOUNT);
}

#[test]
fn what_is_not_simulated_names_itself() {
    let bench = Bench::new();
    let refusal = bench.ec2("RunInstances", &[]).unwrap_err();
    assert_eq!(
        refusal.message,
        "the sandbox does not simulate operation RunInstances of EC2"
    );
    let refusal = bench
        .query("sts", "GetCallerIdentity", &[("Foo.1.Bar", "x")])
        .unwrap_err();
    assert_eq!(
        refusal.message,
        "the sandbox does not simulate parameter Foo.N.Bar of STS GetCallerIdentity"
    );
    let refusal = bench.json("glue", "ListKeys", Value::Null).unwrap_err();
    assert_eq!(
        refusal.message,
        "the sandbox does not simulate service glue"
    );
    let refusal = bench
        .cbor("PutMetricStream", serde_json::json!({}))
        .unwrap_err();
    assert_eq!(refusal.code, "NotSimulated");
}
