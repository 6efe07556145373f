//! Parameters from the wire.

use serde_json::{Value, json};

use crate::bench::{Bench, Refusal};

fn ask(bench: &Bench, operation: &str, input: Value) -> Result<Value, Refusal> {
    bench.json("ssm", operation, input)
}

fn secure(name: &str, value: &str) -> Value {
    json!({ "Name": name, "Value": value, "Type": "SecureString" })
}

fn and(mut input: Value, key: &str, value: impl Into<Value>) -> Value {
    input[key] = value.into();
    input
}

#[test]
fn tags_are_for_the_call_that_makes_one_and_overwrite_for_the_others() {
    let bench = Bench::new();
    let tags = json!([{ "Key": "Project", "Value": "shop" }]);
    let first = and(secure("/shop/dev/KEY", "a"), "Tags", tags.clone());
    let both = ask(
        &bench,
        "PutParameter",
        and(first.clone(), "Overwrite", true),
    );
    assert_eq!(both.unwrap_err().code, "ValidationException");
    assert_eq!(
        ask(&bench, "PutParameter", first.clone()).unwrap()["Version"],
        1
    );
    let again = ask(&bench, "PutParameter", first).unwrap_err();
    assert_eq!(again.code, "ParameterAlreadyExists");
    let second = and(secure("/shop/dev/KEY", "b"), "Overwrite", true);
    assert_eq!(ask(&bench, "PutParameter", second).unwrap()["Version"], 2);
    let id = json!({ "ResourceType": "Parameter", "ResourceId": "/shop/dev/KEY" });
    assert_eq!(
        ask(&bench, "ListTagsForResource", id).unwrap()["TagList"],
        tags
    );
    let read = |clear: bool| {
        let input = json!({ "Name": "/shop/dev/KEY", "WithDecryption": clear });
        ask(&bench, "GetParameter", input).unwrap()["Parameter"]["Value"].clone()
    };
    assert_eq!(read(true), "b");
    assert_ne!(read(false), "b");
}

#[test]
fn names_values_and_keys_are_checked() {
    let bench = Bench::new();
    let code = |input: Value| ask(&bench, "PutParameter", input).unwrap_err().code;
    for name in ["/aws/a", "ssm-a", "a/b", "/a b", "/a//b", ""] {
        assert_eq!(code(secure(name, "a")), "ValidationException", "{name}");
    }
    let deep = "/a".repeat(16);
    assert_eq!(
        code(secure(&deep, "a")),
        "HierarchyLevelLimitExceededException"
    );
    assert_eq!(code(secure("/a", "")), "ValidationException");
    assert_eq!(
        code(secure("/a", &"x".repeat(4_097))),
        "ValidationException"
    );
    let advanced = and(secure("/a", &"x".repeat(4_097)), "Tier", "Advanced");
    ask(&bench, "PutParameter", advanced).unwrap();
    let own = and(secure("/b", "a"), "KeyId", "alias/none");
    assert_eq!(code(own), "InvalidKeyId");
    assert_eq!(
        code(json!({ "Name": "/b", "Value": "a" })),
        "ValidationException"
    );
    ask(&bench, "PutParameter", secure("/b", "a")).unwrap();
    let other = json!({ "Name": "/b", "Value": "a", "Type": "String", "Overwrite": true });
    assert_eq!(code(other), "HierarchyTypeMismatchException");
}

#[test]
fn a_listing_is_of_names_or_a_path_and_goes_page_by_page() {
    let bench = Bench::new();
    for name in [
        "/shop/dev/A",
        "/shop/dev/B",
        "/shop/dev/sub/C",
        "/shop/develop",
        "D",
    ] {
        ask(&bench, "PutParameter", secure(name, "x")).unwrap();
    }
    let list = |key: &str, option: &str, values: Value, more: Value| {
        let filter = json!({ "Key": key, "Option": option, "Values": values });
        let mut input = json!({ "ParameterFilters": [filter] });
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        ask(&bench, "DescribeParameters", input)
    };
    let names = |answer: &Value| -> Vec<String> {
        let all = answer["Parameters"].as_array().unwrap();
        all.iter()
            .map(|it| it["Name"].as_str().unwrap().to_owned())
            .collect()
    };
    let level = list("Path", "OneLevel", json!(["/shop/dev"]), json!({})).unwrap();
    assert_eq!(names(&level), ["/shop/dev/A", "/shop/dev/B"]);
    assert_eq!(level["Parameters"][0]["KeyId"], "alias/aws/ssm");
    let found = list("Name", "Equals", json!(["D", "/none"]), json!({})).unwrap();
    assert_eq!(
        found["Parameters"][0]["ARN"],
        "arn:aws:ssm:us-east-1:123456789012:parameter/D"
    );
    let page = list(
        "Path",
        "Recursive",
        json!(["/shop/dev"]),
        json!({ "MaxResults": 2 }),
    )
    .unwrap();
    let next = json!({ "MaxResults": 2, "NextToken": page["NextToken"] });
    let rest = list("Path", "Recursive", json!(["/shop/dev"]), next).unwrap();
    assert_eq!(names(&rest), ["/shop/dev/sub/C"]);
    let wrong = list("Path", "Equals", json!(["/"]), json!({})).unwrap_err();
    assert_eq!(wrong.code, "InvalidFilterOption");
    let gone = json!({ "Names": ["D", "/none"] });
    let gone = ask(&bench, "DeleteParameters", gone).unwrap();
    assert_eq!(
        (&gone["DeletedParameters"][0], &gone["InvalidParameters"][0]),
        (&json!("D"), &json!("/none"))
    );
    let again = ask(&bench, "DeleteParameter", json!({ "Name": "D" })).unwrap_err();
    assert_eq!(again.code, "ParameterNotFound");
}
