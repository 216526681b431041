//! A mailbox's owner.

use std::fmt;

use serde::Serialize;

/// A user of the lab: the login name is the address.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct LabUser {
    /// The address, as in `alice@example.test`.
    pub email: String,
    /// The login name; the same as `email`.
    pub user: String,
    /// The password, in the clear: it guards nothing but this lab.
    pub password: String,
}

impl fmt::Debug for LabUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LabUser").field("email", &self.email).finish_non_exhaustive()
    }
}

impl LabUser {
    pub(crate) fn new(email: &str, password: &str) -> Self {
        Self { email: email.to_owned(), user: email.to_owned(), password: password.to_owned() }
    }
}
