//! Leaving a mailing list by one request (RFC 8058).
//!
//! As with a picture, the sender chose the address: public servers only, no cookies, no referrer, no redirect. Unlike with a
//! picture, `https` alone is spoken, and of the answer nothing but its status is looked at.

use reqwest::header::CONTENT_TYPE;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::NetError;
use crate::picture::{PictureLimits, check, client, failure, refused};

/// What the request says (RFC 8058 §3.1).
const BODY: &str = "List-Unsubscribe=One-Click";

/// Asks a list's server to send no more.
///
/// # Errors
/// [`NetError::PictureAddress`] where the address is no public one of `https`; [`NetError::ListStatus`] for every answer but
/// success; those of a connection.
pub async fn unsubscribe_one_click(url: &str, limits: &PictureLimits) -> Result<(), NetError> {
    let url = Url::parse(url).map_err(|_error| refused("it is not an address"))?;
    if url.scheme() != "https" && !limits.allow_loopback_for_tests {
        return Err(refused("only https is asked"));
    }
    check(&url, limits)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port_or_known_default().unwrap_or_default();
    let asked = async {
        let request = client(limits).await?.post(url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = request.body(BODY).send().await.map_err(|error| failure(&url, &error))?;
        // A redirect is no success: RFC 8058 §3.1 forbids servers to send one, and it could lead anywhere.
        if response.status().is_success() {
            return Ok(());
        }
        Err(NetError::ListStatus { host: host.clone(), status: response.status().as_u16() })
    };
    let late = NetError::TimedOut { host: host.clone(), port, what: "leaving a list" };
    timeout_at(Instant::now() + limits.timeout, asked).await.map_err(|_elapsed| late)?
}
