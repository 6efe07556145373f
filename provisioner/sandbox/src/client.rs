//! The sandbox as the AWS SDK's HTTP client: calls never leave the process.
//!
//! Owns: the translation between the SDK's requests and [`Sandbox::handle`]. Must not know: services.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use bytes::Bytes;
use http::Uri;
use http::uri::PathAndQuery;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::rt::TokioExecutor;

use crate::sandbox::Sandbox;

impl Sandbox {
    /// This sandbox as the SDK's HTTP client. Any credentials and any region will do.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(InProcess(self.clone()))
    }
}

#[derive(Clone)]
struct InProcess(Sandbox);

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}

impl HttpClient for InProcess {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sandbox = self.0.clone();
        HttpConnectorFuture::new(async move { answer(&sandbox, request).await })
    }
}

async fn answer(sandbox: &Sandbox, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request
        .try_into_http1x()
        .map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map_err(ConnectorError::user)?
        .to_bytes();
    let response = sandbox
        .handle(&http::Request::from_parts(parts, body))
        .map_err(|stopped| ConnectorError::io(stopped.into()))?;
    wait(sandbox.latency()).await;
    HttpResponse::try_from(response.map(Into::into))
        .map_err(|error| ConnectorError::user(error.into()))
}

/// A sandbox that another process serves at an address (`http://127.0.0.1:4566`) as the SDK's HTTP client.
pub fn served(endpoint: &str) -> SharedHttpClient {
    let client = Client::builder(TokioExecutor::new()).build_http();
    SharedHttpClient::new(Served {
        endpoint: endpoint.into(),
        client,
    })
}

#[derive(Debug, Clone)]
struct Served {
    endpoint: Arc<str>,
    client: Client<Tcp, Full<Bytes>>,
}

impl HttpClient for Served {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Served {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let served = self.clone();
        HttpConnectorFuture::new(async move { served.pass_on(request).await })
    }
}

impl Served {
    async fn pass_on(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request
            .try_into_http1x()
            .map_err(|error| ConnectorError::user(error.into()))?;
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let uri: Result<Uri, _> = format!("{}{path}", self.endpoint).parse();
        parts.uri = uri.map_err(|error| ConnectorError::user(error.into()))?;
        let body = body
            .collect()
            .await
            .map_err(ConnectorError::user)?
            .to_bytes();
        let request = http::Request::from_parts(parts, Full::new(body));
        let response = self.client.request(request).await;
        let response = response.map_err(|error| ConnectorError::io(error.into()))?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await;
        let body = body.map_err(|error| ConnectorError::io(error.into()))?;
        let response = http::Response::from_parts(parts, body.to_bytes());
        HttpResponse::try_from(response.map(Into::into))
            .map_err(|error| ConnectorError::user(error.into()))
    }
}

/// Waits in real time, and does not so much as yield when there is nothing to wait for.
pub(crate) async fn wait(latency: std::time::Duration) {
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FaultPlan, Settings};

    fn create_vpc() -> HttpRequest {
        let mut request =
            HttpRequest::new("Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16".into());
        request.set_method("POST").unwrap();
        request
            .set_uri("https://ec2.eu-west-1.amazonaws.com/")
            .unwrap();
        let scope =
            "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/ec2/aws4_request, Signature=0";
        request.headers_mut().insert("authorization", scope);
        request
    }

    #[tokio::test]
    async fn the_sdks_requests_are_answered_in_process() {
        let sandbox = Sandbox::open(None, Settings::instant()).unwrap();
        let response = answer(&sandbox, create_vpc()).await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        let body = response.body().bytes().unwrap();
        assert!(String::from_utf8_lossy(body).contains("<cidrBlock>10.0.0.0/16</cidrBlock>"));
        assert_eq!(sandbox.describe()["vpc"], 1);
    }

    #[tokio::test]
    async fn a_cut_line_is_an_io_error() {
        let settings = Settings {
            faults: FaultPlan::StopBefore(1),
            ..Settings::instant()
        };
        let sandbox = Sandbox::open(None, settings).unwrap();
        assert!(answer(&sandbox, create_vpc()).await.unwrap_err().is_io());
    }
}
