//! Bodies: fetched over one or two connections, newest first.

mod pipeline;
mod plan;

use postroom_imap::Session;
use postroom_store::{BodyWanted, SyncFolder};
use postroom_types::{AccountId, FolderId};

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

impl Engine {
    /// Fetches what is missing, newest first, over this connection and, if the server allows one more, a second.
    pub(crate) async fn bodies(&self, session: &mut Session, only: Option<FolderId>) -> Result<Fetched, SyncError> {
        let now = self.context.clock.now();
        self.context.store.offline_apply(self.account(), now).await?;
        let total = self.context.store.bodies_missing(self.account(), only, now).await?;
        if total == 0 {
            return Ok(Fetched::default());
        }
        let pipeline = Pipeline::start(&self.context, self.account(), total);
        let plan = Plan::new(now);
        let two = session.most_connections() > 2;
        let first = self.lane(session, &pipeline, &plan, only);
        let second = async {
            // The interactive connection is one, this the next.
            if total <= TWO_LANES || !two {
                return Ok(());
            }
            // Many servers allow few connections: the first does it alone then.
            let Ok(mut session) = self.login.connect().await else { return Ok(()) };
            let result = self.lane(&mut session, &pipeline, &plan, only).await;
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

/// Fetches these bodies of one folder over one connection and stores them.
pub(crate) async fn fetch_folder(
    context: &Context,
    session: &mut Session,
    account: AccountId,
    folder: &SyncFolder,
    wanted: Vec<BodyWanted>,
) -> Result<Fetched, SyncError> {
    let pipeline = Pipeline::start(context, account, u32::try_from(wanted.len()).unwrap_or(u32::MAX));
    let result = run(context, session, &pipeline, &Plan::of(wanted), folder, false).await;
    let fetched = pipeline.finish().await?;
    result.map(|()| fetched)
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
        let selected = session.select(&folder.raw).await?;
        if Some(pass::validity(&selected)) != folder.cursor.uid_validity {
            // The UIDs mean other messages now; the next pass matches them anew.
            return Err(SyncError::UidsVoid);
        }
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
