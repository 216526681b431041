//! Attacks opened in the real web view: with all walls, and with each wall standing alone.
//!
//! Every vector has a mail, and the mail is opened as the app opens it: by `message_open`, in a frame of the app's page.
//! Its script says its number to the page; what it loads is heard by [`ears::Ears`]. The sanitiser, the policy and the
//! proxy are taken down by a switch that only debug builds have; the sandbox is an attribute of the frame.

mod calls;
mod ears;
mod vectors;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use postroom_core::{Config, Postroom};
use postroom_lab::Lab;
use postroom_types::Secret;
use serde_json::{Value, json};

use crate::app::{App, VAULT_KEY};
use crate::mailbox;
use ears::{Ears, Heard};
use vectors::{Vector, vectors};

/// So many mails are open at once.
const BATCH: usize = 48;

/// Keeps the keys of the page's next call, and what the frames say to the page.
const LISTEN: &str = r"
    window.hits = [];
    addEventListener('message', (event) => { if (typeof event.data === 'number') window.hits.push(event.data); });
    const real = window.fetch;
    window.fetch = function (address, options) {
        if (String(address).startsWith('ipc:')) {
            const sent = new Headers(options.headers);
            window.keys = { 'Tauri-Invoke-Key': sent.get('Tauri-Invoke-Key'), 'postroom-token': sent.get('postroom-token') };
        }
        return real.apply(this, arguments);
    };";

/// Opens mails, each in a frame, and says what ran.
const OPEN: &str = r"
    const [messages, sandbox, done] = arguments;
    const call = async (command, fields) => {
        const headers = { ...window.keys, 'Content-Type': 'application/json', 'Tauri-Callback': '0', 'Tauri-Error': '0' };
        const answer = await fetch(`ipc://localhost/${command}`, { method: 'POST', headers, body: JSON.stringify(fields) });
        return answer.json();
    };
    const pause = (time) => new Promise((go) => setTimeout(go, time));
    (async () => {
        const open = [];
        const opened = await Promise.all(messages.map((message) => call('message_open', { message, remote: false })));
        for (const { token } of opened) {
            if (!token) throw new Error('a message does not open');
            const frame = document.createElement('iframe');
            if (sandbox) frame.setAttribute('sandbox', 'allow-scripts allow-popups');
            frame.style.cssText = 'position:fixed;right:0;bottom:0;width:300px;height:200px;opacity:.05;pointer-events:none';
            const loaded = new Promise((go) => { frame.onload = go; });
            frame.src = `mail://localhost/${token}/body`;
            document.body.append(frame);
            open.push([frame, token, Promise.race([loaded, pause(2000)])]);
        }
        await Promise.all(open.map(([, , loaded]) => loaded));
        await pause(400);
        for (const [frame] of open) frame.remove();
        await Promise.all(open.map(([, token]) => call('message_close', { token })));
        done([window.hits.splice(0), document.title, location.href]);
    })().catch((error) => done(String(error)));";

/// What a run of all vectors brought.
#[derive(Debug, Default)]
struct Outcome {
    /// Vectors whose script ran.
    ran: BTreeSet<u32>,
    /// Vectors that reached a server or a name.
    reached: BTreeSet<u32>,
    /// What was heard that names no vector, with those that were open then.
    unnamed: Vec<(Heard, Vec<u32>)>,
}

struct Attacks {
    ears: Ears,
    profile: tempfile::TempDir,
    /// In the order of opening: those that only connect are last, in batches of their own.
    vectors: Vec<Vector>,
    messages: BTreeMap<u32, i64>,
}

impl Attacks {
    async fn delivered(name: &str) -> anyhow::Result<Self> {
        let (lab, ears) = (Lab::shared(), Ears::open()?);
        let user = lab.user(name);
        let mut all = vectors(&ears)?;
        all.sort_by_key(|vector| connects_only(&vector.html));
        for vector in &all {
            lab.deliver(&user, &vector.mail())?;
        }
        let profile = tempfile::tempdir()?;
        mailbox::synced(profile.path(), lab, &user).await?;
        let messages = numbered(profile.path()).await?;
        ensure!(messages.len() == all.len(), "{} of {} vectors are there", messages.len(), all.len());
        Ok(Self { ears, profile, vectors: all, messages })
    }

