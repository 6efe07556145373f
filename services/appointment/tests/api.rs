//! What a client meets, on every store; above all that nobody is double-booked.

use appointment_service::SERVICE;
use proptest::prelude::*;
use serde_json::{Value, json};
use service_kit::testing::{Bench, stores};

const PATIENT: &str = "0192f0c1-2b3c-7d4e-8f50-0123456789ab";
const OTHER: &str = "0192f0c1-2b3c-7d4e-8f50-0123456789ac";

fn visit(practitioner: u32, start: &str, end: &str) -> Value {
    json!({ "patientId": PATIENT, "practitionerId": who(practitioner), "start": start, "end": end, "reason": "check-up" })
}

fn who(practitioner: u32) -> String {
    format!("7d444840-9dc0-11d1-b245-5ffd{practitioner:08x}")
}

/// From one minute of a day to another, perhaps of the next.
fn minutes(practitioner: u32, from: u32, to: u32) -> Value {
    let at = |minute: u32| {
        format!(
            "2031-03-{:02}T{:02}:{:02}:00Z",
            1 + minute / 1440,
            minute / 60 % 24,
            minute % 60
        )
    };
    visit(practitioner, &at(from), &at(to))
}

async fn book(bench: &Bench, body: &Value) -> (u16, String) {
    let answer = bench
        .call("POST", "/api/appointments", &[], Some(body))
        .await;
    (answer.status.as_u16(), answer.header("location").to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_store_serves_the_same_api() {
    for store in stores::all().await {
        let benches = store
            .handles
            .clone()
            .map(|table| Bench::over(&SERVICE, table));
        time_is_taken_once(&benches).await;
        status_goes_forward_only(&benches).await;
        patients_have_their_list(&benches).await;
        a_repeated_request_books_once(benches.each_ref()).await;
        the_race_for_a_day_has_no_double_booking(benches.each_ref()).await;
    }
}

async fn time_is_taken_once([one, two]: &[Bench; 2]) {
    let (status, first) = book(one, &minutes(1, 600, 630)).await;
    assert_eq!(status, 201);
    for (from, to, expected) in [
        (629, 659, 409),
        (590, 601, 409),
        (605, 610, 409),
        (500, 700, 409),
        (630, 660, 201),
        (570, 600, 201),
    ] {
        assert_eq!(
            book(two, &minutes(1, from, to)).await.0,
            expected,
            "{from}-{to}"
        );
    }
    assert_eq!(
        book(two, &minutes(2, 600, 630)).await.0,
        201,
        "another practitioner"
    );
    // Over midnight both days are taken.
    assert_eq!(book(one, &minutes(3, 1430, 1450)).await.0, 201);
    assert_eq!(book(two, &minutes(3, 1445, 1460)).await.0, 409);
    assert_eq!(book(two, &minutes(3, 1400, 1431)).await.0, 409);
    // Moving frees the old time and takes the new one, or nothing at all.
    let moved = one
        .call(
            "PUT",
            &first,
            &[("if-match", "\"1\"")],
            Some(&minutes(1, 640, 670)),
        )
        .await;
    assert_eq!(moved.status, 409);
    let moved = one
        .call(
            "PUT",
            &first,
            &[("if-match", "\"1\"")],
            Some(&minutes(1, 605, 625)),
        )
        .await;
    assert_eq!(
        (moved.status.as_u16(), moved.header("etag")),
        (200, "\"2\"")
    );
    assert_eq!(book(two, &minutes(1, 625, 630)).await.0, 201);
    // Cancelling and deleting free it.
    let mut cancelled = minutes(1, 605, 625);
    cancelled["status"] = json!("cancelled");
    assert_eq!(
        one.call("PUT", &first, &[("if-match", "*")], Some(&cancelled))
            .await
            .status,
        200
    );
    let (status, second) = book(two, &minutes(1, 605, 625)).await;
    assert_eq!(status, 201);
    assert_eq!(
        two.call("DELETE", &second, &[("if-match", "\"1\"")], None)
            .await
            .status,
        204
    );
    assert_eq!(book(one, &minutes(1, 605, 625)).await.0, 201);
}

async fn status_goes_forward_only([one, two]: &[Bench; 2]) {
    let (_, place) = book(one, &minutes(10, 0, 30)).await;
    let put = async |status: &str, to: u32| {
        let mut body = minutes(10, 0, to);
        body["status"] = json!(status);
        two.call("PUT", &place, &[("if-match", "*")], Some(&body))
            .await
            .status
            .as_u16()
    };
    assert_eq!(put("completed", 30).await, 409);
    assert_eq!(put("checked-in", 30).await, 200);
    assert_eq!(
        put("checked-in", 40).await,
        409,
        "who has come cannot be moved"
    );
    assert_eq!(put("booked", 30).await, 409);
    assert_eq!(put("completed", 30).await, 200);
    assert_eq!(put("cancelled", 30).await, 409);
    assert_eq!(
        book(one, &minutes(10, 10, 20)).await.0,
        409,
        "what took place took its time"
    );
    let mut body = minutes(10, 0, 30);
    body["patientId"] = json!(OTHER);
    assert_eq!(
        two.call("PUT", &place, &[("if-match", "*")], Some(&body))
            .await
            .status,
        409
    );
    let mut body = minutes(10, 100, 130);
    body["status"] = json!("completed");
    assert_eq!(book(one, &body).await.0, 422);
}

async fn patients_have_their_list([one, two]: &[Bench; 2]) {
    let path = format!("/api/appointments/patient/{OTHER}");
    assert_eq!(
        one.call("GET", &path, &[], None).await.json(),
        json!({ "items": [] })
    );
    for from in [300, 100, 200] {
        let mut body = minutes(20, from, from + 10);
        body["patientId"] = json!(OTHER);
        assert_eq!(book(one, &body).await.0, 201);
    }
    let page = two
        .call("GET", &format!("{path}?limit=2"), &[], None)
        .await
        .json();
    let starts = |page: &Value| -> Vec<String> {
        page["items"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|item| item["start"].as_str().expect("a start").to_owned())
            .collect()
    };
    assert_eq!(
        starts(&page),
        ["2031-03-01T01:40:00Z", "2031-03-01T03:20:00Z"]
    );
    let next = format!(
        "{path}?limit=2&cursor={}",
        page["next"].as_str().expect("more")
    );
    let page = one.call("GET", &next, &[], None).await.json();
    assert_eq!(
        (starts(&page), &page["next"]),
        (vec!["2031-03-01T05:00:00Z".to_owned()], &Value::Null)
    );
}

async fn a_repeated_request_books_once(benches: [&Bench; 2]) {
    let body = minutes(30, 0, 30);
    let tries = (0..6).map(|at| {
        let body = &body;
        async move {
            benches[at % 2]
                .call(
                    "POST",
                    "/api/appointments",
                    &[("idempotency-key", "k")],
                    Some(body),
                )
                .await
        }
    });
    let answers = futures_util::future::join_all(tries).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 201 && answer.body == answers[0].body),
        "{answers:?}"
    );
}

