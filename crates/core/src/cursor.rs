//! Pagination cursors.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// How many bytes of the digest a cursor contains: enough to detect typing errors and cursors of
/// other lists.
const SEAL_BYTES: usize = 12;

/// The cursor that continues this list after this id.
///
/// The seal binds it to the list and its filters, so that a cursor of another list is refused
/// instead of silently skipping entries. It is not a secret: a client that may read the list may
/// start anywhere in it.
pub fn seal_cursor(list: &str, id: &str) -> String {
    let mut bytes = seal(list, id).to_vec();
    bytes.extend_from_slice(id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The id in a cursor; `None` if it is not a cursor of this list.
pub fn open_cursor(list: &str, cursor: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (given, id) = bytes.split_first_chunk::<SEAL_BYTES>()?;
    let id = std::str::from_utf8(id).ok()?;
    (*given == seal(list, id)).then(|| id.to_owned())
}

fn seal(list: &str, id: &str) -> [u8; SEAL_BYTES] {
    let digest = Sha256::new().chain_update(list).chain_update([0]).chain_update(id).finalize();
    let mut seal = [0; SEAL_BYTES];
    seal.copy_from_slice(&digest[..SEAL_BYTES]);
    seal
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{open_cursor, seal_cursor};

    #[test]
    fn a_cursor_is_valid_for_its_list_only() {
        let cursor = seal_cursor("/pools", "team");
        assert_eq!(open_cursor("/pools", &cursor).as_deref(), Some("team"));
        assert_eq!(open_cursor("/callers", &cursor), None);
        for forged in ["", "x", "AAAA", "team", &cursor[1..], &format!("{cursor}x"), &cursor.to_uppercase()] {
            assert_eq!(open_cursor("/pools", forged), None, "{forged}");
        }
    }

    proptest! {
        #[test]
        fn a_cursor_opens_to_its_id(list in ".{0,40}", id in ".{0,80}") {
            prop_assert_eq!(open_cursor(&list, &seal_cursor(&list, &id)), Some(id));
        }

        #[test]
        fn no_text_is_a_cursor_by_chance(text in "[A-Za-z0-9_-]{0,120}") {
            prop_assert_eq!(open_cursor("/pools", &text), None);
        }
    }
}
