//! What is wrong with environment files, for editors and code scanning: SARIF 2.1.0.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::validate::{FileView, MistakeView};

/// A mistake in a file, and a file that cannot be read at all.
const RULES: [(&str, &str); 2] = [
    ("invalid", "The environment file says what cannot be."),
    ("unreadable", "There is no environment file to read."),
];

/// The files that were looked at, as the results of one run.
pub fn sarif(files: &[FileView]) -> Value {
    let results = files.iter().flat_map(|file| {
        let errors = file.errors.iter();
        errors.map(|one| result(&file.environment, one))
    });
    let rules = RULES.map(|(id, text)| json!({ "id": id, "shortDescription": { "text": text } }));
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "hcctl",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            // As the errors count: characters, not UTF-16 units, which are the default.
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

fn result(environment: &str, mistake: &MistakeView) -> Value {
    let rule = usize::from(mistake.file.is_none());
    let remedy = mistake.remedy.as_ref();
    let help = remedy.map_or_else(String::new, |remedy| format!(" (help: {remedy})"));
    let mut result = json!({
        "ruleId": RULES[rule].0,
        "ruleIndex": rule,
        "level": "error",
        "message": { "text": format!("{environment}: {}{help}", mistake.reason) },
    });
    if let Some(file) = &mistake.file {
        let mut place = json!({ "artifactLocation": { "uri": uri(file) } });
        if let Some((line, column)) = mistake.line.zip(mistake.column) {
            place["region"] = json!({ "startLine": line, "startColumn": column });
        }
        result["locations"] = json!([{ "physicalLocation": place }]);
    }
    result
}

/// A path as a relative reference: RFC 3986's unreserved characters and slashes stay.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    path.bytes().fold(String::new(), |mut uri, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
        uri
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_is_a_result_at_its_place() {
        let mistake = MistakeView {
            file: Some("my environments/dev.yaml".to_owned()),
            line: Some(6),
            column: Some(10),
            reason: "`300` is no CPU size".to_owned(),
            remedy: Some("one of 256, 512".to_owned()),
        };
        let missing = MistakeView {
            file: None,
            line: None,
            column: None,
            reason: "there is no environment `x`".to_owned(),
            remedy: None,
        };
        let files = [
            ("dev", vec![mistake]),
            ("prod", vec![]),
            ("x", vec![missing]),
        ];
        let files = files.map(|(name, errors)| FileView {
            environment: name.to_owned(),
            valid: errors.is_empty(),
            errors,
        });
        let log = sarif(&files);
        insta::assert_json_snapshot!(log["runs"][0]["results"]);
        let rules = log["runs"][0]["tool"]["driver"]["rules"]
            .as_array()
            .unwrap();
        for result in log["runs"][0]["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
        assert_eq!(log["version"], "2.1.0");
    }
}
