//! Routes, and a listener that follows them.

use std::net::SocketAddr;
use std::sync::{Arc, RwLock};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use winterbaume_elasticloadbalancingv2::model::{
    HostHeaderConditionConfig, ListOfString, PathPatternConditionConfig, RedirectActionConfig,
    RuleCondition,
};

use super::super::balancer::{Balancer, Shared};
use super::super::route::{Fate, Routes};
use crate::elbv2::{Front, Health, Step, Way};

const PEER: &str = "127.0.0.1:1";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn path(pattern: &str) -> RuleCondition {
    let values = ListOfString {
        items: vec![pattern.to_owned()],
    };
    RuleCondition {
        field: Some("path-pattern".to_owned()),
        path_pattern_config: Some(PathPatternConditionConfig {
            values: Some(values),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn host(pattern: &str) -> RuleCondition {
    let values = ListOfString {
        items: vec![pattern.to_owned()],
    };
    RuleCondition {
        field: Some("host-header".to_owned()),
        host_header_config: Some(HostHeaderConditionConfig {
            values: Some(values),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn to(groups: &[(&str, i32)]) -> Step {
    let groups = groups
        .iter()
        .map(|(name, weight)| ((*name).to_owned(), *weight));
    Step::Forward(groups.collect())
}

/// One listener, `front`, with these rules and groups.
fn routes(
    ways: Vec<(Vec<RuleCondition>, Step)>,
    groups: &[(&str, Vec<(SocketAddr, Health)>)],
) -> Routes {
    let ways = ways
        .into_iter()
        .map(|(conditions, step)| Way { conditions, step });
    let front = Front {
        listener: "front".to_owned(),
        balancer: "balancer".to_owned(),
        port: 80,
        secure: false,
        idle_seconds: 2,
        ways: ways.collect(),
    };
    let mut routes = Routes::default();
    routes.fronts.insert("front".to_owned(), front);
    for (name, targets) in groups {
        routes.groups.insert((*name).to_owned(), targets.clone());
    }
    routes
}

fn fate(routes: &Routes, uri: &str, ticket: u64) -> Fate {
    let request = Request::get(uri).body(()).unwrap();
    routes.fate("front", &request.into_parts().0, address(PEER), ticket)
}

#[test]
fn the_first_rule_that_holds_decides_and_the_default_one_last() {
    let (a, b) = (address("127.0.0.1:10"), address("127.0.0.1:20"));
    let routes = routes(
        vec![
            (
                vec![path("/api/a*"), host("*.example.org")],
                to(&[("a", 1)]),
            ),
            (vec![path("/api/?")], to(&[("b", 1)])),
            (
                Vec::new(),
                Step::Fixed {
                    status: 404,
                    kind: "text/plain".to_owned(),
                    body: "none".to_owned(),
                },
            ),
        ],
        &[
            ("a", vec![(a, Health::Healthy)]),
            ("b", vec![(b, Health::Healthy)]),
        ],
    );
    assert_eq!(
        fate(&routes, "http://WWW.example.org/api/abc", 0),
        Fate::To(a)
    );
    assert_eq!(
        fate(&routes, "http://www.example.com/api/a", 0),
        Fate::To(b)
    );
    let none = Fate::Answer(404, "text/plain".to_owned(), "none".to_owned());
    assert_eq!(fate(&routes, "http://www.example.com/api/abc", 0), none);
    assert!(matches!(
        routes.fate("other", &Request::new(()).into_parts().0, address(PEER), 0),
        Fate::Answer(503, ..)
    ));
}

#[test]
fn weights_hold_over_many_requests_and_nought_gets_nothing() {
    let targets: Vec<SocketAddr> = (1..=3)
        .map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
        .collect();
    let group = |at: usize| vec![(targets[at], Health::Healthy)];
    let step = to(&[("old", 90), ("new", 10), ("off", 0)]);
    let groups = [("old", group(0)), ("new", group(1)), ("off", group(2))];
    let routes = routes(vec![(Vec::new(), step)], &groups);
    let count = |target: SocketAddr| {
        (0..10_000)
            .filter(|ticket| fate(&routes, "http://a/", *ticket) == Fate::To(target))
            .count()
    };
    assert!(
        (8_900..=9_100).contains(&count(targets[0])),
        "{}",
        count(targets[0])
    );
    assert!(
        (900..=1_100).contains(&count(targets[1])),
        "{}",
        count(targets[1])
    );
    assert_eq!(count(targets[2]), 0);
}

#[test]
fn requests_go_to_healthy_targets_or_to_all_that_are_unhealthy_but_never_to_others() {
    let of = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let reached = |targets: &[(SocketAddr, Health)]| {
        let routes = routes(
            vec![(Vec::new(), to(&[("a", 1)]))],
            &[("a", targets.to_vec())],
        );
        let mut ports: Vec<u16> = (0..8)
            .filter_map(|ticket| match fate(&routes, "http://a/", ticket) {
                Fate::To(target) => Some(target.port()),
                _ => None,
            })
            .collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    };
    let healthy = (of(1), Health::Healthy);
    let (sick, silent) = ((of(2), Health::Erring), (of(3), Health::Unhealthy));
    let (new, old) = ((of(4), Health::Initial), (of(5), Health::Draining));
    assert_eq!(reached(&[healthy, sick, silent, new, old]), [1]);
    assert_eq!(reached(&[sick, silent, new, old]), [2, 3]);
    assert_eq!(reached(&[new, old]), [] as [u16; 0]);
    assert_eq!(reached(&[]), [] as [u16; 0]);
}

#[test]
fn a_redirect_keeps_what_it_is_not_told_and_finds_this_machines_ports() {
    let redirect = |to: RedirectActionConfig| {
        let mut routes = routes(vec![(Vec::new(), Step::Redirect(to))], &[]);
        routes.ports.insert(("balancer".to_owned(), 443), 8081);
        fate(&routes, "http://127.0.0.1:8080/a/b?c=d", 0)
    };
    let https = RedirectActionConfig {
        protocol: Some("HTTPS".to_owned()),
        port: Some("443".to_owned()),
        status_code: "HTTP_301".to_owned(),
        ..Default::default()
    };
    let here = "http://127.0.0.1:8081/a/b?c=d".to_owned();
    assert_eq!(redirect(https.clone()), Fate::Elsewhere(301, here));
    let other = RedirectActionConfig {
        host: Some("example.org".to_owned()),
        path: Some("/x/#{path}".to_owned()),
        query: Some(String::new()),
        status_code: "HTTP_302".to_owned(),
        ..https
    };
    let there = "https://example.org:443/x/a/b".to_owned();
    assert_eq!(redirect(other), Fate::Elsewhere(302, there));
}

/// A target that answers with what it was asked.
async fn target() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(|request: Request<Incoming>| async move {
                let header = |name: &str| {
                    let value = request.headers().get(name);
                    value
                        .map_or("-", |value| value.to_str().unwrap())
                        .to_owned()
                };
                let names = [
                    "host",
                    "x-forwarded-for",
                    "x-forwarded-proto",
                    "x-forwarded-port",
                    "x-hop",
                ];
                let seen: Vec<String> = names.iter().map(|name| header(name)).collect();
                let path = request.uri().to_string();
                let body = request.into_body().collect().await?.to_bytes();
                let text = format!(
                    "{path} {} {}",
                    seen.join(" "),
                    String::from_utf8_lossy(&body)
                );
                Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from(text))))
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    address
}

#[tokio::test]
async fn a_listener_passes_requests_on_and_answers_where_it_cannot() {
    let target = target().await;
    let shared: Shared = Arc::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let balancer = Balancer::new(Arc::clone(&shared));
    let listening = tokio::spawn(balancer.listen(listener, "front".to_owned()));
    let set = |shared: &RwLock<Arc<Routes>>, targets: Vec<(SocketAddr, Health)>| {
        let routes = routes(vec![(Vec::new(), to(&[("a", 1)]))], &[("a", targets)]);
        *shared.write().unwrap() = Arc::new(routes);
    };
    let client = Client::builder(TokioExecutor::new()).build_http();
    let ask = async || {
        let request = Request::post(format!("http://{at}/api/x?y=z"))
            .header("x-forwarded-for", "10.0.0.9")
            .header("connection", "x-hop")
            .header("x-hop", "1")
            .body(Full::new(Bytes::from_static(b"body")))
            .unwrap();
        let response = client.request(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    };
    assert_eq!(ask().await.0, 503);
    set(&shared, vec![(target, Health::Healthy)]);
    let wanted = format!("/api/x?y=z {at} 10.0.0.9, 127.0.0.1 http 80 - body");
    for _ in 0..3 {
        assert_eq!(ask().await, (200, wanted.clone()));
    }
    // Nobody listens there any more.
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    set(&shared, vec![(gone, Health::Unhealthy)]);
    assert_eq!(ask().await.0, 502);
    // Somebody takes the request and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    set(
        &shared,
        vec![(silent.local_addr().unwrap(), Health::Healthy)],
    );
    assert_eq!(ask().await.0, 504);
    listening.abort();
}
