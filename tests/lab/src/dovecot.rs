//! Dovecot 2.3's configuration: IMAP, LMTP and `ManageSieve` on loopback, every file under the lab's folders.

use std::path::Path;

use crate::ca::Ca;
use crate::options::{LabOptions, Namespace};
use crate::system::Identity;

/// The ports that Dovecot and Postfix listen on, all on 127.0.0.1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) imap: u16,
    pub(crate) imaps: u16,
    pub(crate) lmtp: u16,
    pub(crate) sieve: u16,
    pub(crate) submission: u16,
    pub(crate) smtps: u16,
}

/// Everything the configuration depends on.
pub(crate) struct DovecotConfig<'a> {
    /// A short path: Unix sockets, whose path may have 107 bytes, are made below it.
    pub(crate) run: &'a Path,
    /// Where users' mail lies: `DOMAIN/NAME/Maildir`.
    pub(crate) mail: &'a Path,
    /// A folder with one passwd-file a user, named like the user.
    pub(crate) users: &'a Path,
    pub(crate) log: &'a Path,
    pub(crate) ca: &'a Ca,
    pub(crate) ports: Ports,
    pub(crate) identity: &'a Identity,
    pub(crate) options: &'a LabOptions,
}

impl DovecotConfig<'_> {
    /// The text of `dovecot.conf`.
    pub(crate) fn text(&self) -> String {
        let path = |path: &Path| path.display().to_string();
        let Ports { imap, imaps, lmtp, sieve, .. } = self.ports;
        let values = [
            ("@run@", path(self.run)),
            ("@mail@", path(self.mail)),
            ("@users@", path(self.users)),
            ("@log@", path(self.log)),
            ("@cert@", path(&self.ca.server_cert)),
            ("@key@", path(&self.ca.server_key)),
            ("@mail_user@", self.identity.mail_user.clone()),
            ("@mail_group@", self.identity.mail_group.clone()),
            ("@imap@", imap.to_string()),
            ("@imaps@", imaps.to_string()),
            ("@lmtp@", lmtp.to_string()),
            ("@sieve@", sieve.to_string()),
        ];
        let template = include_str!("dovecot/dovecot.conf").to_owned() + &self.namespaces();
        let text = values.iter().fold(template, |text, (word, value)| text.replace(word, value));
        let capabilities = self.options.capabilities.as_ref();
        let capabilities = capabilities.map_or_else(String::new, |words| format!("imap_capability = {words}\n"));
        self.privileges() + &text + &capabilities + &self.options.dovecot
    }

    fn namespaces(&self) -> String {
        match &self.options.namespace {
            None => include_str!("dovecot/namespaces.conf").to_owned(),
            Some(Namespace { prefix, separator }) => {
                format!("namespace inbox {{\n  inbox = yes\n  prefix = {prefix}\n  separator = {separator}\n}}\n")
            }
        }
    }

    /// As an ordinary user every process is that user and none is locked into a folder of its own.
    fn privileges(&self) -> String {
        let Identity { root, mail_user, mail_group } = self.identity;
        if *root {
            return String::new();
        }
        let chroot = |service: &str| format!("service {service} {{\n  chroot =\n}}\n");
        format!(
            "default_internal_user = {mail_user}\ndefault_internal_group = {mail_group}\ndefault_login_user = {mail_user}\n"
        ) + &["anvil", "stats", "imap-login", "managesieve-login"].map(chroot).concat()
    }
}
