//! AUTHENTICATE PLAIN or LOGIN, and what is said once at the start of a session.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postroom_types::Secret;

use crate::capabilities::{Capabilities, Capability};
use crate::connect::ConnectOptions;
use crate::encode::CommandLine;
use crate::error::{ImapError, RefusalCode};
use crate::guard::{Failure, Limits, PLACEHOLDER};
use crate::session::names::ENABLE;
use crate::session::{Session, Wire};
use crate::wire::{Code, State, Status, Untagged};

const COMMAND: &str = "LOGIN";
/// Who we are (RFC 2971). `NetEase` reads all three.
pub(super) const ID: &str =
    concat!("ID (\"name\" \"Postroom\" \"version\" \"", env!("CARGO_PKG_VERSION"), "\" \"vendor\" \"Postroom\")");

/// What a login leaves behind.
pub(super) struct LoggedIn {
    pub(super) session: async_imap::Session<Wire>,
    /// Capabilities among it, if the server told them by itself.
    pub(super) untagged: Vec<Untagged>,
}

pub(super) async fn login(
    mut wire: Wire,
    options: &ConnectOptions<'_>,
    capabilities: &Capabilities,
) -> Result<LoggedIn, ImapError> {
    let host = &options.server.host;
    wire.allow(Limits { keep: 4096, refuse: 4096, ..Limits::default() }, 1 << 20);
    wire.arm_login(script(options, capabilities)?);
    // async-imap believes that it sends this user and this password; the adapter sends the real ones in their place.
    match async_imap::Client::new(wire).login(PLACEHOLDER, PLACEHOLDER).await {
        Ok(mut session) => {
            let (state, mut untagged) = session.get_mut().take_login();
            untagged.extend(state.map(Untagged::State));
            Ok(LoggedIn { session, untagged })
        }
        Err((_, client)) => {
            let mut wire = client.into_inner();
            let failure = wire.failure().cloned();
            let (state, untagged) = wire.take_login();
            Err(refused(host, state, untagged, failure))
        }
    }
}

/// What is sent, piece by piece.
fn script(options: &ConnectOptions<'_>, capabilities: &Capabilities) -> Result<VecDeque<Secret<Vec<u8>>>, ImapError> {
    let host = &options.server.host;
    let (user, password) = (options.user, options.password.expose());
    let unsendable = |what| ImapError::Unsendable { server: host.clone(), what };
    for (value, what) in [(user, "the user name"), (password.as_str(), "the password")] {
        if value.contains(['\r', '\n', '\0']) {
            return Err(unsendable(what));
        }
    }
    if capabilities.has(Capability::AuthPlain) {
        // RFC 4616: no other identity than the user's own.
        let answer = STANDARD.encode(format!("\0{user}\0{password}"));
        return Ok(if capabilities.has(Capability::SaslIr) && answer.len() < 900 {
            VecDeque::from([Secret::new(format!("AUTHENTICATE PLAIN {answer}").into_bytes())])
        } else {
            VecDeque::from([Secret::new(b"AUTHENTICATE PLAIN".to_vec()), Secret::new(answer.into_bytes())])
        });
    }
    if capabilities.has(Capability::LoginDisabled) {
        return Err(ImapError::LoginUnavailable { server: host.clone() });
    }
    let mut line = CommandLine::new("LOGIN ", capabilities);
    line.string(user).map_err(|_cannot| unsendable("the user name"))?.text(" ");
    line.string(password).map_err(|_cannot| unsendable("the password"))?;
    Ok(line.into_secret().collect())
}

/// A refusal is the user's matter unless the server says that it is its own: then it is tried again later.
fn refused(host: &str, state: Option<State>, untagged: Vec<Untagged>, failure: Option<Failure>) -> ImapError {
    let server = host.to_owned();
    let Some(state) = state else {
        let goodbye = untagged.into_iter().find_map(|response| match response {
            Untagged::Bye { text } => Some(text),
            _ => None,
        });
        return match (goodbye, failure) {
            (Some(text), _) => ImapError::Closed { server, command: COMMAND, text },
            (None, failure) => ImapError::from_failure(host, COMMAND, failure.unwrap_or(Failure::Eof)),
        };
    };
    let code = match state.code {
        Some(Code::Refusal(code)) => Some(code),
        _ => None,
    };
    let temporary = code.as_ref().is_some_and(RefusalCode::is_temporary);
    if state.status == Status::No && !temporary {
        ImapError::LoginRefused { server, text: state.text }
    } else {
        ImapError::Refused { server, command: COMMAND, text: state.text, code }
    }
}

/// After the login: what the server can do now, who we are (`NetEase` lets nobody SELECT before ID), and what we want of it.
/// The latter two go out with the first command and cost no turn; doing without is no reason to give the connection up.
pub(super) async fn introduce(session: &mut Session) -> Result<(), ImapError> {
    if session.capabilities.is_empty() {
        let line = session.line("CAPABILITY");
        session.run_plain("CAPABILITY", line).await?;
    }
    if session.capabilities.has(Capability::Id) {
        session.send_ahead("ID", ID).await?;
        if session.quirks.id_first {
            session.settle_ahead().await?;
        }
    }
    if session.capabilities.has(Capability::Enable) {
        let wanted = [Capability::CondStore, Capability::QResync, Capability::Utf8Accept];
        let words: Vec<_> =
            wanted.into_iter().filter(|wanted| session.capabilities.has(*wanted)).map(Capability::word).collect();
        if !words.is_empty() {
            session.send_ahead(ENABLE, &format!("{ENABLE} {}", words.join(" "))).await?;
        }
    }
    Ok(())
}
