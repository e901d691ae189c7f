//! Lists, page by page.
//!
//! <https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api>, "Using link
//! headers".

use http::header::LINK;
use serde_json::{Value, json};

use super::Call;
use super::answer::Answer;

/// "The number of results per page (max 100)."
const MAX_PER_PAGE: usize = 100;
const DEFAULT_PER_PAGE: usize = 30;

/// One page of a list.
pub(crate) struct Page {
    /// How many there are on all pages.
    pub(crate) total: usize,
    pub(crate) items: Vec<Value>,
    links: Option<String>,
}

impl Page {
    /// The page the call asks for. `path` is the list's address as links have it: with ids in place
    /// of names.
    pub(crate) fn new<T>(
        call: &Call<'_>,
        path: &str,
        all: impl IntoIterator<Item = T>,
        view: impl Fn(T) -> Value,
    ) -> Self {
        let per_page = call.query_number("per_page").unwrap_or(DEFAULT_PER_PAGE).clamp(1, MAX_PER_PAGE);
        let page = call.query_number("page").unwrap_or(1).max(1);
        let all: Vec<T> = all.into_iter().collect();
        let total = all.len();
        let items =
            all.into_iter().skip((page - 1).saturating_mul(per_page)).take(per_page).map(view).collect();
        Self { total, items, links: links(call, path, page, total.div_ceil(per_page).max(1)) }
    }

    /// The list itself.
    pub(crate) fn answer(mut self) -> Answer {
        let items = std::mem::take(&mut self.items);
        self.linked(Value::Array(items))
    }

    /// The list under `field`, with its total.
    pub(crate) fn counted(mut self, field: &str) -> Answer {
        let items = std::mem::take(&mut self.items);
        let body = json!({ "total_count": self.total, field: items });
        self.linked(body)
    }

    /// Any body that holds the items, with the links of this page.
    pub(crate) fn linked(self, body: Value) -> Answer {
        let answer = Answer::ok(body);
        match self.links {
            Some(links) => answer.with_header(LINK, links),
            None => answer,
        }
    }
}

/// Nothing when all is on one page. The query is kept but for the page.
fn links(call: &Call<'_>, path: &str, page: usize, pages: usize) -> Option<String> {
    if pages == 1 {
        return None;
    }
    let kept: Vec<&str> =
        call.query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("page=")).collect();
    let url = call.urls.api(path);
    let link = |page: usize, rel: &str| {
        let query: Vec<String> =
            kept.iter().map(|pair| (*pair).to_owned()).chain([format!("page={page}")]).collect();
        format!("<{url}?{}>; rel=\"{rel}\"", query.join("&"))
    };
    let mut links = Vec::new();
    if page > 1 {
        links.push(link((page - 1).min(pages), "prev"));
    }
    if page < pages {
        links.push(link(page + 1, "next"));
        links.push(link(pages, "last"));
    }
    if page > 1 {
        links.push(link(1, "first"));
    }
    Some(links.join(", "))
}
