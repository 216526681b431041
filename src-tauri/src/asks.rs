//! What the system asks of the app by its command line: a `mailto:` link to write to, a message file to look at. Kept until
//! the page takes it.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use specta::Type;
use url::{Url, form_urlencoded};

use crate::instance::Asked;

/// More that nobody took is forgotten, the oldest first.
const MOST: usize = 16;

/// One thing that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub(crate) enum Ask {
    /// A message is to be written (RFC 6068).
    Write(Mailto),
    /// A file with a message is to be shown.
    Open {
        /// Its absolute path.
        path: String,
    },
}

/// What a `mailto:` link fills in. Headers that no composer should take from a stranger's link are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
pub(crate) struct Mailto {
    to: Vec<String>,
    cc: Vec<String>,
    bcc: Vec<String>,
    subject: String,
    body: String,
}

/// What was asked for and not yet taken.
#[derive(Debug, Default)]
pub(crate) struct Asks(Mutex<Vec<Ask>>);

impl Asks {
    /// Keeps what a start was asked for.
    pub(crate) fn keep(&self, asked: &Asked) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(asked.links.iter().filter_map(|link| read(link, &asked.directory)));
        let surplus = kept.len().saturating_sub(MOST);
        kept.drain(..surplus);
    }

    /// Gives all of it away.
    pub(crate) fn take(&self) -> Vec<Ask> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What an argument asks for; `None`: nothing that is known here.
fn read(link: &str, directory: &Path) -> Option<Ask> {
    if let Ok(url) = Url::parse(link)
        && url.scheme() == "mailto"
    {
        return Some(Ask::Write(mailto(&url)));
    }
    let path = directory.join(link);
    let message = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("eml"));
    (message && path.is_absolute()).then(|| Ask::Open { path: path.display().to_string() })
}

fn mailto(url: &Url) -> Mailto {
    let mut mailto = Mailto { to: addresses(&decoded(url.path())), ..Mailto::default() };
    // A plus is a plus here, unlike in a web form.
    let query = url.query().unwrap_or_default().replace('+', "%2B");
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.to_ascii_lowercase().as_str() {
            "to" => mailto.to.extend(addresses(&value)),
            "cc" => mailto.cc.extend(addresses(&value)),
            "bcc" => mailto.bcc.extend(addresses(&value)),
            "subject" => mailto.subject = postroom_types::clean_text(&value),
            "body" => mailto.body = value.replace("\r\n", "\n"),
            _ => {}
        }
    }
    mailto
}

fn decoded(path: &str) -> String {
    let field = format!("to={}", path.replace('+', "%2B").replace('&', "%26"));
    form_urlencoded::parse(field.as_bytes()).map(|(_, value)| value.into_owned()).collect()
}

fn addresses(list: &str) -> Vec<String> {
    let each = list.split(',').map(|address| postroom_types::clean_text(address).trim().to_owned());
    each.filter(|address| !address.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(link: &str) -> Option<Ask> {
        read(link, Path::new("/mail"))
    }

    #[test]
    fn a_mailto_link_is_read_as_its_rfc_says() {
        let link = "mailto:zhang@example.test,%22a%26b%22@example.test?cc=b+c@example.test&Subject=%E4%BA%A4%E8%B4%A7%20now\
                    &body=one%0D%0Atwo&attach=/etc/passwd&to=d@example.test";
        let expected = Mailto {
            to: ["zhang@example.test", "\"a&b\"@example.test", "d@example.test"].map(str::to_owned).into(),
            cc: vec!["b+c@example.test".to_owned()],
            bcc: Vec::new(),
            subject: "交货 now".to_owned(),
            body: "one\ntwo".to_owned(),
        };
        assert_eq!(of(link), Some(Ask::Write(expected)));
        assert_eq!(of("MAILTO:"), Some(Ask::Write(Mailto::default())));
    }

    #[test]
    fn no_line_break_gets_into_a_header() {
        let Some(Ask::Write(mailto)) = of("mailto:a@example.test%0D%0ABcc:x@example.test?subject=a%0Ab") else {
            panic!("not read")
        };
        assert!(!mailto.subject.contains('\n') && mailto.to.iter().all(|to| !to.contains(['\r', '\n'])), "{mailto:?}");
    }

    #[test]
    fn a_message_file_is_named_from_where_the_start_was() {
        let open = |path: &str| Some(Ask::Open { path: path.to_owned() });
        assert_eq!(of("offer.EML"), open("/mail/offer.EML"));
        assert_eq!(of("/other/a.eml"), open("/other/a.eml"));
        for other in ["https://example.test/a", "notes.txt", "", "--flag"] {
            assert_eq!(of(other), None, "{other:?}");
        }
    }

    #[test]
    fn what_nobody_takes_is_bounded() {
        let asks = Asks::default();
        let links = (0..40).map(|number| format!("mailto:{number}@example.test")).collect();
        asks.keep(&Asked { links, ..Asked::default() });
        let kept = asks.take();
        assert_eq!(kept.len(), MOST);
        assert!(matches!(kept.last(), Some(Ask::Write(last)) if last.to == ["39@example.test"]));
        assert!(asks.take().is_empty());
    }
}
