//! An HTTP client that tells three ends apart: answered, never sent, and unknown.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// How a request ended.
#[derive(Debug)]
pub enum End {
    /// With an answer.
    Answered(super::Answer),
    /// Nobody listened: it was not sent.
    Refused,
    /// The connection broke: it may or may not have been done.
    Broken,
}

/// A client with one connection, made anew where the old one has ended.
pub struct Client {
    address: SocketAddr,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    /// A client that has not connected yet.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            connection: None,
        }
    }

    /// Whom to ask from now on.
    pub fn turn_to(&mut self, address: SocketAddr) {
        *self = Self::new(address);
    }

    /// Sends one request.
    pub async fn call(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> End {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bytes = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request
            .body(Full::new(bytes))
            .expect("the test's request is well-formed");
        if self.connection.as_ref().is_none_or(SendRequest::is_closed) {
            let Ok(stream) = TcpStream::connect(self.address).await else {
                return End::Refused;
            };
            let Ok((sender, connection)) = handshake(TokioIo::new(stream)).await else {
                return End::Refused;
            };
            tokio::spawn(connection);
            self.connection = Some(sender);
        }
        let Some(sender) = &mut self.connection else {
            return End::Refused;
        };
        if sender.ready().await.is_err() {
            self.connection = None;
            return End::Refused;
        }
        let Ok(response) = sender.send_request(request).await else {
            self.connection = None;
            return End::Broken;
        };
        let (parts, body) = response.into_parts();
        let closes = parts
            .headers
            .get(header::CONNECTION)
            .is_some_and(|value| value == "close");
        let Ok(body) = body.collect().await else {
            self.connection = None;
            return End::Broken;
        };
        if closes {
            self.connection = None;
        }
        End::Answered(super::Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.to_bytes(),
        })
    }

    /// Sends one request that must be answered with this status.
    pub async fn expect(
        &mut self,
        status: u16,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> super::Answer {
        match self.call(method, path, &[], body).await {
            End::Answered(answer) => {
                assert_eq!(
                    answer.status,
                    StatusCode::from_u16(status).expect("a status"),
                    "{method} {path}: {}",
                    answer.json()
                );
                answer
            }
            other => panic!("{method} {path}: {other:?}"),
        }
    }
}
