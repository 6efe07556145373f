//! `hcctl audit`: security controls, and what fixes those that do not pass.

use clap::ValueEnum;

use super::form::Document;
use super::session::Session;
use super::signals::end_at_once;
use super::{CommandError, Global, Kind, Which};
use crate::audit::{Report, Severity};
use crate::operation::Wanted;
use crate::render::audit::AuditView;

/// Judge the environment by Security Hub's controls; changes nothing
///
/// Judges what is there and what an apply would leave, so that each finding is fixed by apply, brought in by apply, or
/// stays. What hcctl did not look at, such as a WAF in front, is said to be "not looked at" and never claimed absent; it
/// counts until the file accepts it with a reason:
///
///   audit: { accept: { ELB.16: "WAF is in front, in the network account" } }
///
/// Makes the calls of a plan and no others: read-only credentials do.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP, verbatim_doc_comment)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Exit with 2 where a finding weighs so much or more
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
}

const HELP: &str = "\
Examples:
  hcctl audit prod
  hcctl audit prod --fail-on high   a gate for a pipeline
  hcctl audit prod -v               titles, all resources, what passes
  hcctl audit prod --format json | jq '.findings[] | select(.now)'

Exit codes: 0 nothing at or above --fail-on, 2 something is. Of an environment
that is there, what is there counts; else what apply would make. Findings that
the file accepts do not count.";

/// The least severity that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Low,
    Medium,
    High,
    Critical,
}

impl FailOn {
    const fn severity(self) -> Severity {
        match self {
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Critical => Severity::Critical,
        }
    }
}

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, form, &args.which.environment).await?;
    end_at_once()?;
    let mut look = session.context.observe(Wanted::File).await?;
    let report = look.findings.take().unwrap_or_default();
    let view = AuditView {
        header: session.view(&look).header,
        report: &report,
    };
    session.show(&view)?;
    let failed = args
        .fail_on
        .and_then(|least| failure(&report, least.severity()));
    if let Some(message) = failed {
        Err(CommandError::new(Kind::Changes, message).hint(how(&session)))
    } else {
        if session.form == Document::Human && report.open().next().is_some() {
            session.say(&format!("hint: {}", how(&session)));
        }
        Ok(())
    }
}

/// Why an audit fails that may have no finding of this severity or a worse one.
fn failure(report: &Report, least: Severity) -> Option<String> {
    let counted = report.counted();
    let number = counted.filter(|one| one.control.severity >= least).count();
    let what = if report.there {
        "of what is there"
    } else {
        "of what apply would make"
    };
    let (findings, are) = if number == 1 {
        ("finding", "is")
    } else {
        ("findings", "are")
    };
    let word = least.word();
    let worse = if least == Severity::Critical {
        ""
    } else {
        " or worse"
    };
    (number > 0)
        .then(|| format!("{number} {findings} {what} {are} {word}{worse} (--fail-on {word})"))
}

fn how(session: &Session) -> String {
    format!(
        "fix them, or accept one with a reason: audit.accept in {}",
        session.context.file.display()
    )
}