async fn the_race_for_a_day_has_no_double_booking(benches: [&Bench; 2]) {
    let tries = (0..30_u32).map(|at| async move {
        let from = at * 37 % 240;
        (
            from,
            from + 25,
            book(benches[at as usize % 2], &minutes(40, from, from + 25))
                .await
                .0,
        )
    });
    let results = futures_util::future::join_all(tries).await;
    let booked: Vec<_> = results
        .iter()
        .filter(|(_, _, status)| *status == 201)
        .collect();
    assert!(
        results
            .iter()
            .all(|(_, _, status)| matches!(status, 201 | 409)),
        "{results:?}"
    );
    assert!(booked.len() >= 5);
    for (at, one) in booked.iter().enumerate() {
        assert!(
            booked[at + 1..]
                .iter()
                .all(|two| one.1 <= two.0 || two.1 <= one.0),
            "{booked:?}"
        );
    }
}

#[tokio::test]
async fn every_wrong_field_is_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let bench = Bench::in_directory(&SERVICE, directory.path());
    let body = json!({ "patientId": "x", "start": "yesterday", "end": 5, "status": "gone", "reason": "", "note": 1 });
    let answer = bench
        .call("POST", "/api/appointments", &[], Some(&body))
        .await;
    let mut fields: Vec<String> = answer.json()["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| error["field"].as_str().expect("a field").to_owned())
        .collect();
    fields.sort_unstable();
    assert_eq!(answer.status, 422);
    assert_eq!(
        fields,
        [
            "/",
            "/end",
            "/patientId",
            "/practitionerId",
            "/reason",
            "/start",
            "/status"
        ]
    );
    for (end, expected) in [
        ("2031-01-01T09:00:59Z", 422),
        ("2031-01-01T09:01:00Z", 201),
        ("2031-01-02T09:00:01Z", 422),
    ] {
        assert_eq!(
            book(&bench, &visit(1, "2031-01-01T09:00:00Z", end)).await.0,
            expected,
            "{end}"
        );
    }
    assert!(!bench.log.text().contains("yesterday"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any run of bookings, moves, cancellations and deletions leaves no two appointments of one practitioner at one time.
    #[test]
    fn no_run_of_requests_double_books(steps in proptest::collection::vec((0_u8..4, 0_u32..2, 1380_u32..1500, 1_u32..60), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let directory = tempfile::tempdir().expect("a directory");
            let bench = Bench::in_directory(&SERVICE, directory.path());
            let mut places: Vec<String> = Vec::new();
            for (kind, practitioner, from, length) in steps {
                let mut body = minutes(practitioner, from, from + length);
                let any = [("if-match", "*")];
                let place = places.get(from as usize % places.len().max(1)).cloned();
                match (kind, place) {
                    (0, _) | (_, None) => {
                        let (status, place) = book(&bench, &body).await;
                        if status == 201 {
                            places.push(place);
                        }
                    }
                    (1, Some(place)) => {
                        bench.call("PUT", &place, &any, Some(&body)).await;
                    }
                    (2, Some(place)) => {
                        body = bench.call("GET", &place, &[], None).await.json();
                        body["status"] = json!("cancelled");
                        body.as_object_mut().map(|body| (body.remove("id"), body.remove("meta")));
                        bench.call("PUT", &place, &any, Some(&body)).await;
                    }
                    (_, Some(place)) => {
                        bench.call("DELETE", &place, &any, None).await;
                        places.retain(|kept| *kept != place);
                    }
                }
            }
            let all = bench.call("GET", "/api/appointments?limit=100", &[], None).await.json();
            assert_eq!(all["items"].as_array().expect("a list").len(), places.len());
            assert_eq!(service_double_bookings(&all), 0);
        });
    }
}

fn service_double_bookings(all: &Value) -> usize {
    let items: Vec<&Value> = all["items"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|item| item["status"] != "cancelled")
        .collect();
    let text = |item: &Value, name: &str| item[name].as_str().expect("a text").to_owned();
    let mut found = 0;
    for (at, one) in items.iter().enumerate() {
        for two in &items[at + 1..] {
            let same = one["practitionerId"] == two["practitionerId"];
            found += usize::from(
                same && text(one, "start") < text(two, "end")
                    && text(two, "start") < text(one, "end"),
            );
        }
    }
    found
}
