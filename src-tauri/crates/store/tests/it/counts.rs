//! Random acts of user and server: counts, shown flags and shown folders stay what the rows and the queue say.

use std::collections::BTreeSet;

use postroom_store::{Appended, FlagsFromServer, OperationTask};
use postroom_types::{FlagChange, Flags, FolderId, FolderRole, MessageId, OperationKind, Uid, UidValidity};
use proptest::prelude::*;

use crate::support::{NOW, Profile, header, new_append};

#[derive(Debug, Clone)]
enum Act {
    Insert(usize),
    Put(usize),
    Mark(usize, u32, u32),
    Move(usize, usize),
    Delete(usize),
    Archive(usize),
    ServerFlags(usize, u32),
    Vanish(usize),
    Sent(usize),
    Undo(usize),
    Done(usize, bool),
    Renumber(usize),
}

fn any_act() -> impl Strategy<Value = Act> {
    let (pick, folder) = (0..64_usize, 0..3_usize);
    prop_oneof![
        4 => folder.clone().prop_map(Act::Insert),
        2 => folder.clone().prop_map(Act::Put),
        4 => (pick.clone(), 0..16_u32, 0..16_u32).prop_map(|(m, a, r)| Act::Mark(m, a & !r, r)),
        4 => (pick.clone(), folder.clone()).prop_map(|(m, f)| Act::Move(m, f)),
        2 => pick.clone().prop_map(Act::Delete),
        1 => pick.clone().prop_map(Act::Archive),
        3 => (pick.clone(), 0..16_u32).prop_map(|(m, f)| Act::ServerFlags(m, f)),
        1 => pick.clone().prop_map(Act::Vanish),
        2 => pick.clone().prop_map(Act::Sent),
        2 => pick.clone().prop_map(Act::Undo),
        4 => (pick, any::<bool>()).prop_map(|(o, u)| Act::Done(o, u)),
        1 => folder.prop_map(Act::Renumber),
    ]
}

struct World {
    profile: Profile,
    folders: [FolderId; 3],
    uids: u32,
}

impl World {
    async fn new() -> Self {
        let profile = Profile::with(&[("Trash", FolderRole::Trash)]).await;
        let folders = [profile.inbox, profile.work, profile.folder("Trash").await];
        Self { profile, folders, uids: 0 }
    }

    fn uid(&mut self) -> u32 {
        self.uids += 1;
        self.uids
    }

