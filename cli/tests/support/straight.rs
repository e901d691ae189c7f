//! GitHub and every other host of the internet, behind a proxy on loopback: it takes `CONNECT` for
//! any name, speaks TLS with a certificate for it, and answers or forwards what comes.

use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::canned::Recorded;
use super::{Home, Invocation};

/// The hosts that there are.
const HOSTS: [&str; 6] = [
    "api.github.com",
    "uploads.github.com",
    "objects.githubusercontent.com",
    "productionresultssa0.blob.core.windows.net",
    "ghe.example.com",
    OCTOPOOL_HOST,
];
/// The server of `docs/CLIENTS.md`.
const OCTOPOOL_HOST: &str = "your-octopool.example";

/// What a host does with a request.
#[derive(Clone)]
pub(crate) enum Hosts {
    /// It answers with these bytes.
    Answer(Vec<u8>),
    /// It is at this address.
    At(SocketAddr),
    /// It is octopool at this address.
    Octopool(SocketAddr),
    /// octopool is at the one address, as the server of the documents, and GitHub at the other.
    Both { octopool: SocketAddr, github: SocketAddr },
}

pub(crate) struct Straight {
    proxy: String,
    authority: PathBuf,
    requests: Arc<Mutex<Vec<Recorded>>>,
}

impl Straight {
    /// The certificate is put into the home.
    pub(crate) fn start(home: &Home, hosts: Hosts) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // OpenSSL takes a certificate for self-signed if it has the name of its issuer.
        params.distinguished_name.push(DnType::CommonName, "authority of the tests");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let authority = home.path().join("authority.pem");
        std::fs::write(&authority, issuer.pem()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(HOSTS.map(str::to_owned)).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap().der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let recorded = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, hosts, recorded) = (Arc::clone(&config), hosts.clone(), Arc::clone(&recorded));
                thread::spawn(move || drop(serve(stream, config, &hosts, &recorded)));
            }
        });
        Self { proxy, authority, requests }
    }

    /// Lets a command reach these hosts and trust them.
    pub(crate) fn for_command(&self, run: Invocation) -> Invocation {
        run.env("HTTPS_PROXY", &self.proxy).env("SSL_CERT_FILE", &self.authority)
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap().clone()
    }

    /// The only request there was.
    #[track_caller]
    pub(crate) fn request(&self) -> Recorded {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        requests[0].clone()
    }
}

fn serve(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    hosts: &Hosts,
    recorded: &Mutex<Vec<Recorded>>,
) -> io::Result<()> {
    let connect = read_head(&mut BufReader::with_capacity(1, &stream))?;
    assert!(connect.starts_with("CONNECT "), "{connect}");
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let connection = ServerConnection::new(config).unwrap();
    let mut tls = BufReader::new(StreamOwned::new(connection, stream));
    let head = read_head(&mut tls)?;
    if head.is_empty() {
        return Ok(());
    }
    let request = recorded_of(&head, &mut tls)?;
    recorded.lock().unwrap().push(request.clone());
    let host = request.host();
    match hosts {
        Hosts::Answer(bytes) => tls.get_mut().write_all(bytes)?,
        Hosts::Both { octopool: address, .. } if host == OCTOPOOL_HOST => {
            forward(*address, &head_for_octopool(&head, host), &request.body, tls.get_mut())?;
        }
        Hosts::At(address) | Hosts::Both { github: address, .. } => {
            forward(*address, &head, &request.body, tls.get_mut())?;
        }
        Hosts::Octopool(address) => {
            forward(*address, &head_for_octopool(&head, host), &request.body, tls.get_mut())?;
        }
    }
    tls.get_mut().conn.send_close_notify();
    tls.get_mut().flush()
}

fn forward(address: SocketAddr, head: &str, body: &str, to: &mut impl io::Write) -> io::Result<()> {
    let mut upstream = TcpStream::connect(address)?;
    upstream.write_all(head_for_one(head, body.len()).as_bytes())?;
    upstream.write_all(body.as_bytes())?;
    io::copy(&mut upstream, to).map(drop)
}

/// The head with its whole address, so that octopool knows that the request came over TLS and under
/// which name.
fn head_for_octopool(head: &str, host: &str) -> String {
    head.replacen(" /", &format!(" https://{host}/"), 1)
}

/// The head for a connection that ends after one response.
fn head_for_one(head: &str, length: usize) -> String {
    let lines = head.trim_end().lines().filter(|line| {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        !["connection", "transfer-encoding", "content-length"].contains(&name.as_str())
    });
    let length = format!("content-length: {length}");
    let lines: Vec<_> = lines.chain([length.as_str(), "connection: close", "", ""]).collect();
    lines.join("\r\n")
}

fn read_head(stream: &mut impl io::BufRead) -> io::Result<String> {
    let mut head = String::new();
    while stream.read_line(&mut head)? > 0 && !head.ends_with("\r\n\r\n") {}
    Ok(head)
}

fn recorded_of(head: &str, stream: &mut impl io::BufRead) -> io::Result<Recorded> {
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ');
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let header = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let mut body = Vec::new();
    if header("transfer-encoding").is_some() {
        loop {
            let mut size = String::new();
            stream.read_line(&mut size)?;
            let size = u64::from_str_radix(size.trim(), 16).unwrap();
            stream.take(size).read_to_end(&mut body)?;
            stream.read_line(&mut String::new())?;
            if size == 0 {
                break;
            }
        }
    } else {
        let length = header("content-length").map_or(0, |length| length.parse().unwrap());
        stream.take(length).read_to_end(&mut body)?;
    }
    let (method, path) =
        (first.next().unwrap_or_default().to_owned(), first.next().unwrap_or_default().to_owned());
    Ok(Recorded { method, path, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
