//! Accounts and their syncs.

use postroom_core::{Check, Postroom};
use postroom_types::{Account, AccountDraft, AccountId, Secret};
use tauri::State;

use super::Answer;

#[tauri::command]
#[specta::specta]
pub(crate) async fn accounts(postroom: State<'_, Postroom>) -> Answer<Vec<Account>> {
    postroom.accounts().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn account_add(
    postroom: State<'_, Postroom>,
    draft: AccountDraft,
    password: String,
    check: bool,
) -> Answer<AccountId> {
    let check = if check { Check::Both } else { Check::Skip };
    postroom.account_add(draft, Secret::new(password), check).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn account_remove(postroom: State<'_, Postroom>, account: AccountId) -> Answer<()> {
    postroom.account_remove(account).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn account_retry(postroom: State<'_, Postroom>, account: AccountId) -> Answer<()> {
    postroom.account_retry(account).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn account_password_set(
    postroom: State<'_, Postroom>,
    account: AccountId,
    password: String,
) -> Answer<()> {
    postroom.account_password_set(account, Secret::new(password)).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn sync_now(postroom: State<'_, Postroom>) -> Answer<()> {
    postroom.sync_now();
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn trust_sender(postroom: State<'_, Postroom>, email: String) -> Answer<()> {
    postroom.trust_sender(&email).await
}
