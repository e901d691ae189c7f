//! What is downloaded: archives, files of releases, artifacts, logs of runs. The API answers 302 to
//! another host; here that is `/_content/…` unless the state says otherwise.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;

use crate::call::Call;
use crate::call::answer::{Answer, Outcome, Payload};
use crate::call::caller::Identity;
use crate::call::site::Site;
use crate::model::State;

/// A ZIP archive without files: the record that ends one.
const EMPTY_ZIP: [u8; 22] = *b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// 302 to where `rest` is.
pub(super) fn redirect(rest: &str, site: &Site<'_>) -> Answer {
    let location = match &site.state.download_base {
        Some(base) => format!("{base}/{rest}"),
        None => site.call.urls.origin(&format!("/_content/{rest}")),
    };
    Answer::redirect(StatusCode::FOUND, &location, Payload::Empty)
}

/// The bytes. The address itself is the credential; like GitHub's storage, this refuses any other.
pub(crate) fn get(state: &mut State, call: &Call<'_>) -> Outcome {
    if !matches!(call.caller.identity, Identity::Anonymous) {
        let error = b"<Error><Code>InvalidAuthenticationInfo</Code></Error>".to_vec();
        return Err(Answer::raw("application/xml", error).with_status(StatusCode::BAD_REQUEST));
    }
    let rest = call.param("rest");
    let parts: Vec<&str> = rest.split('/').collect();
    match parts.as_slice() {
        ["assets", repository, asset] => {
            let size = asset_size(state, repository, asset).ok_or_else(Answer::not_found)?;
            Ok(Answer::raw("application/octet-stream", vec![0; size]))
        }
        ["tarball", ..] => Ok(Answer::raw("application/x-gzip", empty_tar())),
        ["zipball" | "artifacts" | "logs", ..] => Ok(Answer::raw("application/zip", EMPTY_ZIP.to_vec())),
        _ => Err(Answer::not_found()),
    }
}

fn asset_size(state: &State, repository: &str, asset: &str) -> Option<usize> {
    let (repository, asset): (u64, u64) = (repository.parse().ok()?, asset.parse().ok()?);
    let mut assets = state.contents.of(repository).releases.iter().flat_map(|release| &release.assets);
    usize::try_from(assets.find(|it| it.id == asset)?.size).ok()
}

/// An archive without files, which is two blocks of zeros, compressed.
fn empty_tar() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // A vector takes everything.
    let written = encoder.write_all(&[0; 1024]);
    written.and_then(|()| encoder.finish()).unwrap_or_default()
}
