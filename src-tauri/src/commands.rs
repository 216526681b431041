//! The commands that the page may call, a file a noun, each one call of the core.

mod accounts;
mod attachments;
mod info;
mod links;
mod messages;
mod offline;
mod organise;
mod reader;

use postroom_types::Fault;
use tauri_specta::{Builder, collect_commands};

/// What every command answers.
type Answer<T> = Result<T, Fault>;

/// The commands and the types of what they carry.
pub(crate) fn api() -> Builder<tauri::Wry> {
    Builder::<tauri::Wry>::new()
        .disable_serde_phases()
        .commands(collect_commands![
            info::app_info,
            info::profile_open,
            info::asks_take,
            info::status,
            accounts::accounts,
            accounts::account_add,
            accounts::account_remove,
            accounts::account_retry,
            accounts::account_password_set,
            accounts::sync_now,
            accounts::trust_sender,
            messages::folders,
            messages::shrunk_folders,
            messages::allow_removal,
            messages::folder_opened,
            messages::list_index,
            messages::list_rows,
            messages::search,
            reader::message_open,
            reader::message_coming,
            reader::message_close,
            reader::message_retry,
            reader::message_source,
            reader::message_save,
            attachments::attachment_save,
            attachments::attachments_save,
            attachments::attachment_open,
            offline::offline,
            offline::quotas,
            offline::offline_preview,
            offline::offline_folder_preview,
            offline::offline_set,
            offline::offline_folder_set,
            organise::mark,
            organise::move_to,
            organise::delete,
            organise::archive,
            organise::pending,
            links::open_link,
        ])
        .typ::<postroom_types::Event>()
        .typ::<postroom_types::Protocol>()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use specta_typescript::Typescript;

    /// The page's side of the commands is written by this test; `make lint` fails if that changes what is committed.
    #[test]
    fn bindings_are_written() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/ipc/bindings.ts");
        super::api().export(Typescript::default(), path).unwrap();
    }
}
