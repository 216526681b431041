//! Accounts: added once both logins work, their passwords in the keychain or vault.

use postroom_imap::{ConnectOptions, STALL};
use postroom_net::Trust;
use postroom_store::AccountRecord;
use postroom_sync::Wish;
use postroom_types::{Account, AccountDraft, AccountId, Event, Fault, FaultCode, Protocol, Secret, ServerAddress};

use crate::Postroom;
use crate::fault::{fault, invalid, not_found};
use crate::postroom::trust_of;

/// Whether both servers are tried before an account is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Log in to both.
    Both,
    /// Take the settings as they are.
    Skip,
}

impl Postroom {
    /// All accounts with how they are doing.
    pub async fn accounts(&self) -> Result<Vec<Account>, Fault> {
        let accounts = self.store().accounts().await.map_err(fault)?;
        Ok(accounts.iter().map(|account| account.view(self.state(account.id))).collect())
    }

    /// The account with this address, whatever its case.
    pub async fn account_by_email(&self, email: &str) -> Result<Account, Fault> {
        let accounts = self.accounts().await?;
        accounts
            .into_iter()
            .find(|account| account.email.eq_ignore_ascii_case(email))
            .ok_or_else(|| not_found("account"))
    }

    /// Adds an account. The password is kept before the account is, so that no account is ever without.
    ///
    /// Faults: those of both servers with `protocol` = `imap` or `smtp`, `account-exists`, `vault-unavailable`, `invalid-input`.
    pub async fn account_add(
        &self,
        draft: AccountDraft,
        password: Secret<String>,
        check: Check,
    ) -> Result<AccountId, Fault> {
        let draft = checked(draft)?;
        if self.account_by_email(&draft.email).await.is_ok() {
            return Err(fault(postroom_store::StoreError::AccountExists(draft.email)));
        }
        if check == Check::Both {
            log_in(&draft, &password).await?;
        }
        self.keep_password(&draft.email, password).await?;
        let id = self.store().account_add(draft.clone(), self.now()).await.map_err(fault)?;
        self.watch_if_started(AccountRecord { id, draft }).await;
        self.tell(Event::Accounts);
        Ok(id)
    }

    /// Takes a new password for an account, once its servers take it, and syncs with it at once. Until then the old one stays.
    ///
    /// The IMAP server must let the user in. A submission server that cannot be asked now does not keep mail from being
    /// read; one that answers and refuses the password does.
    ///
    /// Faults: those of both servers with `protocol` = `imap` or `smtp`, `not-found`, `vault-unavailable`.
    pub async fn account_password_set(&self, id: AccountId, password: Secret<String>) -> Result<(), Fault> {
        let account = self.store().account(id).await.map_err(fault)?;
        let trust = trust_of(account.draft.ca_pem.as_deref())?;
        imap_login(&account.draft, &trust, &password).await?;
        match smtp_login(&account.draft, &trust, &password).await {
            Err(fault) if fault.code == FaultCode::LoginRefused => return Err(fault),
            Err(fault) => tracing::info!(account = id.0, code = fault.code.as_str(), "submission is not checked"),
            Ok(()) => {}
        }
        self.keep_password(&account.draft.email, password).await?;
        // A watcher holds the password that it began with. The new one tells how it is doing.
        self.unwatch(id);
        self.watch_if_started(account).await;
        Ok(())
    }

    /// Removes an account, its mail on this computer and its passwords. The server keeps everything.
    pub async fn account_remove(&self, id: AccountId) -> Result<(), Fault> {
        let account = self.store().account(id).await.map_err(fault)?;
        self.unwatch(id);
        let credentials = std::sync::Arc::clone(self.credentials());
        let email = account.draft.email.clone();
        tokio::task::spawn_blocking(move || {
            credentials.delete(&email, Protocol::Imap)?;
            credentials.delete(&email, Protocol::Smtp)
        })
        .await
        .map_err(fault)?
        .map_err(fault)?;
        self.store().account_remove(id).await.map_err(fault)?;
        self.tell(Event::Accounts);
        Ok(())
    }

    /// Tries an account again that is offline or blocked.
    pub async fn account_retry(&self, id: AccountId) -> Result<(), Fault> {
        if self.is_watched(id) {
            self.wish(Some(id), Wish::Sync);
        } else {
            let account = self.store().account(id).await.map_err(fault)?;
            self.watch(account).await;
        }
        Ok(())
    }

    /// Puts one password for both protocols into the keychain or vault.
    async fn keep_password(&self, email: &str, password: Secret<String>) -> Result<(), Fault> {
        let credentials = std::sync::Arc::clone(self.credentials());
        let email = email.to_owned();
        tokio::task::spawn_blocking(move || {
            credentials.set(&email, Protocol::Imap, &password)?;
            credentials.set(&email, Protocol::Smtp, &password)
        })
        .await
        .map_err(fault)?
        .map_err(fault)
    }

    async fn watch_if_started(&self, account: AccountRecord) {
        if self.is_started() {
            self.watch(account).await;
        }
    }
}

fn checked(mut draft: AccountDraft) -> Result<AccountDraft, Fault> {
    draft.email = draft.email.trim().to_owned();
    let usable = draft.email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !draft.email.chars().any(|c| c.is_whitespace() || c.is_control())
    });
    if !usable {
        return Err(invalid("the mail address must look like name@example.com").with("field", "email"));
    }
    if draft.user.trim().is_empty() {
        draft.user.clone_from(&draft.email);
    }
    draft.name = postroom_types::clean_text(&draft.name);
    // What came through JSON was not checked by the constructor.
    for (server, field) in [(&draft.imap, "imap"), (&draft.smtp, "smtp")] {
        ServerAddress::new(&server.host, server.port, server.tls)
            .map_err(|error| invalid(error.to_string()).with("field", field).with("protocol", field))?;
    }
    if draft.ca_pem.as_ref().is_some_and(|pem| pem.trim().is_empty()) {
        draft.ca_pem = None;
    }
    trust_of(draft.ca_pem.as_deref()).map_err(|fault| fault.with("field", "ca"))?;
    Ok(draft)
}

async fn log_in(draft: &AccountDraft, password: &Secret<String>) -> Result<(), Fault> {
    let trust = trust_of(draft.ca_pem.as_deref())?;
    // One after the other: the first that fails is the one to mend first.
    imap_login(draft, &trust, password).await?;
    smtp_login(draft, &trust, password).await
}

async fn imap_login(draft: &AccountDraft, trust: &Trust, password: &Secret<String>) -> Result<(), Fault> {
    let options = ConnectOptions { server: &draft.imap, trust, user: &draft.user, password, stall: STALL };
    postroom_imap::connect(&options).await.map_err(|error| fault(error).with("protocol", "imap"))?.logout().await;
    Ok(())
}

async fn smtp_login(draft: &AccountDraft, trust: &Trust, password: &Secret<String>) -> Result<(), Fault> {
    postroom_smtp::check_login(&draft.smtp, trust, &draft.user, password)
        .await
        .map_err(|error| fault(error).with("protocol", "smtp"))
}
