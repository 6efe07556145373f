//! `hcctl graph`: a picture of the environment.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::session::Session;
use super::signals::Signals;
use super::{CommandError, Format, Global, Kind, Which};
use crate::operation::{Observation, Wanted, images};
use crate::picture::{Scene, Subject};
use crate::render::html;

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

pub(super) async fn run(global: Global, args: Args) -> Result<(), CommandError> {
    let format = form(&global, args.out.as_deref())?;
    let session = Session::open(global, &args.which.environment).await?;
    tokio::spawn(super::plan::leave(Signals::listen()?));
    let look = session.context.observe(Wanted::File).await?;
    let scene = scene(&session, &look).await?;
    let text = match format {
        Format::Dot => scene.dot(),
        Format::Mermaid => scene.mermaid(),
        // The other forms are refused before.
        Format::Svg | Format::Human | Format::Html | Format::Json | Format::Markdown => scene.svg(),
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
fn form(global: &Global, out: Option<&Path>) -> Result<Format, CommandError> {
    let ending = out.and_then(Path::extension).and_then(OsStr::to_str);
    let (Format::Human, Some(ending)) = (global.format, ending) else {
        return Ok(global.format);
    };
    match ending.to_ascii_lowercase().as_str() {
        "svg" => Ok(Format::Svg),
        "dot" | "gv" => Ok(Format::Dot),
        "mmd" | "mermaid" => Ok(Format::Mermaid),
        _ => {
            let message = format!("a picture cannot be drawn as .{}", ending.escape_debug());
            Err(CommandError::new(Kind::Config, message).hint(
                "end the file's name with .svg, .dot or .mmd, or choose with --format svg, dot or mermaid",
            ))
        }
    }
}

/// What there is to draw.
async fn scene(session: &Session, look: &Observation) -> Result<Scene, CommandError> {
    let images = images::running(look).await?;
    let header = session.view(look).header;
    Ok(Scene::of(&Subject {
        project: &header.project,
        environment: &header.environment,
        account: &header.account,
        region: &header.region,
        plan: &look.plan,
        images,
    }))
}

/// A plan as a page, with the picture in it.
pub(super) async fn page(session: &Session, look: &Observation) -> Result<String, CommandError> {
    let scene = scene(session, look).await?;
    let picture = scene.svg();
    let mut page = Vec::new();
    html::plan(&session.view(look), &picture, &mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
