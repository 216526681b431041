//! How the start went: why there is no mail to show, until there is.

use std::sync::{Mutex, PoisonError};

use postroom_types::Fault;

use crate::options::Options;

/// How the app was started, and what kept its profile from being opened.
#[derive(Debug)]
pub(crate) struct Startup {
    options: Options,
    fault: Mutex<Option<Fault>>,
    /// One attempt at a time.
    pub(crate) trying: tokio::sync::Mutex<()>,
}

impl Startup {
    pub(crate) fn new(options: Options) -> Self {
        Self { options, fault: Mutex::default(), trying: tokio::sync::Mutex::default() }
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// The profile cannot be opened.
    pub(crate) fn failed(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    /// It is open now.
    pub(crate) fn done(&self) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Why it is not open.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
