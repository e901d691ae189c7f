//! Releases.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};
use serde_json::{Value, json};

use super::accounts::actor;
use super::connection::connection;
use super::object::{Field, leaf, order};
use crate::call::site::Site;
use crate::model::clock::rfc3339;
use crate::model::content::releases::Release;

/// `Release`.
#[derive(Clone, Copy)]
pub(super) struct ReleaseNode<'a> {
    it: &'a Release,
    site: Site<'a>,
}

/// Drafts are shown to those who may push.
fn shown(site: Site<'_>) -> impl Iterator<Item = &Release> {
    site.content.releases.iter().filter(move |it| !it.draft || site.may_push())
}

/// The newest release that is neither a draft nor a prerelease.
fn latest<'a>(site: &Site<'a>) -> Option<&'a Release> {
    site.content.releases.iter().find(|it| !it.draft && !it.prerelease)
}

pub(super) fn list<'a>(info: &ResolveInfo<'_>, site: Site<'a>) -> Field<'a> {
    // Without an order, the oldest come first.
    let mut releases: Vec<&Release> = shown(site).collect();
    releases.reverse();
    order(&mut releases, info, |it, field| (field == "CREATED_AT").then_some(it.at));
    connection(info, releases, |it| ReleaseNode { it, site })
}

pub(super) fn by_tag<'a>(tag: &str, site: Site<'a>) -> ResolvedValue<'a> {
    let found = shown(site).find(|it| it.tag == tag && !it.draft);
    ResolvedValue::nullable_object(found.map(|it| ReleaseNode { it, site }))
}

pub(super) fn newest(site: Site<'_>) -> ResolvedValue<'_> {
    ResolvedValue::nullable_object(latest(&site).map(|it| ReleaseNode { it, site }))
}

impl ReleaseNode<'_> {
    fn scalar(&self, name: &str) -> Option<Value> {
        let it = self.it;
        let tag = if it.draft { format!("untagged-{}", it.id) } else { it.tag.clone() };
        Some(match name {
            "id" => json!(format!("RE_{}", it.id)),
            "databaseId" => json!(it.id),
            "name" => json!(format!("Release {}", it.tag)),
            "tagName" => json!(it.tag),
            "description" => json!("What is new."),
            "isDraft" => json!(it.draft),
            "isPrerelease" => json!(it.prerelease),
            "isLatest" => json!(latest(&self.site).is_some_and(|latest| latest.id == it.id)),
            "createdAt" | "updatedAt" => json!(rfc3339(it.at)),
            "publishedAt" => json!((!it.draft).then(|| rfc3339(it.at))),
            "url" => json!(self.site.html(&format!("/releases/tag/{tag}"))),
            _ => return None,
        })
    }
}

impl ObjectValue for ReleaseNode<'_> {
    fn type_name(&self) -> &'static str {
        "Release"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        match (self.scalar(info.field_name()), info.field_name()) {
            (Some(value), _) => Ok(leaf(value)),
            (None, "author") => Ok(actor(self.it.author, &self.site)),
            (None, _) => Err(self.unknown_field_error(info)),
        }
    }
}
