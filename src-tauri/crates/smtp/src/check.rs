//! Are the settings right?

use postroom_net::Trust;
use postroom_types::{Secret, ServerAddress};

use crate::SmtpError;
use crate::session::{Limits, Session};

/// Connects, makes the connection private, logs in (AUTH PLAIN, else LOGIN) and takes leave. Sends no mail.
///
/// # Errors
/// Every [`SmtpError`]. The password is never part of one.
pub async fn check_login(
    server: &ServerAddress,
    trust: &Trust,
    user: &str,
    password: &Secret<String>,
) -> Result<(), SmtpError> {
    let mut session = Session::open(server, trust, Limits::default()).await?;
    session.login(user, password).await?;
    session.quit().await;
    Ok(())
}
