//! Logs to stderr, for those who ask by `POSTROOM_LOG`; without it nothing is logged.
//!
//! Libraries that write passwords into their logs stay silent whatever the user asks: lettre logs AUTH, async-imap
//! logs LOGIN. So do all that log by the `log` crate, because no bridge from it is installed.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::failure::Failure;

/// Crates that are never logged.
const SILENT: [&str; 3] = ["lettre", "async_imap", "imap_proto"];

/// Begins logging if `POSTROOM_LOG` says so.
pub(crate) fn start() -> Result<(), Failure> {
    let Some(wanted) = std::env::var_os("POSTROOM_LOG").filter(|wanted| !wanted.is_empty()) else {
        return Ok(());
    };
    let wanted = wanted.to_str().ok_or_else(|| Failure::LogFilter("not UTF-8".to_owned()))?;
    let filter = EnvFilter::try_new(wanted).map_err(|error| Failure::LogFilter(error.to_string()))?;
    let to_stderr = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // A filter of its own: within `filter` a longer target given by the user, such as lettre::transport, would win.
    let speaking = filter_fn(|metadata| !is_silent(metadata.target()));
    let subscriber = tracing_subscriber::registry().with(to_stderr).with(filter).with(speaking);
    // `set_global_default`, not `init`, which would bridge the `log` crate.
    tracing::subscriber::set_global_default(subscriber).map_err(|error| Failure::LogFilter(error.to_string()))
}

fn is_silent(target: &str) -> bool {
    let root = target.split("::").next().unwrap_or_default();
    SILENT.contains(&root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_that_log_passwords_are_silent() {
        assert!(is_silent("lettre"));
        assert!(is_silent("lettre::transport::smtp"));
        assert!(is_silent("async_imap::client"));
        assert!(!is_silent("postroom_sync"));
        assert!(!is_silent("lettres"));
    }
}
