//! Records of version 1, brought into the present form: `"stopped: why"` as an outcome, and steps without a name of what
//! happened, with `milliseconds`, `failed` and `skipped`.

use serde_json::{Map, Value};

/// The record in the present form; one that is in it already stays as it is.
pub(super) fn upgraded(record: Value) -> Value {
    let Value::Object(mut record) = record else {
        return record;
    };
    if record.get("format_version").and_then(Value::as_u64) > Some(1) {
        return Value::Object(record);
    }
    record.insert("format_version".to_owned(), 1.into());
    let stopped = record.get("outcome").and_then(Value::as_str);
    let why = stopped.and_then(|outcome| outcome.strip_prefix("stopped: "));
    if let Some(why) = why.map(str::to_owned) {
        record.insert("outcome".to_owned(), "stopped".into());
        record.insert("why".to_owned(), why.into());
    }
    if let Some(Value::Array(events)) = record.get_mut("events") {
        events
            .iter_mut()
            .filter_map(Value::as_object_mut)
            .for_each(step);
    }
    Value::Object(record)
}

/// A step of an apply; what has no address is of a release, whose form has stayed.
fn step(event: &mut Map<String, Value>) {
    if !event.contains_key("address") {
        return;
    }
    let (old, new, name) = if event.contains_key("failed") {
        ("failed", "fault", "failed")
    } else if event.contains_key("skipped") {
        ("skipped", "because", "skipped")
    } else {
        ("milliseconds", "took_ms", "finished")
    };
    if let Some(value) = event.shift_remove(old) {
        event.insert(new.to_owned(), value);
    }
    event.insert("event".to_owned(), name.into());
}

#[cfg(test)]
mod tests {
    use super::super::record::{Did, Entry, Outcome, Planned, Record, Step};
    use super::super::release::{Ending, What};
    use super::*;

    /// As hcctl 0.1 wrote it, but for the changes' other fields.
    const APPLY: &str = r#"{
      "format_version": 1, "command": "apply", "who": "arn:aws:iam::123456789012:user/maria", "began": 1782864300,
      "hcctl": "0.1.0", "outcome": "stopped: the time limit of 60 s (--timeout) is reached", "ended": 1782864361,
      "plan": { "digest": "ab", "changes": [
        { "address": "table/carts", "kind": "table", "name": "carts", "action": "replace", "order": "delete_first",
          "risk": "data loss", "id": "shop-dev-carts", "reasons": [{ "reason": "differs", "field": "hash_key", "upstream": null, "text": "hash_key differs" }],
          "fields": [{ "field": "hash_key", "rule": "replace", "before": "a", "after": "b", "upstream": null }] } ] },
      "events": [
        { "address": "vpc/main", "verb": "create", "id": "vpc-0a", "milliseconds": 1200 },
        { "address": "table/carts", "verb": "delete", "failed": "dynamodb:DeleteTable: LimitExceededException: too many" },
        { "address": "service/cart", "verb": "update", "skipped": "table/carts" } ] }"#;
    const DEPLOY: &str = r#"{
      "format_version": 1, "command": "deploy", "who": "arn:aws:iam::123456789012:user/maria", "began": 1782864300,
      "hcctl": "0.1.0", "outcome": "failed", "ended": 1782864361,
      "plan": { "images": { "cart": "sha256:4497" }, "tags": { "cart": "v7" } },
      "events": [
        { "format_version": 1, "service": "cart", "at_ms": 4100, "event": "tasks", "running": 1, "wanted": 2 },
        { "format_version": 1, "service": "cart", "at_ms": 4200, "event": "traffic", "production_percent": 10.0 },
        { "format_version": 1, "service": "cart", "at_ms": 5100, "event": "task_stopped", "task": "01", "reason": "Essential container in task exited",
          "exit_code": 1, "container_reason": null, "log": ["cannot open the store"] },
        { "format_version": 1, "service": "cart", "at_ms": 9000, "event": "ended", "outcome": "rolled_back" },
        { "outcomes": { "cart": "rolled_back" } } ] }"#;

    fn read(text: &str) -> Record {
        serde_json::from_value(upgraded(serde_json::from_str(text).unwrap())).unwrap()
    }

    #[test]
    fn an_old_apply_is_read_as_a_new_one_is() {
        let record = read(APPLY);
        let why = "the time limit of 60 s (--timeout) is reached".to_owned();
        assert_eq!(record.outcome, Outcome::Stopped { why });
        let Planned::Changes { digest, changes } = &record.plan else {
            panic!("{:?}", record.plan);
        };
        assert_eq!((digest.as_str(), changes.len()), ("ab", 1));
        insta::assert_json_snapshot!(changes[0], @r#"
        {
          "address": "table/carts",
          "action": "replace",
          "order": "delete_first",
          "risk": "data loss",
          "id": "shop-dev-carts",
          "fields": [
            {
              "field": "hash_key",
              "before": "a",
              "after": "b"
            }
          ]
        }
        "#);
        let [first, second, third] = record.events.as_slice() else {
            panic!("{:?}", record.events);
        };
        let finished = Step::Finished {
            address: "vpc/main".to_owned(),
            verb: Did::Create,
            id: "vpc-0a".to_owned(),
            took_ms: 1200,
        };
        assert_eq!(*first, Entry::Step(finished));
        let failed = Step::Failed {
            address: "table/carts".to_owned(),
            verb: Did::Delete,
            fault: "dynamodb:DeleteTable: LimitExceededException: too many".to_owned(),
        };
        assert_eq!(*second, Entry::Step(failed));
        let skipped = Step::Skipped {
            address: "service/cart".to_owned(),
            verb: Did::Update,
            because: "table/carts".to_owned(),
        };
        assert_eq!(*third, Entry::Step(skipped));
    }

    #[test]
    fn an_old_release_is_read_as_a_new_one_is() {
        let record = read(DEPLOY);
        assert_eq!(record.outcome, Outcome::Failed);
        let Planned::Images { images, tags } = &record.plan else {
            panic!("{:?}", record.plan);
        };
        assert_eq!(
            (images["cart"].as_str(), tags["cart"].as_str()),
            ("sha256:4497", "v7")
        );
        let what: Vec<&What> = record
            .events
            .iter()
            .filter_map(|event| match event {
                Entry::Release(happened) => Some(&happened.what),
                _ => None,
            })
            .collect();
        assert!(
            matches!(
                what.as_slice(),
                [What::Tasks { running: 1, wanted: 2 }, What::Traffic { .. }, What::TaskStopped(task), What::Ended { outcome: Ending::RolledBack }]
                    if task.exit_code == Some(1)
            ),
            "{what:?}"
        );
        let last = record.events.last();
        let outcomes = [("cart".to_owned(), Ending::RolledBack)].into();
        assert_eq!(last, Some(&Entry::Outcomes { outcomes }));
    }

    #[test]
    fn what_is_written_is_read_as_it_was() {
        for text in [APPLY, DEPLOY] {
            let record = Record {
                format_version: 2,
                ..read(text)
            };
            let written = serde_json::to_value(&record).unwrap();
            let again: Record = serde_json::from_value(upgraded(written.clone())).unwrap();
            assert_eq!(serde_json::to_value(&again).unwrap(), written);
        }
    }

    #[test]
    fn what_a_later_version_says_is_kept() {
        let text = r#"{ "format_version": 9, "outcome": "done", "plan": { "moves": 3 }, "events": [{ "event": "moved", "to": "b" }] }"#;
        let record = read(text);
        assert!(matches!(record.plan, Planned::Other(_)));
        assert!(matches!(record.events.as_slice(), [Entry::Other(_)]));
    }
}
