//! The log: a file a day in the profile, ids and numbers only.

use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Crates that would write credentials or names: off whatever `POSTROOM_LOG` asks for, their modules too.
const SILENT: [&str; 3] = ["lettre", "async_imap", "imap_proto"];

/// Starts the log. Dropping the guard writes what is left. Without a folder to write in there is no log: opening the
/// profile fails for the same reason and tells the user.
pub(crate) fn start(data_dir: &Path) -> Option<WorkerGuard> {
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("log")
        .max_log_files(14)
        .build(data_dir.join("logs"))
        .ok()?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let asked = std::env::var("POSTROOM_LOG").unwrap_or_else(|_| "info".to_owned());
    tracing_subscriber::registry()
        .with(EnvFilter::new(asked))
        .with(filter_fn(|metadata| !silent(metadata.target())))
        .with(tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false))
        .init();
    Some(guard)
}

fn silent(target: &str) -> bool {
    target.split("::").next().is_some_and(|krate| SILENT.contains(&krate))
}

#[cfg(test)]
mod tests {
    use super::silent;

    #[test]
    fn what_could_write_credentials_is_silent_to_the_last_module() {
        assert!(silent("lettre") && silent("lettre::transport::smtp::client") && silent("imap_proto::parser"));
        assert!(!silent("postroom_core") && !silent("lettre_like"));
    }
}
