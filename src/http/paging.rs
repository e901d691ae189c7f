//! The pages of a list: `limit`, `cursor`, filters, and the link to the next page.

use std::convert::Infallible;
use std::fmt::Display;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderName, HeaderValue, header};
use octopool_core::{Violation, Window, open_cursor, seal_cursor};

use super::error::ApiError;
use super::fields::Fields;
use super::origin::Origin;
use super::query;

/// The default and the largest number of objects on a page (contract, section 7).
const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

/// The query of a list: first its filters are read, then the page.
pub(crate) struct ListQuery {
    fields: Fields,
    origin: Origin,
    path: String,
    filters: String,
}

impl<S: Send + Sync> FromRequestParts<S> for ListQuery {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self {
            fields: query::fields(parts),
            origin: Origin::from_head(&parts.uri, &parts.headers),
            path: parts.uri.path().to_owned(),
            filters: String::new(),
        })
    }
}

impl ListQuery {
    /// An optional filter.
    pub(crate) fn filter<T: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<T> {
        let value = self.fields.optional_text(name, parse)?;
        self.filters = with_pair(&self.filters, name, &value.to_string());
        Some(value)
    }

    /// Reads the page. Fails if there was any violation.
    pub(crate) fn finish(self) -> Result<Paging, ApiError> {
        let Self { mut fields, origin, path, filters } = self;
        let limit = fields.optional_text("limit", parse_limit).unwrap_or(DEFAULT_LIMIT);
        let list = format!("{path}?{filters}");
        let after = fields.optional_text("cursor", |text| {
            open_cursor(&list, text)
                .ok_or_else(|| "must be the `next_cursor` of this list with these filters".into())
        });
        fields.deny_unknown();
        fields.finish(Some(Paging { window: Window { after, limit }, origin, path, filters, list }))
    }
}

fn parse_limit(text: &str) -> Result<u32, Violation> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| digits && (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| "must be an integer from 1 to 200".into())
}

/// The requested page.
pub(crate) struct Paging {
    /// The rows to read.
    pub(crate) window: Window,
    origin: Origin,
    path: String,
    filters: String,
    list: String,
}

/// Where the next page is.
#[derive(Default)]
pub(crate) struct Next {
    /// For `next_cursor`.
    pub(crate) cursor: Option<String>,
    /// The `Link` header (RFC 8288).
    pub(crate) link: Option<[(HeaderName, HeaderValue); 1]>,
}

impl Paging {
    /// Where the next page is, if there is one; `last` is the last id of this page.
    pub(crate) fn next(&self, more: bool, last: Option<&str>) -> Next {
        let Some(last) = last.filter(|_| more) else { return Next::default() };
        let cursor = seal_cursor(&self.list, last);
        let query = with_pair(&self.filters, "limit", &self.window.limit.to_string());
        let query = with_pair(&query, "cursor", &cursor);
        let link = format!("<{}{}?{query}>; rel=\"next\"", self.origin, self.path);
        // The URL of a request is a valid header value. If it ever were not, clients still have the
        // cursor in the body.
        let link = HeaderValue::from_str(&link).ok().map(|value| [(header::LINK, value)]);
        Next { cursor: Some(cursor), link }
    }
}

/// The query with an additional parameter.
fn with_pair(query: &str, name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(query.to_owned()).append_pair(name, value).finish()
}

#[cfg(test)]
mod tests {
    use super::parse_limit;

    #[test]
    fn limits() {
        for (text, limit) in [("1", 1), ("200", 200), ("050", 50)] {
            assert_eq!(parse_limit(text), Ok(limit));
        }
        for bad in ["0", "201", "-1", "+5", "5.0", "1e2", " 5", "ten", "99999999999999999999"] {
            assert!(parse_limit(bad).is_err(), "{bad}");
        }
    }
}
