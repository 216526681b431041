//! Putting the app together: the profile, the window, the plugins, and an orderly end.

use std::time::Duration;

use postroom_core::{Config, Postroom};
use postroom_types::{Fault, FaultCode};
use tauri::webview::{NewWindowResponse, WebviewWindowBuilder};
use tauri::{App, Manager as _};
use tauri_plugin_dialog::{DialogExt as _, MessageDialogKind};

use crate::options::Options;
use crate::{commands, events, logging, mail_scheme, navigation, ready};

/// How long a close may take to finish what it is writing; a server that does not answer must not hold the process.
const CLOSE: Duration = Duration::from_secs(10);

/// Runs until the last window is closed.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let logging = logging::start(&options.data_dir);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // The runtime outlives the app: it is dropped after `close` below.
    tauri::async_runtime::set(runtime.handle().clone());
    let config = Config { data_dir: options.data_dir.clone(), vault_key: options.vault_key.clone() };
    let opened = runtime.block_on(Postroom::open(config));
    let postroom = match opened {
        Ok(postroom) => postroom,
        Err(fault) => {
            // With the user's own profile in use, the plugin below hands over to the running app and ends this one.
            tracing::error!(code = fault.code.as_str(), "the profile cannot be opened");
            return window_without_profile(options, fault);
        }
    };
    let app = builder(options, &postroom).build(tauri::generate_context!())?;
    // `App::run` would end the process itself, and nothing below would be done.
    let code = app.run_return(|_, _| {});
    tracing::info!(code, "the window is closed");
    if runtime.block_on(tokio::time::timeout(CLOSE, postroom.close())).is_err() {
        tracing::warn!("the profile took too long to close");
    }
    drop(logging);
    Ok(())
}

fn builder(options: &Options, postroom: &Postroom) -> tauri::Builder<tauri::Wry> {
    let api = commands::api();
    let handler = api.invoke_handler();
    let (postroom, ready_file) = (postroom.clone(), options.ready_file.clone());
    let scheme = postroom.clone();
    plugins(options)
        .manage(postroom.clone())
        .invoke_handler(handler)
        .register_asynchronous_uri_scheme_protocol("mail", move |_, request, responder| {
            mail_scheme::answer(scheme.clone(), &request, responder);
        })
        .plugin(navigation::guard())
        .setup(move |app| {
            api.mount_events(app);
            events::forward(&postroom, app.handle().clone());
            if let Some(file) = ready_file {
                ready::watch(&postroom, file);
            }
            tauri::async_runtime::block_on(async { postroom.start() });
            open_window(app)
        })
}

/// Opens the window that the configuration describes. It is made here, not by Tauri, so that no page can open another:
/// a link of a message is opened outside, by `open_link`, after its check.
fn open_window(app: &App) -> Result<(), Box<dyn std::error::Error>> {
    for config in &app.config().app.windows {
        WebviewWindowBuilder::from_config(app, config)?.on_new_window(|_, _| NewWindowResponse::Deny).build()?;
    }
    Ok(())
}

fn plugins(options: &Options) -> tauri::Builder<tauri::Wry> {
    let builder = tauri::Builder::default();
    let builder = if options.own_profile {
        // First of all plugins, as its page asks: a second start shows the first one's window.
        builder
            .plugin(tauri_plugin_single_instance::init(|app, _, _| {
                if let Some(window) = app.get_webview_window("main") {
                    drop(window.unminimize().and_then(|()| window.set_focus()));
                }
            }))
            .plugin(tauri_plugin_window_state::Builder::default().build())
    } else {
        builder
    };
    builder.plugin(tauri_plugin_dialog::init()).plugin(tauri_plugin_opener::init())
}

/// Says in both languages why there is no mail to show, then ends.
fn window_without_profile(options: &Options, fault: Fault) -> anyhow::Result<()> {
    let (english, chinese) = match fault.code {
        FaultCode::ProfileInUse => ("Postroom is running already.", "收发室已在运行。"),
        FaultCode::ProfileTooNew => (
            "This profile was written by a newer Postroom. Update Postroom.",
            "此数据由更新版本的收发室写入，更新后再打开。",
        ),
        FaultCode::VaultKeyWrong => {
            ("POSTROOM_VAULT_KEY is not the key of this profile.", "POSTROOM_VAULT_KEY 与此数据的密钥不符。")
        }
        _ => (
            "The mail on this computer cannot be opened. Check that the disk is not full and the folder can be written.",
            "无法打开本机邮件。检查磁盘空间和文件夹权限。",
        ),
    };
    let text = format!("{english}\n{chinese}\n\n{}\n{}", fault.message, options.data_dir.display());
    let app = plugins(options).build(tauri::generate_context!())?;
    let handle = app.handle().clone();
    app.dialog().message(text).title("Postroom 收发室").kind(MessageDialogKind::Error).show(move |_| handle.exit(1));
    let _code = app.run_return(|_, _| {});
    Err(anyhow::Error::new(fault))
}
