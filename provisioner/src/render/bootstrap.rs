//! What is left to do by hand once the account is set up: in GitHub, and in the environment files.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::json::FORMAT_VERSION;
use super::label::Label;
use super::page::{Line, Page, Span};
use super::view::Style;

/// The account's set-up, as the verb leaves it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SetUp {
    /// The project of the environments.
    pub project: String,
    /// The account's number.
    pub account: String,
    /// The repository whose pipelines may work here, as OWNER/REPO; null where none was named.
    pub repository: Option<String>,
    /// What each environment has.
    pub environments: Vec<Ready>,
    /// The variables to set in GitHub.
    pub variables: Vec<Variable>,
}

/// What one environment has.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Ready {
    /// The environment.
    pub environment: String,
    /// Its file.
    pub file: String,
    /// What to write behind `permissions_boundary` in that file.
    pub permissions_boundary: String,
    /// What the file says there now.
    pub permissions_boundary_now: Option<String>,
    /// The role of jobs that plan, by ARN; null where no repository was named.
    pub plan_role: Option<String>,
    /// The role of jobs that apply, by ARN; null where no repository was named.
    pub apply_role: Option<String>,
}

impl Ready {
    /// Whether the file names the boundary that was made, or another one by ARN.
    fn is_bounded(&self) -> bool {
        self.permissions_boundary_now.is_some()
    }
}

/// A variable of GitHub's.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The environment that it is for; null where it is for the whole repository.
    pub environment: Option<String>,
    /// Its value.
    pub value: String,
}

#[derive(Serialize, JsonSchema)]
struct Document<'a> {
    /// The version of this document.
    format_version: u32,
    /// Always `bootstrap`: it tells this line from the events and the report before it.
    set_up: &'static str,
    #[serde(flatten)]
    what: &'a SetUp,
}

/// As one document.
pub fn json(what: &SetUp) -> Value {
    let document = Document {
        format_version: FORMAT_VERSION,
        set_up: "bootstrap",
        what,
    };
    serde_json::to_value(&document).expect("structs with text keys always encode")
}

/// As Markdown, for the summary of a job.
pub fn markdown(what: &SetUp, w: &mut dyn Write) -> io::Result<()> {
    for (number, (text, commands)) in steps(what).iter().enumerate() {
        writeln!(w, "{}. {text}", number + 1)?;
        if !commands.is_empty() {
            writeln!(w, "\n   ```sh")?;
            for line in commands {
                writeln!(w, "   {line}")?;
            }
            writeln!(w, "   ```\n")?;
        }
    }
    Ok(())
}

/// For a person: commands to copy, each after what it is for.
pub fn human(what: &SetUp, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let all = steps(what);
    let mut page = Page::new(style.width);
    page.gap();
    let title = match all.is_empty() {
        true => "Nothing is left to do by hand.",
        false => "What is left to do by hand:",
    };
    page.line(Line::default().with(Label::Heading, title));
    page.write(style.color, w)?;
    for (number, (text, commands)) in all.iter().enumerate() {
        let mut page = Page::new(style.width);
        page.gap();
        let lead = Line::default().with(Label::Plain, format!("{}. ", number + 1));
        page.flow(lead, 3, Span::words(Label::Plain, text));
        page.write(style.color, w)?;
        for line in commands {
            // As it is: what is broken into lines of its own accord cannot be copied.
            writeln!(w, "     {line}")?;
        }
    }
    Ok(())
}

/// What is to be done, each with its commands or lines.
fn steps(what: &SetUp) -> Vec<(String, Vec<String>)> {
    let mut steps = Vec::new();
    if let Some(repository) = &what.repository {
        steps.push((
            "Protect the branch main (pull requests only): what is on it is applied.".to_owned(),
            Vec::new(),
        ));
        let make = |one: &Ready| {
            [
                format!(
                    "gh api --silent --method PUT repos/{repository}/environments/{} \\",
                    one.environment
                ),
                "  -F 'deployment_branch_policy[protected_branches]=true' \\".to_owned(),
                "  -F 'deployment_branch_policy[custom_branch_policies]=false'".to_owned(),
            ]
        };
        steps.push((
            "Make the environments that are not there yet, for protected branches only, and give production required \
             reviewers: whoever may run a job in one has its apply role."
                .to_owned(),
            what.environments.iter().flat_map(make).collect(),
        ));
        let set = |one: &Variable| {
            let place = one
                .environment
                .as_ref()
                .map(|name| format!(" --env {name}"))
                .unwrap_or_default();
            [
                format!("gh variable set {} --repo {repository}{place} \\", one.name),
                format!("  --body {}", one.value),
            ]
        };
        steps.push((
            "Tell the workflows their roles:".to_owned(),
            what.variables.iter().flat_map(set).collect(),
        ));
    }
    let unbounded = what.environments.iter().filter(|one| !one.is_bounded());
    let lines: Vec<String> = unbounded
        .map(|one| format!("{}:  permissions_boundary: {}", one.file, one.permissions_boundary))
        .collect();
    if !lines.is_empty() {
        let why = if what.repository.is_some() {
            "Write the boundary into the environment files: a pipeline may make no role without it."
        } else {
            "Write the boundary into the environment files, and apply."
        };
        steps.push((why.to_owned(), lines));
    }
    steps
}
