//! The log: a file a day in the profile, ids and numbers only.

use std::path::Path;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Directive;

/// Targets of libraries that would write credentials or names: off whatever the user asks for.
const SILENT: [&str; 3] = ["lettre=off", "async_imap=off", "imap_proto=off"];

/// Starts the log. Dropping the guard writes what is left.
pub(crate) fn start(data_dir: &Path) -> tracing_appender::non_blocking::WorkerGuard {
    let (writer, guard) =
        tracing_appender::non_blocking(tracing_appender::rolling::daily(data_dir.join("logs"), "log"));
    let asked = std::env::var("POSTROOM_LOG").unwrap_or_else(|_| "info".to_owned());
    let filter = SILENT
        .iter()
        .filter_map(|directive| directive.parse::<Directive>().ok())
        .fold(EnvFilter::new(asked), EnvFilter::add_directive);
    tracing_subscriber::fmt().with_writer(writer).with_ansi(false).with_env_filter(filter).init();
    guard
}
