//! jq filters, with the output of `gh --jq`: text as it is, everything else as one line of JSON
//! with sorted keys.

mod functions;

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data::JustLut};
use jaq_json::{Num, Val, read, write};
use serde_json::{Number, Value};

use crate::error::{Error, Result};

/// A filter that can be run.
pub(crate) struct Filter(jaq_core::Filter<JustLut<Val>>);

/// How arrays and objects are laid out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Layout {
    /// On one line each, for programs.
    Compact,
    /// Indented, for people.
    Indented,
}

impl Filter {
    /// Reads a filter; `None` if it is none, or one that this jq does not know.
    pub(crate) fn compile(code: &str) -> Option<Self> {
        let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let arena = Arena::default();
        let modules = Loader::new(definitions).load(&arena, File { code, path: () }).ok()?;
        let compiler = Compiler::default().with_funs(functions::functions()).with_global_vars(["$ENV"]);
        compiler.compile(modules).ok().map(Self)
    }

    /// Appends what the filter makes of a JSON text. What came before an error stays.
    pub(crate) fn run(&self, input: &[u8], layout: Layout, out: &mut Vec<u8>) -> Result<()> {
        let input = serde_json::from_slice(input).map_err(|_| {
            Error::failed("jq", "GitHub's answer is not JSON, so there is nothing for jq to filter.")
        })?;
        let context = Ctx::<JustLut<Val>>::new(&self.0.lut, Vars::new([functions::environment()]));
        for result in self.0.id.run((context, sorted(input))) {
            match result {
                Ok(value) => out.extend_from_slice(line(&plain(&value), layout).as_bytes()),
                Err(exception) => {
                    // `halt` ends the filter without being an error.
                    let Ok(problem) = exception.get_err() else { break };
                    return Err(Error::failed("jq", format!("jq: {problem}")));
                }
            }
            out.push(b'\n');
        }
        Ok(())
    }
}

/// A JSON text, indented, with its order of keys and its spelling of numbers; `None` if it is not
/// JSON.
pub(crate) fn indented(text: &[u8], is_coloured: bool) -> Option<Vec<u8>> {
    // serde_json refuses what is nested so deeply that a parser's stack ends; jaq's parser has no
    // limit.
    serde_json::from_slice::<Value>(text).ok()?;
    let value = read::parse_single(text).ok()?;
    let styles = if is_coloured { write::Styles::ansi() } else { write::Styles::default() };
    let printer = write::Pp { indent: Some("  ".to_owned()), sort_keys: false, styles, sep_space: true };
    let mut out = Vec::new();
    write::write(&mut out, &printer, 0, &value).ok()?;
    Some(out)
}

/// An input as gh's filters see it: keys come sorted, and so do the values of an object.
fn sorted(input: Value) -> Val {
    match input {
        Value::Null => Val::Null,
        Value::Bool(flag) => Val::Bool(flag),
        Value::Number(number) => {
            let number = whole(number);
            match number.as_i64().and_then(|integer| isize::try_from(integer).ok()) {
                Some(integer) => Val::from(integer),
                None => Val::from(number.as_f64().unwrap_or(f64::NAN)),
            }
        }
        Value::String(text) => Val::from(text),
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Object(fields) => {
            Val::obj(fields.into_iter().map(|(key, value)| (Val::from(key), sorted(value))).collect())
        }
    }
}

fn plain(value: &Val) -> Value {
    match value {
        Val::Null => Value::Null,
        Val::Bool(flag) => (*flag).into(),
        Val::Num(number) => plain_number(number),
        Val::BStr(bytes) | Val::TStr(bytes) => String::from_utf8_lossy(bytes).into(),
        Val::Arr(items) => items.iter().map(plain).collect(),
        Val::Obj(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key_text(key), plain(value))).collect())
        }
    }
}

