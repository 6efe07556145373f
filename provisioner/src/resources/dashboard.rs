//! One page with the environment's metrics.

mod members;

use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Link, Rule, Rules};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{elsewhere, example_tags};
use crate::aws::cloudwatch::dimension;
use crate::aws::{Aws, Tags, Theirs, fault};

/// A CloudWatch dashboard; its name is unique in the account. Put is an upsert.
pub struct Dashboard;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its name.
    pub name: String,
    /// Its body; where CloudWatch wants the dimension of a load balancer or target group, it holds a link.
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>
    pub body: Value,
    /// Its tags, given when it is made.
    pub tags: Tags,
}

impl Kind for Dashboard {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "dashboard";
    const RULES: Rules = &[
        ("name", Rule::Replace),
        ("body", Rule::Mention),
        ("tags", Rule::Update),
    ];
    const TEXT: &'static [&'static str] = &["body"];

    fn example() -> Spec {
        let metric = json!([
            "AWS/ApplicationELB",
            "RequestCount",
            "LoadBalancer",
            Link::to("load_balancer", "main").encode()
        ]);
        Spec {
            name: "shop-dev".to_owned(),
            body: json!({ "widgets": [{ "type": "metric", "properties": { "metrics": [metric] } }] }),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let name = name(aws);
        let call = aws.cloudwatch.get_dashboard().dashboard_name(&name);
        let answer = match call.send().await.map_err(fault("cloudwatch:GetDashboard")) {
            Err(fault) if fault.class == Class::NotFound => return Ok(Vec::new()),
            answer => answer?,
        };
        let arn = arn(aws, &name).await?;
        let body = answer.dashboard_body.unwrap_or_default();
        // A body that is no JSON cannot be one of ours; as text it is a difference that can be read.
        let mut body = serde_json::from_str(&body).unwrap_or(Value::String(body));
        lift(aws, &mut body).await?;
        let tags = aws.cloudwatch_tags("cloudwatch:dashboard", &arn).await?;
        let place = elsewhere::of_dashboard(aws, &body);
        Ok(vec![match (aws.theirs(Self::NAME, tags), place) {
            // Dashboards are global, and their graphs name a region.
            (Theirs::Ours(name, _), Some(place)) => Found::Elsewhere { name, place },
            (Theirs::Ours(address, tags), None) => {
                Found::ours(address, arn, Spec { name, body, tags })
            }
            (Theirs::Lost(tags), _) => aws.lost(Self::NAME, "main", arn, &tags),
            (Theirs::Not(why), _) => Found::Taken {
                name: "main".to_owned(),
                id: arn,
                why,
            },
        }])
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        put(
            aws,
            spec,
            Some(aws.cloudwatch_tags_for(Self::NAME, name, &spec.tags)),
        )
        .await?;
        arn(aws, &spec.name).await
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        if change.has("body") {
            put(aws, change.after, None).await?;
        }
        aws.retag_cloudwatch(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, _id: &str, seen: &Spec) -> Result<(), Fault> {
        let call = aws
            .cloudwatch
            .delete_dashboards()
            .dashboard_names(&seen.name);
        super::gone_is_fine(
            call.send()
                .await
                .map(drop)
                .map_err(fault("cloudwatch:DeleteDashboards")),
        )
    }
}

/// The environment's one dashboard.
fn name(aws: &Aws) -> String {
    format!("{}-{}", aws.scope.project, aws.scope.environment)
}

/// Dashboards are global: their ARN has no region.
async fn arn(aws: &Aws, name: &str) -> Result<String, Fault> {
    let identity = aws.identity().await?;
    let partition = crate::aws::partition(&aws.scope.region);
    Ok(format!(
        "arn:{partition}:cloudwatch::{}:dashboard/{name}",
        identity.account
    ))
}

async fn put(
    aws: &Aws,
    spec: &Spec,
    tags: Option<Vec<aws_sdk_cloudwatch::types::Tag>>,
) -> Result<(), Fault> {
    let mut body = spec.body.clone();
    walk(&mut body, &mut |value| {
        if let Ok(link) = Link::deserialize(&*value) {
            *value = Value::String(dimension(link.resolved()).to_owned());
        }
    });
    let call = aws
        .cloudwatch
        .put_dashboard()
        .dashboard_name(&spec.name)
        .dashboard_body(body.to_string());
    let answer = call
        .set_tags(tags)
        .send()
        .await
        .map_err(fault("cloudwatch:PutDashboard"))?;
    for message in answer.dashboard_validation_messages() {
        let (path, text) = (
            message.data_path().unwrap_or_default(),
            message.message().unwrap_or_default(),
        );
        tracing::warn!(path, text, "CloudWatch took the dashboard with a remark");
    }
    Ok(())
}

/// Turns load balancer dimensions into links.
async fn lift(aws: &Aws, body: &mut Value) -> Result<(), Fault> {
    let identity = aws.identity().await?;
    let (partition, region) = (crate::aws::partition(&aws.scope.region), &aws.scope.region);
    let prefix = format!(
        "arn:{partition}:elasticloadbalancing:{region}:{}:",
        identity.account
    );
    walk(body, &mut |value| {
        let arn = match value.as_str() {
            Some(text) if text.starts_with("app/") => format!("{prefix}loadbalancer/{text}"),
            Some(text) if text.starts_with("targetgroup/") => format!("{prefix}{text}"),
            _ => return,
        };
        *value = Link::Id(arn).encode();
    });
    Ok(())
}

/// Calls `change` for every value, parents first; what it makes of a value is not walked into.
fn walk(value: &mut Value, change: &mut dyn FnMut(&mut Value)) {
    let before = value.clone();
    change(value);
    if *value != before {
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, change)),
        Value::Object(map) => map.values_mut().for_each(|item| walk(item, change)),
        _ => {}
    }
}
