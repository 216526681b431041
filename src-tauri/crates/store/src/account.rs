//! Accounts: all that a connection needs but the password, which never comes into the database.

use postroom_db::{OptionalExtension as _, Read, Row, SqlError, Tx, params};
use postroom_types::{Account, AccountDraft, AccountId, AccountState, ServerAddress, TlsMode, UnixMillis};

use crate::{Store, StoreError};

/// An account with all that a connection needs but the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRecord {
    /// Its row.
    pub id: AccountId,
    /// As the user filled it in.
    pub draft: AccountDraft,
}

impl AccountRecord {
    /// As the sidebar shows it.
    pub fn view(&self, state: AccountState) -> Account {
        Account {
            id: self.id,
            name: self.draft.name.clone(),
            email: self.draft.email.clone(),
            imap: self.draft.imap.clone(),
            smtp: self.draft.smtp.clone(),
            user: self.draft.user.clone(),
            private_ca: self.draft.ca_pem.is_some(),
            state,
        }
    }
}

impl Store {
    /// Adds an account; its address must be new.
    pub async fn account_add(&self, draft: AccountDraft, now: UnixMillis) -> Result<AccountId, StoreError> {
        self.write(move |tx| insert(tx, &draft, now)).await
    }

    /// All accounts in the order in which they were added.
    pub async fn accounts(&self) -> Result<Vec<AccountRecord>, StoreError> {
        self.read(all).await
    }

    /// One account.
    pub async fn account(&self, id: AccountId) -> Result<AccountRecord, StoreError> {
        let found = self.read(move |read| Ok(all(read)?.into_iter().find(|account| account.id == id))).await?;
        found.ok_or(StoreError::NotFound("account"))
    }

    /// Removes an account with its folders, messages and operations.
    pub async fn account_remove(&self, id: AccountId) -> Result<(), StoreError> {
        let removed = self.write(move |tx| Ok(tx.execute("DELETE FROM account WHERE id = ?1", params![id.0])?)).await?;
        if removed == 0 {
            return Err(StoreError::NotFound("account"));
        }
        self.vault_sweep().await
    }
}

fn insert(tx: &Tx<'_>, draft: &AccountDraft, now: UnixMillis) -> Result<AccountId, StoreError> {
    let there: Option<i64> =
        tx.query_row("SELECT id FROM account WHERE email = ?1", params![draft.email], |row| row.get(0)).optional()?;
    if there.is_some() {
        return Err(StoreError::AccountExists(draft.email.clone()));
    }
    tx.execute(
        "INSERT INTO account
            (name, email, imap_host, imap_port, imap_tls, smtp_host, smtp_port, smtp_tls, user, ca_pem, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            draft.name,
            draft.email,
            draft.imap.host,
            draft.imap.port,
            draft.imap.tls.as_str(),
            draft.smtp.host,
            draft.smtp.port,
            draft.smtp.tls.as_str(),
            draft.user,
            draft.ca_pem.as_deref().unwrap_or(""),
            now.0,
        ],
    )?;
    Ok(AccountId(tx.last_insert_rowid()))
}

fn all(read: &Read<'_>) -> Result<Vec<AccountRecord>, StoreError> {
    let mut statement = read.prepare_cached(
        "SELECT id, name, email, imap_host, imap_port, imap_tls, smtp_host, smtp_port, smtp_tls, user, ca_pem
         FROM account ORDER BY id",
    )?;
    let rows = statement.query_map([], |row| Ok(from_row(row)))?;
    let mut accounts = Vec::new();
    for row in rows {
        accounts.push(row??);
    }
    Ok(accounts)
}

fn from_row(row: &Row<'_>) -> Result<AccountRecord, StoreError> {
    let server = |host: &str, port: &str, tls: &str| -> Result<ServerAddress, StoreError> {
        let mode: TlsMode = row.get::<_, String>(tls)?.parse().map_err(|_| StoreError::Damaged("account"))?;
        ServerAddress::new(&row.get::<_, String>(host)?, row.get(port)?, mode)
            .map_err(|_| StoreError::Damaged("account"))
    };
    let ca_pem: String = row.get("ca_pem")?;
    let draft = AccountDraft {
        name: row.get("name")?,
        email: row.get("email")?,
        imap: server("imap_host", "imap_port", "imap_tls")?,
        smtp: server("smtp_host", "smtp_port", "smtp_tls")?,
        user: row.get("user")?,
        ca_pem: (!ca_pem.is_empty()).then_some(ca_pem),
    };
    Ok(AccountRecord { id: AccountId(row.get::<_, i64>("id").map_err(|error: SqlError| error)?), draft })
}
