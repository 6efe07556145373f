//! The JSON schema of the file, from the same types the parser fills: what an editor completes and checks while one types.
//!
//! It can say less than the parser: that two values must agree, it cannot. A test keeps `environments/schema.json` current;
//! `UPDATE_SCHEMA=1 cargo test -p hcctl schema` writes it anew.

use schemars::generate::SchemaSettings;

use super::model::Environment;

/// The schema, draft 7, which editors' YAML support knows best; all in one piece, so that a description stands where it is used.
pub fn schema() -> serde_json::Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let schema = settings
        .into_generator()
        .into_root_schema_for::<Environment>()
        .to_value();
    let mut ordered = serde_json::Map::new();
    // The head comes first, for whoever opens the file.
    ordered.insert("$schema".to_owned(), schema["$schema"].clone());
    ordered.insert("title".to_owned(), "An environment of hcctl".into());
    for (key, value) in schema.as_object().into_iter().flatten() {
        ordered.entry(key.clone()).or_insert(value.clone());
    }
    ordered.into()
}
