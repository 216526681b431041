//! Logging in (RFC 4954): PLAIN (RFC 4616) where it is offered, else LOGIN.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postroom_types::Secret;

use crate::SmtpError;
use crate::reply::Reply;
use crate::session::Session;

impl Session {
    /// Logs in. The connection is private or stays on this machine: [`Session::open`] has seen to it.
    pub(crate) async fn login(&mut self, user: &str, password: &Secret<String>) -> Result<(), SmtpError> {
        // PLAIN parts its fields by NUL.
        if user.contains('\0') || password.expose().contains('\0') {
            return Err(SmtpError::InvalidCredentials);
        }
        let plain = self.extensions.has_login("PLAIN");
        let login = self.extensions.has_login("LOGIN");
        let mut reply = match (plain, login) {
            (true, _) => self.plain(user, password).await?,
            (false, true) => self.login_by_steps(user, password).await?,
            (false, false) => return Err(SmtpError::NoLogin { server: self.server() }),
        };
        // Offered and yet not known: seen where a filter stands before the server.
        if plain && login && reply.code == 504 {
            reply = self.login_by_steps(user, password).await?;
        }
        if reply.code == 235 { Ok(()) } else { Err(self.not_logged_in(&reply, user, password)) }
    }

    async fn plain(&mut self, user: &str, password: &Secret<String>) -> Result<Reply, SmtpError> {
        let line = format!("AUTH PLAIN {}", STANDARD.encode(format!("\0{user}\0{}", password.expose())));
        self.command("AUTH", &line).await
    }

    /// LOGIN asks for the user, then for the password, in words that differ from server to server: the order counts.
    async fn login_by_steps(&mut self, user: &str, password: &Secret<String>) -> Result<Reply, SmtpError> {
        let reply = self.command("AUTH", "AUTH LOGIN").await?;
        if reply.code != 334 {
            return Ok(reply);
        }
        let reply = self.command("AUTH", &STANDARD.encode(user)).await?;
        if reply.code != 334 {
            return Ok(reply);
        }
        self.command("AUTH", &STANDARD.encode(password.expose())).await
    }

    fn not_logged_in(&self, reply: &Reply, user: &str, password: &Secret<String>) -> SmtpError {
        let reply = Reply { code: reply.code, lines: vec![without_secret(&reply.lines.join(" "), user, password)] };
        match reply.code {
            // 530 and 538 ask for TLS, 504 for another mechanism; neither says anything about the password.
            432 | 534 | 535 | 550..=554 => {
                SmtpError::LoginRefused { server: self.server(), code: reply.code, text: reply.text() }
            }
            _ => self.refused("AUTH", &reply),
        }
    }
}

/// Some servers repeat in their refusal what they were sent.
fn without_secret(text: &str, user: &str, password: &Secret<String>) -> String {
    let password = password.expose();
    let forms = [STANDARD.encode(format!("\0{user}\0{password}")), STANDARD.encode(password), password.clone()];
    forms.iter().filter(|form| !form.is_empty()).fold(text.to_owned(), |text, form| text.replace(form.as_str(), "…"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_repeats_the_password_is_cleaned() {
        let password = Secret::new("hunter2".to_owned());
        let said = format!("no: {} {} hunter2", STANDARD.encode("\0alice\0hunter2"), STANDARD.encode("hunter2"));
        assert_eq!(without_secret(&said, "alice", &password), "no: … … …");
        assert_eq!(without_secret("no", "alice", &Secret::new(String::new())), "no");
    }
}
