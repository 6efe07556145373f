//! What a client meets, on every store.

use std::collections::BTreeSet;

use patient_service::SERVICE;
use serde_json::{Value, json};
use service_kit::testing::{Answer, Bench, stores};

fn ada(number: &str) -> Value {
    json!({
        "name": { "family": "Lovelace", "given": ["Ada", "King"] },
        "birthDate": "1915-12-10",
        "gender": "female",
        "telecom": [{ "system": "email", "value": "ada@example.org" }, { "system": "phone", "value": "+44 20 7946 0000" }],
        "medicalRecordNumber": number,
    })
}

async fn made(bench: &Bench, number: &str) -> (String, Answer) {
    let answer = bench
        .call("POST", "/api/patients", &[], Some(&ada(number)))
        .await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    (answer.header("location").to_owned(), answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_store_serves_the_same_api() {
    for store in stores::all().await {
        let benches = store
            .handles
            .clone()
            .map(|table| Bench::over(&SERVICE, table));
        documents_come_and_go(&benches).await;
        nobody_overwrites_what_they_have_not_seen(&benches).await;
        numbers_are_unique(benches.each_ref()).await;
        a_repeated_request_makes_nothing_new(benches.each_ref()).await;
        lists_come_in_pages(&benches).await;
    }
}

/// A patient is read past the router. A body that nobody asked for sends the same request through it.
#[tokio::test]
async fn both_ways_to_a_patient_answer_the_same() {
    let directory = tempfile::tempdir().expect("a directory");
    let bench = Bench::in_directory(&SERVICE, directory.path());
    let (place, _) = made(&bench, "W-1").await;
    let nowhere = format!("/api/patients/{}", service_kit::id::new());
    let mut statuses = Vec::new();
    for (path, headers) in [
        (place.as_str(), &[][..]),
        (&place, &[("if-none-match", "\"1\"")]),
        (&place, &[("if-none-match", "\"2\"")]),
        (&nowhere, &[]),
        ("/api/patients/Lovelace", &[]),
    ] {
        let mut short = bench.call("GET", path, headers, None).await;
        let mut routed = bench.call("GET", path, headers, Some(&json!({}))).await;
        let mut head = bench.call("HEAD", path, headers, None).await;
        for answer in [&mut short, &mut routed, &mut head] {
            answer.headers.remove("x-request-id").expect("a name");
            answer.headers.remove("content-length");
        }
        assert_eq!(short.status, routed.status, "{path}");
        assert_eq!(short.headers, routed.headers, "{path}");
        assert_eq!(short.body, routed.body, "{path}");
        assert_eq!((short.status, &short.headers), (head.status, &head.headers));
        statuses.push(short.status.as_u16());
    }
    assert_eq!(statuses, [200, 304, 200, 404, 404]);
}

async fn documents_come_and_go([one, two]: &[Bench; 2]) {
    let (place, answer) = made(one, "A-1").await;
    let created = answer.json();
    assert_eq!(answer.header("etag"), "\"1\"");
    assert_eq!(
        place,
        format!("/api/patients/{}", created["id"].as_str().expect("an id"))
    );
    assert_eq!(created["name"], ada("A-1")["name"]);
    let read = two.call("GET", &place, &[], None).await;
    assert_eq!(
        (
            read.status.as_u16(),
            read.json(),
            read.header("cache-control")
        ),
        (200, created.clone(), "no-store")
    );
    assert_eq!(
        two.call("GET", &place, &[("if-none-match", "\"1\"")], None)
            .await
            .status,
        304
    );
    let mut changed = ada("A-1");
    changed["gender"] = json!("unknown");
    let put = two
        .call("PUT", &place, &[("if-match", "\"1\"")], Some(&changed))
        .await;
    assert_eq!((put.status.as_u16(), put.header("etag")), (200, "\"2\""));
    assert_eq!(
        put.json()["meta"]["createdAt"],
        created["meta"]["createdAt"]
    );
    assert_eq!(one.call("GET", &place, &[], None).await.json(), put.json());
    assert_eq!(
        one.call("DELETE", &place, &[("if-match", "\"2\"")], None)
            .await
            .status,
        204
    );
    assert_eq!(two.call("GET", &place, &[], None).await.status, 404);
    made(two, "A-1").await;
}

async fn nobody_overwrites_what_they_have_not_seen([one, two]: &[Bench; 2]) {
    let (place, _) = made(one, "B-1").await;
    assert_eq!(
        one.call("PUT", &place, &[], Some(&ada("B-1"))).await.status,
        428
    );
    assert_eq!(one.call("DELETE", &place, &[], None).await.status, 428);
    assert_eq!(
        one.call("PUT", &place, &[("if-match", "\"2\"")], Some(&ada("B-1")))
            .await
            .status,
        412
    );
    let tries = (0..10).map(|at| {
        let (bench, place) = ([one, two][at % 2], place.clone());
        async move {
            bench
                .call("PUT", &place, &[("if-match", "\"1\"")], Some(&ada("B-1")))
                .await
                .status
                .as_u16()
        }
    });
    let mut statuses = futures_util::future::join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [&[200][..], &[412; 9]].concat());
}

async fn numbers_are_unique(benches: [&Bench; 2]) {
    let tries = (0..10).map(|at| async move {
        benches[at % 2]
            .call("POST", "/api/patients", &[], Some(&ada("C-1")))
            .await
    });
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 201).count(),
        1
    );
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 409).count(),
        9
    );
    let (other, _) = made(benches[0], "C-2").await;
    let taken = benches[1]
        .call("PUT", &other, &[("if-match", "*")], Some(&ada("C-1")))
        .await;
    assert_eq!(taken.status, 409);
    let free = benches[1]
        .call("PUT", &other, &[("if-match", "*")], Some(&ada("C-3")))
        .await;
    assert_eq!(free.status, 200);
    made(benches[0], "C-2").await;
}

