//! What happened to an issue or a pull request: comments, labels, closing, and mentions elsewhere.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};
use serde_json::json;

use super::accounts::actor;
use super::connection::connection;
use super::node::issue_or_pull;
use super::object::{Field, Shared, admits, leaf, plain};
use super::tracker::{CommentNode, label};
use crate::call::site::Site;
use crate::model::clock::rfc3339;
use crate::model::content::issues::{Event, Issue, Reference};
use crate::views::issues::{comments_on, html};

/// `timelineItems`, the oldest first. A mention in a repository that the caller may not see is not
/// in it.
pub(super) fn items<'a>(it: &'a Issue, info: &ResolveInfo<'_>, site: Site<'a>) -> Field<'a> {
    let tracker = &site.content.tracker;
    let events = tracker.events.iter().filter(|event| event.issue == it.number).map(|event| {
        let node = EventNode { event, about: it, site };
        (event.at, node.kind(), Shared::new(node))
    });
    let comments = comments_on(it.number, &site)
        .map(|comment| (comment.at, "ISSUE_COMMENT", Shared::new(CommentNode { it: comment, site })));
    let mentions = tracker.references.iter().filter(|reference| reference.issue == it.number);
    let mentions = mentions.filter_map(|reference| {
        let from = site.visible(reference.from.0)?;
        let source = from.content.tracker.issue(reference.from.1)?;
        let node = CrossReference { reference, source, from, about: it, site };
        Some((reference.at, "CROSS_REFERENCED_EVENT", Shared::new(node)))
    });
    let mut all: Vec<_> = events.chain(comments).chain(mentions).collect();
    all.retain(|(_, kind, _)| admits(info, "itemTypes", kind));
    all.sort_by_key(|(at, ..)| *at);
    connection(info, all, |(.., node)| node)
}

/// `LabeledEvent` or `ClosedEvent`.
struct EventNode<'a> {
    event: &'a Event,
    about: &'a Issue,
    site: Site<'a>,
}

impl EventNode<'_> {
    /// What `itemTypes` calls it.
    fn kind(&self) -> &'static str {
        if self.event.label.is_some() { "LABELED_EVENT" } else { "CLOSED_EVENT" }
    }
}

impl ObjectValue for EventNode<'_> {
    fn type_name(&self) -> &'static str {
        if self.event.label.is_some() { "LabeledEvent" } else { "ClosedEvent" }
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        let (event, site) = (self.event, &self.site);
        let named = event.label.as_ref();
        let label_named = |name: &String| site.content.tracker.labels.iter().find(|it| it.name == *name);
        Ok(match (info.field_name(), named) {
            ("id", _) => leaf(format!("E_{}", event.id)),
            ("actor", _) => actor(event.actor, site),
            ("createdAt", _) => leaf(rfc3339(event.at)),
            ("label", Some(name)) => plain(&label_named(name).map_or(json!(null), |it| label(it, site))),
            ("labelable", Some(_)) | ("closable", None) => {
                ResolvedValue::object(issue_or_pull(self.about, *site))
            }
            ("stateReason", None) => leaf("COMPLETED"),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

/// `CrossReferencedEvent`: another issue or pull request mentions this one.
struct CrossReference<'a> {
    reference: &'a Reference,
    source: &'a Issue,
    from: Site<'a>,
    about: &'a Issue,
    site: Site<'a>,
}

impl ObjectValue for CrossReference<'_> {
    fn type_name(&self) -> &'static str {
        "CrossReferencedEvent"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        let (repository, number) = self.reference.from;
        Ok(match info.field_name() {
            "id" => leaf(format!("CRE_{repository}_{number}")),
            "actor" => actor(self.reference.actor, &self.site),
            "createdAt" | "referencedAt" => leaf(rfc3339(self.reference.at)),
            "isCrossRepository" => leaf(repository != self.site.repository.id),
            "source" => ResolvedValue::object(issue_or_pull(self.source, self.from)),
            "target" => ResolvedValue::object(issue_or_pull(self.about, self.site)),
            "url" => leaf(html(self.source, &self.from)),
            "willCloseTarget" => leaf(false),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}
