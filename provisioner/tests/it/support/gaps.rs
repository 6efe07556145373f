//! What moto 5.2.1 cannot do of what hcctl asks, and how the proxy steps around it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use http::Response;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::detour::{Answered, Asked, Detour};

/// Each gap: the operation, what moto does instead of what AWS does, and what the proxy does about it.
pub(crate) const GAPS: &[(&str, &str, &str)] = &[
    (
        "application-autoscaling:ListTagsForResource",
        "is not implemented, and the tags of RegisterScalableTarget are dropped: HTTP 500",
        "the proxy keeps the tags of RegisterScalableTarget by the ARN in its answer",
    ),
    (
        "monitoring:ListTagsForResource",
        "dashboards have no tags: those of PutDashboard are dropped (API_PutDashboard, Tags)",
        "the proxy keeps the tags of PutDashboard by the dashboard's name",
    ),
    (
        "ec2:DescribeVpcEndpoints",
        "the documented filter vpc-endpoint-id is not implemented: HTTP 500",
        "the proxy asks by VpcEndpointId instead",
    ),
    (
        "elasticloadbalancing:DescribeListeners",
        "a listener for HTTP has the default SslPolicy; AWS has none there (API_Listener, SslPolicy)",
        "the proxy takes the default policy, which hcctl never sets, out of the answer",
    ),
    (
        "servicequotas:GetAWSDefaultServiceQuota",
        "is not implemented: HTTP 500",
        "the proxy answers with a quota that nothing here meets",
    ),
];

/// Which gaps were met.
pub(crate) type Met = Arc<Mutex<BTreeSet<&'static str>>>;

/// Steps around [`GAPS`].
#[derive(Default)]
pub(crate) struct Gaps {
    tags: Mutex<HashMap<String, Value>>,
    met: Met,
}

impl Gaps {
    pub(crate) fn met(&self) -> Met {
        Arc::clone(&self.met)
    }

    fn meet(&self, gap: usize) {
        self.met.lock().expect("unbroken").insert(GAPS[gap].0);
    }

    fn keep(&self, key: &str, tags: &Value) {
        if !tags.is_null() {
            let mut kept = self.tags.lock().expect("unbroken");
            kept.insert(key.to_owned(), tags.clone());
        }
    }

    fn kept(&self, key: &str) -> Option<Value> {
        self.tags.lock().expect("unbroken").get(key).cloned()
    }
}

impl Detour for Gaps {
    fn ask(&self, operation: &str, asked: &mut Asked) -> Option<Answered> {
        match operation {
            "application-autoscaling:ListTagsForResource" => {
                let tags = self.kept(read(asked.body())["ResourceARN"].as_str()?)?;
                self.meet(0);
                Some(answer(&json!({ "Tags": tags })))
            }
            "monitoring:ListTagsForResource" => {
                let body = read(asked.body());
                let (_, name) = body["ResourceARN"].as_str()?.split_once(":dashboard/")?;
                let tags = self.kept(&format!("dashboard/{name}"))?;
                self.meet(1);
                Some(answer(&json!({ "Tags": tags })))
            }
            "ec2:DescribeVpcEndpoints" => {
                let body = String::from_utf8_lossy(asked.body()).into_owned();
                let rest = body.split_once("Filter.1.Name=vpc-endpoint-id&Filter.1.Value.1=");
                let (before, id) = rest?;
                self.meet(2);
                *asked.body_mut() = Bytes::from(format!("{before}VpcEndpointId.1={id}"));
                None
            }
            "servicequotas:GetAWSDefaultServiceQuota" => {
                self.meet(4);
                Some(answer(&json!({ "Quota": { "Value": 5_000.0 } })))
            }
            _ => None,
        }
    }

    fn answer(&self, operation: &str, asked: &Bytes, answered: &mut Answered) {
        if !answered.status().is_success() {
            return;
        }
        match operation {
            "application-autoscaling:RegisterScalableTarget" => {
                let answer = read(answered.body());
                if let Some(arn) = answer["ScalableTargetARN"].as_str() {
                    self.keep(arn, &read(asked)["Tags"]);
                }
            }
            "monitoring:PutDashboard" => {
                let asked = read(asked);
                let name = asked["DashboardName"].as_str().unwrap_or_default();
                self.keep(&format!("dashboard/{name}"), &asked["Tags"]);
            }
            "elasticloadbalancing:DescribeListeners" => {
                let body = String::from_utf8_lossy(answered.body());
                let without = body.replace("<SslPolicy>ELBSecurityPolicy-2016-08</SslPolicy>", "");
                if without.len() != body.len() {
                    self.meet(3);
                    answered.headers_mut().remove(http::header::CONTENT_LENGTH);
                    *answered.body_mut() = Bytes::from(without);
                }
            }
            _ => {}
        }
    }
}

fn read(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

/// The same, and no service deployments, which moto does not have: a list of none.
#[derive(Default)]
pub(crate) struct NoDeployments(Gaps);

impl Detour for NoDeployments {
    fn ask(&self, operation: &str, asked: &mut Asked) -> Option<Answered> {
        if operation == "ecs:ListServiceDeployments" {
            return Some(answer(&json!({ "serviceDeployments": [] })));
        }
        self.0.ask(operation, asked)
    }

    fn answer(&self, operation: &str, asked: &Bytes, answered: &mut Answered) {
        self.0.answer(operation, asked, answered);
    }
}

/// S3's GetBucketVersioning answers a document whose root moto calls `GetBucketVersioningResponse`, and AWS
/// `VersioningConfiguration` (API_GetBucketVersioning): the proxy calls it that.
#[derive(Default)]
pub(crate) struct Versioning {
    met: Met,
}

impl Versioning {
    pub(crate) fn met(&self) -> Met {
        Arc::clone(&self.met)
    }
}

impl Detour for Versioning {
    fn answer(&self, operation: &str, _: &Bytes, answered: &mut Answered) {
        let body = String::from_utf8_lossy(answered.body());
        let named = body.replace("GetBucketVersioningResponse", "VersioningConfiguration");
        if operation.starts_with("s3:GET ") && named != body {
            self.met
                .lock()
                .expect("unbroken")
                .insert("s3:GetBucketVersioning");
            answered.headers_mut().remove(http::header::CONTENT_LENGTH);
            *answered.body_mut() = Bytes::from(named);
        }
    }
}

fn answer(body: &Value) -> Answered {
    let mut answer = Response::new(Bytes::from(body.to_string()));
    let json = http::HeaderValue::from_static("application/x-amz-json-1.1");
    answer
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, json);
    answer
}
