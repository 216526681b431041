//! Each large provider as it really answers: everything syncs completely, both ways, and where that is owed to a quirk that
//! we know, the same server in disguise shows what would happen without.

mod disguise;
mod gmail;
mod mailbox;
mod preview;
mod server;
mod table;
mod utf8;

use std::collections::{BTreeMap, BTreeSet};

use postroom_imap::{ConnectOptions, STALL, Session, connect};
use postroom_lab::LabUser;
use postroom_net::Trust;
use postroom_sync::{Context, Engine, Events, Login};
use postroom_types::{FlagChange, Flags, FolderRole, MessageId, Secret};
use tempfile::TempDir;
use tokio::task::JoinSet;

use self::server::Server;
use self::table::{Odd, Personality};
use crate::desk::{NOW, mail, profile};
use crate::hostile::moved;
use crate::rig::Open;

/// What nobody may re-encode: GBK without a declaration, lines without CR, and no Message-ID.
const RAW: &[u8] = b"From: bo@example.test\r\nSubject: \xb2\xe2\xca\xd4\r\n\r\n\xc4\xe3\xba\xc3\nlone\r\n\r\n";

struct Play {
    personality: Personality,
    server: Server,
    open: Open,
    context: Context,
    login: Login,
    events: Events,
    _dir: TempDir,
}

impl Play {
    async fn start(personality: &Personality) -> Self {
        let server = Self::server(personality);
        let user = user();
        let (context, login, dir) = profile(server.address(), &user, Trust::platform()).await;
        let events = context.events.clone();
        let open = Open { store: context.store.clone(), engine: Engine::new(context.clone(), login.clone()) };
        Self { personality: *personality, server, open, context, login, events, _dir: dir }
    }

    /// Another server that has the same mail, and is otherwise like this.
    fn turn_to(&mut self, personality: &Personality) {
        (self.personality, self.server) = (*personality, Self::server(personality));
        self.open.engine = Engine::new(self.context.clone(), moved(&self.login, self.server.address()));
    }

    /// A server with its mail.
    fn server(personality: &Personality) -> Server {
        let server = Server::start(personality);
        {
            let mut mailbox = server.mailbox();
            for number in 1..=personality.messages {
                // UIDs with holes, and one wide gap.
                let gap = if number == 3 { 3000 } else { 1 };
                mailbox.deliver("INBOX", mail(number).as_bytes(), gap);
            }
            mailbox.deliver("INBOX", RAW, 0);
            for (number, (folder, _, role)) in (901..).zip(personality.folders) {
                if *folder != "INBOX" && !role.to_ascii_lowercase().contains("noselect") {
                    mailbox.deliver(folder, mail(number).as_bytes(), 0);
                }
            }
            let second = mailbox.find("INBOX", "<2@example.test>").unwrap();
            mailbox.flag("INBOX", second, &["\\Seen", "\\Answered"], true);
        }
        server
    }

    /// A row of a folder, by its subject.
    async fn id(&self, path: &str, number: u32) -> MessageId {
        let subject = format!("Mail {number:03}");
        let rows = self.open.rows().await;
        let found = rows.iter().find(|(at, row)| at == path && row.subject == subject);
        found.unwrap_or_else(|| panic!("{}: {subject} is not in {path}", self.personality.name)).1.id
    }

    /// Every folder and message, its bytes and flags, as the server has it.
    fn theirs(&self) -> BTreeMap<(String, u32), (Vec<u8>, BTreeSet<String>)> {
        let mailbox = self.server.mailbox();
        let mut all = BTreeMap::new();
        for (name, path, _) in self.personality.folders {
            for uid in mailbox.folders[*name].places.keys() {
                let mail = mailbox.mail(name, *uid).unwrap();
                all.insert(((*path).to_owned(), *uid), (mail.raw.clone(), mail.flags.clone()));
            }
        }
        all
    }

    async fn ours(&self) -> BTreeMap<(String, u32), (Vec<u8>, BTreeSet<String>)> {
        let mut all = BTreeMap::new();
        for (path, row) in self.open.rows().await {
            let raw = self.open.store.raw(row.id).await.unwrap();
            let flags = row.flags.names().into_iter().map(str::to_owned).collect();
            all.insert((path, row.uid.unwrap().0), (raw, flags));
        }
        all
    }

