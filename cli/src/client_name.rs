//! The name of this machine, as one of a caller's clients.

/// The server's limit is 80 characters as well.
const LONGEST: usize = 80;

/// The default name of a login's client: the host's name.
pub(crate) fn of_this_machine() -> String {
    normalize(&gethostname::gethostname().to_string_lossy())
}

/// Turns a host name into a client name that the server accepts. The server removes `.local` as
/// well: both have to agree on the name for a second login to replace the first one's token.
fn normalize(host: &str) -> String {
    let clean: String = without_local(host)
        .chars()
        .map(|character| if is_allowed(character) { character } else { '-' })
        .skip_while(|character| !character.is_ascii_alphanumeric())
        .take(LONGEST)
        .collect();
    // Truncation can leave a `.local` at the end.
    let name = without_local(&clean);
    if name.is_empty() { "unknown".to_owned() } else { name.to_owned() }
}

fn without_local(name: &str) -> &str {
    const SUFFIX: &str = ".local";
    let mut name = name.trim();
    while let Some((rest, suffix)) =
        name.len().checked_sub(SUFFIX.len()).and_then(|at| name.split_at_checked(at))
    {
        if !suffix.eq_ignore_ascii_case(SUFFIX) {
            break;
        }
        name = rest.trim_end();
    }
    name
}

fn is_allowed(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::normalize;

    #[test]
    fn host_names_become_client_names() {
        for (host, expected) in [
            ("laptop", "laptop"),
            (" Mias-MacBook.local ", "Mias-MacBook"),
            ("build.LOCAL.local", "build"),
            ("büro pc", "b-ro-pc"),
            ("_ci-7", "ci-7"),
            (".local", "unknown"),
            ("", "unknown"),
            ("örtlich", "rtlich"),
        ] {
            assert_eq!(normalize(host), expected, "{host:?}");
        }
        assert_eq!(normalize(&"a".repeat(200)).len(), 80);
        assert_eq!(normalize(&format!("{}.localhost", "a".repeat(74))), "a".repeat(74));
    }

    proptest! {
        #[test]
        fn every_name_is_one_that_the_server_accepts_unchanged(host in any::<String>()) {
            let name = normalize(&host);
            prop_assert!(!name.is_empty() && name.len() <= 80);
            prop_assert!(name.starts_with(|first: char| first.is_ascii_alphanumeric()));
            prop_assert!(name.chars().all(super::is_allowed));
            prop_assert_eq!(normalize(&name), name);
        }
    }
}
