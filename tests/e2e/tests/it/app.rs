//! The app under a driver, on a display of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::json;
use thirtyfour::{TypingData, prelude::*};

/// The key of every test profile's password vault.
pub(crate) const VAULT_KEY: &str = "the tests' own key";
const PATIENCE: Duration = Duration::from_secs(40);
const STEP: Duration = Duration::from_millis(50);

/// A running app. Call [`App::quit`] at the end; dropping it stops everything too, for tests that fail.
pub(crate) struct App {
    pub(crate) driver: WebDriver,
    /// Where it runs: what a second start needs to find the same display.
    surroundings: Vec<(&'static str, PathBuf)>,
    _driver: Process,
    _display: Process,
    _folders: tempfile::TempDir,
}

/// A process with its children, stopped when dropped.
pub(crate) struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // The group has the web view's own processes in it.
        let group = format!("-{}", self.0.id());
        drop(Command::new("kill").args(["-TERM", "--", &group]).stderr(Stdio::null()).status());
        std::thread::sleep(Duration::from_millis(100));
        drop(Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status());
        drop(self.0.wait());
    }
}

impl Process {
    /// Its exit code, once it has ended by itself.
    pub(crate) async fn code(&mut self) -> anyhow::Result<Option<i32>> {
        Ok(eventually("the end of a program", || self.0.try_wait().ok().flatten()).await?.code())
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    /// Kills it as a crash would.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }
}

fn spawn(command: &mut Command) -> anyhow::Result<Process> {
    use std::os::unix::process::CommandExt as _;
    Ok(Process(command.stdin(Stdio::null()).process_group(0).spawn()?))
}

/// The environment of every program that shows the app.
fn surround(command: &mut Command, surroundings: &[(&'static str, PathBuf)]) {
    command.env("POSTROOM_VAULT_KEY", VAULT_KEY).env("LANG", "C.UTF-8");
    command.env_remove("WAYLAND_DISPLAY").env_remove("DBUS_SESSION_BUS_ADDRESS");
    command.envs(surroundings.iter().map(|(name, value)| (name, value)));
}

fn binary(variable: &str, fallback: &str) -> PathBuf {
    let found = std::env::var_os(variable)
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target").join(fallback), PathBuf::from);
    assert!(found.exists(), "{} is missing: run `make test`, which builds it", found.display());
    found
}

/// Two ports that were free a moment ago.
fn free_ports() -> anyhow::Result<(u16, u16)> {
    // Both are held at once, or they could be the same.
    let (one, two) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    Ok((one.local_addr()?.port(), two.local_addr()?.port()))
}

/// Looks until there is something to see.
pub(crate) async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> anyhow::Result<T> {
    for _ in 0..600 {
        if let Some(found) = look() {
            return Ok(found);
        }
        tokio::time::sleep(STEP).await;
    }
    bail!("{what}: nothing after 30 s")
}

impl App {
    /// Starts the app on a profile.
    pub(crate) async fn start(profile: &Path) -> anyhow::Result<Self> {
        Self::start_in(profile, &[]).await
    }

    /// Starts the app on a profile, with more in its environment.
    pub(crate) async fn start_in(profile: &Path, environment: &[(&'static str, PathBuf)]) -> anyhow::Result<Self> {
        // The client that talks to the driver is built with a TLS library, and asks for its provider.
        postroom_core::install_crypto_provider();
        postroom_core::install_crypto_provider();
        let folders = tempfile::tempdir()?;
        let number = folders.path().join("display");
        let mut xvfb = Command::new("bash");
        xvfb.args(["-c", "exec Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>\"$1\"", "_"]).arg(&number);
        let display = spawn(xvfb.stdout(Stdio::null()).stderr(Stdio::null()))?;
        let screen = eventually("Xvfb", || {
            std::fs::read_to_string(&number).ok().filter(|text| text.ends_with('\n')).map(|text| text.trim().to_owned())
        })
        .await?;
        let (port, native) = free_ports()?;
        let mut driver = Command::new(binary("TAURI_DRIVER", "tools/bin/tauri-driver"));
        driver.args(["--port", &port.to_string(), "--native-port", &native.to_string()]);
        let mut surroundings = vec![("DISPLAY", PathBuf::from(format!(":{screen}")))];
        for name in ["XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
            let folder = folders.path().join(name);
            std::fs::create_dir(&folder)?;
            surroundings.push((name, folder));
        }
        surroundings.extend(environment.iter().cloned());
        surround(&mut driver, &surroundings);
        let driver = spawn(driver.stdout(Stdio::null()).stderr(Stdio::null()))?;
        eventually("tauri-driver", || std::net::TcpStream::connect(("127.0.0.1", port)).ok().map(drop)).await?;
        let mut capabilities = Capabilities::new();
        let app = binary("POSTROOM_APP", "debug/postroom");
        capabilities.set("tauri:options", json!({ "application": app, "args": ["--data-dir", profile] }))?;
        let session = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await.context("the app")?;
        Ok(Self { driver: session, surroundings, _driver: driver, _display: display, _folders: folders })
    }

    /// Starts the program once more beside this one, without a driver.
    pub(crate) fn again(&self, profile: &Path, arguments: &[&str]) -> anyhow::Result<Process> {
        let mut command = Command::new(binary("POSTROOM_APP", "debug/postroom"));
        surround(&mut command, &self.surroundings);
        spawn(command.arg("--data-dir").arg(profile).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()))
    }

    /// The element with this test id, once it is there.
    pub(crate) async fn find(&self, testid: &str) -> anyhow::Result<WebElement> {
        self.css(&format!("[data-testid='{testid}']")).await
    }

    /// The first element that a selector finds, once it is there.
    pub(crate) async fn css(&self, selector: &str) -> anyhow::Result<WebElement> {
        self.first(By::Css(selector), selector).await
    }

    /// The row of the list that holds this text, once it is there.
    pub(crate) async fn row(&self, text: &str) -> anyhow::Result<WebElement> {
        let path = format!("//*[starts-with(@data-testid, 'row-') and @role='option'][contains(., '{text}')]");
        self.first(By::XPath(&path), &format!("a row with {text:?}")).await
    }

    /// Waits until no row of the list holds this text.
    pub(crate) async fn no_row(&self, text: &str) -> anyhow::Result<()> {
        self.until(&format!("no row with {text:?}"), async || !self.says("message-list").await.contains(text)).await
    }

    async fn first(&self, by: By, what: &str) -> anyhow::Result<WebElement> {
        match self.driver.query(by).wait(PATIENCE, STEP).first().await {
            Ok(element) => Ok(element),
            Err(error) => bail!("there is not {what}: {error}\nThe page says:\n{}", self.page().await),
        }
    }

    pub(crate) async fn click(&self, testid: &str) -> anyhow::Result<()> {
        Ok(self.find(testid).await?.click().await?)
    }

    /// Presses keys where the focus is.
    pub(crate) async fn keys(&self, keys: impl Into<TypingData>) -> anyhow::Result<()> {
        Ok(self.driver.active_element().await?.send_keys(keys).await?)
    }

    /// Replaces what a field holds, and waits until all of it is there: the driver says that it is done while keys are
    /// still on their way.
    pub(crate) async fn fill(&self, testid: &str, text: &str) -> anyhow::Result<()> {
        let field = self.find(testid).await?;
        field.clear().await?;
        field.send_keys(text).await?;
        let end = Instant::now() + PATIENCE;
        let mut last = None;
        while Instant::now() < end {
            last = field.value().await?;
            if last.as_deref() == Some(text) {
                return Ok(());
            }
            tokio::time::sleep(STEP).await;
        }
        bail!("{testid} holds {last:?} after {text:?} was typed\nThe page says:\n{}", self.page().await)
    }

    /// Waits until an element's text holds this.
    pub(crate) async fn reads(&self, testid: &str, text: &str) -> anyhow::Result<()> {
        self.until(&format!("{text:?} in {testid}"), async || self.says(testid).await.contains(text)).await
    }

    /// The text of an element as it is drawn; empty while there is none.
    ///
    /// Not `WebElement::text`: the driver's script takes what is cut off by an ellipsis for invisible.
    async fn says(&self, testid: &str) -> String {
        // The element may be drawn anew between the two calls.
        match self.driver.find(By::Css(format!("[data-testid='{testid}']"))).await {
            Ok(element) => element.prop("innerText").await.ok().flatten().unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    async fn page(&self) -> String {
        match self.driver.find(By::Css("body")).await {
            Ok(body) => body.prop("innerText").await.ok().flatten().unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    /// Waits until this is so.
    pub(crate) async fn until(&self, what: &str, so: impl AsyncFn() -> bool) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if so().await {
                return Ok(());
            }
            tokio::time::sleep(STEP).await;
        }
        bail!("waited in vain for {what}\nThe page says:\n{}", self.page().await)
    }

    /// The text of the message's frame, once it holds this. Afterwards the web view sends keys nowhere, whatever has
    /// the focus, until something is clicked: a matter of the driver's frames, not of the app.
    pub(crate) async fn frame_text(&self, wanted: &str) -> anyhow::Result<String> {
        let end = Instant::now() + PATIENCE;
        let mut last = String::new();
        while Instant::now() < end {
            let frame = self.find("reader-frame").await?;
            if frame.enter_frame().await.is_ok() {
                last = self.page().await;
                self.driver.enter_default_frame().await?;
                if last.contains(wanted) {
                    return Ok(last);
                }
            }
            tokio::time::sleep(STEP).await;
        }
        bail!("the frame does not show {wanted:?} but {last:?}")
    }

    /// Runs a script in the message's frame.
    pub(crate) async fn ask_frame(&self, script: &str) -> anyhow::Result<serde_json::Value> {
        self.find("reader-frame").await?.enter_frame().await?;
        let answer = self.driver.execute(script, Vec::new()).await;
        self.driver.enter_default_frame().await?;
        Ok(answer?.json().clone())
    }

    /// Ends the app in order.
    pub(crate) async fn quit(self) -> anyhow::Result<()> {
        Ok(self.driver.clone().quit().await?)
    }
}
