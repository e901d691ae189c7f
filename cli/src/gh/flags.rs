//! The flags of `gh api`, read as gh's own parser (Go's pflag) reads them.

use std::ffi::OsString;

/// What was given, as far as it is needed to see whether the pool can serve it.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are gh's switches, each on its own")]
pub(super) struct Flags {
    pub(super) endpoints: Vec<String>,
    pub(super) method: Option<String>,
    pub(super) hostname: Option<String>,
    pub(super) filter: Option<String>,
    pub(super) headers: Vec<String>,
    pub(super) raw_fields: Vec<String>,
    pub(super) fields: Vec<String>,
    pub(super) paginate: bool,
    pub(super) slurp: bool,
    pub(super) include: bool,
    pub(super) silent: bool,
}

impl Flags {
    /// `None` if there is anything that only gh understands.
    pub(super) fn read(arguments: &[OsString]) -> Option<Self> {
        let mut flags = Self::default();
        let words: Option<Vec<&str>> = arguments.iter().map(|word| word.to_str()).collect();
        let mut words = words?.into_iter();
        while let Some(word) = words.next() {
            if word == "--" {
                flags.endpoints.extend(words.by_ref().map(str::to_owned));
            } else if let Some(long) = word.strip_prefix("--") {
                flags.long(long, &mut words)?;
            } else if let Some(short) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                flags.short(short, &mut words)?;
            } else {
                flags.endpoints.push(word.to_owned());
            }
        }
        Some(flags)
    }

    /// `--name value`, `--name=value`, `--switch`, `--switch=false`.
    fn long<'a>(&mut self, text: &'a str, rest: &mut impl Iterator<Item = &'a str>) -> Option<()> {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        if let Some(switch) = self.switch(name) {
            *switch = value.map_or(Some(true), truth)?;
            return Some(());
        }
        let value = value.or_else(|| rest.next())?;
        self.set(name, value)
    }

    /// `-iX GET`, `-XGET`, `-X=GET`.
    fn short<'a>(&mut self, letters: &'a str, rest: &mut impl Iterator<Item = &'a str>) -> Option<()> {
        for (at, letter) in letters.char_indices() {
            let name = long_name(letter)?;
            let after = &letters[at + letter.len_utf8()..];
            let value = after.strip_prefix('=').filter(|value| !value.is_empty());
            let Some(switch) = self.switch(name) else {
                let value = if after.is_empty() { rest.next()? } else { value.unwrap_or(after) };
                return self.set(name, value);
            };
            *switch = true;
            if let Some(value) = value {
                *switch = truth(value)?;
                return Some(());
            }
        }
        Some(())
    }

    fn switch(&mut self, name: &str) -> Option<&mut bool> {
        match name {
            "paginate" => Some(&mut self.paginate),
            "slurp" => Some(&mut self.slurp),
            "include" => Some(&mut self.include),
            "silent" => Some(&mut self.silent),
            _ => None,
        }
    }

    /// The last value counts, and every one of what can be repeated.
    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        let value = value.to_owned();
        match name {
            "method" => self.method = Some(value),
            "hostname" => self.hostname = Some(value),
            "jq" => self.filter = Some(value),
            "header" => self.headers.push(value),
            "raw-field" => self.raw_fields.push(value),
            "field" => self.fields.push(value),
            _ => return None,
        }
        Some(())
    }
}

fn long_name(letter: char) -> Option<&'static str> {
    Some(match letter {
        'X' => "method",
        'H' => "header",
        'f' => "raw-field",
        'F' => "field",
        'q' => "jq",
        'i' => "include",
        _ => return None,
    })
}

/// The two spellings that people use.
fn truth(text: &str) -> Option<bool> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::Flags;

    fn read(line: &str) -> Option<Flags> {
        Flags::read(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn spellings_of_one_flag() {
        for line in
            ["x -X GET", "-XGET x", "x -X=GET", "--method GET x", "--method=GET -- x", "-XPOST x -XGET"]
        {
            let flags = read(line).unwrap();
            assert_eq!(
                (flags.method.as_deref(), flags.endpoints.as_slice()),
                (Some("GET"), ["x".to_owned()].as_slice()),
                "{line}"
            );
        }
        let flags = read("-iq=.a --paginate=false --silent=true x").unwrap();
        assert!(flags.include && !flags.paginate && flags.silent);
        assert_eq!(flags.filter.as_deref(), Some(".a"));
        let flags = read("-f a=1 --raw-field b=2 -Fc=3 -H A:b --hostname github.com").unwrap();
        assert_eq!((flags.raw_fields.len(), flags.fields.len(), flags.headers.len()), (2, 1, 1));
        assert_eq!(read("-- -x --y").unwrap().endpoints, ["-x", "--y"]);
    }

    #[test]
    fn what_only_gh_understands_is_none() {
        for line in [
            "-t x",
            "--template=x",
            "--cache 1h",
            "-p nebula",
            "--input -",
            "--verbose",
            "-h",
            "--help",
            "-X",
            "--jq",
            "-z",
            "--paginate=maybe",
            "-ii=no",
            "--json",
        ] {
            assert!(read(line).is_none(), "{line}");
        }
    }
}
