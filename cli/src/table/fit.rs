//! Which columns of a table a terminal has room for, and how wide they are.

use std::cmp::Reverse;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Texts beside the one that a table is about are cut to this first, then all to the second: less
/// of a text says too little.
const SHORT: usize = 24;
const SHORTEST: usize = 10;

/// What decides the width of a column.
pub(super) struct Shape {
    /// Of its widest cell.
    pub(super) width: usize,
    pub(super) heading: usize,
    pub(super) may_be_cut: bool,
    pub(super) rank: u8,
}

impl Shape {
    /// The least that a column is cut to while others can still be left out.
    fn least(&self, length: usize) -> usize {
        if self.may_be_cut { self.width.min(length.max(self.heading)) } else { self.width }
    }

    /// The same for what a table is not about.
    fn least_beside(&self, length: usize) -> usize {
        if self.rank == 0 { self.width } else { self.least(length) }
    }
}

/// The columns that stay, by their places, with their widths: together with the gaps between them
/// at most `limit`.
///
/// The widest texts are cut first. If that does not suffice, the column of the highest rank is left
/// out, and the others are as wide as they were.
pub(super) fn fit(shapes: &[Shape], gap: usize, limit: usize) -> Vec<(usize, usize)> {
    let mut kept: Vec<(usize, &Shape)> = shapes.iter().enumerate().collect();
    let least = |kept: &[(usize, &Shape)]| kept.iter().map(|(_, shape)| shape.least(SHORTEST)).sum::<usize>();
    while least(&kept) > room(limit, gap, kept.len()) {
        let spare = kept.iter().enumerate().filter(|(_, (_, shape))| shape.rank > 0);
        let Some((place, _)) = spare.max_by_key(|(place, (_, shape))| (shape.rank, *place)) else {
            // Only what always stays is left: begin from the right if even its gaps have no room.
            kept.truncate(limit.saturating_add(gap) / (gap + 1));
            break;
        };
        kept.remove(place);
    }
    let room = room(limit, gap, kept.len());
    let mut widths: Vec<_> = kept.iter().map(|(_, shape)| shape.width).collect();
    narrow(&mut widths, &kept, room, |shape| shape.least_beside(SHORT));
    narrow(&mut widths, &kept, room, |shape| shape.least_beside(SHORTEST));
    narrow(&mut widths, &kept, room, |shape| shape.least(SHORTEST));
    narrow(&mut widths, &kept, room, |shape| shape.width.min(1));
    kept.iter().map(|(place, _)| *place).zip(widths).collect()
}

fn room(limit: usize, gap: usize, columns: usize) -> usize {
    limit.saturating_sub(gap * columns.saturating_sub(1))
}

/// Takes from the widest column that is wider than its least until all have room.
fn narrow(widths: &mut [usize], kept: &[(usize, &Shape)], room: usize, least: impl Fn(&Shape) -> usize) {
    let mut total: usize = widths.iter().sum();
    while total > room {
        let open = widths.iter_mut().zip(kept).enumerate();
        let open = open.filter(|(_, (width, (_, shape)))| **width > least(shape));
        let Some((_, (width, _))) = open.max_by_key(|(place, (width, _))| (**width, Reverse(*place))) else {
            return;
        };
        *width -= 1;
        total -= 1;
    }
}

/// The text, or as much of its beginning as has room before `…`.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let fitting = text.chars().take_while(|character| {
        let taken = character.width().unwrap_or(0);
        let fits = taken <= room;
        room = room.saturating_sub(taken);
        fits
    });
    let beginning: String = fitting.collect();
    if width == 0 { String::new() } else { format!("{}…", beginning.trim_end()) }
}
