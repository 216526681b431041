//! Dragging a file out of the window to a folder or another program.
//!
//! On Linux the `drag` library takes its answer away before the other program has asked for it, so GTK is spoken to here.

use std::path::Path;

use tauri::WebviewWindow;

/// What hangs on the pointer.
#[cfg(not(target_os = "linux"))]
const ICON: &[u8] = include_bytes!("../../icons/32x32.png");

/// Begins to drag; the system does the rest. On the main thread only.
pub(crate) fn start(window: &WebviewWindow, path: &Path) {
    if let Err(error) = begin(window, path) {
        tracing::warn!(error, "a file cannot be dragged");
    }
}

#[cfg(not(target_os = "linux"))]
fn begin(window: &WebviewWindow, path: &Path) -> Result<(), String> {
    let files = drag::DragItem::Files(vec![path.to_owned()]);
    let done = |result, _place| tracing::debug!(?result, "a file was dragged");
    drag::start_drag(window, files, drag::Image::Raw(ICON.to_vec()), done, drag::Options::default())
        .map_err(|error| error.to_string())
}

#[cfg(target_os = "linux")]
fn begin(window: &WebviewWindow, path: &Path) -> Result<(), String> {
    use std::cell::Cell;
    use std::rc::Rc;

    use gtk::gdk::DragAction;
    use gtk::prelude::*;

    /// The left one.
    const BUTTON: i32 = 1;

    let window = window.gtk_window().map_err(|error| error.to_string())?;
    let address = address(path).ok_or("the file has no address")?;
    let targets = gtk::TargetList::new(&[]);
    targets.add_uri_targets(0);
    let answers = window.connect_drag_data_get(move |_, _, data, _, _| {
        data.set_uris(&[&address]);
    });
    // Whoever takes the file asks for it after the drop: the answer stands until the end.
    let handlers = Rc::new(Cell::new(Some(answers)));
    let end = Rc::new(Cell::new(None));
    let (kept, own) = (Rc::clone(&handlers), Rc::clone(&end));
    end.set(Some(window.connect_drag_end(move |window, _| {
        for handler in [kept.take(), own.take()].into_iter().flatten() {
            window.disconnect(handler);
        }
    })));
    if window.drag_begin_with_coordinates(&targets, DragAction::COPY, BUTTON, None, -1, -1).is_some() {
        return Ok(());
    }
    for handler in [handlers.take(), end.take()].into_iter().flatten() {
        window.disconnect(handler);
    }
    Err("the system does not drag".to_owned())
}

/// The address of a file (RFC 8089), whatever stands in its name.
#[cfg(target_os = "linux")]
fn address(path: &Path) -> Option<String> {
    url::Url::from_file_path(path).ok().map(String::from)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_an_address() {
        let name = address(Path::new("/a/100% 报价#1.pdf"));
        assert_eq!(name.as_deref(), Some("file:///a/100%25%20%E6%8A%A5%E4%BB%B7%231.pdf"));
    }
}
