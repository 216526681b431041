//! Putting the app together: the profile, the window, the plugins, and an orderly end.

use std::time::Duration;

use postroom_core::walls::{Wall, stands};
use postroom_core::{Config, Postroom};
use postroom_types::{Fault, FaultCode};
use tauri::webview::{NewWindowResponse, WebviewWindowBuilder};
use tauri::{App, AppHandle, Manager as _};

use crate::asks::Asks;
use crate::instance::{self, Asked, Ear};
use crate::options::Options;
use crate::page::Page;
use crate::startup::Startup;
use crate::{commands, events, logging, mail_scheme, navigation, page, ready};

/// How long a close may take to finish what it is writing; a server that does not answer must not hold the process.
const CLOSE: Duration = Duration::from_secs(10);
/// How long a start waits for a profile that another program is about to let go.
const WAIT: Duration = Duration::from_secs(3);
const STEP: Duration = Duration::from_millis(100);
/// Where the web view takes the network to be. Its pages come by schemes of ours, so it needs none: what gets past the
/// frame's policy, as a preconnect does, ends at a port where nobody listens, and asks no DNS before.
const NOWHERE: &str = "socks5://127.0.0.1:1";

/// A profile that is ours, and the ear for second starts: those wait from now on until the window is there.
pub(crate) struct Opened {
    postroom: Postroom,
    ear: Option<Ear>,
}

/// What became of an attempt to have the profile.
pub(crate) enum Profile {
    /// It is ours.
    Open(Opened),
    /// Another app has it, and does what this one was asked for.
    HandedOver,
}

/// Runs until the last window is closed.
pub(crate) fn run(options: Options) -> anyhow::Result<()> {
    let logging = logging::start(&options.data_dir);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // The runtime outlives the app: it is dropped after `close` below.
    tauri::async_runtime::set(runtime.handle().clone());
    let opened = match runtime.block_on(open(&options)) {
        Ok(Profile::HandedOver) => return Ok(()),
        Ok(Profile::Open(opened)) => Ok(opened),
        // The window says why, and tries again when the user says so.
        Err(fault) => Err(fault),
    };
    let app = builder(options, opened).build(tauri::generate_context!())?;
    let handle = app.handle().clone();
    // `App::run` would end the process itself, and nothing below would be done.
    let code = app.run_return(|_, _| {});
    tracing::info!(code, "the window is closed");
    if let Some(postroom) = handle.try_state::<Postroom>()
        && runtime.block_on(tokio::time::timeout(CLOSE, postroom.close())).is_err()
    {
        tracing::warn!("the profile took too long to close");
    }
    drop(logging);
    Ok(())
}

/// Opens the profile, or hands over to the app that has it.
pub(crate) async fn open(options: &Options) -> Result<Profile, Fault> {
    let end = tokio::time::Instant::now() + WAIT;
    loop {
        let config = Config { data_dir: options.data_dir.clone(), vault_key: options.vault_key.clone() };
        let fault = match Postroom::open(config).await {
            Ok(postroom) => {
                let ear = instance::listen(&options.data_dir);
                let ear = ear.inspect_err(|error| tracing::warn!(%error, "a second start will not be heard")).ok();
                return Ok(Profile::Open(Opened { postroom, ear }));
            }
            Err(fault) => fault,
        };
        if fault.code == FaultCode::ProfileInUse {
            match instance::hand_over(&options.data_dir, &Asked::here(&options.links)).await {
                Ok(()) => {
                    tracing::info!("handed over to the app that has the profile");
                    return Ok(Profile::HandedOver);
                }
                Err(error) => tracing::debug!(%error, "who has the profile does not listen"),
            }
            // It is just being opened or closed, or postroomctl has it for a moment.
            if tokio::time::Instant::now() < end {
                tokio::time::sleep(STEP).await;
                continue;
            }
        }
        tracing::error!(code = fault.code.as_str(), "the profile cannot be opened");
        return Err(fault.with("path", options.data_dir.display().to_string()));
    }
}

fn builder(options: Options, opened: Result<Opened, Fault>) -> tauri::Builder<tauri::Wry> {
    let api = commands::api();
    let handler = api.invoke_handler();
    let asks = Asks::default();
    asks.keep(&Asked::here(&options.links));
    plugins(&options)
        .manage(asks)
        .manage(Page::default())
        .manage(Startup::new(options))
        .invoke_handler(page::guarded(handler))
        .on_page_load(|webview, payload| page::watch(webview, payload.event()))
        .register_asynchronous_uri_scheme_protocol("mail", |context, request, responder| {
            mail_scheme::answer(context.app_handle(), &request, responder);
        })
        .plugin(navigation::guard())
        .setup(move |app| {
            api.mount_events(app);
            match opened {
                Ok(opened) => tauri::async_runtime::block_on(async { begin(app.handle(), opened) }),
                Err(fault) => app.state::<Startup>().failed(fault),
            }
            open_window(app)
        })
}

/// Puts an open profile to work. Must be called on the runtime.
pub(crate) fn begin(app: &AppHandle, opened: Opened) {
    let Opened { postroom, ear } = opened;
    let startup = app.state::<Startup>();
    let options = startup.options();
    events::forward(&postroom, app.clone());
    if let Some(file) = &options.ready_file {
        ready::watch(&postroom, file.clone());
    }
    postroom.start();
    app.manage(postroom);
    if let Some(ear) = ear {
        let app = app.clone();
        tauri::async_runtime::spawn(ear.hear(move |asked| second_start(&app, &asked)));
    }
}

/// Somebody started the app again on this profile: its window comes to the front.
fn second_start(app: &AppHandle, asked: &Asked) {
    tracing::info!(links = asked.links.len(), "a second start: the window is shown");
    app.state::<Asks>().keep(asked);
    if let Some(window) = app.get_webview_window("main") {
        let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "the window cannot be shown");
        }
        app.state::<Page>().asked();
    }
}

/// Opens the window that the configuration describes. It is made here, not by Tauri, so that no page can open another:
/// a link of a message is opened outside, by `open_link`, after its check.
fn open_window(app: &App) -> Result<(), Box<dyn std::error::Error>> {
    for config in &app.config().app.windows {
        let window = WebviewWindowBuilder::from_config(app, config)?.on_new_window(|_, _| NewWindowResponse::Deny);
        // While developing, the page itself comes by HTTP.
        let window = if !tauri::is_dev() && stands(Wall::Proxy) { window.proxy_url(NOWHERE.parse()?) } else { window };
        window.build()?;
    }
    Ok(())
}

fn plugins(options: &Options) -> tauri::Builder<tauri::Wry> {
    let builder = tauri::Builder::default();
    // Where the window stood is kept for the user's own profile alone.
    let builder = if options.own_profile {
        builder.plugin(tauri_plugin_window_state::Builder::default().with_filter(|label| label == "main").build())
    } else {
        builder
    };
    builder.plugin(tauri_plugin_dialog::init()).plugin(tauri_plugin_opener::init())
}
