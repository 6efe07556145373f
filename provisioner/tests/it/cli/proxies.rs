//! Forward proxies, named in the environment as every tool of AWS's takes them.

use hcctl_sandbox::Settings;

use crate::support::forward::Forward;
use crate::support::place::Place;
use crate::support::served::Served;

/// A host that no name server knows: only a proxy leads there.
const NOWHERE: &str = "http://aws.invalid";

#[test]
fn calls_go_through_the_proxy_and_around_it_where_told() {
    let served = Served::start(Settings::instant());
    let to = served.url().trim_start_matches("http://").parse().unwrap();
    for (variable, others) in [
        ("HTTP_PROXY", [("http_proxy_", "")]),
        ("http_proxy", [("HTTP_PROXY", "http://wrong.invalid:1")]),
        ("ALL_PROXY", [("HTTPS_PROXY", "http://wrong.invalid:1")]),
        (
            "all_proxy",
            [(
                "NO_PROXY",
                "example.com,*.example.org,aws.invalid.example.net",
            )],
        ),
    ] {
        let proxy = Forward::start(Some(to), "");
        let mut place = Place::new().at(NOWHERE).with(variable, &proxy.url);
        for (name, value) in others {
            place = place.with(name, value);
        }
        let ran = place.expect(0, "plan dev");
        assert!(ran.out.contains("55 to create"), "{variable}: {}", ran.out);
        let asked = proxy.asked();
        assert!(!asked.is_empty(), "{variable}: the proxy saw nothing");
        for line in asked {
            assert!(line.contains(" http://aws.invalid/"), "{variable}: {line}");
        }
    }
    for around in [
        "aws.invalid",
        ".invalid",
        "*.invalid",
        "aws.invalid:80",
        "*",
    ] {
        let proxy = Forward::start(Some(to), "");
        let place = Place::new().at(NOWHERE);
        let place = place
            .with("HTTP_PROXY", &proxy.url)
            .with("NO_PROXY", around);
        place.expect(1, "plan dev");
        assert_eq!(proxy.asked(), [""; 0], "NO_PROXY={around}");
    }
}

#[test]
fn a_call_to_aws_itself_is_tunnelled() {
    let proxy = Forward::start(None, "407 Proxy Authentication Required");
    let place = Place::new()
        .with("AWS_ACCESS_KEY_ID", "test")
        .with("AWS_SECRET_ACCESS_KEY", "test")
        .with("HTTPS_PROXY", &proxy.url);
    let ran = place.expect(1, "plan dev");
    let asked = proxy.asked();
    let sts = "CONNECT sts.us-east-1.amazonaws.com:443 HTTP/1.1";
    assert!(asked.iter().any(|line| line == sts), "{asked:?}");
    ran.says(&["wants a user and a password", &proxy.url, "HTTPS_PROXY"]);
}

#[test]
fn what_is_wrong_with_a_proxy_is_told_by_its_name() {
    let of = |url: &str| {
        Place::new()
            .with("AWS_ACCESS_KEY_ID", "test")
            .with("AWS_SECRET_ACCESS_KEY", "test")
            .with("HTTPS_PROXY", url)
    };
    let refusing = Forward::start(None, "403 Forbidden");
    let with_password = refusing.url.replace("http://", "http://me:hunter2@");
    let ran = of(&with_password).expect(1, "plan dev");
    ran.says(&["refuses to connect", &refusing.url, "HTTPS_PROXY"]);
    assert!(!ran.err.contains("hunter2"), "{}", ran.err);

    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", port.local_addr().unwrap());
    drop(port);
    let ran = of(&closed).expect(1, "plan dev");
    ran.says(&["Connection refused", &closed, "HTTPS_PROXY"]);

    for wrong in ["socks5://localhost:1080", "http://"] {
        of(wrong)
            .expect(3, "plan dev")
            .says(&["HTTPS_PROXY", "HOST:PORT"]);
    }
}