fn key_text(key: &Val) -> String {
    match plain(key) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn plain_number(number: &Num) -> Value {
    let number: Option<Number> = serde_json::from_str(&number.to_string()).ok();
    // Infinity and NaN are no JSON; jq writes them as null.
    number.map_or(Value::Null, |number| Value::Number(whole(number)))
}

/// gh reads every number as a 64-bit float, and so writes 1.0 as 1. Here whole numbers keep all
/// their digits.
fn whole(number: Number) -> Number {
    let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0);
    // What has more digits than an integer's stays as it is.
    let integer = float.and_then(|float| serde_json::from_str(&format!("{float:.0}")).ok());
    integer.filter(|integer: &Number| !integer.is_f64()).unwrap_or(number)
}

/// One result. gh writes a fraction that stands alone with two digits, nothing for null, and `<`,
/// `>` and `&` within JSON as escapes.
fn line(value: &Value, layout: Layout) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Number(number) if number.is_f64() => format!("{:.2}", number.as_f64().unwrap_or_default()),
        value => {
            let text = match layout {
                Layout::Compact => value.to_string(),
                Layout::Indented => format!("{value:#}"),
            };
            [
                ('<', "\\u003c"),
                ('>', "\\u003e"),
                ('&', "\\u0026"),
                ('\u{2028}', "\\u2028"),
                ('\u{2029}', "\\u2029"),
            ]
            .iter()
            .fold(text, |text, (character, escape)| text.replace(*character, escape))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Filter, Layout, indented};

    const INPUT: &str = r#"{"z":1.234,"b":"<&>","n":null,"t":true,"f":1.0,"big":12345678901,"huge":9007199254740993,
        "o":{"z":1.0,"a":"<é"},"arr":[1,2.5,"x"],"at":"2026-01-02T03:04:05Z"}"#;

    fn run(code: &str) -> Option<String> {
        let mut out = Vec::new();
        Filter::compile(code)?.run(INPUT.as_bytes(), Layout::Compact, &mut out).ok()?;
        String::from_utf8(out).ok()
    }

    /// What gh 2.23 prints for the same input.
    #[test]
    fn results_look_as_ghs_do() {
        for (code, expected) in [
            (".z", "1.23\n"),
            (".b", "<&>\n"),
            (".n", "\n"),
            (".t", "true\n"),
            (".f", "1\n"),
            (".big", "12345678901\n"),
            (".o", "{\"a\":\"\\u003cé\",\"z\":1}\n"),
            (".arr", "[1,2.5,\"x\"]\n"),
            (".arr|length", "3\n"),
            (".arr[]", "1\n2.50\nx\n"),
            ("empty", ""),
            (".o|to_entries|map(.key)", "[\"a\",\"z\"]\n"),
            ("[.o[]]", "[\"\\u003cé\",1]\n"),
            ("\"\\(.z) \\(.f) \\(.o)\"", "1.234 1 {\"a\":\"<é\",\"z\":1}\n"),
            ("[.f,1e3,1e17,0.1,1e-7]", "[1,1000,100000000000000000,0.1,1e-7]\n"),
        ] {
            assert_eq!(run(code).as_deref(), Some(expected), "{code}");
        }
    }

    #[test]
    fn the_language_is_there() {
        for (code, expected) in [
            (".huge", "9007199254740993\n"),
            (".o | to_entries | map(.key) | join(\",\")", "a,z\n"),
            ("[.arr[] | select(type == \"number\")] | add", "3.50\n"),
            (".b | test(\"&\")", "true\n"),
            (".at | fromdate | todate", "2026-01-02T03:04:05Z\n"),
            ("[.b, .big, .n, .t, \"\\t\\\\\"] | @tsv", "<&>\t12345678901\t\ttrue\t\\t\\\\\n"),
            ("[.b, .z, \"a\\\"b\"] | @csv", "\"<&>\",1.234,\"a\"\"b\"\n"),
            (
                "@json \"x\\(.o)\", @uri \"\\(.b)\", (.b | @base64, @html, @sh)",
                "x{\"a\":\"<é\",\"z\":1}\n%3C%26%3E\nPCY+\n&lt;&amp;&gt;\n'<&>'\n",
            ),
            ("$ENV | type, (env | has(\"PATH\"))", "object\ntrue\n"),
            (".o as {a: $x} | \"\\($x)!\"", "<é!\n"),
            ("if .t then .missing // \"none\" else 1 end", "none\n"),
            ("[limit(2; .arr[])]", "[1,2.5]\n"),
            ("reduce .arr[] as $x (0; . + 1)", "3\n"),
            ("try error(\"a\") catch .", "a\n"),
            (".big, halt, .z", "12345678901\n"),
            ("def f: . + 1; .big | f", "12345678902\n"),
            ("infinite, nan", "\n\n"),
        ] {
            assert_eq!(run(code).as_deref(), Some(expected), "{code}");
        }
    }

    #[test]
    fn usual_words_are_known() {
        let words = "abs add all any arrays ascii_downcase combinations del(.a) empty env first flatten floor from_entries \
            fromdate fromjson gsub(\"a\";\"b\") group_by(.a) indices(\"a\") inside(\"a\") isempty(empty) join(\",\") keys \
            last length limit(1;.[]) ltrimstr(\"a\") map(.a) map_values(.a) match(\"a\") max_by(.a) min mktime not now \
            nth(0) numbers path(.a) paths pick(.a) range(3) recurse reverse scalars scan(\"a\") select(.a) sort_by(.a) \
            split(\",\") splits(\"a\") startswith(\"a\") strftime(\"%Y\") strings strptime(\"%Y\") sub(\"a\";\"b\") \
            test(\"a\";\"i\") to_entries todate tojson tonumber tostring transpose trim type unique_by(.a) until(.;.) \
            values walk(.) with_entries(.) contains(\"a\") has(\"a\") index(\"a\") getpath([]) setpath([];1) \
            capture(\"(?<a>a)\") error @text @base64d ..|.a? .a[1:] .[\"a\"] .a//1";
        for word in words.split_whitespace() {
            assert!(Filter::compile(word).is_some(), "{word}");
        }
    }

    #[test]
    fn what_is_no_filter_is_none() {
        for code in [".[", "nonsense", "input", "import \"a\" as a; 1", ". as $x | $y"] {
            assert!(Filter::compile(code).is_none(), "{code}");
        }
    }

    #[test]
    fn an_error_keeps_what_came_before() {
        let mut out = Vec::new();
        let filter = Filter::compile("1, .z[]").unwrap();
        let error = filter.run(INPUT.as_bytes(), Layout::Compact, &mut out).unwrap_err();
        assert_eq!((error.code(), out.as_slice()), ("jq", b"1\n".as_slice()));
        assert!(filter.run(b"<html>", Layout::Compact, &mut out).is_err());
    }

    #[test]
    fn people_see_the_documents_own_order_and_numbers() {
        let text = indented(br#"{"z":1.50,"a":[],"n":12345678901234567890123}"#, false).unwrap();
        let expected = "{\n  \"z\": 1.50,\n  \"a\": [],\n  \"n\": 12345678901234567890123\n}";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
        assert!(indented(b"<html>", false).is_none());
        assert!(indented("[".repeat(1_000_000).as_bytes(), false).is_none());
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(indented(deep.as_bytes(), false).is_none());
        assert!(
            Filter::compile(".").unwrap().run(deep.as_bytes(), Layout::Compact, &mut Vec::new()).is_err()
        );
    }

    proptest! {
        #[test]
        fn no_filter_panics(code in any::<String>(), syntax in "[.\\[\\]|(){}a-z0-9\"$,: ]{0,20}") {
            drop(Filter::compile(&code));
            drop(Filter::compile(&syntax));
        }
    }
}