    /// The nth message, hidden ones included, with where the server has it.
    async fn message(&self, number: usize) -> Option<(MessageId, FolderId, Option<Uid>)> {
        let all: Vec<(i64, i64, Option<u32>)> = self
            .profile
            .store
            .read(|read| {
                let mut statement = read.prepare("SELECT id, server_folder_id, uid FROM message ORDER BY id")?;
                let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .await
            .unwrap();
        let (id, folder, uid) = *all.get(number % all.len().max(1))?;
        Some((MessageId(id), FolderId(folder), uid.map(Uid)))
    }

    /// An operation that the queue could run now: the first of its message.
    async fn task(&self, number: usize) -> Option<OperationTask> {
        let mut tasks = self.profile.store.operations_next(self.profile.account, 1000, NOW).await.unwrap();
        let mut seen = BTreeSet::new();
        tasks.retain(|task| seen.insert(task.operation.message));
        tasks.get(number % tasks.len().max(1)).cloned()
    }

    async fn act(&mut self, act: Act) {
        let store = self.profile.store.clone();
        match act {
            Act::Insert(folder) => {
                let uid = self.uid();
                self.profile.put(self.folders[folder], vec![header(uid)]).await;
            }
            Act::Put(folder) => {
                store.append_queue(new_append(self.folders[folder], b"Subject: x\r\n\r\ny\r\n"), NOW).await.unwrap();
            }
            Act::Mark(number, add, remove) => {
                let Some((id, ..)) = self.message(number).await else { return };
                let (add, remove) = (Flags::from_bits_truncate(add), Flags::from_bits_truncate(remove));
                // A hidden message is refused; the invariants hold either way.
                store.mark(vec![id], FlagChange { add, remove }, NOW).await.ok();
            }
            Act::Move(number, folder) => {
                let Some((id, ..)) = self.message(number).await else { return };
                store.move_to(vec![id], self.folders[folder], NOW).await.ok();
            }
            Act::Delete(number) => {
                let Some((id, ..)) = self.message(number).await else { return };
                store.delete(vec![id], NOW).await.ok();
            }
            Act::Archive(number) => {
                let Some((id, ..)) = self.message(number).await else { return };
                store.archive(vec![id], NOW).await.ok();
            }
            Act::ServerFlags(number, flags) => {
                let Some((_, folder, Some(uid))) = self.message(number).await else { return };
                let flags = vec![FlagsFromServer { uid, flags: Flags::from_bits_truncate(flags) }];
                store.flags_store(folder, flags, None).await.unwrap();
            }
            Act::Vanish(number) => {
                let Some((_, folder, Some(uid))) = self.message(number).await else { return };
                store.messages_vanished(folder, vec![uid]).await.unwrap();
            }
            Act::Sent(number) => {
                let Some(task) = self.task(number).await else { return };
                store.operations_begin(&[task]).await.unwrap();
            }
            Act::Undo(number) => {
                let Some(task) = self.task(number).await else { return };
                store.operation_undone(&task).await.unwrap();
            }
            Act::Done(number, with_uid) => {
                let Some(task) = self.task(number).await else { return };
                self.done(task, with_uid).await;
            }
            Act::Renumber(folder) => {
                store.folder_uids_void(self.folders[folder], UidValidity(self.uids + 2)).await.unwrap();
                store.folder_unmatched_drop(self.folders[folder]).await.unwrap();
            }
        }
    }

    async fn done(&mut self, task: OperationTask, with_uid: bool) {
        let (operation, store) = (task.operation, self.profile.store.clone());
        match operation.kind {
            OperationKind::Flags => {
                let change = FlagChange { add: operation.add, remove: operation.remove };
                store.flags_done(vec![(operation.id, operation.message, change)]).await.unwrap();
            }
            OperationKind::Move => {
                let uid = with_uid.then(|| Uid(self.uid()));
                let target = operation.target.unwrap();
                store.moves_done(target, vec![(operation.id, operation.message, uid)]).await.unwrap();
            }
            OperationKind::Expunge => store.messages_gone(vec![operation.message]).await.unwrap(),
            OperationKind::Append => {
                let uid = Uid(self.uid());
                if with_uid {
                    // A pass was faster.
                    self.profile.put(task.at.folder, vec![header(uid.0)]).await;
                }
                let (id, message) = (operation.id, operation.message);
                let done = Appended { operation: id, message, uid, flags: None, size: 17, rewritten: None };
                store.append_done(task.at.folder, done).await.unwrap();
            }
        }
    }

    /// What must hold between any two acts.
    async fn check(&self) {
        let profile = &self.profile;
        let wrong_counts = "SELECT count(*) FROM folder AS f WHERE
            message_count <> (SELECT count(*) FROM message WHERE folder_id = f.id AND hidden = 0)
            OR unread_count <> (SELECT count(*) FROM message WHERE folder_id = f.id AND hidden = 0 AND flags & 1 = 0)";
        assert_eq!(profile.number(wrong_counts).await, 0, "counts");
        let wrong_place = "SELECT count(*) FROM message AS m WHERE folder_id <> coalesce(
            (SELECT target_folder_id FROM operation WHERE message_id = m.id AND kind = 'move' ORDER BY id DESC LIMIT 1),
            server_folder_id)";
        assert_eq!(profile.number(wrong_place).await, 0, "a message is shown where its last move leads");
        let wrong_hidden = "SELECT count(*) FROM message AS m
            WHERE hidden <> EXISTS (SELECT 1 FROM operation WHERE message_id = m.id AND kind = 'expunge')";
        assert_eq!(profile.number(wrong_hidden).await, 0, "hidden is what is queued for removal");
        let twice = "SELECT count(*) FROM (SELECT 1 FROM operation WHERE state = 'queued'
            GROUP BY message_id, kind HAVING count(*) > 1)";
        assert_eq!(profile.number(twice).await, 0, "unsent operations of a message are merged");
        self.check_flags().await;
    }

    async fn check_flags(&self) {
        let pending = self.profile.store.pending().await.unwrap();
        let rows: Vec<(i64, u32, u32)> = self
            .profile
            .store
            .read(|read| {
                let mut statement = read.prepare("SELECT id, server_flags, flags FROM message")?;
                let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .await
            .unwrap();
        for (id, server, shown) in rows {
            let queued = pending.iter().filter(|o| o.message.0 == id && o.kind == OperationKind::Flags);
            let wanted = queued.fold(Flags::from_bits_truncate(server), |flags, operation| {
                FlagChange { add: operation.add, remove: operation.remove }.apply(flags)
            });
            assert_eq!(Flags::from_bits_truncate(shown), wanted, "shown flags of message {id}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn counts_and_what_is_shown_agree_after_any_acts(acts in prop::collection::vec(any_act(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for act in acts {
                world.act(act).await;
                world.check().await;
            }
        });
    }
}
