//! HTTP/1.1 on a local socket: one request, one reply, and the end of the connection. Bodies of any
//! size pass without being held.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::time::{Duration, Instant};

use chunked_transfer::Decoder;
use ureq::http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};
use ureq::http::{HeaderMap, Method, StatusCode};

/// As much as GitHub takes of a request's head.
const LARGEST_HEAD: usize = 64 * 1024;
const MOST_HEADERS: usize = 128;
/// How long the head of a request may take. A program that opens connections before it needs them
/// opens another one.
pub(crate) const LONGEST_HEAD: Duration = Duration::from_secs(30);
/// What one read of a body asks for.
const PIECE: usize = 64 * 1024;
/// They are about one connection, and every connection here is another.
const HOP_BY_HOP: [HeaderName; 6] = [CONNECTION, EXPECT, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// A request of a client.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path and query, as they were sent.
    pub(crate) target: String,
    /// Without those about the connection. There is at most one `Host`.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// Whether the client understands a reply in chunks; one of HTTP/1.0 does not.
    pub(crate) takes_chunks: bool,
}

/// The reply to one.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// A body that is read as it comes.
pub(crate) struct Body {
    /// Nothing if only its end tells.
    length: Option<u64>,
    reader: Box<dyn Read + Send>,
}

impl Body {
    pub(crate) fn empty() -> Self {
        Self::whole(Vec::new())
    }

    /// A body that is there.
    pub(crate) fn whole(bytes: Vec<u8>) -> Self {
        Self { length: Some(bytes.len() as u64), reader: Box::new(io::Cursor::new(bytes)) }
    }

    pub(crate) fn stream(length: Option<u64>, reader: impl Read + Send + 'static) -> Self {
        Self { length, reader: Box::new(reader) }
    }

    pub(crate) fn length(&self) -> Option<u64> {
        self.length
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == Some(0)
    }

    pub(crate) fn into_reader(self) -> Box<dyn Read + Send> {
        self.reader
    }

    /// The first bytes, and the body as it was. They are all of it if there are at most `most`.
    pub(crate) fn peek(self, most: usize) -> io::Result<(Vec<u8>, Self)> {
        let Self { length, mut reader } = self;
        let mut start = Vec::new();
        reader.by_ref().take(most as u64 + 1).read_to_end(&mut start)?;
        let again = io::Cursor::new(start.clone()).chain(reader);
        Ok((start, Self { length, reader: Box::new(again) }))
    }
}

