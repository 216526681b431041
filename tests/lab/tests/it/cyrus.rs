//! The second server: what other crates' tests rely on, and in which it differs from the first.

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use postroom_lab::{Cyrus, CyrusOptions, ImapServer as _, LabUser, data};

use crate::ends::alive;
use crate::{root, talk_tls};

#[test]
fn logs_in_with_implicit_tls_and_with_starttls() {
    let cyrus = Cyrus::shared();
    let user = cyrus.user("tls");
    let dir = tempfile::tempdir().unwrap();
    let ca = dir.path().join("ca.pem");
    std::fs::write(&ca, cyrus.ca_pem()).unwrap();
    for server in [cyrus.imap_implicit(), cyrus.imap_starttls()] {
        let say = format!("a LOGIN {} {}\nb LOGOUT", user.user, user.password);
        let said = talk_tls(&server, "imap", &ca, &say, "b OK");
        assert!(said.contains("a OK"), "{server:?}: {said}");
        let said = talk_tls(&server, "imap", &ca, &format!("a LOGIN {} wrong\nb LOGOUT", user.user), "b OK");
        assert!(said.contains("a NO"), "{server:?}: {said}");
    }
    assert!(cyrus.add_user("dotted.name@example.test", "x").is_err());
}

#[test]
fn delivers_appends_flags_moves_and_expunges() {
    let cyrus = Cyrus::shared();
    let user = cyrus.user("deliver");
    cyrus.deliver(&user, b"Subject: one\n\n.dot\nlast\n").unwrap();
    cyrus.append(&user, "INBOX", b"Subject: two\r\n\r\ntext\r\n", "\\Seen $Todo").unwrap();
    cyrus.create_folder(&user, "客户/报价 & R").unwrap();
    cyrus.create_folder(&user, "客户/报价 & R").unwrap();
    let mut imap = cyrus.imap(&user);
    let folders = imap.folders();
    for name in ["INBOX", "Drafts", "Sent", "Archive", "Junk", "Trash", "客户/报价 & R"] {
        assert!(folders.iter().any(|folder| folder == name), "{name} is missing in {folders:?}");
    }
    assert!(imap.command("LIST \"\" * RETURN (SPECIAL-USE)").concat().to_lowercase().contains("\\sent"));
    let uids = imap.uids("INBOX");
    assert_eq!(uids.len(), 2);
    assert!(imap.message("INBOX", uids[0]).unwrap().ends_with("\r\n\r\n.dot\r\nlast\r\n"));
    assert_eq!(imap.flags("INBOX", uids[1]), ["$Todo", "\\Seen"]);
    imap.store("INBOX", uids[0], "+FLAGS (\\Flagged)");
    assert_eq!(imap.flags("INBOX", uids[0]), ["\\Flagged"]);
    imap.move_to("INBOX", uids[1], "Archive");
    imap.expunge("INBOX", uids[0]);
    assert_eq!(imap.uids("INBOX"), [0; 0]);
    assert_eq!(imap.uids("Archive").len(), 1);
    assert!(cyrus.deliver(&LabUser { email: "none@example.test".into(), ..user }, b"a: b\n\n").is_err());
}

#[test]
fn the_classic_one_has_its_folders_below_the_inbox() {
    let cyrus = Cyrus::start(CyrusOptions { classic: true, bare: true }).unwrap();
    let user = cyrus.user("classic");
    cyrus.create_folder(&user, "INBOX.工作.a").unwrap();
    assert!(cyrus.create_folder(&user, "Elsewhere").is_err());
    let mut imap = cyrus.imap(&user);
    assert_eq!(imap.folders(), ["INBOX", "INBOX.工作", "INBOX.工作.a"]);
    assert!(imap.command("NAMESPACE").concat().contains("((\"INBOX.\" \".\"))"));
}

#[test]
fn stopping_ends_it_and_a_restart_keeps_ports_and_mail() {
    let cyrus = Cyrus::start(CyrusOptions::default()).unwrap();
    let user = cyrus.user("stop");
    cyrus.deliver(&user, b"Subject: kept\n\ntext\n").unwrap();
    let mut open = cyrus.imap(&user);
    let (before, pid) = (cyrus.imap_plain(), cyrus.server_pid().unwrap());
    cyrus.stop_server();
    assert!(!alive(pid), "it is still there");
    assert!(TcpStream::connect(("127.0.0.1", before.port)).is_err());
    let said = open.try_command("NOOP");
    assert!(said.is_err(), "{said:?}");
    cyrus.restart_server().unwrap();
    assert_eq!(cyrus.imap_plain(), before);
    assert_eq!(cyrus.imap(&user).uids("INBOX").len(), 1);
    let pid = cyrus.server_pid().unwrap();
    let folder = std::fs::read_link(format!("/proc/{pid}/exe")).unwrap();
    assert!(folder.ends_with("bin/master"), "{}", folder.display());
    drop(cyrus);
    assert!(!alive(pid));
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

/// This program, copied with Cyrus to where the other user may go, runs one of its tests as that user.
#[test]
fn an_ordinary_user_can_start_it() {
    if !root() {
        // Then the other tests have shown it.
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let this = std::env::current_exe().unwrap();
    let cyrus = this.ancestors().map(|folder| folder.join("cyrus")).find(|folder| folder.is_dir()).unwrap();
    let copied = Command::new("cp").arg("-R").args([&this, &cyrus]).arg(dir.path()).status().unwrap();
    assert!(copied.success());
    let output = Command::new("setpriv")
        .args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"])
        .arg(dir.path().join(this.file_name().unwrap()))
        .args(["--exact", "cyrus::delivers_appends_flags_moves_and_expunges"])
        .current_dir("/")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// What it refuses is refused for a reason that a mail server may have: everything else it takes.
#[test]
fn takes_the_corpus_but_for_nul_and_broken_headers() {
    let cyrus = Cyrus::shared();
    let user = cyrus.user("corpus");
    let mut imap = cyrus.imap(&user);
    let mut refused = Vec::new();
    let files = data::mail_files();
    for file in &files {
        let mail = data::with_crlf(&std::fs::read(file).unwrap());
        if let Err(error) = imap.append("Archive", "", &mail) {
            refused.push(format!("{}: {error:#}", file.display()));
        }
    }
    let why = |error: &String| error.contains("invalid header") || error.contains("NUL characters");
    assert!(refused.iter().all(why) && refused.len() < files.len() / 20, "{refused:#?}");
    assert_eq!(imap.uids("Archive").len(), files.len() - refused.len());
}
