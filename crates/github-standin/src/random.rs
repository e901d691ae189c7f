//! Random strings for tokens.

use rsa::rand_core::{OsRng, RngCore as _};

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// `length` characters, each of the 62 as likely as the others.
pub(crate) fn alphanumeric(length: usize) -> String {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        // Six bits index 64 places; the two that do not exist are drawn again.
        let place = (OsRng.next_u32() & 0x3f) as usize;
        if let Some(byte) = ALPHABET.get(place) {
            text.push(char::from(*byte));
        }
    }
    text
}
