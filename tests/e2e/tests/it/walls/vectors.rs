//! The vectors of `tests/data/html`, each in a mail of its own.

use std::path::Path;

use serde_json::Value;

use super::ears::{DOMAIN, Ears};

/// One attack.
#[derive(Debug, Clone)]
pub(crate) struct Vector {
    pub(crate) id: u32,
    pub(crate) class: String,
    /// With its addresses and its script filled in; one character a byte where `charset` says which.
    pub(crate) html: String,
    charset: Option<String>,
    wide: bool,
    /// Its script ran only if it got at what belongs to the app.
    pub(crate) breach: bool,
}

/// What a vector's script does: it says its number to the app's page. No quotes, for it stands inside of any.
fn run(id: u32) -> String {
    format!("top.postMessage({id},String.fromCharCode(42))")
}

/// All vectors, filled in.
pub(crate) fn vectors(ears: &Ears) -> anyhow::Result<Vec<Vector>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/html");
    let own: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(data.join("vectors.json"))?)?;
    let mut all = Vec::new();
    for value in own {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let flag = |name: &str| value.get(name).and_then(Value::as_bool).unwrap_or_default();
        let id = value.get("id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok()).unwrap_or_default();
        let html = text("html").unwrap_or_default();
        let filled = html
            .replace("{{run}}", &run(id))
            .replace("{{url}}", &format!("http://{}/v/{id}", ears.host))
            .replace("{{host}}", &ears.host)
            .replace("{{udp}}", &ears.udp)
            .replace("{{name}}", &format!("v{id}{DOMAIN}"))
            .replace("{{id}}", &id.to_string());
        all.push(Vector {
            id,
            class: text("class").unwrap_or_default(),
            html: filled,
            charset: text("charset"),
            wide: flag("wide"),
            breach: flag("breach"),
        });
    }
    let sheet = std::fs::read_to_string(data.join("h5sc/vectors.txt"))?;
    for (vector, id) in sheet.split("//[\"'`-->]]>]</div>").zip(1..) {
        let html = cheat(vector, id, ears);
        all.push(Vector { id, class: "h5sc".to_owned(), html, charset: None, wide: false, breach: false });
    }
    Ok(all)
}

/// A vector of the cheatsheet, with our script in the place of its alerts and our address in that of its servers.
fn cheat(vector: &str, id: u32, ears: &Ears) -> String {
    let mut html = String::new();
    let mut rest = vector;
    while let Some((before, after)) = rest.split_once("alert(") {
        html.push_str(before);
        let end = after.find(')').filter(|&end| !after.get(..end).unwrap_or_default().contains(['(', '<', '"', '\'']));
        if let Some(end) = end {
            html.push_str(&run(id));
            rest = after.get(end + 1..).unwrap_or_default();
        } else {
            html.push_str("alert(");
            rest = after;
        }
    }
    html.push_str(rest);
    for host in [
        "html5sec.org",
        "www.example.org",
        "example.org",
        "example.com",
        "foo.bar",
        "google.com",
        "attacker.org",
        "foo.f",
    ] {
        html = html.replace(&format!("//{host}"), &format!("//{}/v/{id}", ears.host));
    }
    html
}

impl Vector {
    /// The vector in a mail. Its subject names it.
    pub(crate) fn mail(&self) -> Vec<u8> {
        let charset = self.charset.as_deref().unwrap_or("utf-8");
        let body: Vec<u8> = match (&self.charset, self.wide) {
            (None, _) => self.html.clone().into_bytes(),
            (Some(_), false) => self.html.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
            (Some(name), true) => {
                let mark = if name == "utf-16" { vec![0xfe, 0xff] } else { Vec::new() };
                let units = self.html.encode_utf16();
                mark.into_iter()
                    .chain(units.flat_map(
                        |unit| {
                            if name == "utf-16le" { unit.to_le_bytes() } else { unit.to_be_bytes() }
                        },
                    ))
                    .collect()
            }
        };
        let mut hex = String::new();
        for line in body.chunks(24) {
            for byte in line {
                let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default().to_ascii_uppercase();
                hex.extend(['=', digit(byte >> 4), digit(byte & 15)]);
            }
            hex.push_str("=\r\n");
        }
        format!(
            "From: Evil <evil@example.org>\r\nTo: alice@example.test\r\nSubject: vector {}\r\n\
             Message-ID: <vector-{}@example.org>\r\nDate: Mon, 23 Nov 2026 13:00:00 +0800\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/html; charset=\"{charset}\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{hex}\r\n",
            self.id, self.id
        )
        .into_bytes()
    }
}
