use std::thread;

use super::*;

const PASSWORD: &str = "correct horse 电池";

fn key(word: &str) -> Secret<String> {
    Secret::new(word.to_owned())
}

/// A vault with one password, its folder and its bytes.
fn filled() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    Vault::open(&path, &key("k")).unwrap().set("imap:a@example.com", &key(PASSWORD)).unwrap();
    let bytes = fs::read(&path).unwrap();
    (folder, path, bytes)
}

#[test]
fn a_password_comes_back_after_opening_again() {
    let (_folder, path, _) = filled();
    let vault = Vault::open(&path, &key("k")).unwrap();
    assert_eq!(vault.get("imap:a@example.com").unwrap(), Some(key(PASSWORD)));
    assert_eq!(vault.get("smtp:a@example.com").unwrap(), None);
    vault.set("imap:a@example.com", &key("")).unwrap();
    assert_eq!(vault.get("imap:a@example.com").unwrap(), Some(key("")));
    vault.delete("imap:a@example.com").unwrap();
    vault.delete("imap:a@example.com").unwrap();
    assert_eq!(Vault::open(&path, &key("k")).unwrap().get("imap:a@example.com").unwrap(), None);
}

#[test]
fn another_key_opens_nothing_and_changes_nothing() {
    let (_folder, path, bytes) = filled();
    assert!(matches!(Vault::open(&path, &key("K")), Err(CredentialError::KeyWrong { .. })));
    assert!(matches!(Vault::open(&path, &key("")), Err(CredentialError::KeyEmpty)));
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_key_of_random_bytes_is_not_derived_slowly_and_opens_only_its_own_vault() {
    let random = key(&"0fA9".repeat(16));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    Vault::open(&path, &random).unwrap().set("imap:a@example.com", &key(PASSWORD)).unwrap();
    let bytes = fs::read(&path).unwrap();
    assert_eq!(bytes[15], 2);
    assert_eq!(bytes[16..28], [0; 12]);
    assert_eq!(Vault::open(&path, &random).unwrap().get("imap:a@example.com").unwrap(), Some(key(PASSWORD)));
    for other in ["0fA8".repeat(16), "0fA9".repeat(15), "k".to_owned()] {
        assert!(matches!(Vault::open(&path, &key(&other)), Err(CredentialError::KeyWrong { .. })), "{other}");
    }
    // And the other way round: a vault made with a word stays one that is slow to guess.
    let (_folder, path, bytes) = filled();
    assert_eq!(bytes[15], 1);
    assert!(matches!(Vault::open(&path, &random), Err(CredentialError::KeyWrong { .. })));
    for word in ["x".repeat(64), "+1".repeat(32), "0fA9".repeat(17)] {
        let path = folder.path().join(&word);
        Vault::open(&path, &key(&word)).unwrap();
        assert_eq!(fs::read(&path).unwrap()[15], 1, "{word}");
    }
}

#[test]
fn the_first_key_counts_even_before_a_password_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sub").join("vault");
    Vault::open(&path, &key("first")).unwrap();
    assert!(matches!(Vault::open(&path, &key("second")), Err(CredentialError::KeyWrong { .. })));
}

#[test]
fn a_vault_cut_at_any_byte_is_damaged_and_left_alone() {
    let (_folder, path, bytes) = filled();
    for end in 0..bytes.len() {
        assert!(matches!(Header::read(&bytes[..end]), Err(FormatError::Damaged(_))), "{end}");
    }
    for end in [0, 10, 20, 60, bytes.len() - 1] {
        fs::write(&path, &bytes[..end]).unwrap();
        assert!(matches!(Vault::open(&path, &key("k")), Err(CredentialError::Damaged { .. })), "{end}");
        assert_eq!(fs::read(&path).unwrap(), &bytes[..end]);
    }
}

#[test]
fn a_changed_byte_anywhere_is_noticed() {
    let (_folder, _path, bytes) = filled();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        // The version is the one byte that may also say "newer".
        assert!(Header::read(&changed).is_err(), "{at}");
    }
}

#[test]
fn a_change_with_a_fitting_checksum_does_not_decrypt() {
    use sha2::{Digest as _, Sha256};
    let (_folder, path, bytes) = filled();
    let vault = Vault::open(&path, &key("k")).unwrap();
    for at in [45, 70, 500] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let covered = changed.len() - 32;
        let checksum = Sha256::digest(&changed[..covered]);
        changed[covered..].copy_from_slice(&checksum);
        fs::write(&path, &changed).unwrap();
        assert!(matches!(vault.get("imap:a@example.com"), Err(CredentialError::KeyWrong { .. })), "{at}");
    }
}

#[test]
fn a_header_cannot_ask_for_a_gigabyte() {
    use sha2::{Digest as _, Sha256};
    let (_folder, _path, mut bytes) = filled();
    bytes[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
    let covered = bytes.len() - 32;
    let checksum = Sha256::digest(&bytes[..covered]);
    bytes[covered..].copy_from_slice(&checksum);
    assert!(matches!(Header::read(&bytes), Err(FormatError::Damaged(_))));
}

#[test]
fn a_newer_vault_is_left_alone() {
    let (_folder, path, mut bytes) = filled();
    bytes[15] = 3;
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(Vault::open(&path, &key("k")), Err(CredentialError::TooNew { version: 3, .. })));
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn the_file_shows_neither_password_nor_account_nor_their_lengths() {
    let (_folder, path, bytes) = filled();
    for word in [PASSWORD.as_bytes(), b"example.com", b"imap:"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word));
    }
    let vault = Vault::open(&path, &key("k")).unwrap();
    vault.set("imap:a@example.com", &key(&"x".repeat(200))).unwrap();
    let again = fs::read(&path).unwrap();
    assert_eq!(again.len(), bytes.len());
    // Never the same nonce twice.
    assert_ne!(again[44..68], bytes[44..68]);
    assert!(!format!("{vault:?}").contains("key"));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path, _) = filled();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "the vault, its lock and nothing left over: {names:?}");
}

#[test]
fn several_programs_may_write_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    thread::scope(|scope| {
        for writer in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let vault = Vault::open(path, &key("k")).unwrap();
                for n in 0..5 {
                    vault.set(&format!("imap:{writer}.{n}"), &key(PASSWORD)).unwrap();
                }
            });
        }
    });
    let vault = Vault::open(&path, &key("k")).unwrap();
    for (writer, n) in (0..4).flat_map(|writer| (0..5).map(move |n| (writer, n))) {
        assert_eq!(vault.get(&format!("imap:{writer}.{n}")).unwrap(), Some(key(PASSWORD)), "{writer}.{n}");
    }
}
