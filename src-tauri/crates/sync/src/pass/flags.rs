//! Flags of messages that are known: what changed, by the cheapest question that misses nothing.

use postroom_imap::{FlagUpdate, Session, Since, UidSet};
use postroom_store::{FlagsFromServer, SyncFolder};
use postroom_types::{ModSeq, Uid};

use crate::{Context, SyncError};

/// Messages whose flags one command asks for.
const WINDOW: u32 = 50_000;

/// What is to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Plan {
    /// Nothing changed.
    Nothing,
    /// SELECT told already.
    Told(Vec<FlagUpdate>),
    /// What changed after this.
    Since(ModSeq),
    /// All of them.
    All,
    /// Those of these messages.
    Within(Vec<UidSet>),
}

/// `known` is how far flags are known, `now` how far the server is, `since` what it told along with SELECT. `explained`:
/// messages that came or went are reason enough for a higher `now`.
pub(super) fn plan(known: ModSeq, now: Option<ModSeq>, since: Option<Since>, explained: bool) -> Plan {
    let Some(now) = now.filter(|_| known != ModSeq(0)) else { return Plan::All };
    match since {
        // It went back (a restored server): nothing that is told since a higher value means anything.
        _ if now < known => Plan::All,
        Some(since) if !since.flags.is_empty() => Plan::Told(since.flags),
        _ if now == known => Plan::Nothing,
        Some(since) if explained || !since.vanished.is_empty() => Plan::Told(since.flags),
        // Something changed and nothing was told: a server that only pretends to QRESYNC is asked in the older way.
        _ => Plan::Since(known),
    }
}

/// Does it; gives how many messages look different now. `common` are the messages that both sides have.
pub(super) async fn update(
    context: &Context,
    session: &mut Session,
    folder: &SyncFolder,
    plan: Plan,
    common: &UidSet,
) -> Result<u32, SyncError> {
    let (Some((low, _)), Some((_, high))) = (common.ranges().first(), common.ranges().last()) else { return Ok(0) };
    let updates = match plan {
        Plan::Nothing => return Ok(0),
        Plan::All => return compare(context, session, folder, common.chunks(WINDOW, usize::MAX)).await,
        Plan::Within(windows) => return compare(context, session, folder, windows).await,
        Plan::Told(updates) => updates,
        Plan::Since(modseq) => session.fetch_flags(Uid(*low), Uid(*high), Some(modseq)).await?,
    };
    let changed: Vec<_> = updates.into_iter().filter(|update| common.contains(update.uid)).map(from_server).collect();
    if changed.is_empty() {
        return Ok(0);
    }
    Ok(context.store.flags_store(folder.id, changed, None).await?)
}

/// Window by window, so that neither an answer nor memory grows with the folder.
async fn compare(
    context: &Context,
    session: &mut Session,
    folder: &SyncFolder,
    windows: Vec<UidSet>,
) -> Result<u32, SyncError> {
    let mut count = 0;
    for window in windows {
        let (Some((low, _)), Some((_, high))) = (window.ranges().first(), window.ranges().last()) else { continue };
        let updates = session.fetch_flags(Uid(*low), Uid(*high), None).await?;
        // One read here spares the one writer a question a message: few changed.
        let known = context.store.server_flags_within(folder.id, Uid(*low), Uid(*high)).await?;
        let changed: Vec<_> = updates
            .into_iter()
            .filter(|update| known.get(&update.uid).is_some_and(|flags| *flags != update.flags))
            .map(from_server)
            .collect();
        if !changed.is_empty() {
            count += context.store.flags_store(folder.id, changed, None).await?;
        }
    }
    Ok(count)
}

pub(super) fn from_server(update: FlagUpdate) -> FlagsFromServer {
    FlagsFromServer { uid: update.uid, flags: update.flags }
}

#[cfg(test)]
mod tests {
    use postroom_types::Flags;

    use super::*;

    #[test]
    fn the_cheapest_question_that_misses_nothing() {
        let update = FlagUpdate { uid: Uid(3), flags: Flags::SEEN, modseq: Some(ModSeq(9)) };
        let told = || Some(Since { flags: vec![update], vanished: UidSet::new() });
        let gone = || Some(Since { flags: Vec::new(), vanished: UidSet::range(Uid(1), Uid(1)) });
        let check = |known, now: Option<u64>, since, explained, expected| {
            assert_eq!(plan(ModSeq(known), now.map(ModSeq), since, explained), expected, "{known} {now:?}");
        };
        check(5, None, None, false, Plan::All);
        check(0, Some(9), None, false, Plan::All);
        check(9, Some(5), told(), false, Plan::All);
        check(9, Some(9), None, false, Plan::Nothing);
        check(9, Some(9), told(), false, Plan::Told(vec![update]));
        check(5, Some(9), None, false, Plan::Since(ModSeq(5)));
        check(5, Some(9), None, true, Plan::Since(ModSeq(5)));
        check(5, Some(9), told(), false, Plan::Told(vec![update]));
        check(5, Some(9), gone(), false, Plan::Told(Vec::new()));
        check(5, Some(9), Some(Since::default()), true, Plan::Told(Vec::new()));
        check(5, Some(9), Some(Since::default()), false, Plan::Since(ModSeq(5)));
    }
}
