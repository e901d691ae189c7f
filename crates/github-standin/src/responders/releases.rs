//! Releases. Drafts are visible only to those who may push.

use super::downloads;
use crate::call::answer::{Answer, Outcome};
use crate::call::site::Site;
use crate::model::content::releases::{Asset, Release};
use crate::views::releases as views;

/// What the caller may see, the newest first.
fn visible<'a>(site: &Site<'a>) -> impl Iterator<Item = &'a Release> + use<'a> {
    let drafts = site.may_push();
    site.content.releases.iter().filter(move |it| drafts || !it.draft)
}

fn release_of<'a>(site: &Site<'a>) -> Result<&'a Release, Answer> {
    let id = site.call.id("release_id");
    visible(site).find(|it| Some(it.id) == id).ok_or_else(Answer::not_found)
}

/// All releases.
pub(crate) fn list(site: &Site<'_>) -> Outcome {
    site.list(visible(site), |it| views::release(it, site))
}

/// The newest that is neither draft nor prerelease.
pub(crate) fn latest(site: &Site<'_>) -> Outcome {
    let latest = site.content.releases.iter().find(|it| !it.draft && !it.prerelease);
    Ok(Answer::ok(views::release(latest.ok_or_else(Answer::not_found)?, site)))
}

/// "Get a published release with the specified tag": never a draft.
pub(crate) fn by_tag(site: &Site<'_>) -> Outcome {
    let tag = site.call.param("tag");
    let found = site.content.releases.iter().find(|it| !it.draft && it.tag == tag);
    Ok(Answer::ok(views::release(found.ok_or_else(Answer::not_found)?, site)))
}

/// One release.
pub(crate) fn get(site: &Site<'_>) -> Outcome {
    Ok(Answer::ok(views::release(release_of(site)?, site)))
}

/// Its files.
pub(crate) fn assets(site: &Site<'_>) -> Outcome {
    let release = release_of(site)?;
    site.list(&release.assets, |it| views::asset(it, release, site))
}

/// One file; in the media type of bytes, where they are.
pub(crate) fn asset(site: &Site<'_>) -> Outcome {
    let id = site.call.id("asset_id");
    let mut found =
        visible(site).flat_map(|release| release.assets.iter().map(move |asset| (asset, release)));
    let (asset, release): (&Asset, &Release) =
        found.find(|(asset, _)| Some(asset.id) == id).ok_or_else(Answer::not_found)?;
    if site.call.accept.contains("application/octet-stream") {
        return Ok(downloads::redirect(&format!("assets/{}/{}", site.repository.id, asset.id), site));
    }
    Ok(Answer::ok(views::asset(asset, release, site)))
}
