//! What is left to do by hand once the account is set up: in GitHub, and in the environment files.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::json;
use super::label::Label;
use super::page::{Line, Page, Span};
use super::view::{Shown, Style};

/// The account's set-up, as the verb leaves it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SetUp {
    /// The project of the environments.
    pub project: String,
    /// The account's number.
    pub account: String,
    /// The repository whose pipelines may work here, as OWNER/REPO; null where none was named.
    pub repository: Option<String>,
    /// Whether the repository is trusted by the numbers of it and its owner, which no rename changes; else by name only.
    pub by_number: bool,
    /// What each environment has.
    pub environments: Vec<Ready>,
    /// The variables to set in GitHub.
    pub variables: Vec<Variable>,
    /// The command that was typed, without `--yes`.
    #[serde(skip)]
    pub again: String,
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

/// One thing to do.
struct Step {
    what: String,
    /// Commands and lines of files, to be copied as they are.
    lines: Vec<String>,
}

/// As Markdown, for the summary of a job.
pub fn markdown(set_up: &SetUp, w: &mut dyn Write) -> io::Result<()> {
    let steps = steps(set_up);
    writeln!(w, "{}\n", title(&steps))?;
    for (number, step) in steps.iter().enumerate() {
        writeln!(w, "{}. {}", number + 1, step.what)?;
        if !step.lines.is_empty() {
            writeln!(w, "\n   ```sh")?;
            for line in &step.lines {
                writeln!(w, "   {line}")?;
            }
            writeln!(w, "   ```\n")?;
        }
    }
    Ok(())
}

/// For a person: what to do, with what to copy below it.
pub fn human(set_up: &SetUp, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let steps = steps(set_up);
    let mut page = Page::new(style.width);
    page.line(Line::default());
    page.line(Line::default().with(Label::Heading, title(&steps)));
    for (number, step) in steps.iter().enumerate() {
        page.gap();
        let lead = Line::default().with(Label::Plain, format!("{}. ", number + 1));
        page.flow(lead, 3, Span::words(Label::Plain, &step.what));
        for line in &step.lines {
            // Never broken: it could not be copied.
            page.line(Line::indented(5).with(Label::Plain, line));
        }
    }
    page.write(style.color, w)
}

fn title(steps: &[Step]) -> &'static str {
    if steps.is_empty() {
        "Nothing is left to do by hand."
    } else {
        "What is left to do by hand:"
    }
}

fn steps(set_up: &SetUp) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(repository) = &set_up.repository {
        steps.extend(by_number(set_up, repository));
        steps.extend(in_github(set_up, repository));
    }
    steps.extend(in_files(set_up));
    steps
}

/// A name can be given up and taken by somebody else; a number cannot.
fn by_number(set_up: &SetUp, repository: &str) -> Option<Step> {
    (!set_up.by_number).then(|| Step {
        what: format!(
            "Trust {repository} by its numbers, not by its name alone: whoever takes the name after a rename would be trusted."
        ),
        lines: vec![
            format!("{} \\", set_up.again),
            format!("  $(gh api repos/{repository} --jq \\"),
            r#"  '"--owner-id \(.owner.id) --repository-id \(.id)"')"#.to_owned(),
        ],
    })
}

fn in_github(set_up: &SetUp, repository: &str) -> [Step; 3] {
    let make = |one: &Ready| {
        [
            "gh api --silent --method PUT \\".to_owned(),
            format!("  repos/{repository}/environments/{} \\", one.environment),
            "  -F 'deployment_branch_policy[protected_branches]=true' \\".to_owned(),
            "  -F 'deployment_branch_policy[custom_branch_policies]=false'".to_owned(),
        ]
    };
    let set = |one: &Variable| {
        let place = one.environment.as_ref();
        let place = place.map_or_else(String::new, |name| format!(" --env {name}"));
        [
            format!("gh variable set {} --repo {repository}{place} \\", one.name),
            format!("  --body {}", one.value),
        ]
    };
    [
        Step {
            what: "Protect the branch main (pull requests only): what is on it is applied."
                .to_owned(),
            lines: Vec::new(),
        },
        Step {
            what: "Make the environments that are not there yet, for protected branches only, and give production \
                   required reviewers: whoever may run a job in one has its apply role."
                .to_owned(),
            lines: set_up.environments.iter().flat_map(make).collect(),
        },
        Step {
            what: "Tell the workflows their roles:".to_owned(),
            lines: set_up.variables.iter().flat_map(set).collect(),
        },
    ]
}

fn in_files(set_up: &SetUp) -> Option<Step> {
    let all = set_up.environments.iter();
    let unbounded = all.filter(|one| one.permissions_boundary_now.is_none());
    let write = |one: &Ready| {
        [
            format!("# {}", one.file),
            format!("permissions_boundary: {}", one.permissions_boundary),
        ]
    };
    let lines: Vec<String> = unbounded.flat_map(write).collect();
    let why = if set_up.repository.is_some() {
        "Write the boundary into the environment files: a pipeline may make no role without it."
    } else {
        "Write the boundary into the environment files, and apply: what their roles may do ends there."
    };
    (!lines.is_empty()).then(|| Step {
        what: why.to_owned(),
        lines,
    })
}

impl Shown for SetUp {
    const LINE: bool = true;

    fn human(&self, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        human(self, style, w)
    }

    fn markdown(&self, _: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        markdown(self, w)
    }

    fn json(&self) -> Value {
        json::set_up(self)
    }
}
