//! The app's commands, called from a message's frame that has stolen everything that Tauri itself asks for.
//!
//! The frame has Tauri's invoke key and the page's numbers for answers; it sends by the web view's own channel, and,
//! with policy and sandbox taken down too, by the `ipc:` scheme. Answers arrive at the page, which is where Tauri sends
//! them, and there they are counted.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use postroom_lab::Lab;
use serde_json::{Value, json};

use super::listen;
use crate::app::App;
use crate::mailbox;

/// Makes a pair of numbers for each command by which the page hears what it answered.
const PAGE: &str = r"
    window.answers = {};
    return arguments[0].map((command) => ['ok', 'error'].map((what) => {
        window.answers[command] = [];
        return window.__TAURI_INTERNALS__.transformCallback((value) => { window.answers[command].push([what, value]); });
    }));";

/// Calls every command from the frame by the web view's channel.
const CHANNEL: &str = r"
    const [commands, numbers, key, fields, headers] = arguments;
    const channel = window.webkit.messageHandlers.ipc;
    commands.forEach((cmd, at) => channel.postMessage(JSON.stringify({
        cmd, callback: numbers[at][0], error: numbers[at][1], payload: fields, options: { headers }, __TAURI_INVOKE_KEY__: key,
    })));
    return commands.length;";

/// Calls every command from the frame by the scheme.
const SCHEME: &str = r"
    const [commands, key, fields, headers, done] = arguments;
    Promise.all(commands.map(async (command) => {
        try {
            const answer = await fetch(`ipc://localhost/${command}`, {
                method: 'POST',
                headers: { 'Content-Type': 'application/json', 'Tauri-Callback': '0', 'Tauri-Error': '0', 'Tauri-Invoke-Key': key, ...headers },
                body: JSON.stringify(fields),
            });
            return answer.headers.get('Tauri-Response');
        } catch (error) {
            return 'stopped';
        }
    })).then(done);";

/// Every command by its name, and those of Tauri and its plugins that a page commonly has.
fn commands() -> anyhow::Result<Vec<String>> {
    let bindings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/ipc/bindings.ts");
    let text = std::fs::read_to_string(bindings)?;
    let ours = text.split("__TAURI_INVOKE(\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    let theirs = [
        "plugin:event|listen",
        "plugin:event|emit",
        "plugin:dialog|save",
        "plugin:dialog|open",
        "plugin:opener|open_url",
        "plugin:opener|open_path",
        "plugin:app|version",
        "plugin:window|close",
        "plugin:window|get_all_windows",
        "plugin:webview|create_webview_window",
        "plugin:webview|internal_toggle_devtools",
        "plugin:path|resolve_directory",
        "plugin:image|from_path",
        "plugin:menu|new",
        "plugin:tray|new",
        "plugin:resources|close",
    ];
    let all: Vec<String> = ours.chain(theirs.map(str::to_owned)).chain(["page_token".to_owned()]).collect();
    anyhow::ensure!(all.len() > 45, "{} commands", all.len());
    Ok(all)
}

/// What every command could want; each takes what it knows.
fn fields() -> Value {
    json!({
        "account": 1, "folder": 1, "message": 1, "messages": [1], "ids": [1], "remote": true, "token": "0", "part": 1,
        "parts": [1], "path": "/tmp/x", "name": "x", "query": "a", "limit": 1, "email": "a@example.test", "password": "x",
        "mark": { "seen": true, "flagged": null }, "keep": "everything", "budgetBytes": 0, "url": "https://example.test/",
        "check": false, "event": "change", "handler": 1, "target": { "kind": "Any" }, "payload": null, "options": {},
        "changes": "__CHANNEL__:1", "asks": "__CHANNEL__:2", "draft": null
    })
}

async fn opened(name: &str, down: &str) -> anyhow::Result<(App, tempfile::TempDir, String)> {
    let lab = Lab::shared();
    let user = lab.user(name);
    lab.deliver(&user, &mailbox::plain(1))?;
    let profile = tempfile::tempdir()?;
    mailbox::synced(profile.path(), lab, &user).await?;
    let app = App::start_in(profile.path(), &[("POSTROOM_TEST_WALLS_DOWN", PathBuf::from(down))]).await?;
    listen(&app).await?;
    app.css("[role='dialog'] header button").await?.click().await?;
    app.row("Order 1 delayed").await?.click().await?;
    app.frame_text("Body of order 1").await?;
    let key = app.driver.execute("return window.keys['Tauri-Invoke-Key']", Vec::new()).await?;
    let key = key.json().as_str().context("the key")?.to_owned();
    Ok((app, profile, key))
}

