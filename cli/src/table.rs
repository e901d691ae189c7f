//! Tables: on a terminal as wide as it is, with headings and colours; into a pipe tab-separated and
//! whole, as gh does.
//!
//! `comfy-table` and `tabled` cut cells, too, but leave out no columns; the widths are most of it.

mod fit;

use anstyle::{AnsiColor, Style};
use octopool_core::Status;
use unicode_width::UnicodeWidthStr as _;

use crate::error::{Exit, Result};
use crate::output::Output;
use crate::{printable, times};

use fit::{Shape, cut, fit};

const HEADING: Style = Style::new().underline();
const GAP: &str = "  ";

/// A column of a table of `T`.
pub(crate) struct Column<T> {
    heading: &'static str,
    cell: fn(&T) -> String,
    form: Form<T>,
    /// On a narrow terminal, columns of the highest rank are left out first, of several the
    /// rightmost. Rank 0 always stays.
    rank: u8,
}

/// What a column holds.
enum Form<T> {
    /// Text that still says something when its end is cut off.
    Text,
    /// Numbers and ids, which say nothing then.
    Whole,
    /// A time of the server's (RFC 3339), or a word that stands for none.
    Time,
    /// A state, coloured by what it means.
    State(fn(&T) -> Mood),
}

/// Whether a state is good news.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mood {
    Good,
    Bad,
    /// Neither: switched off on purpose.
    Off,
}

/// Each begins with the heading and the rank; see [`Column::rank`].
impl<T> Column<T> {
    /// Text whose end may be cut off on a narrow terminal.
    pub(crate) const fn text(heading: &'static str, rank: u8, cell: fn(&T) -> String) -> Self {
        Self { heading, cell, form: Form::Text, rank }
    }

    /// A number or an id: shown whole or not at all.
    pub(crate) const fn whole(heading: &'static str, rank: u8, cell: fn(&T) -> String) -> Self {
        Self { heading, cell, form: Form::Whole, rank }
    }

    /// A time in RFC 3339, or a word for none.
    pub(crate) const fn time(heading: &'static str, rank: u8, cell: fn(&T) -> String) -> Self {
        Self { heading, cell, form: Form::Time, rank }
    }

    /// A state with its colour.
    pub(crate) const fn state(
        heading: &'static str,
        rank: u8,
        cell: fn(&T) -> String,
        mood: fn(&T) -> Mood,
    ) -> Self {
        Self { heading, cell, form: Form::State(mood), rank }
    }
}

impl Mood {
    fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Off => AnsiColor::Yellow.on_default(),
        }
    }
}

impl From<Status> for Mood {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Good,
            Status::Disabled => Self::Off,
        }
    }
}

/// Prints objects as a table that is a part of a report: with its headings, in a pipe too.
pub(crate) fn show<T>(columns: &[Column<T>], objects: &[T], output: &mut Output) -> Result<Exit> {
    for line in lines(columns, objects, Output::columns()) {
        output.styled(&line)?;
    }
    Ok(Exit::Done)
}

/// Prints a list: in a pager on a terminal, if one is set; in a pipe without headings, its columns
/// separated by tabs.
pub(crate) fn list<T>(columns: &[Column<T>], objects: &[T], output: &mut Output) -> Result<Exit> {
    if let Some(width) = Output::columns() {
        return output.paged(&lines(columns, objects, Some(width)));
    }
    for object in objects {
        let cells: Vec<_> = columns.iter().map(|column| exact(column, object)).collect();
        output.styled(&cells.join("\t"))?;
    }
    Ok(Exit::Done)
}

/// Several names in one cell.
pub(crate) fn names(names: &[impl AsRef<str>], separator: &str) -> String {
    let names: Vec<_> = names.iter().map(AsRef::as_ref).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(separator) }
}

/// A cell that may be empty.
pub(crate) fn optional(text: Option<&str>) -> String {
    text.unwrap_or("-").to_owned()
}

/// A cell for programs: times as times.
fn exact<T>(column: &Column<T>, object: &T) -> String {
    let text = (column.cell)(object);
    printable::line(&match column.form {
        Form::Time => times::to_the_second(&text),
        Form::Text | Form::Whole | Form::State(_) => text,
    })
}