    /// Here is what is there, byte for byte.
    async fn assert_same(&self, what: &str) {
        let name = self.personality.name;
        let (ours, theirs) = (self.ours().await, self.theirs());
        let keys = |all: &BTreeMap<(String, u32), _>| all.keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&ours), keys(&theirs), "{name}, {what}");
        for (at, (raw, flags)) in &theirs {
            assert!(ours[at].0 == *raw, "{name}, {what}: {at:?} is not the same");
            assert_eq!(&ours[at].1, flags, "{name}, {what}: {at:?}");
        }
        self.open.assert_settled(&format!("{name}, {what}")).await;
    }

    /// What somebody else does: a flag on, a flag off, a removal, two arrivals.
    fn elsewhere(&self) {
        let mut mailbox = self.server.mailbox();
        let uid = |mailbox: &mailbox::Mailbox, number: u32| {
            mailbox.find("INBOX", &format!("<{number}@example.test>")).unwrap()
        };
        let (second, third, fourth) = (uid(&mailbox, 2), uid(&mailbox, 3), uid(&mailbox, 4));
        mailbox.flag("INBOX", second, &["\\Answered"], false);
        mailbox.flag("INBOX", third, &["\\Seen"], true);
        mailbox.expunge("INBOX", fourth);
        mailbox.deliver("INBOX", mail(701).as_bytes(), 0);
        mailbox.deliver(self.personality.folders[1].0, mail(702).as_bytes(), 5);
    }

    /// What the user does, all before the next pass: a star and a mark for which there may be no room, a move and a flag on
    /// what was moved, a deletion.
    async fn at_home(&self) {
        let work = self.personality.folders[1].1;
        let (starred, moved, deleted) =
            (self.id("INBOX", 5).await, self.id("INBOX", 6).await, self.id("INBOX", 7).await);
        let store = &self.open.store;
        let change = FlagChange { add: Flags::FLAGGED | Flags::FORWARDED, remove: Flags::empty() };
        store.mark(vec![starred], change, NOW).await.unwrap();
        store.move_to(vec![moved], self.open.folder(work).await, NOW).await.unwrap();
        store.mark(vec![moved], FlagChange::flagged(true), NOW).await.unwrap();
        store.delete(vec![deleted], NOW).await.unwrap();
    }

    /// It arrived.
    fn assert_arrived(&self) {
        let (mailbox, name) = (self.server.mailbox(), self.personality.name);
        let (work, trash) = (self.personality.folders[1].0, self.personality.folders[2].0);
        let flags = |folder: &str, number: u32| {
            let uid = mailbox.find(folder, &format!("<{number}@example.test>"))?;
            Some(mailbox.mail(folder, uid).unwrap().flags.clone())
        };
        assert!(flags("INBOX", 5).unwrap().contains("\\Flagged"), "{name}: the star");
        let kept = flags("INBOX", 5).unwrap().contains("$Forwarded");
        assert_eq!(kept, !self.personality.odd.contains(&Odd::NoKeywords), "{name}: the keyword");
        assert!(flags(work, 6).is_some_and(|flags| flags.contains("\\Flagged")), "{name}: moved, then starred");
        assert!(flags(trash, 7).is_some(), "{name}: deleted");
        if self.personality.after.contains("UIDPLUS") || self.personality.after.contains("MOVE") {
            let left = [6, 7].map(|number| flags("INBOX", number));
            assert_eq!(left, [None, None], "{name}: no longer in the inbox: {:#?}", self.server.commands());
        }
    }

    /// What is deleted once more in the trash is gone; without UIDPLUS it stays there, marked.
    async fn for_good(&self) {
        let (_, path, _) = self.personality.folders[2];
        self.open.store.delete(vec![self.id(path, 7).await], NOW).await.unwrap();
        let report = self.open.sync(self.personality.name).await;
        assert_eq!(report.undone, [], "{}", self.personality.name);
        let mailbox = self.server.mailbox();
        let trash = self.personality.folders[2].0;
        let left = mailbox.find(trash, "<7@example.test>").map(|uid| mailbox.mail(trash, uid).unwrap().flags.clone());
        let marked = !self.personality.after.contains("UIDPLUS");
        assert_eq!(left.is_some_and(|flags| flags.contains("\\Deleted")), marked, "{}", self.personality.name);
    }

    async fn login(&self) -> Session {
        let user = user();
        let (server, password) = (self.server.address(), Secret::new(user.password));
        let (trust, user) = (Trust::platform(), &user.user);
        connect(&ConnectOptions { server: &server, trust: &trust, user, password: &password, stall: STALL })
            .await
            .unwrap()
    }

    /// A message that is put into a folder arrives there once, whether or not its UID is told, with the flags for which
    /// there is room.
    async fn sent(&self) {
        let (raw, path, _) = self.personality.folders[3];
        let (name, flags) = (self.personality.name, Flags::SEEN | Flags::FORWARDED);
        let id = self.open.put(self.open.folder(path).await, mail(703).as_bytes(), flags).await;
        let report = self.open.sync(name).await;
        assert_eq!(report.undone, [], "{name}");
        let row = self.open.store.message(id).await.unwrap().row;
        let mailbox = self.server.mailbox();
        let theirs = mailbox.find(raw, "<703@example.test>");
        let theirs = theirs.unwrap_or_else(|| panic!("{name}: {:#?}", self.server.commands()));
        let count = mailbox.folders[raw]
            .places
            .keys()
            .filter(|uid| mailbox.mail(raw, **uid).unwrap().raw == mail(703).as_bytes());
        assert_eq!((row.uid.map(|uid| uid.0), count.count()), (Some(theirs), 1), "{name}");
        let kept = mailbox.mail(raw, theirs).unwrap().flags.contains("$Forwarded");
        assert_eq!(kept, !self.personality.odd.contains(&Odd::NoKeywords), "{name}: the keyword");
    }

    fn assert_never(&self) {
        // Nowhere a bare EXPUNGE, nor FLAGS that take away what others set, nor a BODY that marks as read.
        for command in self.server.commands() {
            let command = command.to_uppercase();
            let bad = self.personality.never.iter().find(|word| command.contains(**word));
            assert_eq!(bad, None, "{}: {command}", self.personality.name);
            assert!(!matches!(command.as_str(), "EXPUNGE" | "CLOSE"), "{}: {command}", self.personality.name);
            let store = command.starts_with("UID STORE");
            let fetch = command.contains("BODY[") || command.contains("BODYSTRUCTURE");
            assert!(!fetch && (!store || command.contains("+FLAGS") || command.contains("-FLAGS")), "{command}");
        }
    }

    fn assert_refusals(&self) {
        let (refused, expected) = (self.server.refused(), self.personality.refusals);
        let name = self.personality.name;
        let foreseen = |line: &String| expected.iter().any(|begin| line.starts_with(begin));
        assert!(refused.iter().all(foreseen), "{name} refused {refused:#?}");
        assert!(
            expected.iter().all(|begin| refused.iter().any(|line| line.starts_with(begin))),
            "{name} never refused"
        );
    }
}

