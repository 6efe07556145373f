//! What the documents look like: a JSON Schema for each verb, from the very types that write them.
//!
//! `provisioner/schemas/` holds them for programs that read what hcctl writes; a test keeps the files current
//! (`UPDATE_SCHEMA=1 cargo test -p hcctl schema` writes them anew). More fields may come within a format version, so the
//! schemas allow them; fields that are listed stay.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::{
    audit, bootstrap, cost, doctor, drift, event, history, lease, logs, plan, push, report,
    rollout, sandbox, secret, status, task, validate,
};

/// What a verb writes with `--format json`.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// The verb; a verb's own verbs are joined by a hyphen.
    pub verb: &'static str,
    /// Whether it writes JSON Lines; the schema is then of one line.
    pub lines: bool,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

/// One document or another.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "describes what is written; is never made")]
enum Either<A, B> {
    One(A),
    Other(B),
}

/// A step's event, or the report that comes last.
type RunLine = Either<event::EventShape<'static>, report::ReportShape<'static>>;
/// The plan where it is only shown; else what a run writes; last what is set up.
type BootstrapLine =
    Either<plan::PlanShape<'static>, Either<RunLine, bootstrap::SetUpShape<'static>>>;
/// A deployment's event, or the outcome that comes last.
type RolloutLine = Either<rollout::EventShape, rollout::OutcomeShape<'static>>;
/// The same, or a line that a command before it wrote.
type DeployLine =
    Either<rollout::EventShape, Either<rollout::OutcomeShape<'static>, logs::LineShape<'static>>>;
/// A line that a task wrote, or a task that stopped.
type LogLine = Either<logs::LineShape<'static>, logs::StoppedShape<'static>>;
/// A line that the task wrote, that it was started, or how it ended.
type TaskLine = Either<
    logs::LineShape<'static>,
    Either<task::StartedShape<'static>, task::EndedShape<'static>>,
>;
/// All runs, or one.
type History = Either<history::HistoryShape<'static>, history::WholeRunShape<'static>>;

/// Every verb that writes JSON, by name.
pub const OUTPUTS: &[Output] = &[
    one::<plan::PlanShape<'static>>("plan"),
    lines::<RunLine>("apply"),
    lines::<RunLine>("destroy"),
    lines::<BootstrapLine>("bootstrap"),
    lines::<DeployLine>("deploy"),
    lines::<RolloutLine>("rollback"),
    lines::<RolloutLine>("restart"),
    one::<cost::CostShape<'static>>("cost"),
    one::<audit::AuditShape<'static>>("audit"),
    one::<doctor::DoctorShape<'static>>("doctor"),
    one::<drift::DriftShape<'static>>("drift"),
    one::<History>("history"),
    lines::<LogLine>("logs"),
    lines::<TaskLine>("run"),
    one::<push::PushShape<'static>>("push"),
    one::<sandbox::ServingShape<'static>>("sandbox-serve"),
    one::<sandbox::CountsShape<'static>>("sandbox-status"),
    one::<secret::ListShape<'static>>("secret-list"),
    one::<secret::RemovedShape<'static>>("secret-rm"),
    one::<secret::SetShape<'static>>("secret-set"),
    lines::<status::StatusShape<'static>>("status"),
    one::<lease::LeaseShape<'static>>("unlock"),
    one::<validate::ValidateShape<'static>>("validate"),
];

const fn one<T: JsonSchema>(verb: &'static str) -> Output {
    Output {
        verb,
        lines: false,
        schema: SchemaGenerator::subschema_for::<T>,
    }
}

const fn lines<T: JsonSchema>(verb: &'static str) -> Output {
    Output {
        verb,
        lines: true,
        schema: SchemaGenerator::subschema_for::<T>,
    }
}

impl Output {
    /// The schema, draft 2020-12.
    pub fn schema(&self) -> Value {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        let mut generator = settings
            .with(|settings| settings.inline_subschemas = true)
            .into_generator();
        let written = if self.lines {
            "one line of"
        } else {
            "the document of"
        };
        let command = self.verb.replacen('-', " ", 1);
        let mut whole = Map::new();
        whole.insert(
            "$schema".to_owned(),
            "https://json-schema.org/draft/2020-12/schema".into(),
        );
        whole.insert(
            "title".to_owned(),
            format!("{written} hcctl {command} --format json").into(),
        );
        let body = (self.schema)(&mut generator).to_value();
        for (key, value) in body.as_object().into_iter().flatten() {
            whole.entry(key.clone()).or_insert_with(|| value.clone());
        }
        whole.into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::OUTPUTS;

    #[test]
    fn the_schemas_of_outputs_are_current() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
        let update = std::env::var_os("UPDATE_SCHEMA").is_some();
        let mut wanted = BTreeSet::new();
        for output in OUTPUTS {
            let name = format!("{}.json", output.verb);
            let current = format!("{:#}\n", output.schema());
            if update {
                std::fs::create_dir_all(&dir).expect("the directory can be made");
                std::fs::write(dir.join(&name), &current).expect("the schema can be written");
            }
            let written = std::fs::read_to_string(dir.join(&name)).unwrap_or_default();
            assert_eq!(
                written, current,
                "run `UPDATE_SCHEMA=1 cargo test -p hcctl schema`"
            );
            wanted.insert(name);
        }
        let files = std::fs::read_dir(&dir).expect("the schemas are there");
        let files: BTreeSet<String> = files
            .map(|file| {
                file.expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        assert_eq!(files, wanted, "a file for each verb, and no other");
    }
}
