//! Why a request got no answer: the network, the proxy, the certificate or the server.

use std::io::ErrorKind;

use rustls::CertificateError;
use ureq::Timeout;

use super::proxy::Chosen;
use crate::error::Error;
use crate::server_url::ServerUrl;

/// The error for a request that got no answer. Its code decides whether the request is repeated: a
/// failure of TLS (`tls`) or of the proxy (`proxy`) would be the same the second time.
pub(super) fn explain(base: &ServerUrl, proxy: Option<&Chosen>, problem: &ureq::Error) -> Error {
    let origin = base.origin();
    let error = match (tls(problem), problem, proxy) {
        (Some(problem), _, _) => untrusted(base, problem),
        (None, ureq::Error::BodyExceedsLimit(_), _) => {
            Error::failed("unexpected_answer", format!("{origin} answered with more than 32 MiB."))
                .hint("This is not an octopool server, or something in front of it answered.")
        }
        (None, problem, Some(proxy)) if is_of_the_proxy(problem) => {
            let Chosen { variable, .. } = proxy;
            let address = proxy.address();
            Error::failed("proxy", format!("The proxy {address} cannot be used: {}.", reason(problem))).hint(
                format!(
                    "{variable} in the environment names it. Correct it, or add {} to NO_PROXY to reach the \
                     server without it.",
                    base.host().map(|host| host.to_string()).unwrap_or_default()
                ),
            )
        }
        (None, ureq::Error::Timeout(_), _) => {
            Error::failed("timeout", format!("{origin} did not answer in time.")).hint(
                "The server may have processed the request; octopool's commands can be repeated safely.",
            )
        }
        (None, problem, _) if is_unknown_host(problem) => {
            Error::failed("unreachable", format!("The host of {origin} was not found."))
                .hint("Check the spelling of the URL and the network.")
        }
        (None, problem, _) => {
            Error::failed("unreachable", format!("{origin} cannot be reached: {}.", reason(problem)))
                .hint("Check the URL, the network, and whether the server runs.")
        }
    };
    // `wrangler dev` on this machine does not speak TLS.
    if base.is_loopback() && base.is_https() {
        return error.hint(format!("Without TLS, use {}.", base.to_string().replacen("https:", "http:", 1)));
    }
    error
}

/// The failure of TLS, however deep ureq has packed it: a handshake fails as I/O.
fn tls(problem: &ureq::Error) -> Option<&rustls::Error> {
    match problem {
        ureq::Error::Rustls(problem) => Some(problem),
        ureq::Error::Io(problem) => {
            let inner = problem.get_ref()?;
            inner.downcast_ref::<rustls::Error>().or_else(|| tls(inner.downcast_ref::<ureq::Error>()?))
        }
        _ => None,
    }
}

/// What the user can do depends on what is wrong with the certificate.
fn untrusted(base: &ServerUrl, problem: &rustls::Error) -> Error {
    let origin = base.origin();
    let (message, hint) = match problem {
        rustls::Error::InvalidCertificate(problem) => certificate(&origin, problem),
        rustls::Error::InvalidMessage(_) => (
            format!("{origin} does not speak TLS on this port."),
            "Check the port in the URL; a proxy that is not one can answer like this, too.".to_owned(),
        ),
        problem => (
            format!("No TLS connection to {origin} is possible: {problem}."),
            "Check the URL, and what is between this machine and the server.".to_owned(),
        ),
    };
    Error::failed("tls", message).hint(hint)
}

fn certificate(origin: &str, problem: &CertificateError) -> (String, String) {
    const CLOCK: &str = "Renew the server's certificate, or correct this machine's clock.";
    match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            (format!("The certificate of {origin} has expired."), CLOCK.to_owned())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            (format!("The certificate of {origin} is not valid yet."), CLOCK.to_owned())
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            format!("The certificate of {origin} is for another name."),
            "Check the host in the URL: it has to be a name that the certificate lists.".to_owned(),
        ),
        CertificateError::Revoked => (
            format!("The certificate of {origin} was revoked."),
            "Ask the server's operator for a new certificate.".to_owned(),
        ),
        CertificateError::UnknownIssuer => (
            format!("The certificate of {origin} comes from an authority that this system does not trust."),
            trust(),
        ),
        // Such as a certificate that signed itself.
        problem => (format!("The certificate of {origin} is not trusted: {problem}."), trust()),
    }
}

fn trust() -> String {
    let how = if cfg!(any(windows, target_os = "macos")) {
        "add its certificate to the system's store"
    } else {
        "set SSL_CERT_FILE to a file with its certificate in PEM form, or add it to the system's store"
    };
    format!("If it is your organization's own authority, {how}.")
}

/// Whether the name has no address. The standard library has no kind of error for it.
fn is_unknown_host(problem: &ureq::Error) -> bool {
    match problem {
        ureq::Error::HostNotFound => true,
        ureq::Error::Io(problem) => problem.to_string().starts_with("failed to lookup address information"),
        _ => false,
    }
}

/// Whether the connection to the proxy failed. The connection to the server is the proxy's.
fn is_of_the_proxy(problem: &ureq::Error) -> bool {
    match problem {
        problem if is_unknown_host(problem) => true,
        ureq::Error::ConnectionFailed
        | ureq::Error::ConnectProxyFailed(_)
        | ureq::Error::InvalidProxyUrl
        | ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => true,
        ureq::Error::Io(problem) => matches!(
            problem.kind(),
            ErrorKind::ConnectionRefused
                | ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable
                | ErrorKind::AddrNotAvailable
                | ErrorKind::UnexpectedEof
                | ErrorKind::BrokenPipe
        ),
        _ => false,
    }
}

fn reason(problem: &ureq::Error) -> String {
    match problem {
        problem if is_unknown_host(problem) => "its host was not found".to_owned(),
        ureq::Error::Timeout(_) => "it did not answer in time".to_owned(),
        ureq::Error::ConnectProxyFailed(answer) => format!("it refused the connection ({})", answer.trim()),
        ureq::Error::Io(problem) => problem.to_string(),
        problem => problem.to_string(),
    }
}
