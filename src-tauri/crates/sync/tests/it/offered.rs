//! What a server may offer beyond the usual: quotas, numbers of folders, names without a folder, a namespace.

use postroom_lab::{Cyrus, ImapServer, Lab, Proxy};
use postroom_net::Trust;
use postroom_sync::{Bodies, Engine, FolderLedger, PassRequest, VerifyRequest};
use postroom_types::{FlagChange, Flags};

use crate::desk::{Desk, NOW, mail, names};
use crate::hostile::{moved, server};
use crate::rig::Open;

const HEADERS: PassRequest = PassRequest { folder: None, bodies: Bodies::None };

#[tokio::test(flavor = "multi_thread")]
async fn what_an_account_may_use_is_asked_now_and_then_and_costs_no_turn() {
    let lab = Lab::shared();
    let proxy = Proxy::start(&lab.imap_plain()).unwrap();
    let desk = Desk::at(lab, proxy.address(), Trust::platform(), lab.user("quota")).await;
    desk.append("INBOX", 1..=3);
    desk.sync().await;
    let turns = async |engine: &Engine| {
        let before = proxy.traffic().turns;
        engine.sync(&HEADERS).await.unwrap();
        proxy.traffic().turns - before
    };
    let quotas = desk.store.quotas().await.unwrap();
    assert_eq!(quotas.len(), 1);
    assert_eq!((quotas[0].account, quotas[0].limit_bytes), (desk.account, 2 << 30));
    desk.append("INBOX", 4..=40);
    turns(&desk.engine).await;
    turns(&desk.engine).await;
    assert_eq!(desk.store.quotas().await.unwrap(), quotas, "not asked again within the hour");
    let later = desk.later(2).await;
    assert!(turns(&later).await <= 4, "asked along with the list");
    assert!(desk.store.quotas().await.unwrap()[0].used_bytes > quotas[0].used_bytes);
    // A server without is not asked.
    let cyrus =
        Desk::at(Cyrus::shared(), Cyrus::shared().imap_plain(), Trust::platform(), Cyrus::shared().user("q")).await;
    cyrus.sync().await;
    assert_eq!(cyrus.store.quotas().await.unwrap(), []);
}

async fn assert_clean<S: ImapServer>(desk: &Desk<S>) {
    let ledgers = desk.engine.verify(&VerifyRequest { folder: None, deep: true }).await.unwrap();
    assert!(ledgers.iter().all(FolderLedger::is_clean), "{ledgers:?}");
}

