//! The company that every demonstration and the end-to-end tests live in: `Example GmbH`, in Chinese `示例公司`.

use crate::imap::quoted;
use crate::lab::{DOMAIN, Lab};
use crate::system::random_word;
use crate::user::LabUser;

/// Three colleagues and the mailbox that they share. Mail to `sales@example.test` reaches all three.
#[derive(Debug, Clone)]
pub struct Company {
    /// The one whose desk the demonstration shows.
    pub alice: LabUser,
    /// A colleague.
    pub bob: LabUser,
    /// A colleague.
    pub carol: LabUser,
    /// The owner of the shared mailbox: the three see its inbox as `Shared/service@example.test`
    /// and its other folders below that.
    pub service: LabUser,
}

impl Company {
    /// Makes the users, with random passwords, and shares the service mailbox (RFC 4314).
    pub fn found(lab: &Lab) -> anyhow::Result<Self> {
        let add = |name: &str| lab.add_user(&format!("{name}@{DOMAIN}"), &random_word()?);
        let company = Self { alice: add("alice")?, bob: add("bob")?, carol: add("carol")?, service: add("service")? };
        for folder in ["INBOX", "Sent", "Archive"] {
            company.share(lab, folder)?;
        }
        Ok(company)
    }

    /// Shares one more folder of the service mailbox with the three: they may read, flag, file and delete.
    pub fn share(&self, lab: &Lab, folder: &str) -> anyhow::Result<()> {
        lab.create_folder(&self.service, folder)?;
        let mut imap = lab.imap(&self.service);
        for colleague in self.colleagues() {
            let name = crate::imap::mailbox(folder);
            imap.try_command(&format!("SETACL {name} {} lrswipkxte", quoted(&colleague.email)))?;
        }
        Ok(())
    }

    /// Alice, Bob and Carol.
    pub fn colleagues(&self) -> [&LabUser; 3] {
        [&self.alice, &self.bob, &self.carol]
    }

    /// All four, Alice first.
    pub fn everyone(&self) -> [&LabUser; 4] {
        [&self.alice, &self.bob, &self.carol, &self.service]
    }
}
