//! One call of AWS's API, recognised from an HTTP request.
//!
//! Owns: which service and operation a request means, and reading its parameters. Must not know: what the operation does.
//! The service comes from the SigV4 credential scope (no signature is checked), the operation from `Action`, `X-Amz-Target`
//! or the path, as each protocol has it.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

use crate::answer::AwsError;
use crate::cbor;
use crate::params::{Params, decode};
use crate::partition::{self, Partition};
use crate::world::ACCOUNT;

/// The services that the sandbox has rooms for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Acm,
    Cloudwatch,
    Discovery,
    Dynamodb,
    Ec2,
    Ecr,
    Ecs,
    Elbv2,
    Iam,
    Kms,
    Logs,
    Quotas,
    S3,
    Scaling,
    Secrets,
    Ssm,
    Sqs,
    Sts,
    Tagging,
    Trail,
}

impl Service {
    /// Finds a service by its signing name (the fourth part of the SigV4 credential scope).
    fn from_signing_name(name: &str) -> Option<Self> {
        Some(match name {
            "acm" => Self::Acm,
            "monitoring" => Self::Cloudwatch,
            "servicediscovery" => Self::Discovery,
            "dynamodb" => Self::Dynamodb,
            "ec2" => Self::Ec2,
            "ecr" => Self::Ecr,
            "ecs" => Self::Ecs,
            "elasticloadbalancing" => Self::Elbv2,
            "iam" => Self::Iam,
            "kms" => Self::Kms,
            "logs" => Self::Logs,
            "servicequotas" => Self::Quotas,
            "s3" => Self::S3,
            "application-autoscaling" => Self::Scaling,
            "secretsmanager" => Self::Secrets,
            "ssm" => Self::Ssm,
            "sqs" => Self::Sqs,
            "sts" => Self::Sts,
            "tagging" => Self::Tagging,
            "cloudtrail" => Self::Trail,
            _ => return None,
        })
    }

    /// The name in messages for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Acm => "ACM",
            Self::Cloudwatch => "CloudWatch",
            Self::Discovery => "Cloud Map",
            Self::Dynamodb => "DynamoDB",
            Self::Ec2 => "EC2",
            Self::Ecr => "ECR",
            Self::Ecs => "ECS",
            Self::Elbv2 => "ELBv2",
            Self::Iam => "IAM",
            Self::Kms => "KMS",
            Self::Logs => "CloudWatch Logs",
            Self::Quotas => "Service Quotas",
            Self::S3 => "S3",
            Self::Scaling => "Application Auto Scaling",
            Self::Secrets => "Secrets Manager",
            Self::Ssm => "Systems Manager",
            Self::Sqs => "SQS",
            Self::Sts => "STS",
            Self::Tagging => "the tagging API",
            Self::Trail => "CloudTrail",
        }
    }

    fn protocol(self, request: &http::Request<Bytes>) -> Protocol {
        // The current SDKs speak CBOR, the AWS CLI of some releases JSON, older ones the query form.
        let cbor = request.headers().contains_key("smithy-protocol");
        match self {
            Self::Cloudwatch | Self::Discovery if cbor => Protocol::Cbor,
            Self::Ec2 => Protocol::Ec2Query,
            Self::S3 => Protocol::RestXml,
            Self::Dynamodb | Self::Sqs => Protocol::Json10,
            Self::Acm
            | Self::Discovery
            | Self::Ecr
            | Self::Ecs
            | Self::Kms
            | Self::Logs
            | Self::Quotas
            | Self::Scaling
            | Self::Secrets
            | Self::Ssm
            | Self::Tagging
            | Self::Trail => Protocol::Json11,
            Self::Cloudwatch if request.headers().contains_key("x-amz-target") => Protocol::Json10,
            Self::Cloudwatch | Self::Elbv2 | Self::Iam | Self::Sts => Protocol::AwsQuery,
        }
    }
}