/// Cyrus takes the second of its making for a folder's UIDVALIDITY: two made in one second look alike but for their numbers.
#[tokio::test(flavor = "multi_thread")]
async fn folders_made_in_one_second_that_swap_names_are_told_apart_by_their_numbers() {
    let cyrus = Cyrus::shared();
    let desk = Desk::at(cyrus, cyrus.imap_plain(), Trust::platform(), cyrus.user("twins")).await;
    let mut server = desk.server();
    let validity = |lines: Vec<String>| {
        lines
            .iter()
            .find_map(|line| line.split_once("UIDVALIDITY ")?.1.split([')', ']']).next().map(str::to_owned))
            .unwrap()
    };
    // Until both are made in the same second.
    let mut made = 0;
    let (a, b) = loop {
        made += 1;
        let (a, b) = (format!("A{made}"), format!("B{made}"));
        server.command(&format!("CREATE {a}"));
        server.command(&format!("CREATE {b}"));
        let [first, second] = [&a, &b].map(|name| validity(server.command(&format!("STATUS {name} (UIDVALIDITY)"))));
        if first == second {
            break (a, b);
        }
    };
    for number in 1..=2 {
        desk.append(&a, number..=number);
        desk.append(&b, number + 10..=number + 10);
    }
    desk.sync().await;
    let (first, second) = (desk.id(&a, "Mail 001").await, desk.id(&b, "Mail 011").await);
    // Waiting for the server meanwhile: a star on a message of each.
    desk.store.mark(vec![first, second], FlagChange::flagged(true), NOW).await.unwrap();
    for (from, to) in [(a.as_str(), "aside"), (b.as_str(), a.as_str()), ("aside", b.as_str())] {
        server.command(&format!("RENAME {from} {to}"));
    }
    let report = desk.sync().await;
    assert_eq!((report.undone.as_slice(), report.bodies), (&[][..], 0), "nothing is lost, nothing fetched anew");
    assert_eq!((desk.subjects(&b).await, desk.subjects(&a).await), (names(1..=2), names(11..=12)));
    assert_eq!((desk.id(&b, "Mail 001").await, desk.id(&a, "Mail 011").await), (first, second));
    assert_clean(&desk).await;
    desk.assert_nothing_queued().await;
    // Each star is on the message that it was set on, there and here.
    for (folder, number, star) in [(&b, 1, true), (&b, 2, false), (&a, 11, true), (&a, 12, false)] {
        let row = desk.rows(folder).await.into_iter().find(|row| row.subject == names(number..=number)[0]).unwrap();
        let flags = if star { vec!["\\Flagged".to_owned()] } else { Vec::new() };
        assert_eq!(desk.server().flags(folder, row.uid.unwrap().0), flags, "{number}");
        assert_eq!(row.flags.contains(Flags::FLAGGED), star, "{number}");
        assert_eq!(desk.store.raw(row.id).await.unwrap(), mail(number).as_bytes());
    }
    let again = desk.sync().await;
    assert!(again.folders.iter().all(|one| (one.new, one.removed, one.flags_changed) == (0, 0, 0)), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_folder_that_is_listed_for_its_children_is_a_name_and_no_failure() {
    let desk = Desk::new("hollow").await;
    let mut server = desk.server();
    server.command("CREATE Parent");
    server.command("CREATE Parent/Child");
    desk.append("Parent", 1..=1);
    desk.append("Parent/Child", 2..=2);
    desk.sync().await;
    server.command("DELETE Parent");
    for _ in 0..3 {
        // No folder fails.
        desk.sync().await;
    }
    assert_eq!(desk.subjects("Parent/Child").await, names(2..=2));
    assert_clean(&desk).await;
    // Made anew, it is a folder again.
    server.command("CREATE Parent");
    desk.append("Parent", 3..=3);
    desk.sync().await;
    assert!(desk.folder("Parent").await.selectable);
    assert_eq!(desk.subjects("Parent").await, names(3..=3));
    assert_clean(&desk).await;
}

/// Dovecot 2.3 itself says `\Noselect` of such a parent in some set-ups; older ones, and Cyrus, list it like any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_listed_and_not_there_is_tried_once_until_it_is_counted() {
    let desk = Desk::new("nowhere").await;
    desk.sync().await;
    let server = server(
        "LIST-EXTENDED LIST-STATUS",
        &[
            (
                "list",
                "* LIST () \"/\" INBOX\r\n* LIST (\\HasChildren) \"/\" Parent\r\n* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1)\r\n\
                 $TAG OK\r\n",
            ),
            ("namespace", "$TAG BAD\r\n"),
            ("select \"parent\"", "$TAG NO [NONEXISTENT] no such folder\r\n"),
            ("select", "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 1] x\r\n$TAG OK\r\n"),
            ("search", "* SEARCH\r\n$TAG OK\r\n"),
            ("fetch", "$TAG OK\r\n"),
        ],
    );
    let engine = Engine::new(desk.context.clone(), moved(&desk.login().await, server.address()));
    for _ in 0..3 {
        let report = engine.sync(&HEADERS).await.unwrap();
        assert!(report.folders.iter().all(|folder| folder.error.is_none()), "{report:?}");
    }
    let tried = server.received().iter().filter(|line| line.to_ascii_lowercase().contains("select \"parent\"")).count();
    assert_eq!(tried, 1);
    assert!(!desk.folder("Parent").await.selectable);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_new_folders_go_is_asked_along_with_the_list() {
    let lab = Box::leak(Box::new(
        Lab::start(postroom_lab::LabOptions {
            namespace: Some(postroom_lab::Namespace::below_the_inbox()),
            ..Default::default()
        })
        .unwrap(),
    ));
    let proxy = Proxy::start(&lab.imap_plain()).unwrap();
    let desk: Desk = Desk::at(lab, proxy.address(), Trust::platform(), lab.user("below")).await;
    desk.append("INBOX", 1..=1);
    desk.sync().await;
    desk.sync().await;
    let before = proxy.traffic().turns;
    desk.engine.sync(&HEADERS).await.unwrap();
    let turns = proxy.traffic().turns - before;
    assert!(turns <= 4, "{turns} turns");
    let open = Open { store: desk.store.clone(), engine: desk.engine.clone() };
    desk.store.archive(vec![desk.id("INBOX", "Mail 001").await], NOW).await.unwrap();
    open.sync("archived").await;
    assert_eq!(desk.server().uids("INBOX.Archive").len(), 1);
}
