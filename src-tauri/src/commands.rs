//! The commands that the page may call, a file a noun, each one call of the core.

mod accounts;
mod attachments;
mod info;
mod links;
mod lists;
mod look;
mod messages;
mod offline;
mod organise;
mod page;
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
            page::hear,
            page::pick_save_path,
            page::pick_folder,
            info::app_info,
            info::profile_open,
            info::asks_take,
            info::status,
            info::rebuilt,
            info::rebuilt_seen,
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
            messages::conversation,
            messages::conversation_members,
            messages::search,
            reader::message_open,
            reader::message_coming,
            reader::message_close,
            reader::message_retry,
            reader::message_headers,
            reader::message_source,
            reader::message_save,
            attachments::attachment_save,
            attachments::attachments_save,
            attachments::attachment_facts,
            attachments::attachment_text,
            attachments::attachment_drag,
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
            lists::list_leave,
            lists::list_open,
            look::zoom,
            look::message_print,
        ])
        .typ::<postroom_types::Event>()
        .typ::<postroom_types::Protocol>()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use specta_typescript::Typescript;

    const DOOR: &str = "\"@tauri-apps/api/core\"";

    /// The page's side of the commands is written by this test; `make lint` fails if that changes what is committed.
    #[test]
    fn bindings_are_written() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/ipc/bindings.ts");
        super::api().export(Typescript::default(), &path).unwrap();
        // Every call goes through the page's own door, which adds the token.
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written.matches(DOOR).count(), 1);
        std::fs::write(path, written.replace(DOOR, "\"./invoke\"")).unwrap();
    }
}