/// How a service writes requests and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// `Action=...` and XML with `<Response><Errors>` for errors.
    Ec2Query,
    /// `Action=...` and XML with `<ErrorResponse>` for errors.
    AwsQuery,
    /// `X-Amz-Target` and JSON, `application/x-amz-json-1.0`.
    Json10,
    /// `X-Amz-Target` and JSON, `application/x-amz-json-1.1`.
    Json11,
    /// `/service/X/operation/Y` and CBOR.
    Cbor,
    /// Method and path, XML bodies.
    RestXml,
}

/// One call, ready for its service's room.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) protocol: Protocol,
    /// The operation's name; for S3, whose operations have none on the wire, the HTTP method.
    pub(crate) operation: String,
    pub(crate) region: String,
    pub(crate) account: String,
    /// The access key id that it was signed with.
    pub(crate) key: String,
    /// Parameters of the query protocols, without `Action` and `Version`.
    pub(crate) params: Params,
    /// The body of the JSON and CBOR protocols; `{}` elsewhere.
    pub(crate) json: Value,
    pub(crate) method: String,
    /// The authority, for S3's virtual-host addressing.
    pub(crate) host: String,
    pub(crate) path: String,
    /// The query string's parameters, for S3.
    pub(crate) query: Params,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// Recognises a request.
    pub(crate) fn recognise(request: &http::Request<Bytes>) -> Result<Self, AwsError> {
        let header = |name: &str| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let scope =
            Scope::find(header("authorization"), request.uri().query()).ok_or_else(|| {
                AwsError::new(
                    "MissingAuthenticationToken",
                    "the request is not signed, so the sandbox cannot tell which service it is for",
                )
            })?;
        let service = Service::from_signing_name(&scope.service)
            .ok_or_else(|| AwsError::not_simulated(format!("service {}", scope.service)))?;
        let protocol = service.protocol(request);
        let body = request.body();
        let text = || String::from_utf8_lossy(body);

        let mut params = Params::default();
        let mut json = Value::Object(serde_json::Map::new());
        let operation = match protocol {
            Protocol::Ec2Query | Protocol::AwsQuery => {
                params = Params::parse(&text());
                params.remove("Version");
                params.remove("Action").unwrap_or_default()
            }
            Protocol::Json10 | Protocol::Json11 => {
                if !body.is_empty() {
                    json = serde_json::from_slice(body).map_err(|error| {
                        AwsError::new(
                            "SerializationException",
                            format!("the body is not JSON: {error}"),
                        )
                    })?;
                }
                let target = header("x-amz-target").unwrap_or_default();
                target.rsplit('.').next().unwrap_or_default().to_owned()
            }
            Protocol::Cbor => {
                if !body.is_empty() {
                    json = cbor::decode(body)
                        .map_err(|error| AwsError::new("SerializationException", error))?;
                }
                request
                    .uri()
                    .path()
                    .rsplit('/')
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            }
            Protocol::RestXml => request.method().to_string(),
        };
        let host = request
            .uri()
            .host()
            .or_else(|| header("host"))
            .unwrap_or_default();
        Ok(Self {
            service,
            protocol,
            operation,
            region: scope.region,
            account: ACCOUNT.to_owned(),
            key: scope.key,
            params,
            json,
            method: request.method().to_string(),
            host: host.to_owned(),
            path: request.uri().path().to_owned(),
            query: Params::parse(request.uri().query().unwrap_or_default()),
            headers: request.headers().clone(),
            body: body.clone(),
        })
    }

    /// A call of ECR's API that no client sent in this form.
    pub(crate) fn of_ecr(region: &str, key: &str, operation: &str, input: Value) -> Self {
        Self {
            service: Service::Ecr,
            protocol: Protocol::Json11,
            operation: operation.to_owned(),
            region: region.to_owned(),
            account: ACCOUNT.to_owned(),
            key: key.to_owned(),
            params: Params::default(),
            json: input,
            method: "POST".to_owned(),
            host: String::new(),
            path: "/".to_owned(),
            query: Params::default(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// Whether the call may change the world. Reads are what AWS names as reads.
    pub(crate) fn is_write(&self) -> bool {
        const READS: [&str; 10] = [
            "Describe",
            "Get",
            "List",
            "Head",
            "BatchGet",
            "BatchCheck",
            "FilterLog",
            "Lookup",
            "SimulatePrincipal",
            "Query",
        ];
        match self.protocol {
            Protocol::RestXml => !matches!(self.method.as_str(), "GET" | "HEAD"),
            _ => !READS.iter().any(|read| self.operation.starts_with(read)),
        }
    }

    /// The error of a room that has no such operation.
    pub(crate) fn unknown_operation(&self) -> AwsError {
        AwsError::not_simulated(format!(
            "operation {} of {}",
            self.operation,
            self.service.name()
        ))
    }

    /// Refuses every query parameter that is not in the lists. Numbers are written `N`: `Filter.N.Value.N`.
    pub(crate) fn allow(&self, known: &[&[&str]]) -> Result<(), AwsError> {
        for shape in self.params.shapes() {
            if !known.iter().any(|list| list.contains(&shape.as_str())) {
                return Err(self.unknown_parameter(&shape));
            }
        }
        Ok(())
    }

    /// Refuses every top-level JSON key that is not in the list.
    pub(crate) fn allow_keys(&self, known: &[&str]) -> Result<(), AwsError> {
        match self.json.as_object() {
            Some(object) => match object.keys().find(|key| !known.contains(&key.as_str())) {
                Some(key) => Err(self.unknown_parameter(key)),
                None => Ok(()),
            },
            None => Err(AwsError::new(
                "SerializationException",
                "the body is not a JSON object",
            )),
        }
    }

    /// The error for a parameter that the sandbox does not implement.
    pub(crate) fn unknown_parameter(&self, name: &str) -> AwsError {
        AwsError::not_simulated(format!(
            "parameter {name} of {} {}",
            self.service.name(),
            self.operation
        ))
    }

    /// A query parameter that must be there.
    pub(crate) fn need(&self, name: &str) -> Result<&str, AwsError> {
        self.params.get(name).ok_or_else(|| match self.protocol {
            Protocol::Ec2Query => AwsError::new(
                "MissingParameter",
                format!("The request must contain the parameter {name}"),
            ),
            _ => AwsError::new(
                "ValidationError",
                format!("The request must contain the parameter {name}"),
            ),
        })
    }

    /// A JSON string.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.json[key].as_str()
    }

    /// A JSON list of strings; absent is empty.
    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        let items = self.json[key]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        items
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    }

    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Who calls. There are no users in the sandbox, so an access key id is its user's name, whatever it is.
    pub(crate) fn user(&self) -> &str {
        &self.key
    }

    /// The ARN of who calls.
    pub(crate) fn user_arn(&self) -> String {
        self.global_arn("iam", &format!("user/{}", self.user()))
    }

    /// The ARN of something in this call's account and region: `call.arn("ecs", "cluster/main")`.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        partition::arn(&self.region, service, resource)
    }

    /// The ARN of something that has no region: `call.global_arn("iam", "role/a")`.
    pub(crate) fn global_arn(&self, service: &str, resource: &str) -> String {
        let (partition, account) = (self.partition().name, &self.account);
        format!("arn:{partition}:{service}::{account}:{resource}")
    }

    /// The partition that it was made in.
    pub(crate) fn partition(&self) -> &'static Partition {
        Partition::of(&self.region)
    }
}

/// The SigV4 credential scope: by whom a request is made, and what for.
struct Scope {
    key: String,
    region: String,
    service: String,
}

impl Scope {
    /// From the header `Credential=AKID/20260101/us-east-1/ec2/aws4_request, ...` or a presigned URL's query.
    fn find(authorization: Option<&str>, query: Option<&str>) -> Option<Self> {
        let from_header = authorization
            .and_then(|header| header.split_once("Credential="))
            .map(|(_, rest)| rest.split(',').next().unwrap_or_default().to_owned());
        let presigned = || {
            Params::parse(query?)
                .get("X-Amz-Credential")
                .map(|text| decode(text, false))
        };
        let credential = from_header.or_else(presigned)?;
        let mut parts = credential.rsplit('/').skip(1);
        let service = parts.next()?.to_owned();
        let region = parts.next()?.to_owned();
        let key = parts.nth(1)?.to_owned();
        Some(Self {
            key,
            region,
            service,
        })
    }
}
