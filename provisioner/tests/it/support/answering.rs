//! An endpoint that gives everybody the same answer.

use std::convert::Infallible;

use http_body_util::Full;
use hyper::Response;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use super::background::Background;

/// The running endpoint. It ends when dropped.
pub struct Answering {
    url: String,
    _server: Background,
}

impl Answering {
    /// Answers with this status, content type and body.
    pub fn start(status: u16, content_type: &'static str, body: &'static str) -> Self {
        let (address, server) = Background::serve(move |listener| async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    continue;
                };
                let service = service_fn(move |_request: hyper::Request<Incoming>| async move {
                    let answer = Response::builder().status(status);
                    let answer = answer.header("content-type", content_type);
                    let answer = answer.body(Full::new(Bytes::from_static(body.as_bytes())));
                    Ok::<_, Infallible>(answer.unwrap())
                });
                let server = hyper::server::conn::http1::Builder::new();
                tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self {
            url: format!("http://{address}"),
            _server: server,
        }
    }

    /// What `AWS_ENDPOINT_URL` is to say.
    pub fn url(&self) -> String {
        self.url.clone()
    }
}
