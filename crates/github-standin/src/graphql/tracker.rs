//! What belongs to issues and pull requests: labels, milestones, reactions and comments.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};
use serde_json::{Value, json};

use super::accounts::actor;
use super::object::{Field, leaf, plain};
use crate::call::site::Site;
use crate::model::clock::rfc3339;
use crate::model::content::issues::{Comment, Label, Milestone, Reacted};
use crate::views::{CREATED_AT, UPDATED_AT};

/// GraphQL's names of the reactions and REST's, in GitHub's order.
const REACTIONS: [(&str, &str); 8] = [
    ("THUMBS_UP", "+1"),
    ("THUMBS_DOWN", "-1"),
    ("LAUGH", "laugh"),
    ("HOORAY", "hooray"),
    ("CONFUSED", "confused"),
    ("HEART", "heart"),
    ("ROCKET", "rocket"),
    ("EYES", "eyes"),
];

/// `Label`.
pub(super) fn label(it: &Label, site: &Site<'_>) -> Value {
    json!({
        "__typename": "Label",
        "id": format!("LA_{}", it.id),
        "name": it.name,
        "color": it.color,
        "description": null,
        "isDefault": false,
        "createdAt": CREATED_AT,
        "updatedAt": UPDATED_AT,
        "url": site.html(&format!("/labels/{}", it.name)),
    })
}

/// `Milestone`.
pub(super) fn milestone(it: &Milestone, site: &Site<'_>) -> Value {
    json!({
        "__typename": "Milestone",
        "id": format!("MI_{}_{}", site.repository.id, it.number),
        "number": it.number,
        "title": it.title,
        "description": null,
        "dueOn": null,
        "state": if it.open { "OPEN" } else { "CLOSED" },
        "url": site.html(&format!("/milestone/{}", it.number)),
    })
}

/// `ReactionGroup`s: one of each content, also with a count of 0.
pub(super) fn reaction_groups(on: Reacted, site: &Site<'_>) -> Vec<Value> {
    let reactions = &site.content.tracker.reactions;
    let group = |(content, name): (&str, &str)| {
        let count = reactions.iter().filter(|it| it.on == on && it.content == name).count();
        json!({
            "__typename": "ReactionGroup",
            "content": content,
            "users": { "__typename": "ReactingUserConnection", "totalCount": count },
        })
    };
    REACTIONS.into_iter().map(group).collect()
}

/// `IssueComment`.
#[derive(Clone, Copy)]
pub(super) struct CommentNode<'a> {
    pub(super) it: &'a Comment,
    pub(super) site: Site<'a>,
}

impl ObjectValue for CommentNode<'_> {
    fn type_name(&self) -> &'static str {
        "IssueComment"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        let (it, site) = (self.it, &self.site);
        let url = || match it.on {
            crate::model::content::issues::Subject::Issue(number) => {
                site.html(&format!("/issues/{number}#issuecomment-{}", it.id))
            }
            _ => String::new(),
        };
        Ok(match info.field_name() {
            "id" => leaf(format!("IC_{}", it.id)),
            "databaseId" => leaf(it.id),
            "author" => actor(it.author, site),
            "authorAssociation" => leaf(site.association(it.author)),
            "body" | "bodyText" => leaf(&it.body),
            "createdAt" | "updatedAt" => leaf(rfc3339(it.at)),
            "includesCreatedEdit" | "isMinimized" => leaf(false),
            "minimizedReason" => leaf(()),
            "reactionGroups" => plain(&json!(reaction_groups(Reacted::Comment(it.id), site))),
            "url" => leaf(url()),
            "viewerDidAuthor" => leaf(site.is_asked_by(it.author)),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}