async fn a_repeated_request_makes_nothing_new(benches: [&Bench; 2]) {
    let key = [("idempotency-key", "0b1f6c1e")];
    let tries = (0..8).map(|at| async move {
        benches[at % 2]
            .call("POST", "/api/patients", &key, Some(&ada("D-1")))
            .await
    });
    let answers = futures_util::future::join_all(tries).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 201 && answer.body == answers[0].body)
    );
    let other = benches[0]
        .call("POST", "/api/patients", &key, Some(&ada("D-2")))
        .await;
    assert_eq!(
        (other.status.as_u16(), other.json()["type"].clone()),
        (422, json!("urn:hcctl:problem:idempotency-key-reused"))
    );
    let place = answers[0].header("location");
    assert_eq!(
        benches[0]
            .call("DELETE", place, &[("if-match", "*")], None)
            .await
            .status,
        204
    );
    assert_eq!(
        benches[1]
            .call("POST", "/api/patients", &key, Some(&ada("D-1")))
            .await
            .status,
        409,
        "what it made is gone"
    );
}

async fn lists_come_in_pages([one, two]: &[Bench; 2]) {
    let all = one
        .call("GET", "/api/patients?limit=100", &[], None)
        .await
        .json();
    let all = all["items"].as_array().expect("a list").clone();
    assert!(all.len() >= 5);
    let (mut pages, mut path) = (Vec::new(), "/api/patients?limit=2".to_owned());
    loop {
        let page = two.call("GET", &path, &[], None).await.json();
        pages.extend(page["items"].as_array().expect("a list").iter().cloned());
        match page["next"].as_str() {
            Some(next) => path = format!("/api/patients?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(pages, all);
    assert!(
        all.windows(2)
            .all(|pair| pair[0]["id"].as_str() < pair[1]["id"].as_str())
    );
}

#[tokio::test]
async fn every_wrong_field_is_told_and_nothing_of_it_repeated() {
    let directory = tempfile::tempdir().expect("a directory");
    let bench = Bench::in_directory(&SERVICE, directory.path());
    let body = json!({
        "name": { "family": " Secret", "given": ["Hidden\u{7}", 5], "middle": "Covert" },
        "birthDate": "2999-02-30", "gender": "Concealed", "telecom": [{ "system": "email", "value": "private" }],
        "medicalRecordNumber": "mrn secret", "diagnosis": "Undisclosed",
    });
    let answer = bench.call("POST", "/api/patients", &[], Some(&body)).await;
    assert_eq!(answer.status, 422);
    let fields: Vec<String> = answer.json()["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| error["field"].as_str().expect("a field").to_owned())
        .collect();
    let expected = [
        "/name/given/0",
        "/name/given/1",
        "/name/family",
        "/name",
        "/birthDate",
        "/gender",
        "/telecom/0/value",
        "/medicalRecordNumber",
        "/",
    ];
    assert_eq!(
        fields.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        BTreeSet::from(expected)
    );
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    for word in [
        "Secret",
        "Hidden",
        "Covert",
        "2999",
        "Concealed",
        "private",
        "mrn secret",
        "Undisclosed",
    ] {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

#[tokio::test]
async fn every_refusal_is_a_problem() {
    let directory = tempfile::tempdir().expect("a directory");
    let bench = Bench::in_directory(&SERVICE, directory.path());
    let json = ("content-type", "application/json");
    let long = format!("/api/patients?limit={}", "1".repeat(5000));
    let heavy = "x".repeat(20_000);
    for (status, method, path, header) in [
        (404, "GET", "/", json),
        (404, "GET", "/api/patients/", json),
        (404, "GET", "/api/patients/../health", json),
        (404, "GET", "/api/patients/%2e%2e%2fhealth", json),
        (
            404,
            "GET",
            "/api/patients/01a204d3-68b6-7000-a6cd-cbe700a859d9",
            json,
        ),
        (
            404,
            "GET",
            "/api/patients/01A204D3-68B6-7000-A6CD-CBE700A859D9",
            json,
        ),
        (405, "PATCH", "/api/patients", json),
        (405, "TRACE", "/health", json),
        (415, "POST", "/api/patients", ("content-type", "text/plain")),
        (400, "POST", "/api/patients", json),
        (422, "GET", "/api/patients?limit=0", json),
        (422, "GET", "/api/patients?page=2", json),
        (414, "GET", &long, json),
        (431, "GET", "/api/patients", ("x-heavy", &heavy)),
    ] {
        let answer = bench.call(method, path, &[header], None).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{method} {path}"
        );
        let body = answer.json();
        assert_eq!(body["status"], status, "{method} {path}");
        assert!(
            body["type"]
                .as_str()
                .is_some_and(|kind| kind.starts_with("urn:hcctl:problem:")),
            "{method} {path}"
        );
        assert!(!answer.header("x-request-id").is_empty());
    }
}

#[tokio::test]
async fn no_log_error_or_metric_holds_personal_data() {
    let directory = tempfile::tempdir().expect("a directory");
    let bench = Bench::in_directory(&SERVICE, directory.path());
    let mut planted = ada("PLANTED-77");
    planted["name"] = json!({ "family": "Plantedfamily", "given": ["Plantedgiven"] });
    planted["telecom"][0]["value"] = json!("planted@example.org");
    let mut seen = String::new();
    let first = bench
        .call(
            "POST",
            "/api/patients",
            &[("x-request-id", "Plantedheader")],
            Some(&planted),
        )
        .await;
    let place = first.header("location").to_owned();
    for (method, path, body) in [
        ("POST", "/api/patients".to_owned(), Some(&planted)),
        ("PUT", place.clone(), Some(&planted)),
        ("GET", format!("{place}/Plantedfamily"), None),
        ("GET", "/api/patients/Plantedgiven".to_owned(), None),
        ("GET", "/api/patients?name=Plantedfamily".to_owned(), None),
        ("DELETE", place.clone(), None),
        ("PLANTEDGIVEN", place.clone(), None),
    ] {
        seen += &String::from_utf8_lossy(&bench.call(method, &path, &[], body).await.body);
    }
    planted["gender"] = json!("Plantedgender");
    seen += &String::from_utf8_lossy(
        &bench
            .call("POST", "/api/patients", &[], Some(&planted))
            .await
            .body,
    );
    seen += &bench.log.text();
    seen += &bench.edge.metrics.page();
    for word in ["Planted", "PLANTED", "planted", "1915"] {
        assert!(!seen.contains(word), "{word} in {seen}");
    }
    let id = place.rsplit('/').next().expect("an id");
    assert!(bench.log.text().contains(id), "the log names the resource");
    let details = patient_service::domain::Details::read(
        planted_without_gender(planted)
            .as_object()
            .expect("an object")
            .clone(),
        jiff::civil::date(2026, 1, 1),
    );
    assert_eq!(
        format!("{:?}", details.expect("valid")),
        "Details(redacted)"
    );
}

fn planted_without_gender(mut body: Value) -> Value {
    body["gender"] = json!("other");
    body
}

#[test]
fn the_openapi_page_names_every_endpoint() {
    let page: Value = serde_json::from_str(&(SERVICE.openapi)()).expect("JSON");
    let paths: Vec<&String> = page["paths"].as_object().expect("paths").keys().collect();
    assert_eq!(
        paths,
        ["/api/patients", "/api/patients/{id}", "/health", "/ready"]
    );
    assert_eq!(
        page["components"]["schemas"]["PatientDetails"]["additionalProperties"],
        false
    );
}
