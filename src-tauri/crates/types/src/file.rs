//! What a file that a message carries really is, and what may be done with it.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::PartNumber;

/// Why a file deserves a second look, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum FileWarning {
    /// A program: it runs when it is opened.
    Executable,
    /// A script, which most systems run when it is opened.
    Script,
    /// A shortcut, which opens something else than itself.
    Shortcut,
    /// Its name was written so that it reads otherwise than it is (marks that turn the direction of writing).
    Reversed,
    /// `invoice.pdf.exe`: a harmless ending before the real one.
    DoubleExtension,
    /// Its content is of another kind than its name says.
    Mismatch,
    /// An archive with a program, a script or a shortcut inside.
    HoldsProgram,
    /// A document with macros.
    Macros,
    /// A disk image: what it holds escapes the marks that warn of files from the internet.
    DiskImage,
    /// A web page or an SVG picture: it may hold scripts, and often asks for a password.
    WebPage,
    /// Locked with a password, so that no virus scanner has seen what it holds.
    Encrypted,
}

/// Whether a file may be handed to the system's program for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum OpenRule {
    /// Yes.
    Open,
    /// Once the user said so, having read the warnings.
    Ask,
    /// No: it would run. It can be saved.
    Never,
}

/// How a file is shown inside the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum Preview {
    /// As a picture.
    Picture,
    /// As pages.
    Pdf,
    /// As text.
    Text,
    /// As a table of text.
    Table,
}

/// What was found out about one file of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FileFacts {
    /// Which part.
    pub part: PartNumber,
    /// The worst first; mostly empty.
    pub warnings: Vec<FileWarning>,
    /// The usual ending of what it really is (`pdf`, `exe`); empty where that cannot be told.
    pub real: String,
    /// Whether it may be opened.
    pub open: OpenRule,
    /// How it can be shown here; `None`: not at all.
    pub preview: Option<Preview>,
}

/// A text or table of a file, for reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TextPreview {
    /// The text; empty for a table.
    pub text: String,
    /// The rows of a table, each as wide as it came; empty for a text.
    pub rows: Vec<Vec<String>>,
    /// Not all of it is here.
    pub cut: bool,
}
