//! Postroom, driven through its core.

use postroom_core::{Check, Config, Postroom};
use postroom_lab::{Lab, LabUser};
use postroom_types::{AccountDraft, Fault, Secret, ServerAddress};

/// The key of the bench's own profiles: 32 bytes, as one is made for a machine without a keychain.
pub(crate) const VAULT_KEY: &str = "4d61696c206973206b65707420666f722074686f736520776f2073656e642069";

pub(crate) fn failed(fault: Fault) -> anyhow::Error {
    anyhow::Error::new(fault)
}

/// A profile in `dir` with one account, which is reached by `imap`.
pub(crate) async fn profile(
    dir: &std::path::Path,
    lab: &Lab,
    user: &LabUser,
    imap: ServerAddress,
) -> anyhow::Result<Postroom> {
    let config = Config { data_dir: dir.to_owned(), vault_key: Some(Secret::new(VAULT_KEY.to_owned())) };
    let postroom = Postroom::open(config).await.map_err(failed)?;
    let draft = AccountDraft {
        name: String::new(),
        email: user.email.clone(),
        imap,
        smtp: lab.imap_plain(),
        user: user.user.clone(),
        ca_pem: Some(lab.ca_pem().to_owned()),
    };
    postroom.account_add(draft, Secret::new(user.password.clone()), Check::Skip).await.map_err(failed)?;
    Ok(postroom)
}

/// This process's peak of resident memory in MB, where the system says it, and counts anew from now.
pub(crate) fn peak_resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib = line.split_whitespace().nth(1)?.parse::<u64>().ok()?;
    reset_peak();
    Some(kib / 1024)
}

/// Counts the peak from now on.
pub(crate) fn reset_peak() {
    // proc(5): "5" resets the peak. Where it cannot, the peak is that of the process's whole life: never too small.
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

/// Processor time of this process in seconds, where the system says it.
pub(crate) fn cpu() -> f64 {
    // proc(5): utime and stime are the 12th and 13th field behind the name, in hundredths of a second.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}