    /// Opens all of them, with these walls down.
    async fn open(&self, down: &str, sandbox: bool) -> anyhow::Result<Outcome> {
        let mut environment = self.ears.environment()?;
        environment.push(("POSTROOM_TEST_WALLS_DOWN", PathBuf::from(down)));
        let app = App::start_in(self.profile.path(), &environment).await?;
        listen(&app).await?;
        self.ears.take();
        let mut outcome = Outcome::default();
        // Nothing but sandbox and policy stops a dialog, and one stops the driver.
        let dialogs = !sandbox && down.contains("sanitiser") && down.contains("policy");
        let opened = self.vectors.iter().filter(|vector| !dialogs || !shows_dialog(&vector.html));
        let (last, first): (Vec<_>, Vec<_>) = opened.partition(|vector| connects_only(&vector.html));
        for batch in first.chunks(BATCH).chain(last.chunks(BATCH)) {
            self.open_batch(&app, batch, sandbox, &mut outcome).await.with_context(|| format!("walls down: {down}"))?;
        }
        app.quit().await?;
        Ok(outcome)
    }

    async fn open_batch(
        &self,
        app: &App,
        batch: &[&Vector],
        sandbox: bool,
        outcome: &mut Outcome,
    ) -> anyhow::Result<()> {
        let ids: Vec<u32> = batch.iter().map(|vector| vector.id).collect();
        let messages: Vec<i64> = ids.iter().filter_map(|id| self.messages.get(id).copied()).collect();
        let said = app.driver.execute_async(OPEN, vec![json!(messages), json!(sandbox)]).await?;
        let said = said.json();
        let hits = said.get(0).and_then(Value::as_array).with_context(|| format!("{said} for {ids:?}"))?;
        outcome.ran.extend(hits.iter().filter_map(Value::as_u64).filter_map(|id| u32::try_from(id).ok()));
        // The app's page is still itself.
        ensure!(said.get(1) == Some(&json!("Postroom")), "the title is {said} after {ids:?}");
        ensure!(said.get(2).and_then(Value::as_str).is_some_and(|at| at.starts_with("tauri://localhost")), "{said}");
        for heard in self.ears.take() {
            match heard {
                Heard::Request(id) | Heard::Name(id) if id > 0 => drop(outcome.reached.insert(id)),
                other => outcome.unnamed.push((other, ids.clone())),
            }
        }
        Ok(())
    }

    fn named(&self, ids: impl IntoIterator<Item = u32>) -> Vec<String> {
        let html = |id: u32| self.vectors.iter().find(|vector| vector.id == id).map(|vector| vector.html.as_str());
        ids.into_iter().map(|id| format!("{id}: {}", html(id).unwrap_or_default())).collect()
    }

    fn ids(&self, wanted: impl Fn(&Vector) -> bool) -> BTreeSet<u32> {
        self.vectors.iter().filter(|vector| wanted(vector)).map(|vector| vector.id).collect()
    }
}

/// Whether a vector opens connections that no policy stops, in `WebKitGTK` as in Chromium: known by a run with the policy
/// alone.
fn connects_only(html: &str) -> bool {
    let html = html.to_ascii_lowercase();
    html.contains("preconnect") || html.contains("dns-prefetch")
}

/// Whether a vector's script could show a dialog.
fn shows_dialog(html: &str) -> bool {
    ["alert", "confirm(", "prompt(", "print("].iter().any(|call| html.contains(call))
}

/// Which message holds which vector.
async fn numbered(profile: &Path) -> anyhow::Result<BTreeMap<u32, i64>> {
    let key = Secret::new(VAULT_KEY.to_owned());
    let postroom = Postroom::open(Config { data_dir: profile.to_owned(), vault_key: Some(key) }).await?;
    let folder = postroom.folder_find(None, "INBOX").await?;
    let rows = postroom.list_page(folder.id, 5_000, None).await?.messages;
    postroom.close().await;
    let number = |subject: &str| subject.strip_prefix("vector ").and_then(|number| number.parse().ok());
    Ok(rows.iter().filter_map(|row| Some((number(&row.subject)?, row.id.0))).collect())
}

