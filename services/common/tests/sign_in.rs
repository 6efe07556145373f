//! Who is let in, and above all who is not.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use service_kit::action::Need;
use service_kit::auth::{Caller, Door};
use service_kit::problem::{Kind, Problem};
use service_kit::testing::issuer::Issuer;

async fn ask(door: &Door, token: &str) -> Result<Caller, Problem> {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::AUTHORIZATION,
        HeaderValue::try_from(format!("Bearer {token}")).expect("a header"),
    );
    door.caller(&headers).await
}

fn refused(result: Result<Caller, Problem>) -> Kind {
    result.expect_err("must be refused").kind()
}

#[tokio::test]
async fn scopes_are_kept_apart() {
    let issuer = Issuer::start(0).await;
    let door = Door::guarded("patients", &issuer.settings());
    let caller = ask(
        &door,
        &issuer.token("nurse-7", "openid patients:read appointments:write"),
    )
    .await
    .expect("let in");
    assert_eq!(caller.subject.as_deref(), Some("nurse-7"));
    assert!(caller.may(Need::Read).is_ok());
    assert_eq!(
        caller.may(Need::Write).expect_err("read only").kind(),
        Kind::Forbidden
    );
    let mut claims = issuer.claims("robot", "");
    claims["scp"] = json!(["patients:write"]);
    let caller = ask(&door, &issuer.sign(&claims)).await.expect("let in");
    assert!(caller.may(Need::Write).is_ok() && caller.may(Need::Read).is_err());
}

#[tokio::test]
async fn every_algorithm_on_offer_is_understood_and_no_other() {
    let all = [
        Algorithm::RS256,
        Algorithm::PS256,
        Algorithm::ES256,
        Algorithm::EdDSA,
    ];
    for algorithm in all {
        let issuer = Issuer::start_with(0, algorithm).await;
        let door = Door::guarded("patients", &issuer.settings());
        let token = issuer.token("nurse-7", "patients:read");
        let caller = ask(&door, &token).await.expect("let in");
        assert_eq!(caller.subject.as_deref(), Some("nurse-7"), "{algorithm:?}");
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        let broken = format!("{signed}.{}", signature.chars().rev().collect::<String>());
        assert_eq!(
            refused(ask(&door, &broken).await),
            Kind::Unauthenticated,
            "{algorithm:?}"
        );
        // The right key under an algorithm that was not agreed on: an RSA key knows two.
        let other = match algorithm {
            Algorithm::RS256 => Algorithm::PS256,
            Algorithm::PS256 => Algorithm::RS256,
            _ => continue,
        };
        let claims = issuer.claims("nurse-7", "patients:read");
        assert_eq!(
            refused(ask(&door, &issuer.sign_as(other, &claims)).await),
            Kind::Unauthenticated,
            "{other:?} at a door for {algorithm:?}"
        );
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one list of forgeries")]
async fn nothing_forged_passes() {
    let issuer = Issuer::start(0).await;
    let stranger = Issuer::start(0).await;
    let door = Door::guarded("patients", &issuer.settings());
    let good = issuer.claims("nurse", "patients:read");
    let now = jiff::Timestamp::now().as_second();
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        issuer.sign(&claims)
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().expect("an object").remove(name);
        issuer.sign(&claims)
    };
    let real = issuer.sign(&good);
    let parts: Vec<&str> = real.split('.').collect();
    let hmac = encode(
        &Header::new(Algorithm::HS256),
        &good,
        &EncodingKey::from_secret(parts[0].as_bytes()),
    )
    .expect("signed");
    // {"alg":"none","typ":"JWT"}, and the same in another spelling.
    let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
    let none_spelt = format!(
        "eyJhbGciOiJOb05lIiwidHlwIjoiSldUIn0.{}.{}",
        parts[1], parts[2]
    );
    for (what, token) in [
        ("another issuer's key", stranger.sign(&good)),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        (
            "another signature",
            format!("{}.{}.{}", parts[0], parts[1], "A".repeat(86)),
        ),
        ("other claims under the signature", {
            let other = issuer.sign(&issuer.claims("admin", "patients:write"));
            format!(
                "{}.{}.{}",
                parts[0],
                other.split('.').nth(1).expect("three parts"),
                parts[2]
            )
        }),
        ("hmac", hmac),
        ("none", none),
        ("NoNe", none_spelt),
        ("expired", with("exp", json!(now - 61))),
        ("not yet", with("nbf", json!(now + 120))),
        ("another audience", with("aud", json!("billing"))),
        (
            "no audience among many",
            with("aud", json!(["billing", "lab"])),
        ),
        ("another issuer", with("iss", json!(stranger.url()))),
        ("no expiry", without("exp")),
        ("no audience", without("aud")),
        ("no issuer", without("iss")),
        ("no subject", without("sub")),
        ("an empty subject", with("sub", json!(""))),
        ("not a token", "abc".to_owned()),
        ("nothing", String::new()),
        ("too long", "a".repeat(9000)),
    ] {
        assert_eq!(
            refused(ask(&door, &token).await),
            Kind::Unauthenticated,
            "{what}"
        );
    }
    let mut headers = HeaderMap::new();
    assert_eq!(
        refused(door.caller(&headers).await),
        Kind::Unauthenticated,
        "no header"
    );
    headers.insert(
        header::AUTHORIZATION,
        HeaderValue::from_static("Basic YWxpY2U6c2VjcmV0"),
    );
    assert_eq!(
        refused(door.caller(&headers).await),
        Kind::Unauthenticated,
        "another scheme"
    );
    headers.insert(
        header::AUTHORIZATION,
        HeaderValue::try_from(format!("Bearer {real}")).expect("a header"),
    );
    assert!(door.caller(&headers).await.is_ok(), "the good one");
    headers.append(
        header::AUTHORIZATION,
        HeaderValue::try_from(format!("Bearer {real}")).expect("a header"),
    );
    assert_eq!(
        refused(door.caller(&headers).await),
        Kind::Unauthenticated,
        "two headers"
    );
    assert!(
        ask(&door, &with("exp", json!(now - 30))).await.is_ok(),
        "clocks may differ by a minute"
    );
}

#[tokio::test]
async fn keys_rotate_without_a_restart_and_strangers_cannot_make_us_ask_often() {
    let issuer = Issuer::start(0).await;
    let door = Door::guarded("patients", &issuer.settings());
    let old = issuer.token("nurse", "patients:read");
    assert!(ask(&door, &old).await.is_ok());
    issuer.rotate();
    let new = issuer.token("nurse", "patients:read");
    assert!(
        ask(&door, &old).await.is_ok(),
        "remembered while the keys stand"
    );
    for _ in 0..50 {
        assert_eq!(refused(ask(&door, &new).await), Kind::Unauthenticated);
    }
    assert_eq!(issuer.fetched(), 1, "asked again too soon");
    tokio::time::sleep(Duration::from_millis(5100)).await;
    assert!(ask(&door, &new).await.is_ok(), "the new key is fetched");
    assert_eq!(issuer.fetched(), 2);
    assert_eq!(
        refused(ask(&door, &old).await),
        Kind::Unauthenticated,
        "the old key is gone, and what it signed"
    );
}

#[tokio::test]
async fn an_issuer_out_of_reach_is_our_trouble_not_the_callers() {
    let mut settings = Issuer::start(0).await.settings();
    settings.url = "http://127.0.0.1:1".to_owned();
    let token = Issuer::start(0).await.token("nurse", "patients:read");
    assert_eq!(
        refused(ask(&Door::guarded("patients", &settings), &token).await),
        Kind::Unavailable
    );
}
