//! Remote pictures of a mail, fetched for the reader once the user allowed them.
//!
//! The sender chose the address, so it is hostile input: it must not reach this machine or the local network, nor learn
//! more than that someone fetched it. Hence public addresses only, checked on what the resolver answers and again at
//! every redirect (the checked addresses are the ones connected to, so an answer cannot change in between); no cookies,
//! no referrer, no proxy of the environment, no TLS session that links two mails; and caps on size, time and kind.

mod address;
mod sniff;

use std::error::Error as _;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response, redirect, retry};
use rustls::ClientConfig;
use rustls::client::Resumption;
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use crate::{CertificateReason, NetError, Trust};

/// What most programs send; it tells the sender neither program nor system.
const USER_AGENT: &str = "Mozilla/5.0";

/// The kinds that [`sniff::kind`] knows.
const ACCEPTED: &str = "image/avif,image/webp,image/png,image/jpeg,image/gif,image/bmp";

/// Caps on fetching a picture.
#[derive(Debug, Clone)]
pub struct PictureLimits {
    /// Bytes of the picture; 8 MB.
    pub max_bytes: usize,
    /// Time for all of it, redirects included; 15 s.
    pub timeout: Duration,
    /// Redirects followed; 5.
    pub max_redirects: u32,
    /// Also fetches from this machine itself. Only tests set it: they have no other server.
    #[doc(hidden)]
    pub allow_loopback_for_tests: bool,
    /// Asked in the place of DNS. Only tests set it.
    #[doc(hidden)]
    pub names_for_tests: Option<fn(&str) -> Vec<SocketAddr>>,
}

impl Default for PictureLimits {
    fn default() -> Self {
        Self {
            max_bytes: 8 * 1024 * 1024,
            timeout: Duration::from_secs(15),
            max_redirects: 5,
            allow_loopback_for_tests: false,
            names_for_tests: None,
        }
    }
}

impl PictureLimits {
    fn allows(&self, address: IpAddr) -> bool {
        address::is_public(address) || (self.allow_loopback_for_tests && address.is_loopback())
    }
}

/// A picture as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its kind by its own first bytes, whatever the server called it: `image/png`, `image/jpeg`, `image/gif`,
    /// `image/webp`, `image/avif` or `image/bmp`.
    pub mime_type: String,
}

/// Fetches a remote picture.
///
/// # Errors
/// [`NetError::PictureAddress`] where the address, an answer of DNS or a redirect leads elsewhere than to a public web
/// server; [`NetError::PictureTooLarge`], [`NetError::PictureType`], [`NetError::PictureStatus`]; those of a connection.
pub async fn fetch_picture(url: &str, limits: &PictureLimits) -> Result<Picture, NetError> {
    let url = Url::parse(url).map_err(|_error| refused("it is not an address"))?;
    let deadline = Instant::now() + limits.timeout;
    let late = NetError::TimedOut {
        host: url.host_str().unwrap_or_default().to_owned(),
        port: url.port_or_known_default().unwrap_or_default(),
        what: "loading a picture",
    };
    timeout_at(deadline, follow(url, limits)).await.map_err(|_elapsed| late)?
}

pub(crate) fn refused(reason: &'static str) -> NetError {
    NetError::PictureAddress { reason }
}

async fn follow(mut url: Url, limits: &PictureLimits) -> Result<Picture, NetError> {
    let client = client(limits).await?;
    for _ in 0..=limits.max_redirects {
        check(&url, limits)?;
        let sent = client.get(url.clone()).header(ACCEPT, ACCEPTED).send().await;
        let response = sent.map_err(|error| failure(&url, &error))?;
        if !response.status().is_redirection() {
            return read(&url, response, limits).await;
        }
        let target = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let target = target.ok_or_else(|| refused("it redirects to nowhere"))?;
        url = url.join(target).map_err(|_error| refused("it redirects to what is not an address"))?;
    }
    Err(refused("it redirects too often"))
}

