//! What a user is told.

use postroom_accounts::CredentialStore;
use postroom_types::{FaultCode, Protocol, Secret};

#[test]
fn the_vault_keeps_the_two_servers_apart_and_tells_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    let key = |word: &str| Some(Secret::new(word.to_owned()));
    let store = CredentialStore::open(&path, key("k")).unwrap();
    store.set("a@example.com", Protocol::Imap, &Secret::new("one".to_owned())).unwrap();
    store.set("a@example.com", Protocol::Smtp, &Secret::new("two".to_owned())).unwrap();
    assert_eq!(store.get("a@example.com", Protocol::Imap).unwrap().unwrap().expose(), "one");
    store.delete("a@example.com", Protocol::Imap).unwrap();
    assert_eq!(store.get("a@example.com", Protocol::Imap).unwrap(), None);
    assert_eq!(store.get("a@example.com", Protocol::Smtp).unwrap().unwrap().expose(), "two");

    let wrong = CredentialStore::open(&path, key("other")).unwrap_err();
    assert_eq!(wrong.fault().code, FaultCode::VaultKeyWrong);
    std::fs::write(&path, "rubbish").unwrap();
    let fault = CredentialStore::open(&path, key("k")).unwrap_err().fault();
    assert_eq!(fault.code, FaultCode::Storage);
    assert_eq!(fault.params["reason"], "it is not a vault");
    assert!(fault.message.contains(&path.display().to_string()), "{fault}");
    assert_eq!(CredentialStore::open(&path, key("")).unwrap_err().fault().code, FaultCode::InvalidInput);
}
