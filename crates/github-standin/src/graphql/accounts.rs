//! Users, organizations and gists.

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonValue;
use serde_json::{Value, json};

use super::connection::{connection, empty};
use super::errors::failed;
use super::node::{AccountNode, RepositoryNode};
use super::object::{Field, Plain, leaf, order, text};
use crate::call::site::Site;
use crate::call::urls::page;
use crate::model::accounts::{AccountId, AccountKind};
use crate::model::social::Gist;
use crate::views::{CREATED_AT, UPDATED_AT};

/// An account as the author of something; null when it was deleted.
pub(super) fn actor<'a>(id: AccountId, site: &Site<'a>) -> ResolvedValue<'a> {
    ResolvedValue::nullable_object(AccountNode::find(id, site))
}

impl<'a> AccountNode<'a> {
    fn scalar(&self, name: &str) -> Option<Value> {
        let account = self.account;
        let path = format!("/{}", account.login);
        Some(match name {
            "id" => json!(account.node_id()),
            "databaseId" => json!(account.id),
            "login" => json!(account.login),
            "name" => json!(account.name),
            "url" => json!(page(&path)),
            "resourcePath" => json!(path),
            "avatarUrl" => json!(format!("https://avatars.githubusercontent.com/u/{}?v=4", account.id)),
            "email" => json!(""),
            "createdAt" => json!(CREATED_AT),
            "updatedAt" => json!(UPDATED_AT),
            "bio" | "company" | "location" | "description" => Value::Null,
            "isViewer" => json!(self.call.caller.account() == Some(account.id)),
            _ => return None,
        })
    }

    fn repositories(&self, info: &ResolveInfo<'_>) -> Field<'a> {
        let is_fork = info.arguments().get("isFork").and_then(JsonValue::as_bool);
        let privacy = text(info, "privacy").map(|privacy| privacy == "PRIVATE");
        let sites = self.state.repositories.of(self.account.id);
        let sites = sites.filter_map(|it| Site::new(it, self.state, self.call));
        let mut sites: Vec<Site<'a>> = sites
            .filter(|site| {
                site.is_visible()
                    && privacy.is_none_or(|private| private == site.repository.private)
                    && is_fork.is_none_or(|fork| fork == site.repository.parent.is_some())
            })
            .collect();
        order(&mut sites, info, |site, field| (field == "NAME").then(|| site.repository.name.clone()));
        connection(info, sites, RepositoryNode)
    }

    /// All of the caller's own; of another user, the public ones and those shared with the caller.
    fn organizations(&self, info: &ResolveInfo<'_>) -> Field<'a> {
        let (state, call, own) = (self.state, self.call, self.account.id);
        if !call.caller.reads_organizations() {
            return Err(self.insufficient_scopes());
        }
        let caller = call.caller.account();
        let known = state.memberships.organizations_of(own).filter(|(org, membership)| {
            let shares = |caller| caller == own || state.memberships.find_active(*org, caller).is_some();
            membership.public || caller.is_some_and(shares)
        });
        let known = known.filter_map(|(org, _)| state.accounts.get(org));
        connection(info, known, |account| AccountNode { account, state, call })
    }

    fn insufficient_scopes(&self) -> FieldError {
        let scopes = self.call.caller.scopes().into_iter().flatten();
        let scopes: Vec<String> = scopes.map(|scope| format!("'{scope}'")).collect();
        let message = format!(
            "Your token has not been granted the required scopes to execute this query. The 'organizations' \
             field requires one of the following scopes: ['read:org'], but your token has only been granted \
             the: [{}] scopes. Please modify your token's scopes at: https://github.com/settings/tokens.",
            scopes.join(", ")
        );
        failed("INSUFFICIENT_SCOPES", &message)
    }

    /// Public gists; secret ones for their owner.
    fn gists(&self, info: &ResolveInfo<'_>) -> Field<'a> {
        let privacy = text(info, "privacy").unwrap_or("PUBLIC");
        let is_owner = self.call.caller.account() == Some(self.account.id);
        let shown = self.state.social.gists.iter().filter(|gist| {
            let wanted = match privacy {
                "SECRET" => !gist.public,
                "ALL" => true,
                _ => gist.public,
            };
            gist.owner == self.account.id && wanted && (gist.public || is_owner)
        });
        connection(info, shown, |it| Plain::new(gist(it)))
    }
}

impl ObjectValue for AccountNode<'_> {
    fn type_name(&self) -> &'static str {
        self.account.kind.as_str()
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        if let Some(value) = self.scalar(info.field_name()) {
            return Ok(leaf(value));
        }
        match (info.field_name(), self.account.kind) {
            ("repositories", _) => self.repositories(info),
            ("organizations", AccountKind::User) => self.organizations(info),
            ("gists", AccountKind::User) => self.gists(info),
            ("projectsV2", _) => empty(info),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

fn gist(it: &Gist) -> Value {
    json!({
        "__typename": "Gist",
        "id": format!("G_{}", it.id),
        "name": it.id,
        "description": null,
        "isPublic": it.public,
        "updatedAt": UPDATED_AT,
        "url": format!("https://gist.github.com/{}", it.id),
        "files": [{ "__typename": "GistFile", "name": it.file, "text": it.text }],
    })
}
