//! The picture of an environment, alone or in a plan's page.

use super::CommandError;
use super::session::Session;
use crate::operation::{Observation, images};
use crate::picture::{Scene, Subject};
use crate::render::html;

/// What there is to draw.
pub(super) async fn scene(session: &Session, look: &Observation) -> Result<Scene, CommandError> {
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
