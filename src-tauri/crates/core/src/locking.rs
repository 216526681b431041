//! One process a profile.

use std::fs::{File, TryLockError};
use std::path::Path;

use postroom_types::{Fault, FaultCode};

use crate::fault::fault;

/// Takes the profile's lock; the system lets it go when the process ends, however it ends.
pub(crate) fn take(dir: &Path) -> Result<File, Fault> {
    std::fs::create_dir_all(dir).map_err(fault)?;
    let file = File::options().write(true).create(true).truncate(false).open(dir.join("lock")).map_err(fault)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Fault::new(FaultCode::ProfileInUse, "the profile is in use by another Postroom")
                .with("path", dir.display().to_string()))
        }
        Err(TryLockError::Error(error)) => Err(fault(error)),
    }
}
