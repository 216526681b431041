//! Temporary: the outside corpus.
use crate::ctl::with_account;
#[test]
fn outside() {
    let ctl = with_account();
    let files = crate::ctl::files(std::path::Path::new(&std::env::var("CORPUS").unwrap()));
    let mut n = 0;
    let mut bad = 0;
    for f in &files {
        let b = std::fs::read(f).unwrap();
        match ctl.lab.append(&ctl.user, "INBOX", &b, "") {
            Ok(()) => n += 1,
            Err(e) => {
                bad += 1;
                eprintln!("NOT APPENDED {} {e:#}", f.display())
            }
        }
    }
    eprintln!("appended {n} bad {bad}");
    let t = std::time::Instant::now();
    let r = ctl.sync();
    eprintln!("sync {:?} {} {}", t.elapsed(), r["messages"], r["bytes"]);
    let rows = ctl.list("INBOX");
    assert_eq!(rows.len(), n);
    let mut fails = 0;
    for row in &rows {
        let id = row["id"].to_string();
        let run = ctl.run(&["show", &id, "--json"]);
        if run.code != Some(0) {
            fails += 1;
            eprintln!("FAIL {id} {:?} {}", run.code, run.stderr);
        }
    }
    eprintln!("shown {} fails {fails} status {}", rows.len(), ctl.json(&["status"]));
}
#[test]
fn bulk() {
    let ctl = with_account();
    ctl.lab.fill_bulk(&ctl.user, "INBOX", 20000, 4000).unwrap();
    let t = std::time::Instant::now();
    let r = ctl.sync();
    eprintln!("sync {:?} {} {}", t.elapsed(), r["messages"], r["bytes"]);
    let t = std::time::Instant::now();
    ctl.json(&["list", "--folder", "INBOX"]);
    eprintln!("list 50 {:?}", t.elapsed());
    let t = std::time::Instant::now();
    ctl.list("INBOX");
    eprintln!("list all {:?}", t.elapsed());
    let t = std::time::Instant::now();
    ctl.json(&["search", "invoice 报价"]);
    eprintln!("search {:?}", t.elapsed());
    let t = std::time::Instant::now();
    let r = ctl.sync();
    eprintln!("sync again {:?} {} {}", t.elapsed(), r["messages"], r["bytes"]);
    eprintln!("{}", ctl.json(&["status"]));
}
