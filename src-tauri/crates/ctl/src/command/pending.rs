//! `postroomctl pending`: what the user did and the server has yet to hear of.

use std::collections::BTreeMap;

use clap::Args;
use postroom_types::{AccountId, Flags, MessageId, Operation, OperationId, OperationKind, OperationState};
use serde::Serialize;

use crate::failure::Failure;
use crate::profile::Profile;
use crate::row::Paths;
use crate::terminal;

/// List the changes that wait for the server, in the order in which it will hear of them
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postroomctl pending")]
pub(crate) struct Pending {}

/// The queue as JSON.
#[derive(Debug, Serialize)]
struct Document {
    operations: Vec<Queued>,
}

/// A queued change as JSON.
#[derive(Debug, Serialize)]
struct Queued {
    id: OperationId,
    /// The account's address.
    account: String,
    /// The message's id.
    message: MessageId,
    kind: OperationKind,
    add: Flags,
    remove: Flags,
    /// The path of the folder that it goes to.
    to: Option<String>,
    state: OperationState,
    /// UTC, RFC 3339.
    created: String,
    attempts: u32,
}

impl Pending {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let document = profile
            .with(async |postroom| {
                let accounts: BTreeMap<AccountId, String> =
                    postroom.accounts().await?.into_iter().map(|account| (account.id, account.email)).collect();
                let paths = Paths::load(postroom).await?;
                let operations = postroom.pending().await?;
                let operations = operations.iter().map(|operation| queued(operation, &accounts, &paths));
                Ok(Document { operations: operations.collect() })
            })
            .await?;
        profile.output.print(&document, |out| {
            for operation in &document.operations {
                writeln!(
                    out,
                    "{:>7}  {}  {}  message {}  {}",
                    operation.id.0,
                    terminal::fit(&operation.account, 28),
                    operation.created,
                    operation.message,
                    what(operation),
                )?;
            }
            Ok(())
        })
    }
}

fn queued(operation: &Operation, accounts: &BTreeMap<AccountId, String>, paths: &Paths) -> Queued {
    Queued {
        id: operation.id,
        account: accounts.get(&operation.account).cloned().unwrap_or_default(),
        message: operation.message,
        kind: operation.kind,
        add: operation.add,
        remove: operation.remove,
        to: operation.target.map(|folder| paths.of(folder).to_owned()),
        state: operation.state,
        created: terminal::rfc3339(operation.created_at),
        attempts: operation.attempts,
    }
}

fn what(operation: &Queued) -> String {
    match operation.kind {
        OperationKind::Flags => {
            let add = operation.add.names().into_iter().map(|name| format!("+{name}"));
            let remove = operation.remove.names().into_iter().map(|name| format!("-{name}"));
            add.chain(remove).collect::<Vec<_>>().join(" ")
        }
        OperationKind::Move => format!("to {}", terminal::line(operation.to.as_deref().unwrap_or_default())),
        OperationKind::Expunge => "remove for good".to_owned(),
        OperationKind::Append => format!("put into {}", terminal::line(operation.to.as_deref().unwrap_or_default())),
    }
}