impl Request {
    /// Reads the head of a request; nothing if the client has gone. `interim` takes what is said
    /// before the reply. What is not a request is an error of the kind `InvalidData`.
    pub(crate) fn read(
        stream: impl Read + Send + 'static,
        interim: &mut impl Write,
    ) -> io::Result<Option<Self>> {
        let mut stream = BufReader::new(stream);
        let Some(head) = read_head(&mut stream)? else { return Ok(None) };
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        let is_whole = parsed.parse(&head).map_err(invalid)?.is_complete();
        let (Some(method), Some(target), true) = (parsed.method, parsed.path, is_whole) else {
            return Err(invalid("the head of the request"));
        };
        let takes_chunks = parsed.version != Some(0);
        let method = Method::from_bytes(method.as_bytes()).map_err(invalid)?;
        let (authority, target) = split_target(target)?;
        let mut headers = HeaderMap::new();
        for header in parsed.headers.iter() {
            let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(invalid)?;
            headers.append(name, HeaderValue::from_bytes(header.value).map_err(invalid)?);
        }
        if headers.get_all(HOST).iter().count() > 1 {
            return Err(invalid("several Host headers"));
        }
        if let Some(authority) = authority {
            headers.insert(HOST, HeaderValue::try_from(authority).map_err(invalid)?);
        }
        if headers.contains_key(EXPECT) && takes_chunks {
            interim.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = body_of(&headers, stream)?;
        remove_hop_by_hop(&mut headers);
        Ok(Some(Self { method, target: target.to_owned(), headers, body, takes_chunks }))
    }

    /// A header's value, if it is text.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Reply {
    /// Writes the reply. A body that breaks off ends the connection early, so that the client sees
    /// that it is not whole.
    pub(crate) fn write(self, out: &mut impl Write, is_head: bool, takes_chunks: bool) -> io::Result<()> {
        let Self { status, mut headers, body } = self;
        remove_hop_by_hop(&mut headers);
        let has_body = !is_head && !status.is_informational() && !matches!(status.as_u16(), 204 | 304);
        let mut head = format!("HTTP/1.1 {} {}\r\n", status.as_u16(), reason(status)).into_bytes();
        if has_body {
            headers.remove(CONTENT_LENGTH);
            match body.length {
                Some(length) => head.extend(format!("content-length: {length}\r\n").bytes()),
                None if takes_chunks => head.extend(b"transfer-encoding: chunked\r\n"),
                // Its end is the end of the connection.
                None => {}
            }
        }
        for (name, value) in &headers {
            head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        head.extend(b"connection: close\r\n\r\n");
        out.write_all(&head)?;
        if has_body {
            copy(body, out, takes_chunks)?;
        }
        out.flush()
    }
}

fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or_default()
}

/// Each piece goes out as it comes: a log that grows is seen growing.
fn copy(body: Body, out: &mut impl Write, takes_chunks: bool) -> io::Result<()> {
    let is_chunked = body.length.is_none() && takes_chunks;
    let mut reader = body.reader;
    let mut piece = vec![0; PIECE];
    loop {
        let read = match reader.read(&mut piece) {
            Err(problem) if problem.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let bytes = piece.get(..read).unwrap_or_default();
        if is_chunked {
            write!(out, "{read:x}\r\n")?;
        }
        out.write_all(bytes)?;
        if is_chunked {
            out.write_all(b"\r\n")?;
        }
        if read == 0 {
            return Ok(());
        }
        out.flush()?;
    }
}

/// Path and query of a request's target, and the host if the target names one. Such a target takes
/// precedence over the header (RFC 9112, section 3.2.2).
fn split_target(target: &str) -> io::Result<(Option<&str>, &str)> {
    if target.starts_with('/') {
        return Ok((None, target));
    }
    let rest = target.strip_prefix("http://").or_else(|| target.strip_prefix("https://"));
    // `CONNECT` and `OPTIONS *` are for proxies of another kind. Appended to a host, such a target
    // would make another host of it.
    let rest = rest.ok_or_else(|| invalid("this is not a proxy for other hosts"))?;
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    match path {
        _ if authority.is_empty() || authority.contains(['@', '\\']) => {
            Err(invalid("the target of the request"))
        }
        "" => Ok((Some(authority), "/")),
        path if path.starts_with('/') => Ok((Some(authority), path)),
        _ => Err(invalid("the target of the request")),
    }
}

/// The bytes up to the empty line. Empty lines before the head do not count.
fn read_head(stream: &mut BufReader<impl Read>) -> io::Result<Option<Vec<u8>>> {
    let begun = Instant::now();
    let mut head = Vec::new();
    let mut line = 0;
    loop {
        let available = match stream.fill_buf() {
            Err(problem) if problem.kind() == io::ErrorKind::Interrupted => continue,
            available => available?,
        };
        if available.is_empty() {
            return if head.is_empty() { Ok(None) } else { Err(invalid("the head of the request")) };
        }
        let end = available.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let read = end.unwrap_or(available.len());
        head.extend(available.get(..read).unwrap_or_default());
        stream.consume(read);
        if head.len() > LARGEST_HEAD {
            return Err(invalid("the head of the request is too large"));
        }
        let is_blank = end.is_some() && matches!(head.get(line..), Some(b"\r\n" | b"\n"));
        if is_blank && line > 0 {
            return Ok(Some(head));
        }
        if is_blank {
            head.clear();
        } else if end.is_some() {
            line = head.len();
        }
        // A read has a limit of its own; a byte now and then must not go on for ever.
        if begun.elapsed() > LONGEST_HEAD {
            return Err(io::ErrorKind::TimedOut.into());
        }
    }
}

fn body_of(headers: &HeaderMap, stream: BufReader<impl Read + Send + 'static>) -> io::Result<Body> {
    let encodings: Vec<_> = headers.get_all(TRANSFER_ENCODING).iter().collect();
    match encodings.as_slice() {
        [] => {}
        [chunked] if chunked.as_bytes().eq_ignore_ascii_case(b"chunked") => {
            return Ok(Body::stream(None, Decoder::new(stream)));
        }
        _ => return Err(invalid("a Transfer-Encoding other than chunked")),
    }
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let Some(length) = lengths.next() else { return Ok(Body::empty()) };
    if lengths.any(|other| other != length) {
        return Err(invalid("several lengths"));
    }
    let text = length.to_str().map_err(invalid)?;
    // `parse` takes a sign, too.
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid("the length of the body"));
    }
    let length = text.parse().map_err(invalid)?;
    Ok(Body::stream(Some(length), stream.take(length)))
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

fn invalid(problem: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use ureq::http::{HeaderMap, HeaderValue, StatusCode};

    use super::{Body, Reply, Request};

    fn request(text: &str) -> io::Result<Option<Request>> {
        Request::read(io::Cursor::new(text.as_bytes().to_vec()), &mut Vec::new())
    }

    fn body(request: Request) -> String {
        let mut text = String::new();
        request.body.into_reader().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn requests_with_and_without_bodies() {
        for (text, expected) in [
            ("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n", ""),
            ("POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcdef", "abc"),
            (
                "PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
                "abcde",
            ),
        ] {
            assert_eq!(body(request(text).unwrap().unwrap()), expected, "{text}");
        }
        assert!(request("").unwrap().is_none());
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for text in [
            "GET",
            "GET / HTTP/1.1\r\nHost: x",
            "GET / HTTP/9.9\r\n\r\n",
            "G T / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nab",
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET @evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET .evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET :8443/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://a@evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET ftp://a/x HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n",
        ] {
            let problem = request(text).err().unwrap_or_else(|| panic!("{text}"));
            assert_eq!(problem.kind(), io::ErrorKind::InvalidData, "{text}");
        }
        let long = format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "a".repeat(70_000));
        assert!(request(&long).is_err());
    }

    #[test]
    fn a_target_may_name_the_host() {
        for (target, host, path) in [
            ("/a?b=http://c/d", "own", "/a?b=http://c/d"),
            ("http://api.github.com/a?b", "api.github.com", "/a?b"),
            ("https://api.github.com:443", "api.github.com:443", "/"),
        ] {
            let text = format!("\r\nGET {target} HTTP/1.1\r\nHost: own\r\n\r\n");
            let request = request(&text).unwrap().unwrap();
            assert_eq!(request.header(ureq::http::header::HOST), Some(host), "{target}");
            assert_eq!(request.target, path, "{target}");
        }
    }

    #[test]
    fn an_old_client_gets_no_chunks() {
        let request = request("GET / HTTP/1.0\r\n\r\n").unwrap().unwrap();
        assert!(!request.takes_chunks);
        let body = Body::stream(None, io::Cursor::new(b"abc".to_vec()));
        let reply = Reply { status: StatusCode::OK, headers: HeaderMap::new(), body };
        let mut out = Vec::new();
        reply.write(&mut out, false, false).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc");
    }

    #[test]
    fn a_body_is_looked_at_and_still_whole() {
        let (start, body) = Body::stream(None, io::Cursor::new(b"abcdef".to_vec())).peek(3).unwrap();
        assert_eq!(start, b"abcd");
        let mut all = Vec::new();
        body.into_reader().read_to_end(&mut all).unwrap();
        assert_eq!(all, b"abcdef");
    }

    fn written(status: u16, body: Body, is_head: bool) -> String {
        let headers = HeaderMap::from_iter([
            (ureq::http::header::CONNECTION, HeaderValue::from_static("keep-alive")),
            (ureq::http::header::ETAG, HeaderValue::from_static("\"a\"")),
        ]);
        let reply = Reply { status: StatusCode::from_u16(status).unwrap(), headers, body };
        let mut out = Vec::new();
        reply.write(&mut out, is_head, true).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn replies() {
        let stream = || Body::stream(None, io::Cursor::new(b"abc".to_vec()));
        let tail = "etag: \"a\"\r\nconnection: close\r\n\r\n";
        for (status, body, is_head, expected) in [
            (200, Body::whole(b"abc".into()), false, format!("200 OK\r\ncontent-length: 3\r\n{tail}abc")),
            (
                200,
                stream(),
                false,
                format!("200 OK\r\ntransfer-encoding: chunked\r\n{tail}3\r\nabc\r\n0\r\n\r\n"),
            ),
            (200, stream(), true, format!("200 OK\r\n{tail}")),
            (304, Body::empty(), false, format!("304 Not Modified\r\n{tail}")),
        ] {
            assert_eq!(written(status, body, is_head), format!("HTTP/1.1 {expected}"));
        }
    }

    #[test]
    fn a_body_that_breaks_off_is_not_ended() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let reply =
            Reply { status: StatusCode::OK, headers: HeaderMap::new(), body: Body::stream(None, Broken) };
        let mut out = Vec::new();
        assert!(reply.write(&mut out, false, true).is_err());
        assert!(out.ends_with(b"\r\n\r\n") && !out.ends_with(b"0\r\n\r\n"));
    }
}
