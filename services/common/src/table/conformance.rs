//! What every store must do, as one suite. Called by the tests with each store in turn.
//!
//! `handles` are two ways to the same data, as two processes have them.

use std::sync::Arc;

use bytes::Bytes;

use super::{Expect, Item, Key, Query, Refused, Row, Table, Write};

type Handles = [Arc<dyn Table>; 2];

/// The whole suite.
pub async fn holds(handles: &Handles) {
    reads_what_was_written(handles).await;
    expectations_guard_every_write(handles).await;
    all_or_nothing(handles).await;
    partitions_are_read_in_order(handles).await;
    what_expired_is_absent(handles).await;
    any_text_and_size_survives(handles).await;
    one_of_many_wins(handles).await;
    no_update_is_lost(handles).await;
}

fn item(pk: &str, sk: &str, version: u64, body: &str) -> Item {
    Item {
        key: Key::new(pk, sk),
        index: None,
        version,
        body: Bytes::from(body.to_owned()),
        expires_at: None,
    }
}

fn make(pk: &str, sk: &str) -> Write {
    Write::Put(item(pk, sk, 1, "{}"), Expect::Absent)
}

fn unmet(result: Result<(), Refused>) -> Vec<usize> {
    match result.expect_err("the expectation does not hold") {
        Refused::Unmet(places) => places,
        Refused::Fault(fault) => panic!("{fault}"),
    }
}

async fn get(table: &Arc<dyn Table>, pk: &str, sk: &str) -> Option<Row> {
    table.get(pk, sk).await.expect("the store answers")
}

async fn reads_what_was_written([one, two]: &Handles) {
    assert_eq!(get(one, "a", "nothing").await, None);
    one.write(vec![Write::Put(
        item("a", "1", 1, "{\"x\":1}"),
        Expect::Absent,
    )])
    .await
    .expect("written");
    let row = get(two, "a", "1").await.expect("seen by the other");
    assert_eq!((row.version, &row.body[..]), (1, &b"{\"x\":1}"[..]));
    two.write(vec![Write::Delete(Key::new("a", "1"), 1)])
        .await
        .expect("deleted");
    assert_eq!(get(one, "a", "1").await, None);
    one.ping().await.expect("the store answers");
}

async fn expectations_guard_every_write([one, two]: &Handles) {
    one.write(vec![make("b", "1")]).await.expect("written");
    assert_eq!(unmet(two.write(vec![make("b", "1")]).await), [0]);
    assert_eq!(
        unmet(
            two.write(vec![Write::Put(
                item("b", "1", 9, "{}"),
                Expect::Version(8)
            )])
            .await
        ),
        [0]
    );
    assert_eq!(
        unmet(
            two.write(vec![Write::Put(
                item("b", "none", 2, "{}"),
                Expect::Version(1)
            )])
            .await
        ),
        [0]
    );
    assert_eq!(
        unmet(two.write(vec![Write::Delete(Key::new("b", "1"), 2)]).await),
        [0]
    );
    assert_eq!(
        unmet(
            two.write(vec![Write::Delete(Key::new("b", "none"), 1)])
                .await
        ),
        [0]
    );
    two.write(vec![Write::Put(
        item("b", "1", 2, "{}"),
        Expect::Version(1),
    )])
    .await
    .expect("the version stood");
    assert_eq!(get(one, "b", "1").await.expect("there").version, 2);
}

async fn all_or_nothing([one, two]: &Handles) {
    one.write(vec![make("c", "taken"), make("c", "changed")])
        .await
        .expect("written");
    let set = vec![
        make("c", "new"),
        make("c", "taken"),
        Write::Put(item("c", "changed", 2, "{}"), Expect::Version(1)),
        Write::Delete(Key::new("c", "missing"), 1),
    ];
    assert_eq!(unmet(two.write(set).await), [1, 3]);
    assert_eq!(get(one, "c", "new").await, None);
    assert_eq!(get(one, "c", "changed").await.expect("there").version, 1);
}

