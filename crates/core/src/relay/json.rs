//! JSON text as a tree of places in the text, so that parts can be cut out and every other byte
//! stays as it is.
//!
//! Parsing into values and writing them again would change numbers (`1.0`, `1e3`, large integers),
//! escapes, spaces and the order of keys. Here the text itself is kept and only the cuts are
//! applied to it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// Deeper text is refused. `serde_json` has the same limit, and GitHub's answers are about ten
/// levels deep.
const DEEPEST: usize = 128;

/// A value, and where it is in the text.
#[derive(Debug)]
pub(super) struct Node<'a> {
    text: &'a str,
    /// From its first byte to behind its last.
    pub(super) span: Range<usize>,
    /// What it is made of.
    pub(super) shape: Shape<'a>,
}

/// What a value is made of.
#[derive(Debug)]
pub(super) enum Shape<'a> {
    /// Its members, in the order of the text.
    Object(Vec<Member<'a>>),
    /// Its items.
    Array(Vec<Node<'a>>),
    /// A string, with its quotes and escapes.
    Text,
    /// A number, `true`, `false` or `null`.
    Scalar,
}

/// A key and its value.
#[derive(Debug)]
pub(super) struct Member<'a> {
    /// Where the key begins.
    pub(super) start: usize,
    /// The key without quotes and escapes.
    pub(super) key: Cow<'a, str>,
    /// The value.
    pub(super) node: Node<'a>,
}

impl<'a> Node<'a> {
    /// Reads text that `serde_json` accepts. What it cannot follow, and text with a key twice in
    /// one object, is `None`: two readers of such an object can see two different values.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut scanner = Scanner { text, at: 0 };
        let node = scanner.value(DEEPEST)?;
        scanner.skip_space();
        (scanner.at == text.len()).then_some(node)
    }

    /// The value as it is written.
    pub(super) fn raw(&self) -> &'a str {
        self.text.get(self.span.clone()).unwrap_or_default()
    }

    /// The members of an object; none of anything else.
    pub(super) fn members(&self) -> &[Member<'a>] {
        if let Shape::Object(members) = &self.shape { members } else { &[] }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().find(|member| member.key == key).map(|member| &member.node)
    }

    /// Whether it has the key, whatever the value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The text of a string.
    pub(super) fn text(&self) -> Option<Cow<'a, str>> {
        if matches!(self.shape, Shape::Text) { unescaped(self.raw()) } else { None }
    }

    /// The text of a key's value.
    pub(super) fn text_of(&self, key: &str) -> Option<Cow<'a, str>> {
        self.get(key)?.text()
    }

    /// Whether a key's value is this literal: `true`, `false` or `null`.
    pub(super) fn is(&self, key: &str, literal: &str) -> bool {
        self.get(key).is_some_and(|value| value.raw() == literal)
    }
}

fn unescaped(quoted: &str) -> Option<Cow<'_, str>> {
    if quoted.contains('\\') {
        return serde_json::from_slice(quoted.as_bytes()).ok().map(Cow::Owned);
    }
    quoted.get(1..quoted.len().checked_sub(1)?).map(Cow::Borrowed)
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Goes past this byte if it is next.
    fn take(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Option<Node<'a>> {
        let depth = depth.checked_sub(1)?;
        self.skip_space();
        let start = self.at;
        let shape = match self.peek()? {
            b'{' => self.object(depth)?,
            b'[' => self.array(depth)?,
            b'"' => {
                self.string()?;
                Shape::Text
            }
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'E')) {
                    self.at += 1;
                }
                Shape::Scalar
            }
            _ => return None,
        };
        Some(Node { text: self.text, span: start..self.at, shape })
    }

    fn string(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.text.get(start..self.at)
    }

    fn array(&mut self, depth: usize) -> Option<Shape<'a>> {
        self.at += 1;
        let mut items = Vec::new();
        if self.take(b']') {
            return Some(Shape::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.take(b']') {
                return Some(Shape::Array(items));
            }
            self.take(b',').then_some(())?;
        }
    }

    fn object(&mut self, depth: usize) -> Option<Shape<'a>> {
        self.at += 1;
        let mut members: Vec<Member<'a>> = Vec::new();
        if self.take(b'}') {
            return Some(Shape::Object(members));
        }
        loop {
            self.skip_space();
            let start = self.at;
            (self.peek() == Some(b'"')).then_some(())?;
            let key = unescaped(self.string()?)?;
            self.take(b':').then_some(())?;
            members.push(Member { start, key, node: self.value(depth)? });
            if self.take(b'}') {
                break;
            }
            self.take(b',').then_some(())?;
        }
        // Keys are whatever an answer says; an ordered set is as fast for crafted ones.
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let unique = members.iter().all(|member| seen.insert(&member.key));
        unique.then_some(Shape::Object(members))
    }
}

