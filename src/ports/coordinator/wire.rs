//! How an ask and a reply travel between an isolate and a Durable Object: a line of JSON, then the
//! shared answer's head in a line and its body as it is. A body of megabytes is copied and never
//! parsed.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{CoordinatorReply, CoordinatorRequest, Shared};

impl CoordinatorRequest {
    /// Writes it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let shared = match self {
            Self::Finish(finish) => finish.shared.as_ref(),
            _ => None,
        };
        write(self, shared)
    }

    /// Reads it; `None` for anything else.
    pub fn from_bytes(bytes: &Bytes) -> Option<Self> {
        let (mut ask, shared) = read::<Self>(bytes)?;
        if let Self::Finish(finish) = &mut ask {
            finish.shared = shared;
        }
        Some(ask)
    }
}

impl CoordinatorReply {
    /// Writes it.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            // The answer travels beside the line, which need not be empty: it says that there is
            // nothing else.
            Self::Shared(shared) => write(&Self::Noted, Some(shared)),
            reply => write(reply, None),
        }
    }

    /// Reads it; `None` for anything else.
    pub fn from_bytes(bytes: &Bytes) -> Option<Self> {
        let (reply, shared) = read(bytes)?;
        Some(shared.map_or(reply, Self::Shared))
    }
}

fn write(message: &impl Serialize, shared: Option<&Shared>) -> Vec<u8> {
    // Names, numbers and texts always serialize. An empty line is read as nothing, which the other
    // side takes for a failure.
    let mut bytes = serde_json::to_vec(message).unwrap_or_default();
    bytes.push(b'\n');
    if let Some(shared) = shared {
        bytes.extend_from_slice(shared.head.as_bytes());
        bytes.push(b'\n');
        bytes.extend_from_slice(&shared.body);
    }
    bytes
}

fn read<T: DeserializeOwned>(bytes: &Bytes) -> Option<(T, Option<Shared>)> {
    let (line, rest) = line(bytes)?;
    let message = crate::json::from_slice(&line).ok()?;
    if rest.is_empty() {
        return Some((message, None));
    }
    let (head, body) = self::line(&rest)?;
    Some((message, Some(Shared { head: String::from_utf8(head.to_vec()).ok()?, body })))
}

/// The first line, and what comes after it. JSON has its line ends escaped.
fn line(bytes: &Bytes) -> Option<(Bytes, Bytes)> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((bytes.slice(..end), bytes.slice(end + 1..)))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{CoordinatorReply, CoordinatorRequest, Shared};
    use crate::ports::coordinator::Finish;

    fn shared() -> Shared {
        Shared { head: r#"{"a":"\n"}"#.to_owned(), body: Bytes::from_static(b"\n\xff\n") }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let finish = Finish {
            key: "k\n".to_owned(),
            flight: 7,
            reports: Vec::new(),
            token: None,
            refund: None,
            shared: Some(shared()),
        };
        let read =
            CoordinatorRequest::from_bytes(&CoordinatorRequest::Finish(finish).to_bytes().into()).unwrap();
        assert!(
            matches!(read, CoordinatorRequest::Finish(finish) if finish.shared == Some(shared()) && finish.key == "k\n")
        );
        assert!(matches!(
            CoordinatorRequest::from_bytes(&CoordinatorRequest::Health.to_bytes().into()),
            Some(CoordinatorRequest::Health)
        ));
        let read = CoordinatorReply::from_bytes(&CoordinatorReply::Shared(shared()).to_bytes().into());
        assert!(matches!(read, Some(CoordinatorReply::Shared(read)) if read == shared()));
        let read =
            CoordinatorReply::from_bytes(&CoordinatorReply::Shared(Shared::default()).to_bytes().into());
        assert!(matches!(read, Some(CoordinatorReply::Shared(read)) if read == Shared::default()));
        assert!(matches!(
            CoordinatorReply::from_bytes(&CoordinatorReply::Again.to_bytes().into()),
            Some(CoordinatorReply::Again)
        ));
    }

    #[test]
    fn anything_else_is_nothing() {
        for bytes in [&b""[..], b"{}", b"{}\n", b"\"Again\"", b"\"Noted\"\nhead", b"\"Noted\"\n\xff\n"] {
            assert!(CoordinatorReply::from_bytes(&Bytes::from_static(bytes)).is_none(), "{bytes:?}");
            assert!(CoordinatorRequest::from_bytes(&Bytes::from_static(bytes)).is_none(), "{bytes:?}");
        }
    }
}
