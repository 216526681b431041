//! The fixture: a fresh user of the lab, a fresh profile, and the binary run on both. Every run is checked for the
//! password: it must stand in no output and in no error.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use postroom_lab::{Lab, LabUser};
use postroom_types::{ServerAddress, TlsMode};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The key of the file vault; a canary like the password.
pub(crate) const VAULT_KEY: &str = "canary-of-the-vault-0b1f5e";

/// A user and a profile.
pub(crate) struct Ctl<'a> {
    pub(crate) lab: &'a Lab,
    pub(crate) user: LabUser,
    folder: TempDir,
}

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("stdout is UTF-8")
    }
}

/// The shared lab with a user and an empty profile.
pub(crate) fn fresh() -> Ctl<'static> {
    Ctl::new(Lab::shared())
}

/// As [`fresh`], with the account added.
pub(crate) fn with_account() -> Ctl<'static> {
    let ctl = fresh();
    ctl.add();
    ctl
}

impl<'a> Ctl<'a> {
    pub(crate) fn new(lab: &'a Lab) -> Self {
        let user = lab.user("ctl");
        // Dovecot looks for new users once a second at most.
        let begin = Instant::now();
        while let Err(error) = lab.create_folder(&user, "INBOX") {
            assert!(begin.elapsed() < Duration::from_secs(20), "the user cannot log in: {error:#}");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { lab, user, folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// The profile's folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("profile")
    }

    /// A path outside of the profile.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The file with the lab's certificate authority.
    pub(crate) fn ca(&self) -> String {
        self.lab.ca_file().display().to_string()
    }

    /// The binary, ready to be given arguments. It finds no session bus, so that no test touches a real keychain.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_postroomctl"));
        command
            .arg("--data-dir")
            .arg(self.data_dir())
            .env("POSTROOM_VAULT_KEY", VAULT_KEY)
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .env_remove("POSTROOM_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn spawn<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Child {
        self.command().args(arguments).spawn().expect("postroomctl starts")
    }

    /// Runs to the end.
    #[track_caller]
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Run {
        self.finished(self.spawn(arguments))
    }

    /// Runs to the end with `input` on stdin.
    #[track_caller]
    pub(crate) fn run_with<S: AsRef<OsStr>>(&self, arguments: &[S], input: &str) -> Run {
        let mut command = self.command();
        command.args(arguments);
        self.finished_with(command, input)
    }

    /// Runs a command to the end with `input` on stdin.
    #[track_caller]
    pub(crate) fn finished_with(&self, mut command: Command, input: &str) -> Run {
        let mut child = command.stdin(Stdio::piped()).spawn().expect("postroomctl starts");
        // It may end without reading.
        drop(child.stdin.take().expect("a pipe").write_all(input.as_bytes()));
        self.finished(child)
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn finished(&self, child: Child) -> Run {
        let Output { status, stdout, stderr } = child.wait_with_output().expect("postroomctl ends");
        for (canary, what) in [(self.user.password.as_str(), "password"), (VAULT_KEY, "vault key")] {
            assert!(!contains(&stdout, canary.as_bytes()), "the {what} is on stdout");
            assert!(!contains(&stderr, canary.as_bytes()), "the {what} is on stderr");
        }
        let stderr = String::from_utf8(stderr).expect("stderr is UTF-8");
        assert!(!stderr.contains("panicked"), "{stderr}");
        Run { code: status.code(), stdout, stderr }
    }

    /// Runs a command that must succeed; its JSON.
    #[track_caller]
    pub(crate) fn json<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Value {
        success(&self.run(&as_json(arguments)))
    }

    /// Runs a command that must fail; its error object.
    #[track_caller]
    pub(crate) fn error<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Value {
        failure(&self.run(&as_json(arguments)))
    }

    /// Runs a command that must succeed; its lines.
    #[track_caller]
    pub(crate) fn lines<S: AsRef<OsStr>>(&self, arguments: &[S]) -> String {
        let run = self.run(arguments);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.text());
        run.text()
    }

    /// The options of `account add` for the user on these servers, without a CA.
    pub(crate) fn add_options(&self, imap: &ServerAddress, smtp: &ServerAddress) -> Vec<String> {
        let mut options: Vec<String> = ["account", "add", "--json", "--password-stdin"].map(str::to_owned).to_vec();
        for (option, value) in [
            ("--email", self.user.email.clone()),
            ("--imap", host_port(imap)),
            ("--imap-tls", imap.tls.as_str().to_owned()),
            ("--smtp", host_port(smtp)),
            ("--smtp-tls", smtp.tls.as_str().to_owned()),
        ] {
            options.extend([option.to_owned(), value]);
        }
        options
    }

    /// `account add` with all that it needs to succeed. It does not log in: submission needs a lab run by root, and most
    /// tests only read.
    pub(crate) fn unchecked_options(&self) -> Vec<String> {
        let smtp = ServerAddress::new("localhost", 465, TlsMode::Implicit).expect("an address");
        let more = ["--ca".to_owned(), self.ca(), "--no-check".to_owned()];
        [self.add_options(&self.lab.imap_implicit(), &smtp), more.to_vec()].concat()
    }

    /// Adds an account of another user to the same profile.
    #[track_caller]
    pub(crate) fn add_other(&self, other: &Self, password: &str) {
        let options = other.unchecked_options();
        success(&self.run_with(&options, password));
    }

    /// Adds the account.
    #[track_caller]
    pub(crate) fn add(&self) -> Value {
        success(&self.run_with(&self.unchecked_options(), &format!("{}\n", self.user.password)))
    }

    /// Delivers a message to the user's inbox.
    #[track_caller]
    pub(crate) fn deliver(&self, message: &str) {
        self.lab.deliver(&self.user, message.as_bytes()).expect("the message is delivered");
    }

    /// Puts a message into a folder; `flags` as in `\Seen \Flagged`.
    #[track_caller]
    pub(crate) fn append(&self, folder: &str, flags: &str, message: &str) {
        self.lab.append(&self.user, folder, message.as_bytes(), flags).expect("the message is stored");
    }

    /// A sync that must succeed.
    #[track_caller]
    pub(crate) fn sync(&self) -> Value {
        self.json(&["sync"])
    }

    /// All rows of a folder, newest first.
    #[track_caller]
    pub(crate) fn list(&self, folder: &str) -> Vec<Value> {
        let page = self.json(&["list", "--folder", folder, "--limit", "100000"]);
        assert_eq!(page["next"], Value::Null);
        page["messages"].as_array().expect("messages").clone()
    }

    /// The id of the message with this subject.
    #[track_caller]
    pub(crate) fn id(&self, folder: &str, subject: &str) -> String {
        let rows = self.list(folder);
        let row = rows.iter().find(|row| row["subject"] == subject);
        row.unwrap_or_else(|| panic!("{subject} is not among {rows:?}"))["id"].to_string()
    }
}

/// As on a command line.
pub(crate) fn host_port(server: &ServerAddress) -> String {
    format!("{}:{}", server.host, server.port)
}

fn as_json<S: AsRef<OsStr>>(arguments: &[S]) -> Vec<&OsStr> {
    [OsStr::new("--json")].into_iter().chain(arguments.iter().map(AsRef::as_ref)).collect()
}

/// The one JSON document of a run that succeeded and said nothing else.
#[track_caller]
pub(crate) fn success(run: &Run) -> Value {
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.text());
    serde_json::from_str(&run.text()).expect("one JSON document")
}

/// The error object of a run that failed and printed nothing else.
#[track_caller]
pub(crate) fn failure(run: &Run) -> Value {
    assert_eq!((run.code, run.text().as_str()), (Some(1), ""), "{}", run.stderr);
    error_of(&run.stderr)
}

/// The error object in what was printed to stderr: exactly `code`, `message` and `hint`, none of them empty.
#[track_caller]
pub(crate) fn error_of(stderr: &str) -> Value {
    let document: Value = serde_json::from_str(stderr).expect("one JSON document");
    assert_eq!(keys(&document), ["error"]);
    let error = document["error"].clone();
    assert_eq!(keys(&error), ["code", "hint", "message"]);
    for key in ["code", "hint", "message"] {
        assert!(error[key].as_str().is_some_and(|text| !text.is_empty()), "{key} is empty");
    }
    error
}

/// The keys of an object, sorted.
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// What changes from run to run is replaced by its type, so that the rest can be compared whole.
pub(crate) fn redacted(value: &Value, changing: &[&str]) -> Value {
    match value {
        Value::Object(object) => {
            let one = |(key, value): (&String, &Value)| {
                let redact = changing.contains(&key.as_str()) && !value.is_null();
                (key.clone(), if redact { json!(format!("[{}]", kind(value))) } else { redacted(value, changing) })
            };
            // In order of the keys: whether serde_json keeps the order it was given depends on what is built beside us.
            object.iter().map(one).collect::<std::collections::BTreeMap<_, _>>().into_iter().collect()
        }
        Value::Array(items) => items.iter().map(|item| redacted(item, changing)).collect(),
        other => other.clone(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether `bytes` hold `needle` anywhere.
pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && bytes.windows(needle.len()).any(|window| window == needle)
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