async fn partitions_are_read_in_order([one, two]: &Handles) {
    for number in [3, 1, 5, 2, 4] {
        let mut written = item("d", &format!("{number}"), 1, &format!("{number}"));
        written.index = Some(Key::new(
            format!("odd{}", number % 2),
            format!("{}", 9 - number),
        ));
        one.write(vec![Write::Put(written, Expect::Absent)])
            .await
            .expect("written");
    }
    let read = async |index, pk, after, limit| {
        let rows = two
            .query(Query {
                index,
                pk,
                after,
                limit,
            })
            .await
            .expect("the store answers");
        rows.iter()
            .map(|row| format!("{}={}", row.sort, String::from_utf8_lossy(&row.body)))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        read(false, "d", None, 9).await,
        ["1=1", "2=2", "3=3", "4=4", "5=5"]
    );
    assert_eq!(read(false, "d", Some("2"), 2).await, ["3=3", "4=4"]);
    assert_eq!(read(false, "d", Some("5"), 2).await, Vec::<String>::new());
    assert_eq!(read(true, "odd1", None, 9).await, ["4=5", "6=3", "8=1"]);
    assert_eq!(read(true, "odd1", Some("4"), 1).await, ["6=3"]);
    assert_eq!(read(true, "d", None, 9).await, Vec::<String>::new());
    // A change moves an item within the index, and a deletion removes it there.
    let mut moved = item("d", "1", 2, "1");
    moved.index = Some(Key::new("odd1", "0"));
    one.write(vec![
        Write::Put(moved, Expect::Version(1)),
        Write::Delete(Key::new("d", "3"), 1),
    ])
    .await
    .expect("written");
    assert_eq!(read(true, "odd1", None, 9).await, ["0=1", "4=5"]);
}

async fn what_expired_is_absent([one, two]: &Handles) {
    let now = jiff::Timestamp::now().as_second();
    let mut old = item("e", "1", 7, "{}");
    old.expires_at = Some(now - 5);
    one.write(vec![Write::Put(old, Expect::Absent)])
        .await
        .expect("written");
    assert_eq!(get(two, "e", "1").await, None);
    let mut fresh = item("e", "1", 1, "{}");
    fresh.expires_at = Some(now + 500);
    two.write(vec![Write::Put(fresh, Expect::Absent)])
        .await
        .expect("what expired counts as absent");
    assert_eq!(get(one, "e", "1").await.expect("there").version, 1);
}

async fn any_text_and_size_survives([one, two]: &Handles) {
    let body = format!("{{\"name\":\"Zoë \\u0000 名 {}\"}}", "x".repeat(60_000));
    one.write(vec![Write::Put(
        item("f", "é 名", 1, &body),
        Expect::Absent,
    )])
    .await
    .expect("written");
    assert_eq!(get(two, "f", "é 名").await.expect("there").body, body);
}

async fn one_of_many_wins(handles: &Handles) {
    let tries = (0..24).map(|at| {
        let table = Arc::clone(&handles[at % 2]);
        tokio::spawn(async move {
            table
                .write(vec![make("g", &format!("own-{at}")), make("g", "one")])
                .await
        })
    });
    let mut won = 0;
    for attempt in tries.collect::<Vec<_>>() {
        match attempt.await.expect("no panic") {
            Ok(()) => won += 1,
            Err(Refused::Unmet(places)) => assert_eq!(places, [1]),
            Err(Refused::Fault(fault)) => panic!("{fault}"),
        }
    }
    assert_eq!(won, 1);
    let left = handles[0]
        .query(Query {
            index: false,
            pk: "g",
            after: None,
            limit: 99,
        })
        .await
        .expect("the store answers");
    assert_eq!(left.len(), 2, "the losers left nothing behind");
}

async fn no_update_is_lost(handles: &Handles) {
    const EACH: u64 = 5;
    handles[0]
        .write(vec![Write::Put(item("h", "count", 1, "0"), Expect::Absent)])
        .await
        .expect("written");
    let tasks = (0..6).map(|at| {
        let table = Arc::clone(&handles[at % 2]);
        tokio::spawn(async move {
            let mut done = 0;
            while done < EACH {
                let row = get(&table, "h", "count").await.expect("there");
                let count: u64 = String::from_utf8_lossy(&row.body)
                    .parse()
                    .expect("a number");
                let next = item("h", "count", row.version + 1, &(count + 1).to_string());
                match table
                    .write(vec![Write::Put(next, Expect::Version(row.version))])
                    .await
                {
                    Ok(()) => done += 1,
                    Err(Refused::Unmet(_)) => tokio::task::yield_now().await,
                    Err(Refused::Fault(fault)) => panic!("{fault}"),
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    let row = get(&handles[0], "h", "count").await.expect("there");
    assert_eq!(
        (row.version, &row.body[..]),
        (1 + 6 * EACH, (6 * EACH).to_string().as_bytes())
    );
}
