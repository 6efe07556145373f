//! The sandbox on a loopback port.

use bytes::Bytes;
use hcctl_sandbox::{FaultPlan, Sandbox, Settings};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{Folder, ec2, list_vpcs, vpc_ids};

/// A sandbox that serves until it is told to stop.
pub(super) struct Served {
    pub(super) port: u16,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Served {
    pub(super) async fn new(sandbox: &Sandbox) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel::<()>();
        let sandbox = sandbox.clone();
        let task = tokio::spawn(async move {
            let shutdown = async move { drop(stopped.await) };
            sandbox.serve(listener, shutdown).await
        });
        Self { port, stop, task }
    }

    /// Sends a request here; nothing if the connection was cut.
    pub(super) async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Option<http::Response<Bytes>> {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().unwrap().as_str();
        parts.uri = format!("http://127.0.0.1:{}{path}", self.port)
            .parse()
            .unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client
            .request(http::Request::from_parts(parts, Full::new(body)))
            .await
            .ok()?;
        let (parts, body) = response.into_parts();
        Some(http::Response::from_parts(
            parts,
            body.collect().await.unwrap().to_bytes(),
        ))
    }

    pub(super) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_port_and_a_process_share_one_world() {
    let folder = Folder::new();
    let sandbox = Sandbox::open(Some(folder.world()), Settings::instant()).unwrap();
    let served = Served::new(&sandbox).await;
    let made = served
        .send(ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16"))
        .await
        .unwrap();
    assert_eq!(made.headers()["content-type"], "text/xml");
    let ids = vpc_ids(&String::from_utf8_lossy(made.body()));
    assert_eq!(list_vpcs(&sandbox), ids);
    served.stop().await;
    drop(sandbox);
    let again = Sandbox::open(Some(folder.world()), Settings::instant()).unwrap();
    assert_eq!(list_vpcs(&again), ids);
}

#[tokio::test]
async fn objects_are_read_path_style() {
    let sandbox = Sandbox::open(None, Settings::instant()).unwrap();
    let served = Served::new(&sandbox).await;
    let s3 = |method: &str, path: &str, body: &'static str| {
        http::Request::builder()
            .method(method)
            .uri(format!("http://localhost{path}"))
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request, Signature=0",
            )
            .body(Bytes::from_static(body.as_bytes()))
            .unwrap()
    };
    assert_eq!(
        served
            .send(s3("PUT", "/bucket", ""))
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(
        served
            .send(s3("PUT", "/bucket/a", "hello"))
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(
        served
            .send(s3("GET", "/bucket/a", ""))
            .await
            .unwrap()
            .body(),
        "hello"
    );
    let head = served.send(s3("HEAD", "/bucket/a", "")).await.unwrap();
    assert_eq!(
        (
            head.headers()["content-length"].to_str().unwrap(),
            head.body().len()
        ),
        ("5", 0)
    );
    assert_eq!(
        served
            .send(s3("HEAD", "/bucket/b", ""))
            .await
            .unwrap()
            .status(),
        404
    );
    served.stop().await;
}

#[tokio::test]
async fn a_fault_cuts_the_connection() {
    let settings = Settings {
        faults: FaultPlan::StopAfter(1),
        ..Settings::instant()
    };
    let sandbox = Sandbox::open(None, settings).unwrap();
    let served = Served::new(&sandbox).await;
    assert!(
        served
            .send(ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16"))
            .await
            .is_none()
    );
    assert_eq!(
        sandbox.describe()["vpc"],
        1,
        "the write took effect, its reply was lost"
    );
    served.stop().await;
}

#[tokio::test]
async fn an_unsigned_request_is_told_so() {
    let sandbox = Sandbox::open(None, Settings::instant()).unwrap();
    let served = Served::new(&sandbox).await;
    let bare = http::Request::get("http://localhost/")
        .body(Bytes::new())
        .unwrap();
    let answer = served.send(bare).await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(String::from_utf8_lossy(answer.body()).contains("MissingAuthenticationToken"));
    served.stop().await;
}
