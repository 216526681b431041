//! Which addresses only tell who reads: the list of known ones. It loads nothing and knows no reader.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Each entry is explained at the list's head.
const LIST: &str = include_str!("trackers/list.txt");

#[derive(Debug, Default)]
struct Known {
    /// Beginnings of paths by host; an empty one is the whole host.
    hosts: HashMap<&'static str, Vec<&'static str>>,
    /// Pieces of paths on any host.
    anywhere: Vec<&'static str>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut known = Known::default();
    for line in LIST.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (host, path) = line.find('/').map_or((line, ""), |at| line.split_at(at));
        if host == "*" {
            known.anywhere.push(path);
        } else {
            known.hosts.entry(host).or_default().push(path);
        }
    }
    known
});

/// Whether an address (`http:` or `https:`) is one of a host or a path that counts readers.
pub(crate) fn is_tracker_host(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    let Some((_, rest)) = lower.split_once("://") else { return false };
    let (authority, path) = rest.find(['/', '?', '#']).map_or((rest, ""), |at| rest.split_at(at));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().trim_end_matches('.');
    let mut levels = Some(host);
    while let Some(name) = levels {
        if KNOWN.hosts.get(name).is_some_and(|paths| paths.iter().any(|start| path.starts_with(start))) {
            return true;
        }
        levels = name.split_once('.').map(|(_, above)| above);
    }
    KNOWN.anywhere.iter().any(|piece| path.contains(piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_well_formed() {
        assert!(KNOWN.hosts.len() > 150 && KNOWN.anywhere.len() > 20);
        for line in LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (host, path) = line.split_once('/').unwrap_or((line, "all"));
            assert!(host == "*" || host.contains('.') && !host.contains([' ', '*', ':']), "{line}");
            assert!(!path.is_empty() && line == line.to_lowercase() && line == line.trim(), "{line}");
            assert!(is_tracker_host(&format!("https://{}", line.replace('*', "any.example"))), "{line}");
        }
    }

    #[test]
    fn trackers_are_known_by_host_and_path() {
        for tracker in [
            "https://mailtrack.io/trace/mail/x.png",
            "https://A.B.mailtrack.io:443/x",
            "https://u1.ct.sendgrid.net/wf/open?upn=x",
            "https://example.list-manage.com/track/open.php?u=1",
            "http://user@awstrack.me./I0/x",
            "https://any.example/wf/open?upn=1",
            "https://news.example/track/open.php?x",
        ] {
            assert!(is_tracker_host(tracker), "{tracker}");
        }
        for other in [
            "https://notmailtrack.io/x.png",
            "https://mailtrack.io.example/x.png",
            "https://example.com/mailtrack.io/x.png",
            "https://sendgrid.net/logo.png",
            "https://gallery.mailchimp.com/x/images/logo.png",
            "https://example.com/?next=mailtrack.io",
            "cid:mailtrack.io",
            "",
        ] {
            assert!(!is_tracker_host(other), "{other}");
        }
    }
}
