//! The paths and texts in tokens that are not parsed: of macro calls, `macro_rules!` and
//! attributes.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::source::{Place, Written};

#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) written: Vec<Written>,
    pub(super) texts: Vec<(String, usize)>,
}

/// Reads them. A single word can be anything, so only what has a `::` counts as a path.
pub(super) fn read(stream: TokenStream) -> Found {
    let mut found = Found::default();
    walk(stream, &[], &mut found);
    found
}

/// `prefix` is what stands before the braces of `a::{b, c}`.
fn walk(stream: TokenStream, prefix: &[String], found: &mut Found) {
    let trees: Vec<_> = stream.into_iter().collect();
    let mut index = 0;
    while let Some(tree) = trees.get(index) {
        match tree {
            TokenTree::Ident(ident) => {
                let line = ident.span().start().line;
                let (mut segments, mut next) = (prefix.to_vec(), index + 1);
                if prefix.is_empty() && index >= 2 && is_colons(&trees[index - 2..]) {
                    // `::a::b`: what comes before it is not a part of the path.
                    segments.push(String::new());
                }
                segments.push(ident.to_string());
                while is_colons(&trees[next..]) {
                    match trees.get(next + 2) {
                        Some(TokenTree::Ident(ident)) => {
                            segments.push(ident.to_string());
                            next += 3;
                        }
                        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                            walk(group.stream(), &segments, found);
                            next += 3;
                        }
                        _ => break,
                    }
                }
                if segments.len() > 1 {
                    found.written.push(Written { segments, line, place: Place::Code });
                }
                index = next;
            }
            TokenTree::Group(group) => {
                walk(group.stream(), &[], found);
                index += 1;
            }
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    found.texts.push((text.value(), literal.span().start().line));
                }
                index += 1;
            }
            TokenTree::Punct(_) => index += 1,
        }
    }
}

fn is_colons(trees: &[TokenTree]) -> bool {
    let is_colon = |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ':');
    trees.len() >= 2 && is_colon(&trees[0]) && is_colon(&trees[1])
}
