//! Releases and their files.

use serde_json::{Value, json};

use crate::call::site::Site;
use crate::model::clock::rfc3339;
use crate::model::content::git::object_id;
use crate::model::content::releases::{Asset, Release};

/// GitHub's `release`. A draft has no tag yet, so its page has a name of its own.
pub(crate) fn release(it: &Release, site: &Site<'_>) -> Value {
    let url = site.url(&format!("/releases/{}", it.id));
    let tag = if it.draft { format!("untagged-{}", it.id) } else { it.tag.clone() };
    json!({
        "id": it.id,
        "node_id": format!("RE_{}", it.id),
        "url": url,
        "assets_url": format!("{url}/assets"),
        "upload_url": format!("{url}/assets{{?name,label}}"),
        "html_url": site.html(&format!("/releases/tag/{tag}")),
        "tag_name": it.tag,
        "target_commitish": "main",
        "name": format!("Release {}", it.tag),
        "body": "What is new.",
        "draft": it.draft,
        "prerelease": it.prerelease,
        "created_at": rfc3339(it.at),
        "published_at": (!it.draft).then(|| rfc3339(it.at)),
        "author": site.user(it.author),
        "assets": it.assets.iter().map(|known| asset(known, it, site)).collect::<Vec<_>>(),
        "tarball_url": site.url(&format!("/tarball/{}", it.tag)),
        "zipball_url": site.url(&format!("/zipball/{}", it.tag)),
    })
}

/// GitHub's `release-asset`.
pub(crate) fn asset(it: &Asset, release: &Release, site: &Site<'_>) -> Value {
    json!({
        "id": it.id,
        "node_id": format!("RA_{}", it.id),
        "url": site.url(&format!("/releases/assets/{}", it.id)),
        "browser_download_url": site.html(&format!("/releases/download/{}/{}", release.tag, it.name)),
        "name": it.name,
        "label": null,
        "state": "uploaded",
        "content_type": "application/gzip",
        "size": it.size,
        "digest": format!("sha256:{}", object_id(&it.name)),
        "download_count": 0,
        "created_at": rfc3339(release.at),
        "updated_at": rfc3339(release.at),
        "uploader": site.user(release.author),
    })
}