/// Lets the page hear, and waits for its keys.
async fn listen(app: &App) -> anyhow::Result<()> {
    app.find("message-list").await?;
    app.driver.execute(LISTEN, Vec::new()).await?;
    // Whatever asks the core for something.
    app.click("settings").await?;
    app.click("settings-storage").await?;
    app.until("the page's keys", async || {
        let keys = app.driver.execute("return window.keys?.['postroom-token'] ?? ''", Vec::new()).await;
        keys.is_ok_and(|keys| keys.json().as_str().is_some_and(|token| token.len() == 32))
    })
    .await
}

#[track_caller]
fn nothing(attacks: &Attacks, outcome: &Outcome, walls: &str) {
    assert_eq!(attacks.named(outcome.ran.iter().copied()), Vec::<String>::new(), "ran with {walls}");
    assert_eq!(attacks.named(outcome.reached.iter().copied()), Vec::<String>::new(), "reached out with {walls}");
    assert_eq!(outcome.unnamed, [], "heard with {walls}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_wall_holds_alone_what_it_is_there_for() -> anyhow::Result<()> {
    let attacks = Attacks::delivered("walls").await?;
    assert!(attacks.vectors.len() > 800, "{}", attacks.vectors.len());

    let all = attacks.open("", true).await?;
    nothing(&attacks, &all, "all walls");
    let sanitiser = attacks.open("policy,proxy", false).await?;
    nothing(&attacks, &sanitiser, "the sanitiser alone");

    // No policy forbids a preconnect; the proxy does.
    let policy = attacks.open("sanitiser,proxy", false).await?;
    let connecting = attacks.ids(|vector| connects_only(&vector.html));
    assert_eq!(attacks.named(policy.ran.iter().copied()), Vec::<String>::new(), "ran with the policy alone");
    let others = policy.reached.difference(&connecting).copied();
    assert_eq!(attacks.named(others), Vec::<String>::new(), "reached out with the policy alone");
    let by_others: Vec<_> =
        policy.unnamed.iter().filter(|(_, open)| !open.iter().all(|id| connecting.contains(id))).collect();
    assert_eq!(by_others, Vec::<&(Heard, Vec<u32>)>::new(), "heard with the policy alone");
    assert_ne!(policy.unnamed, [], "a preconnect is stopped by the policy now: say so in decision 3");
    let mended = attacks.open("sanitiser", false).await?;
    nothing(&attacks, &mended, "policy and proxy");

    // Down: everything but the sandbox. It lets scripts run, for ours must; they get at nothing of the app's.
    let sandbox = attacks.open("sanitiser,policy,proxy", true).await?;
    let breached = attacks.ids(|vector| vector.breach);
    assert_eq!(attacks.named(sandbox.ran.intersection(&breached).copied()), Vec::<String>::new());
    let left = attacks.ids(|vector| matches!(vector.class.as_str(), "form" | "top"));
    assert_eq!(attacks.named(sandbox.reached.intersection(&left).copied()), Vec::<String>::new());

    // The proxy alone: scripts run, and hear nothing from outside.
    let proxy = attacks.open("sanitiser,policy", false).await?;
    assert_eq!(attacks.named(proxy.reached.iter().copied()), Vec::<String>::new(), "reached out with the proxy alone");
    assert_eq!(proxy.unnamed, [], "heard with the proxy alone");

    // Without any wall the ears hear, so what they did not hear above did not happen.
    let none = attacks.open("sanitiser,policy,proxy", false).await?;
    assert!(none.ran.len() > 150 && none.reached.len() > 200, "{} ran, {} reached", none.ran.len(), none.reached.len());
    let names = attacks.ids(|vector| vector.html.contains(ears::DOMAIN) && !vector.html.contains(&attacks.ears.host));
    assert!(none.reached.intersection(&names).count() > 2, "no name was heard to be looked up");
    Ok(())
}
