//! `hcctl graph`: a picture of the environment.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::form::{Document, Picture};
use super::scene::scene;
use super::session::Session;
use super::signals::end_at_once;
use super::{CommandError, Global, Kind, Which};
use crate::operation::Wanted;

/// Draw the environment: zones, services, tables, traffic, and what apply would change
///
/// An SVG for a browser, light and dark; dot and mermaid leave the drawing to others. Only reads.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Write the picture to a file; its name chooses the form: .svg, .dot, .mmd
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

const HELP: &str = "\
Examples:
  hcctl graph prod --out prod.svg     open it in a browser
  hcctl graph dev --format mermaid    for Markdown on GitHub
  hcctl graph dev --format dot | dot -Tpdf > dev.pdf";

pub(super) async fn run(global: Global, asked: Picture, args: Args) -> Result<(), CommandError> {
    let form = form(asked, args.out.as_deref())?;
    let session = Session::open(global, Document::Human, &args.which.environment).await?;
    end_at_once()?;
    let look = session.context.observe(Wanted::File).await?;
    let scene = scene(&session, &look).await?;
    let text = match form {
        Picture::Dot => scene.dot(),
        Picture::Mermaid => scene.mermaid(),
        Picture::Svg | Picture::Human => scene.svg(),
    };
    if let Some(path) = &args.out {
        std::fs::write(path, text).map_err(|error| {
            CommandError::new(
                Kind::Failed,
                format!("cannot write the picture to {}: {error}", path.display()),
            )
            .hint("name a file in a directory that is there and that you may write to")
        })?;
        session.say(&format!("Drawn to {}.", path.display()));
        return Ok(());
    }
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// The form that was asked for, or else the one that the file's name ends with.
fn form(form: Picture, out: Option<&Path>) -> Result<Picture, CommandError> {
    let ending = out.and_then(Path::extension).and_then(OsStr::to_str);
    let (Picture::Human, Some(ending)) = (form, ending) else {
        return Ok(form);
    };
    match ending.to_ascii_lowercase().as_str() {
        "svg" => Ok(Picture::Svg),
        "dot" | "gv" => Ok(Picture::Dot),
        "mmd" | "mermaid" => Ok(Picture::Mermaid),
        _ => {
            let message = format!("a picture cannot be drawn as .{}", ending.escape_debug());
            Err(CommandError::new(Kind::Config, message).hint(
                "end the file's name with .svg, .dot or .mmd, or choose with --format svg, dot or mermaid",
            ))
        }
    }
}