/// A cell for people: times as distances from now.
fn near<T>(column: &Column<T>, object: &T) -> String {
    let text = (column.cell)(object);
    printable::line(&match column.form {
        Form::Time => times::from_now(&text),
        Form::Text | Form::Whole | Form::State(_) => text,
    })
}

/// The lines of a table no wider than `width`, if that is given.
fn lines<T>(columns: &[Column<T>], objects: &[T], width: Option<usize>) -> Vec<String> {
    let cell = if width.is_some() { near } else { exact };
    let rows: Vec<Vec<String>> =
        objects.iter().map(|object| columns.iter().map(|column| cell(column, object)).collect()).collect();
    let shapes: Vec<_> = columns.iter().enumerate().map(|(at, column)| shape(column, at, &rows)).collect();
    let kept = fit(&shapes, GAP.len(), width.unwrap_or(usize::MAX));
    let heading = kept.iter().filter_map(|(at, width)| Some((columns.get(*at)?.heading, HEADING, *width)));
    let rows = rows.iter().zip(objects).map(|(row, object)| {
        let cells = kept.iter().filter_map(|(at, width)| {
            Some((row.get(*at)?.as_str(), style(columns.get(*at)?, object), *width))
        });
        line(cells)
    });
    std::iter::once(line(heading)).chain(rows).collect()
}

fn shape<T>(column: &Column<T>, at: usize, rows: &[Vec<String>]) -> Shape {
    let cells = rows.iter().filter_map(|row| row.get(at));
    let widest = cells.map(|cell| cell.width()).max().unwrap_or(0);
    let heading = column.heading.width();
    Shape {
        width: widest.max(heading),
        heading,
        may_be_cut: matches!(column.form, Form::Text),
        rank: column.rank,
    }
}

fn style<T>(column: &Column<T>, object: &T) -> Style {
    match column.form {
        Form::State(mood) => mood(object).style(),
        Form::Text | Form::Whole | Form::Time => Style::new(),
    }
}

/// Cells with their styles and widths, without blanks at the end of the line.
fn line<'a>(cells: impl Iterator<Item = (&'a str, Style, usize)>) -> String {
    let mut line = String::new();
    let mut pending = 0;
    for (cell, style, width) in cells {
        let cell = cut(cell, width);
        line.extend(std::iter::repeat_n(' ', pending));
        line.extend([style.render().to_string().as_str(), &cell, &style.render_reset().to_string()]);
        pending = width.saturating_sub(cell.width()) + GAP.len();
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr as _;

    use super::{Column, Mood, lines};

    type Row = (String, String);

    const COLUMNS: [Column<Row>; 3] = [
        Column::text("ID", 0, |row: &Row| row.0.clone()),
        Column::state("KIND", 1, |row: &Row| row.1.clone(), |_| Mood::Good),
        Column::time("SINCE", 2, |_| "2026-11-23T07:30:00.123Z".to_owned()),
    ];

    fn shown(rows: &[(&str, &str)], width: Option<usize>) -> Vec<String> {
        let rows: Vec<_> = rows.iter().map(|(id, kind)| ((*id).to_owned(), (*kind).to_owned())).collect();
        let lines = lines(&COLUMNS, &rows, width);
        lines.iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect()
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let expected = [
            "ID        KIND        SINCE",
            "acme-bot  pat         2026-11-23T07:30:00Z",
            "日本      github_app  2026-11-23T07:30:00Z",
        ];
        assert_eq!(shown(&[("acme-bot", "pat"), ("日本", "github_app")], None), expected);
    }

    #[test]
    fn a_narrow_terminal_gets_fewer_and_shorter_columns() {
        let rows = [("an-identity-with-a-long-name", "pat")];
        assert_eq!(shown(&rows, Some(24)), ["ID                  KIND", "an-identity-with-…  pat"]);
        assert_eq!(shown(&rows, Some(12)), ["ID", "an-identity…"]);
        assert_eq!(shown(&rows, Some(1)), ["…", "…"]);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal(
            rows in prop::collection::vec(("\\PC{0,60}", "\\PC{0,60}"), 0..5),
            width in 1usize..200,
        ) {
            for line in lines(&COLUMNS, &rows, Some(width)) {
                let line = anstream::adapter::strip_str(&line).to_string();
                prop_assert!(line.width() <= width, "{line:?}");
            }
        }
    }
}
