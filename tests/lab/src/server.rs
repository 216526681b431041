//! What the lab's IMAP servers have in common, so that one test can run on each.

use postroom_types::{ServerAddress, TlsMode};

use crate::imap::{LabImap, mailbox};
use crate::lmtp;
use crate::system::{address, must};
use crate::user::LabUser;

/// Where a server listens on 127.0.0.1.
#[derive(Debug, Clone, Copy)]
pub struct ImapPorts {
    /// IMAP, with `STARTTLS` and without.
    pub imap: u16,
    /// IMAP with TLS from the first byte.
    pub imaps: u16,
    /// LMTP (RFC 2033).
    pub lmtp: u16,
}

/// A real IMAP server with fresh users: [`Lab`](crate::Lab) (Dovecot) or [`Cyrus`](crate::Cyrus).
pub trait ImapServer: Sync {
    /// A fresh user whose address begins with `hint`, with a random password and an inbox.
    #[track_caller]
    fn user(&self, hint: &str) -> LabUser;

    /// Adds a user, or changes the password of one. The address must be in [`DOMAIN`](crate::DOMAIN) and in small
    /// letters.
    fn add_user(&self, email: &str, password: &str) -> anyhow::Result<LabUser>;

    /// Where it listens.
    fn ports(&self) -> ImapPorts;

    /// The certificate of the authority that signed the server's.
    fn ca_pem(&self) -> &str;

    /// IMAP with TLS from the first byte.
    fn imap_implicit(&self) -> ServerAddress {
        address("localhost", self.ports().imaps, TlsMode::Implicit)
    }

    /// IMAP with `STARTTLS`.
    fn imap_starttls(&self) -> ServerAddress {
        address("localhost", self.ports().imap, TlsMode::StartTls)
    }

    /// IMAP without TLS, at 127.0.0.1.
    fn imap_plain(&self) -> ServerAddress {
        address("127.0.0.1", self.ports().imap, TlsMode::None)
    }

    /// Delivers a message to the user's inbox as a mail server does.
    fn deliver(&self, user: &LabUser, message: &[u8]) -> anyhow::Result<()> {
        lmtp::deliver(self.ports().lmtp, &user.email, message)
    }

    /// Puts a message into a folder as a mail client does. `flags` as in `\Seen $Label1`, may be empty. The bytes go
    /// as they are: give them CRLF line ends.
    fn append(&self, user: &LabUser, folder: &str, message: &[u8], flags: &str) -> anyhow::Result<()> {
        LabImap::login(self.ports().imap, user)?.append(folder, flags, message)
    }

    /// Creates a folder and subscribes to it; nothing happens to one that is there. The name is the server's, in
    /// Unicode: by default `/` separates levels.
    fn create_folder(&self, user: &LabUser, folder: &str) -> anyhow::Result<()> {
        let mut imap = LabImap::login(self.ports().imap, user)?;
        let name = mailbox(folder);
        if !folder.eq_ignore_ascii_case("INBOX") {
            imap.try_command(&format!("CREATE {name}"))
                .map(drop)
                .or_else(|error| if is_there_already(&error) { Ok(()) } else { Err(error) })
                .map_err(|error| error.context(format!("creating the folder {folder}")))?;
        }
        imap.try_command(&format!("SUBSCRIBE {name}")).map(drop)
    }

    /// A session that shows what the server has.
    #[track_caller]
    fn imap(&self, user: &LabUser) -> LabImap {
        must(LabImap::login(self.ports().imap, user))
    }
}

/// Dovecot says it with a code, Cyrus with words.
fn is_there_already(error: &anyhow::Error) -> bool {
    let said = format!("{error:#}");
    said.contains("[ALREADYEXISTS]") || said.contains("Mailbox already exists")
}
