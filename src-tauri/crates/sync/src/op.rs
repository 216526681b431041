//! One file an operation: how it is sent, and what is checked before it is repeated after a crash.
//!
//! Each gives the messages for which it could not be done because they are gone from the server; their rows went too.

pub(crate) mod append;
pub(crate) mod expunge;
pub(crate) mod flags;
pub(crate) mod moving;

use postroom_imap::{ImapError, RefusalCode, Selected, Session, UidSet};
use postroom_store::OperationTask;
use postroom_types::{Flags, MessageId, Uid};

use crate::queue::Run;
use crate::{SyncError, pass};

/// Selects the folder of a run and splits it into messages that are there and messages that are not. A message without a
/// UID (moved where the server did not say its new one) is looked for by its Message-ID.
pub(crate) async fn locate(
    run: &mut Run<'_>,
) -> Result<(Selected, Vec<(OperationTask, Uid)>, Vec<MessageId>), SyncError> {
    let Some(first) = run.tasks.first() else { return Ok((Selected::default(), Vec::new(), Vec::new())) };
    let selected = run.session.select(&first.at.raw).await?;
    let renumbered = first.at.uid_validity.is_some_and(|known| known != pass::validity(&selected));
    if renumbered || pass::is_another(&first.at.mailbox_id, &selected) {
        return Err(SyncError::UidsVoid);
    }
    let named: UidSet = run.tasks.iter().filter_map(|task| task.at.uid).collect();
    let there = match (named.ranges().first(), named.ranges().last()) {
        (Some((low, _)), Some((_, high))) => run.session.uids(Uid(*low), Uid(*high)).await?,
        _ => UidSet::new(),
    };
    let (mut present, mut absent) = (Vec::new(), Vec::new());
    for task in run.tasks {
        let uid = match task.at.uid {
            Some(uid) => Some(uid).filter(|uid| there.contains(*uid)),
            None if task.at.message_id_header.is_empty() => None,
            None => find(run.session, &task.at.message_id_header).await?,
        };
        match uid {
            Some(uid) => present.push((task.clone(), uid)),
            None => absent.push(task.operation.message),
        }
    }
    Ok((selected, present, absent))
}

/// Which of these flags the open folder does not promise to keep (PERMANENTFLAGS, RFC 9051 §7.1): of a folder that may only
/// be read, all. A server may say OK to such a change and do nothing (Dovecot), or refuse it (Cyrus).
fn not_promised(selected: &Selected, flags: Flags) -> Flags {
    let promised = |name: &str| match &selected.permanent_flags {
        None => !selected.read_only,
        Some(kept) => {
            kept.iter().any(|one| one.eq_ignore_ascii_case(name) || (one == "\\*" && !name.starts_with('\\')))
        }
    };
    flags.names().into_iter().filter(|name| !promised(name)).filter_map(Flags::from_wire).collect()
}

/// What a server should have said that did nothing.
fn ignored(session: &Session, command: &'static str) -> SyncError {
    let (server, text) = (session.server().to_owned(), "this folder may only be read".to_owned());
    ImapError::Refused { server, command, text, code: Some(RefusalCode::NoPerm) }.into()
}

/// The newest message of the selected folder with this Message-ID.
async fn find(session: &mut Session, message_id: &str) -> Result<Option<Uid>, SyncError> {
    Ok(find_all(session, message_id).await?.iter().last())
}

/// The messages of the selected folder with this Message-ID. In its brackets: servers look for a part of the text, and
/// `1@host` is a part of `11@host`.
async fn find_all(session: &mut Session, message_id: &str) -> Result<UidSet, SyncError> {
    Ok(session.find_message_id(&format!("<{message_id}>")).await?)
}
