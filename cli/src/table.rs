//! A table for people: columns padded to their widest cell, two spaces between them.

/// Lays out rows under a heading, one string per line, without trailing spaces.
pub(crate) fn lines(heading: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let heading = heading.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let all = || std::iter::once(&heading).chain(rows);
    let widths: Vec<usize> = (0..heading.len())
        .map(|column| {
            all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    all().map(|row| line(row, &widths)).collect()
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
        let rows =
            [vec!["acme-bot".to_owned(), "pat".to_owned()], vec!["b".to_owned(), "github_app".to_owned()]];
        assert_eq!(
            lines(&["ID", "KIND"], &rows),
            ["ID        KIND", "acme-bot  pat", "b         github_app"]
        );
    }
}
