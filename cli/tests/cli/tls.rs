//! Certificates that are not trusted, and why.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::{Home, Invocation};

/// An authority of an organization.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server with a certificate for `name` that ends in the year `until`.
struct TlsServer {
    url: String,
    connections: Arc<AtomicUsize>,
}

impl TlsServer {
    fn start(authority: &CertifiedIssuer<'static, KeyPair>, name: &str, until: i32) -> Self {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, authority).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config =
            config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
        let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
        let url = format!("https://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        thread::spawn(move || {
            for stream in listener.incoming() {
                counter.fetch_add(1, Ordering::SeqCst);
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = StreamOwned::new(connection, stream.unwrap());
                // Every request fits into one record. A client that does not trust ends it.
                if stream.read(&mut [0; 4096]).is_ok() {
                    let body = "{\"pool\":\"p\",\"identities_total\":0,\"identities_healthy\":0,\"policy_version\":1,\"identities\":[],\"next_reset\":null}";
                    let head = format!(
                        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                        body.len()
                    );
                    drop(stream.write_all((head + body).as_bytes()));
                    stream.conn.send_close_notify();
                    drop(stream.flush());
                }
            }
        });
        Self { url, connections }
    }

    fn health(&self, trusted: Option<&Path>) -> Invocation {
        let run = Home::new().octopool("health --pool p --url").arg(&self.url).env("OCTOPOOL_TOKEN", "op_x");
        match trusted {
            Some(file) => run.env("SSL_CERT_FILE", file),
            None => run,
        }
    }
}

#[test]
fn each_failure_of_tls_is_called_what_it_is_and_not_repeated() {
    let (authority, home) = (authority(), Home::new());
    let file = home.path().join("authority.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    let good = TlsServer::start(&authority, "127.0.0.1", 2999);
    good.health(Some(&file)).run().exits(0).prints("p: 0 of 0");

    let foreign = good.health(None).run().exits(1);
    foreign.says("comes from an authority that this system does not trust").says("SSL_CERT_FILE");
    let expired = TlsServer::start(&authority, "127.0.0.1", 2001);
    expired.health(Some(&file)).run().exits(1).says("has expired").says("clock");
    let other = TlsServer::start(&authority, "octopool.example.com", 2999);
    other.health(Some(&file)).run().exits(1).says("is for another name").says("Check the host");
    for server in [&expired, &other] {
        let before = server.connections.load(Ordering::SeqCst);
        let run = Home::new().octopool("admin tokens create ci --json --url").arg(&server.url);
        let run = run.env("SSL_CERT_FILE", &file).env("OCTOPOOL_ADMIN_TOKEN", "x").run().exits(1);
        assert_eq!(run.json_error()["code"], "tls");
        assert_eq!(server.connections.load(Ordering::SeqCst), before + 1, "a POST was repeated");
    }
    let doctor = Home::new().octopool("doctor --url").arg(&expired.url).env("SSL_CERT_FILE", &file).run();
    doctor.exits(1).prints("✗ connection_private").prints("has expired");
}