/// What is to be changed in a text.
#[derive(Debug, Default)]
pub(super) struct Cuts(Vec<(Range<usize>, String)>);

impl Cuts {
    /// How many there are, for [`Cuts::forget`].
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets all that were made since there were so many: what they are in goes as a whole.
    pub(super) fn forget(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// Writes something else in place of a value.
    pub(super) fn replace(&mut self, span: Range<usize>, with: &str) {
        self.0.push((span, with.to_owned()));
    }

    /// Takes elements out of a list or object, each with the comma that goes with it. `elements`
    /// are the places of all of them and whether each goes.
    pub(super) fn remove(&mut self, elements: &[(Range<usize>, bool)]) {
        let last_kept = elements.iter().rposition(|(_, goes)| !goes);
        // Up to the next element, so that what is before it stays as it was.
        let inner = elements.windows(2).take(last_kept.unwrap_or_default());
        let inner = inner.filter(|pair| pair[0].1).map(|pair| pair[0].0.start..pair[1].0.start);
        self.0.extend(inner.map(|span| (span, String::new())));
        let begin = match last_kept {
            Some(last) => elements.get(last).map(|(span, _)| span.end),
            None => elements.first().map(|(span, _)| span.start),
        };
        if let (Some(begin), Some((end, true))) =
            (begin, elements.last().map(|(span, goes)| (span.end, *goes)))
        {
            self.0.push((begin..end, String::new()));
        }
    }

    /// The text after all changes; `None` if there are none.
    pub(super) fn apply(mut self, text: &str) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        self.0.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
        let mut left = String::with_capacity(text.len());
        let mut at = 0;
        for (span, with) in self.0 {
            // One that is inside another went with it.
            if span.start >= at {
                left.push_str(text.get(at..span.start)?);
                left.push_str(&with);
                at = span.end;
            }
        }
        left.push_str(text.get(at..)?);
        Some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cuts, Node, Shape};

    #[test]
    fn every_value_knows_where_it_is() {
        let text = " {\"a\\u0062\" : [1.0, -2e+3 ,\"x\\\"]\" , null], \"c\":{}} ";
        let node = Node::parse(text).unwrap();
        let Shape::Array(items) = &node.get("ab").unwrap().shape else { panic!("no list") };
        let raw: Vec<_> = items.iter().map(Node::raw).collect();
        assert_eq!(raw, ["1.0", "-2e+3", "\"x\\\"]\"", "null"]);
        assert_eq!(items[2].text().unwrap(), "x\"]");
        assert!(node.get("c").unwrap().members().is_empty());
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_not_read() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Node::parse(&deep(128)).is_some());
        for text in [
            deep(129).as_str(),
            r#"{"private":false,"private":true}"#,
            r#"{"private":false,"pri\u0076ate":true}"#,
            "{\"a\":1",
            "[1 2]",
            "{} {}",
            "",
            "{\"a",
            "\"\\",
            "[1,]",
            "{\"a\":1,}",
        ] {
            assert!(Node::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn elements_go_with_their_commas() {
        for (text, goes, left) in [
            ("[1,2,3]", [true, false, false], "[2,3]"),
            ("[1,2,3]", [false, true, false], "[1,3]"),
            ("[1,2,3]", [false, false, true], "[1,2]"),
            ("[1,2,3]", [true, true, false], "[3]"),
            ("[1,2,3]", [false, true, true], "[1]"),
            ("[1,2,3]", [true, false, true], "[2]"),
            ("[ 1 , 2 , 3 ]", [true, true, true], "[  ]"),
            ("[\n  1,\n  2,\n  3\n]", [false, false, true], "[\n  1,\n  2\n]"),
        ] {
            let Shape::Array(items) = Node::parse(text).unwrap().shape else { panic!("no list") };
            let elements: Vec<_> = items.into_iter().map(|item| item.span).zip(goes).collect();
            let mut cuts = Cuts::default();
            cuts.remove(&elements);
            assert_eq!(cuts.apply(text).unwrap(), left, "{text} {goes:?}");
        }
        assert_eq!(Cuts::default().apply("[]"), None);
    }
}
