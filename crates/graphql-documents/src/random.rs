//! Random numbers that are the same for one seed.

/// A seed, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// A number below this one; 0 below 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % end.max(1) as u64).unwrap_or_default()
    }

    /// Whether one of so many cases is this one.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// The same; never if the count is 0.
    pub fn chance(&mut self, count: usize) -> bool {
        count > 0 && self.one_in(count)
    }

    /// One of these, which must be at least one.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}
