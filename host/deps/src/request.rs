//! One request to a server, answered on a thread of its own: whoever waits for it can look for
//! interrupts meanwhile, and leave it behind.

use std::env;
use std::io::{self, Read};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::Duration;

use ureq::http::{HeaderMap, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, http};

/// The seconds after which a server that sends nothing is given up.
pub(crate) const PATIENCE_VARIABLE: &str = "GUILD_DOWNLOAD_TIMEOUT";

/// How long a server may send nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often an address may lead to another one, as in 0.9.0.
const MAX_REDIRECTS: u32 = 10;

/// How much is read at once, in bytes.
const PIECE: usize = 1 << 17;

/// How many pieces may wait to be written.
const WAITING: usize = 8;

/// What is there already of a file.
pub(crate) struct Resume {
    /// How many bytes.
    pub start: u64,
    /// Of which version, as the server called it.
    pub stamp: String,
}

/// What happens, in order: one head, data, an end.
pub(crate) enum Event {
    Head(Head),
    Data(Vec<u8>),
    End,
    Failed(String),
}

/// What a server says before it sends anything.
pub(crate) struct Head {
    /// The status code.
    pub status: u16,
    /// What it means.
    pub reason: &'static str,
    /// How many bytes will come.
    pub length: Option<u64>,
    /// Where the part that will come starts.
    pub start: Option<u64>,
    /// The length of the whole that it is a part of.
    pub total: Option<u64>,
    /// What tells this version of the file from others.
    pub stamp: Option<String>,
}

/// How long a server may send nothing.
pub(crate) fn patience() -> Duration {
    let wanted = env::var(PATIENCE_VARIABLE).ok().and_then(|v| v.trim().parse().ok());
    wanted.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(PATIENCE)
}

/// Starts a request. It ends once nobody listens any more.
///
/// # Errors
/// There can be no thread for it.
pub(crate) fn start(url: &str, resume: Option<Resume>) -> io::Result<Receiver<Event>> {
    let (send, receive) = mpsc::sync_channel(WAITING);
    let url = url.to_string();
    let thread = thread::Builder::new().name("download".into());
    thread.spawn(move || {
        let end = request(&url, resume.as_ref(), &send).unwrap_or_else(Event::Failed);
        let _ = send.send(end);
    })?;
    Ok(receive)
}

fn request(
    url: &str,
    resume: Option<&Resume>,
    events: &SyncSender<Event>,
) -> Result<Event, String> {
    let mut request = agent().get(url);
    if let Some(resume) = resume {
        let range = format!("bytes={}-", resume.start);
        request = request.header(header::RANGE, range).header(header::IF_RANGE, &resume.stamp);
    }
    let response = request.call().map_err(|e| e.to_string())?;
    let (head, body) = response.into_parts();
    let wanted = matches!(head.status.as_u16(), 200 | 206);
    if events.send(Event::Head(read_head(&head, &body))).is_err() || !wanted {
        return Ok(Event::End);
    }
    let mut body = body.into_reader();
    loop {
        let mut piece = vec![0; PIECE];
        match body.read(&mut piece) {
            Ok(0) => return Ok(Event::End),
            Ok(n) => {
                piece.truncate(n);
                if events.send(Event::Data(piece)).is_err() {
                    return Ok(Event::End);
                }
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e.to_string()),
        }
    }
}

fn agent() -> Agent {
    // Only the first counts, and any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Certificates are those that the system trusts, an institution's own ones included.
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(MAX_REDIRECTS)
        // Whoever waits for what is read gives up first, and says so; this ends the reading.
        .timeout_per_read(Some(patience() * 2))
        .user_agent(concat!("guild/", env!("CARGO_PKG_VERSION")));
    config.build().new_agent()
}

fn read_head(head: &http::response::Parts, body: &Body) -> Head {
    let text = |name| text(&head.headers, name);
    let (start, total) = text(header::CONTENT_RANGE).and_then(range).unzip();
    // A weak tag does not say that the bytes are the same.
    let tag = text(header::ETAG).filter(|tag| !tag.starts_with("W/"));
    Head {
        status: head.status.as_u16(),
        reason: head.status.canonical_reason().unwrap_or_default(),
        length: body.content_length(),
        start,
        total: total.flatten(),
        stamp: tag.or_else(|| text(header::LAST_MODIFIED)).map(String::from),
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The start of a part and the length of the whole, if that is known: `bytes 5-9/10`.
fn range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        assert_eq!(range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(range("bytes 5-9/*"), Some((5, None)));
        assert_eq!((range("bytes */10"), range("5-9/10"), range("")), (None, None, None));
    }
}
