//! Bodies: fetched over one or two connections, newest first; large ones behind the others, in pieces.

pub(crate) mod large;
mod pipeline;
mod plan;

use postroom_imap::Session;
use postroom_store::{BodyWanted, SyncFolder};
use postroom_types::{AccountId, FolderId, UidValidity};

use self::large::{Outcome, Outlines, Room};
use self::pipeline::Pipeline;
use self::plan::Plan;
use crate::{Context, Engine, SyncError, pass};

/// A second connection is worth its login for more than so many.
const TWO_LANES: u32 = 200;

/// What became of a fetch.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fetched {
    pub(crate) bodies: u32,
    pub(crate) bytes: u64,
}

impl Fetched {
    fn add(&mut self, other: Self) {
        self.bodies = self.bodies.saturating_add(other.bodies);
        self.bytes += other.bytes;
    }
}

impl Engine {
    /// Fetches what is missing, newest first, over this connection and, if the server allows one more, a second; then the
    /// large ones, one at a time, which make room for whatever is asked for meanwhile.
    pub(crate) async fn bodies(
        &self,
        session: &mut Session,
        only: Option<FolderId>,
        room: &Room,
    ) -> Result<Fetched, SyncError> {
        let now = self.context.clock.now();
        self.context.store.offline_apply(self.account(), now).await?;
        let total = self.context.store.bodies_missing(self.account(), only, now).await?;
        self.fetch_bodies(session, only, room, total).await
    }

    /// As [`Self::bodies`], where the account's limits are applied already and so many are missing.
    pub(crate) async fn fetch_bodies(
        &self,
        session: &mut Session,
        only: Option<FolderId>,
        room: &Room,
        mut total: u32,
    ) -> Result<Fetched, SyncError> {
        let now = self.context.clock.now();
        let mut sum = Fetched::default();
        let mut outlines = Outlines::default();
        while total > 0 {
            let plan = Plan::new(now);
            sum.add(self.small_bodies(session, only, &plan, total).await?);
            let large = plan.take_large();
            if large.is_empty() {
                break;
            }
            // Whatever is missing now could not be had, or is large.
            let known = self.context.store.bodies_missing(self.account(), only, now).await?;
            let room = room.clone().for_more_than(known, only, now);
            let (fetched, done) = self.large_bodies(session, large, &mut outlines, &room).await?;
            sum.add(fetched);
            if done {
                break;
            }
            total = self.context.store.bodies_missing(self.account(), only, now).await?;
        }
        Ok(sum)
    }

    async fn small_bodies(
        &self,
        session: &mut Session,
        only: Option<FolderId>,
        plan: &Plan,
        total: u32,
    ) -> Result<Fetched, SyncError> {
        let pipeline = Pipeline::start(&self.context, self.account(), total);
        let two = session.most_connections() > 2;
        let first = self.lane(session, &pipeline, plan, only);
        let second = async {
            // The interactive connection is one, this the next.
            if total <= TWO_LANES || !two {
                return Ok(());
            }
            // Many servers allow few connections: the first does it alone then.
            let Ok(mut session) = self.login.connect().await else { return Ok(()) };
            let result = self.lane(&mut session, &pipeline, plan, only).await;
            if result.is_ok() {
                session.logout().await;
            }
            result
        };
        let lanes = tokio::join!(first, second);
        // What came before a cut is good and is kept; and a failed disk says more than the break that it caused.
        let fetched = pipeline.finish().await?;
        lanes.0?;
        lanes.1?;
        Ok(fetched)
    }

    /// Large ones, one after the other. `false`: there is other mail to be fetched first; what has come is kept.
    async fn large_bodies(
        &self,
        session: &mut Session,
        mut wanted: Vec<BodyWanted>,
        outlines: &mut Outlines,
        room: &Room,
    ) -> Result<(Fetched, bool), SyncError> {
        let mut fetched = Fetched::default();
        while !wanted.is_empty() {
            let body = wanted.remove(0);
            let Some(folder) = self.folder(body.folder).await? else { continue };
            match large::fetch(&self.context, session, &folder, &body, outlines, room).await {
                Ok(Outcome::Stored { bytes }) => fetched.add(Fetched { bodies: 1, bytes }),
                // Whoever put another first sees to it, and comes back.
                Ok(Outcome::MadeRoom) => return Ok((fetched, room.first().is_some())),
                Ok(Outcome::Enough | Outcome::NotToBeHad) => {}
                Err(error) if error.ends_connection() => return Err(error),
                Err(error) => {
                    tracing::warn!(folder = folder.id.0, code = error.fault().code.as_str(), "a large message failed");
                }
            }
        }
        Ok((fetched, true))
    }

    /// One connection's share.
    async fn lane(
        &self,
        session: &mut Session,
        pipeline: &Pipeline,
        plan: &Plan,
        only: Option<FolderId>,
    ) -> Result<(), SyncError> {
        let folders = self.context.store.sync_folders(self.account()).await?;
        let mut current = None;
        while let Some(id) = plan.folder(&self.context.store, self.account(), only, current).await? {
            let folder = folders.iter().find(|folder| folder.id == id);
            let result = match folder {
                Some(folder) => run(&self.context, session, pipeline, plan, folder, current == Some(id)).await,
                None => Err(SyncError::UidsVoid),
            };
            match result {
                Ok(()) => current = Some(id),
                Err(error) if error.ends_connection() => return Err(error),
                Err(error) => {
                    tracing::warn!(folder = id.0, code = error.fault().code.as_str(), "bodies of a folder failed");
                    plan.skip(id);
                    current = None;
                }
            }
        }
        Ok(())
    }
}

/// Fetches this body over the connection that the user feels, and stores it. Of a large one the beginning, and `true`: the
/// rest is to come over another.
pub(crate) async fn fetch_one(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    folder: &SyncFolder,
    wanted: BodyWanted,
) -> Result<bool, SyncError> {
    let plan = Plan::of(vec![wanted]);
    if plan.has(folder.id) {
        let pipeline = Pipeline::start(context, account, 1);
        let result = run(context, session, &pipeline, &plan, folder, false).await;
        pipeline.finish().await?;
        result?;
    }
    let Some(wanted) = plan.take_large().pop() else { return Ok(false) };
    let room = Room::beginning();
    let outcome = large::fetch(context, session, folder, &wanted, &mut Outlines::default(), &room).await?;
    Ok(matches!(outcome, Outcome::Enough | Outcome::MadeRoom))
}

/// Fetches what the plan has of one folder.
async fn run(
    context: &Context,
    session: &mut Session,
    pipeline: &Pipeline,
    plan: &Plan,
    folder: &SyncFolder,
    selected: bool,
) -> Result<(), SyncError> {
    if !selected {
        select(session, folder).await?;
    }
    let mut sink = pipeline.sink(plan, folder.id, &folder.path);
    let result = session.fetch_bodies(plan.feed(folder.id), &mut sink).await;
    if sink.broken {
        return Err(SyncError::Stopped);
    }
    for body in sink.unavailable {
        // A body that the server will not give is not asked for again in every pass.
        context.store.body_unavailable(body.message).await?;
    }
    Ok(result?)
}

/// Opens a folder, if its UIDs mean what they did.
async fn select(session: &mut Session, folder: &SyncFolder) -> Result<UidValidity, SyncError> {
    let selected = session.select(&folder.raw).await?;
    let validity = pass::validity(&selected);
    if Some(validity) == folder.cursor.uid_validity && !pass::is_another(&folder.mailbox_id, &selected) {
        Ok(validity)
    } else {
        // They mean other messages now; the next pass matches them anew.
        Err(SyncError::UidsVoid)
    }
}
