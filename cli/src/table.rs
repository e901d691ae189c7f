//! A table for people: columns padded to their widest cell, two spaces between them.

use crate::error::{Exit, Result};
use crate::output::Output;

/// A column: its heading, and its cell for an object.
pub(crate) type Column<T> = (&'static str, fn(&T) -> String);

/// Prints objects as the rows of a table.
pub(crate) fn show<T>(columns: &[Column<T>], objects: &[T], output: &mut Output) -> Result<Exit> {
    let heading: Vec<_> = columns.iter().map(|(heading, _)| (*heading).to_owned()).collect();
    let rows = objects.iter().map(|object| columns.iter().map(|(_, cell)| cell(object)).collect());
    for line in lines(&std::iter::once(heading).chain(rows).collect::<Vec<_>>()) {
        output.line(&line)?;
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

/// Lays out rows, one string per line, without trailing spaces. The first row has every column.
fn lines(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
    cells.join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["ID", "KIND"], ["acme-bot", "pat"], ["b", "github_app"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(lines(&rows), ["ID        KIND", "acme-bot  pat", "b         github_app"]);
    }
}