/// Checks what can be seen of an address before DNS is asked. [`Url`] has already turned `0x7f.1` and its like into IPv4.
pub(crate) fn check(url: &Url, limits: &PictureLimits) -> Result<(), NetError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused("only http and https are fetched"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it holds a user name or a password"));
    }
    // The ports below 1024 belong to other protocols, which a request of HTTP could be made to speak.
    if !url.port_or_known_default().is_some_and(|port| matches!(port, 80 | 443 | 1024..)) {
        return Err(refused("its port is not one of a web server"));
    }
    let public = match url.host() {
        Some(Host::Ipv4(address)) => limits.allows(address.into()),
        Some(Host::Ipv6(address)) => limits.allows(address.into()),
        // A name is checked by what it resolves to.
        Some(Host::Domain(_)) => true,
        None => false,
    };
    if public { Ok(()) } else { Err(refused(NOT_PUBLIC)) }
}

const NOT_PUBLIC: &str = "it does not lead to a public server";

pub(crate) async fn client(limits: &PictureLimits) -> Result<Client, NetError> {
    static PLATFORM: LazyLock<Trust> = LazyLock::new(Trust::platform);
    let mut tls = ClientConfig::clone(&*PLATFORM.config().await?);
    tls.resumption = Resumption::disabled();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(Arc::new(PublicOnly { limits: limits.clone() }))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .referer(false)
        .user_agent(USER_AGENT)
        .pool_max_idle_per_host(0)
        .build()
        .map_err(|error| NetError::NoRoots { detail: error.to_string() })
}

/// Resolves names to public addresses; one answer that is not public refuses the name.
struct PublicOnly {
    limits: PictureLimits,
}

/// A marker inside reqwest's error, found again by [`failure`].
#[derive(Debug, thiserror::Error)]
#[error("the name has an address that is not public")]
struct NotPublic;

/// As [`NotPublic`].
#[derive(Debug, thiserror::Error)]
#[error("the name has no address")]
struct Unknown;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let limits = self.limits.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = match limits.names_for_tests {
                Some(answer) => answer(name.as_str()),
                None => tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_error| Unknown)?.collect(),
            };
            if !found.iter().all(|address| limits.allows(address.ip())) {
                return Err(NotPublic.into());
            }
            if found.is_empty() {
                return Err(Unknown.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// What reqwest's error means; its own text may hold the whole address, so it is not kept.
pub(crate) fn failure(url: &Url, error: &reqwest::Error) -> NetError {
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port_or_known_default().unwrap_or_default();
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<NotPublic>() {
            return refused(NOT_PUBLIC);
        }
        if inner.is::<Unknown>() {
            return NetError::HostUnknown { host };
        }
        match inner.downcast_ref::<rustls::Error>() {
            Some(rustls::Error::InvalidCertificate(certificate)) => {
                return NetError::CertificateUntrusted { host, reason: CertificateReason::from(certificate) };
            }
            Some(other) => return NetError::Tls { host, detail: other.to_string() },
            None => {}
        }
        let io = inner.downcast_ref::<io::Error>();
        cause = match io.map(|io| (io.kind(), io.get_ref())) {
            // An io::Error that carries another error names that one's sources as its own, not itself.
            Some((_, Some(carried))) => Some(carried),
            Some((io::ErrorKind::ConnectionRefused, None)) => return NetError::Refused { host, port },
            Some((io::ErrorKind::TimedOut, None)) => return NetError::TimedOut { host, port, what: "connecting" },
            Some((kind, None)) => return NetError::Lost { host, source: kind.into() },
            None => inner.source(),
        };
    }
    NetError::Lost { host, source: io::Error::other("the answer broke HTTP") }
}

async fn read(url: &Url, mut response: Response, limits: &PictureLimits) -> Result<Picture, NetError> {
    let host = url.host_str().unwrap_or_default();
    if !response.status().is_success() {
        return Err(NetError::PictureStatus { host: host.to_owned(), status: response.status().as_u16() });
    }
    let not_a_picture = || NetError::PictureType { host: host.to_owned() };
    let declared = response.headers().get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or("unreadable"));
    if !declared.is_none_or(sniff::may_be_picture) {
        return Err(not_a_picture());
    }
    let too_large = || NetError::PictureTooLarge { max_bytes: limits.max_bytes };
    if response.content_length().is_some_and(|length| usize::try_from(length).is_ok_and(|l| l > limits.max_bytes)) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(url, &error))? {
        if bytes.len() + chunk.len() > limits.max_bytes {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    let mime_type = sniff::kind(&bytes).ok_or_else(not_a_picture)?.to_owned();
    Ok(Picture { bytes, mime_type })
}