fn user() -> LabUser {
    LabUser { email: "ann@example.test".to_owned(), user: "ann".to_owned(), password: "secret".to_owned() }
}

fn personality(name: &str) -> &'static Personality {
    table::ALL.iter().find(|one| one.name == name).unwrap()
}

async fn check(personality: &'static Personality) {
    let play = Play::start(personality).await;
    let name = personality.name;
    play.open.sync(name).await;
    let trash = play.open.store.folders().await.unwrap().into_iter().find(|folder| folder.role == FolderRole::Trash);
    assert_eq!(trash.map(|folder| folder.path).as_deref(), Some(personality.folders[2].1), "{name}: the trash");
    play.assert_same("after the first sync").await;
    play.elsewhere();
    play.open.sync(name).await;
    play.assert_same("after changes elsewhere").await;
    play.at_home().await;
    let report = play.open.sync(name).await;
    assert_eq!(report.undone, [], "{name}");
    play.assert_arrived();
    play.assert_same("after changes here").await;
    play.for_good().await;
    play.assert_same("after a removal for good").await;
    play.sent().await;
    play.assert_same("after a message of our own").await;
    play.assert_refusals();
    play.assert_never();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_personality_syncs_completely() {
    let mut plays = JoinSet::new();
    for personality in table::ALL {
        plays.spawn(check(personality));
    }
    let mut failed = 0;
    while let Some(play) = plays.join_next().await {
        failed += u32::from(play.is_err());
    }
    assert_eq!(failed, 0, "each is told above");
}