async fn answers(app: &App, wanted: usize) -> anyhow::Result<Value> {
    let count = "return Object.values(window.answers).filter((all) => all.length > 0).length";
    app.until("an answer to each call", async || {
        app.driver.execute(count, Vec::new()).await.is_ok_and(|count| count.json() == &json!(wanted))
    })
    .await?;
    Ok(app.driver.execute("return window.answers", Vec::new()).await?.json().clone())
}

fn came_through(answers: &Value) -> Vec<String> {
    let all = answers.as_object().into_iter().flatten();
    let good = |all: &Value| all.as_array().into_iter().flatten().any(|answer| answer.get(0) == Some(&json!("ok")));
    all.filter(|(_, all)| good(all)).map(|(command, _)| command.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_with_the_invoke_key_calls_nothing() -> anyhow::Result<()> {
    let (app, _profile, key) = opened("thief", "").await?;
    let commands = commands()?;
    for headers in [json!({}), json!({ "postroom-token": "" }), json!({ "postroom-token": "0".repeat(32) })] {
        let numbers = app.driver.execute(PAGE, vec![json!(commands)]).await?.json().clone();
        app.find("reader-frame").await?.enter_frame().await?;
        let fields = vec![json!(commands), numbers, json!(key), fields(), headers.clone()];
        let sent = app.driver.execute(CHANNEL, fields).await;
        app.driver.enter_default_frame().await?;
        assert_eq!(sent?.json(), &json!(commands.len()));
        let answers = answers(&app, commands.len()).await?;
        assert_eq!(came_through(&answers), Vec::<String>::new(), "with {headers}");
    }
    // The scheme is closed by the frame's policy.
    let by_scheme = by_scheme(&app, &commands, &key).await?;
    assert!(by_scheme.iter().all(|answer| answer == "stopped"), "{by_scheme:?}");

    // The same calls with the page's token do come through: it is the token that was missing.
    let numbers = app.driver.execute(PAGE, vec![json!(["status", "folders", "accounts"])]).await?.json().clone();
    let token = app.driver.execute("return window.keys['postroom-token']", Vec::new()).await?.json().clone();
    app.find("reader-frame").await?.enter_frame().await?;
    let known = vec![
        json!(["status", "folders", "accounts"]),
        numbers,
        json!(key),
        json!({}),
        json!({ "postroom-token": token }),
    ];
    let sent = app.driver.execute(CHANNEL, known).await;
    app.driver.enter_default_frame().await?;
    sent?;
    let answers = answers(&app, 3).await?;
    assert_eq!(came_through(&answers).len(), 3, "{answers}");
    app.quit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_policy_and_sandbox_it_still_calls_nothing() -> anyhow::Result<()> {
    let (app, _profile, key) = opened("burglar", "sanitiser,policy,proxy").await?;
    let open = "const frame = document.querySelector('[data-testid=reader-frame]'); frame.removeAttribute('sandbox'); \
                frame.src = frame.src";
    app.driver.execute(open, Vec::new()).await?;
    app.frame_text("Body of order 1").await?;
    let commands = commands()?;
    let by_scheme = by_scheme(&app, &commands, &key).await?;
    assert!(by_scheme.iter().all(|answer| answer == "error" || answer == "stopped"), "{by_scheme:?}");
    app.quit().await
}

async fn by_scheme(app: &App, commands: &[String], key: &str) -> anyhow::Result<Vec<String>> {
    app.find("reader-frame").await?.enter_frame().await?;
    let answers = app.driver.execute_async(SCHEME, vec![json!(commands), json!(key), fields(), json!({})]).await;
    app.driver.enter_default_frame().await?;
    let answers = answers?;
    let all = answers.json().as_array().context("answers")?.iter();
    Ok(all.map(|answer| answer.as_str().unwrap_or("none").to_owned()).collect())
}
