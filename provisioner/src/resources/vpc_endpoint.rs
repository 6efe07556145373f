//! Private ways to S3 and DynamoDB: free, and they keep image layers and patient data off the NAT gateway.

mod members;

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{ResourceType, State, VpcEndpointType};
use hcctl_engine::{Fault, Found, Kind, KindChange, Link, Readiness, Replacement, Rule, Rules};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{example_tags, ids, incomplete, names, vpc};
use crate::aws::ec2::{filter, read_tags};
use crate::aws::patience::unknown_id;
use crate::aws::{Aws, Tags, Theirs, fault, read_document};

/// A gateway endpoint.
pub struct VpcEndpoint;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its VPC.
    pub vpc: Link,
    /// The service's name, such as `com.amazonaws.us-east-1.s3`.
    pub service: String,
    /// The route tables that it adds its route to.
    pub route_tables: BTreeSet<Link>,
    /// Who may do what through it, where that is not everything: a policy of its own. Wanted empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Value>,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for VpcEndpoint {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "vpc_endpoint";
    const RULES: Rules = &[
        ("vpc", Rule::Replace),
        ("service", Rule::Replace),
        ("route_tables", Rule::Mention),
        ("policy", Rule::Update),
        ("tags", Rule::Update),
    ];
    const REPLACEMENT: Replacement = Replacement::MakeFirst;
    const BRIEF: &'static [&'static str] = &["route_tables"];
    const TEXT: &'static [&'static str] = &["policy"];

    fn example() -> Spec {
        Spec {
            vpc: Link::to("vpc", "main"),
            service: "com.amazonaws.us-east-1.dynamodb".to_owned(),
            route_tables: BTreeSet::from([Link::to("route_table", "private-a")]),
            policy: Some(json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "dynamodb:GetItem",
                    "Resource": "*"
                }]
            })),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let vpcs = vpc::ids(aws).await?;
        if vpcs.is_empty() {
            return Ok(Vec::new());
        }
        let mut pages = aws
            .ec2
            .describe_vpc_endpoints()
            .filters(filter("vpc-id", vpcs))
            .into_paginator()
            .items()
            .send();
        let mut found = Vec::new();
        while let Some(endpoint) = pages.next().await {
            let endpoint = endpoint.map_err(fault("ec2:DescribeVpcEndpoints"))?;
            if ENDED.contains(&state(endpoint.state.as_ref()).as_str()) {
                continue;
            }
            let id = endpoint.vpc_endpoint_id.unwrap_or_default();
            let service = endpoint.service_name.unwrap_or_default();
            found.push(match aws.theirs(Self::NAME, read_tags(endpoint.tags)) {
                Theirs::Ours(name, tags) => {
                    let route_tables = endpoint
                        .route_table_ids
                        .unwrap_or_default()
                        .into_iter()
                        .map(Link::Id)
                        .collect();
                    let vpc = Link::Id(endpoint.vpc_id.unwrap_or_default());
                    let policy = endpoint.policy_document.as_deref().map(read_document);
                    Found::ours(
                        name,
                        id,
                        Spec {
                            vpc,
                            service,
                            route_tables,
                            policy: policy.filter(|policy| !allows_everything(policy)),
                            tags,
                        },
                    )
                }
                Theirs::Lost(tags) => aws.lost(Self::NAME, names::tagged(aws, &tags), id, &tags),
                Theirs::Not(why) => Found::Extra {
                    id,
                    what: format!("endpoint for {service} in our VPC: {why}"),
                },
            });
        }
        Ok(found)
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let create = || async {
            let tags = aws.tag_spec(ResourceType::VpcEndpoint, Self::NAME, name, &spec.tags);
            let call = aws
                .ec2
                .create_vpc_endpoint()
                .vpc_endpoint_type(VpcEndpointType::Gateway);
            let call = call
                .vpc_id(spec.vpc.resolved())
                .service_name(&spec.service)
                .tag_specifications(tags);
            let call = call.set_route_table_ids(Some(ids(&spec.route_tables)));
            let answer = call.send().await.map_err(fault("ec2:CreateVpcEndpoint"))?;
            let id = answer
                .vpc_endpoint
                .and_then(|endpoint| endpoint.vpc_endpoint_id);
            id.ok_or_else(|| incomplete("ec2:CreateVpcEndpoint", "endpoint"))
        };
        aws.patiently(unknown_id, create).await
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        let (before, after) = (change.before, change.after);
        let add = &after.route_tables - &before.route_tables;
        let remove = &before.route_tables - &after.route_tables;
        let reset = change.has("policy");
        if !add.is_empty() || !remove.is_empty() || reset {
            let call = aws.ec2.modify_vpc_endpoint().vpc_endpoint_id(change.id);
            let call = call.set_reset_policy(reset.then_some(true));
            let call = call.set_add_route_table_ids((!add.is_empty()).then(|| ids(&add)));
            let call = call.set_remove_route_table_ids((!remove.is_empty()).then(|| ids(&remove)));
            call.send().await.map_err(fault("ec2:ModifyVpcEndpoint"))?;
        }
        aws.retag_ec2(change.id, &before.tags, &after.tags).await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, _seen: &Spec) -> Result<(), Fault> {
        let answer = aws
            .ec2
            .delete_vpc_endpoints()
            .vpc_endpoint_ids(id)
            .send()
            .await;
        let answer = answer.map_err(fault("ec2:DeleteVpcEndpoints"))?;
        // Refusals come in an answer that says success.
        // <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html>
        for item in answer.unsuccessful.unwrap_or_default() {
            let error = item
                .error
                .unwrap_or_else(|| aws_sdk_ec2::types::UnsuccessfulItemError::builder().build());
            if error.code().is_some_and(|code| !code.contains("NotFound")) {
                let mut fault = Fault::own(
                    "ec2:DeleteVpcEndpoints",
                    error.message().unwrap_or("no reason given"),
                );
                fault.code = error.code;
                return Err(fault);
            }
        }
        Ok(())
    }

    async fn gone(aws: &Aws, id: &str) -> Result<Readiness, Fault> {
        let call = aws
            .ec2
            .describe_vpc_endpoints()
            .filters(filter("vpc-endpoint-id", [id]));
        let answer = call
            .send()
            .await
            .map_err(fault("ec2:DescribeVpcEndpoints"))?;
        let endpoint = answer.vpc_endpoints.unwrap_or_default().pop();
        Ok(
            match endpoint.map(|endpoint| state(endpoint.state.as_ref())) {
                None => Readiness::Ready,
                Some(state) if state == "deleted" => Readiness::Ready,
                Some(state) => Readiness::NotYet(state),
            },
        )
    }
}

/// Whether a policy is the one that AWS gives a new endpoint, whatever its version.
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html#default-endpoint-policy>
fn allows_everything(policy: &Value) -> bool {
    let statements = match &policy["Statement"] {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    let [only] = statements else { return false };
    let all = json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" });
    *only == all
}

/// States of an endpoint that serves nobody any more.
const ENDED: [&str; 4] = ["deleting", "deleted", "failed", "rejected"];

/// The state's word; gateway endpoints have it in lower case, which the SDK does not know.
fn state(state: Option<&State>) -> String {
    state
        .map(|state| state.as_str().to_lowercase())
        .unwrap_or_default()
}
