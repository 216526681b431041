//! `postroomctl show`: one message, in the form that is asked for.

use std::io::{self, Read as _, Write};

use base64::engine::general_purpose::STANDARD;
use base64::write::EncoderWriter;
use clap::Args;
use postroom_core::{BodyReader, Postroom, ReadMessage};
use postroom_types::{Address, Attachment, Coming, Defect, MessageId};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Output, print_written, to_terminal};
use crate::profile::Profile;
use crate::row::{Paths, Row};
use crate::terminal;
use parts::{PartTree, root, trees};

mod parts;

/// Show a message: its head, files and text, or one form of it alone
///
/// With --json and no form: one document with everything. Control characters are left out of what goes to people;
/// --raw writes the very bytes, unless to a terminal.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  postroomctl show 42
  postroomctl show 42 --raw > message.eml")]
pub(crate) struct Show {
    /// The message's id, as `postroomctl list` shows it
    #[arg(value_name = "ID")]
    id: MessageId,
    #[command(flatten)]
    form: Forms,
}

/// At most one form.
#[derive(Debug, Args)]
#[group(multiple = false)]
#[expect(clippy::struct_excessive_bools, reason = "clap's flags; `Forms::chosen` makes one value of them")]
struct Forms {
    /// The message as it came; in JSON in base64
    #[arg(long)]
    raw: bool,
    /// The text alone
    #[arg(long)]
    text: bool,
    /// The HTML alone, made safe; empty if it has none
    #[arg(long)]
    html: bool,
    /// The header alone, as it came
    #[arg(long)]
    headers: bool,
    /// The tree of parts, with the numbers that `postroomctl save` takes and what is odd about each; what was in a
    /// winmail.dat, an Outlook message or a uuencoded text stands in it too
    #[arg(long)]
    parts: bool,
}

/// Bytes of a raw message that a terminal is shown.
const MOST_ON_SCREEN: u64 = 16 << 20;

/// What of a message is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Whole,
    Raw,
    Text,
    Html,
    Headers,
    Parts,
}

impl Forms {
    fn chosen(&self) -> Form {
        let forms = [
            (self.raw, Form::Raw),
            (self.text, Form::Text),
            (self.html, Form::Html),
            (self.headers, Form::Headers),
            (self.parts, Form::Parts),
        ];
        forms.into_iter().find(|(on, _)| *on).map_or(Form::Whole, |(_, form)| form)
    }
}

/// A whole message as JSON.
#[derive(Debug, Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    row: Row,
    cc: &'a [Address],
    reply_to: &'a [Address],
    message_id: &'a str,
    /// Lines end in `\n`.
    text: String,
    html: &'a str,
    headers: &'a str,
    /// The tree, from its root; empty where the message was not read.
    parts: Vec<PartTree<'a>>,
    attachments: &'a [Attachment],
    defects: &'a [Defect],
    /// How much of it is here, unless all is.
    #[serde(skip_serializing_if = "Option::is_none")]
    coming: Option<&'a Coming>,
}

/// One form of a message as JSON: `{"id", "text": …}` and so on; `--parts` is the tree alone.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Value<'a> {
    Text(String),
    Html(&'a str),
    Headers(&'a str),
}

/// A form with the message that it is of.
#[derive(Debug, Serialize)]
struct One<'a> {
    id: MessageId,
    #[serde(flatten)]
    value: Value<'a>,
}

impl Show {
    pub(crate) async fn run(self, profile: &Profile) -> Result<(), Failure> {
        let (id, output) = (self.id, profile.output);
        let form = self.form.chosen();
        if form == Form::Raw {
            // As it is read: the message may be larger than memory.
            return profile
                .with(async |postroom: &Postroom| print_raw(id, postroom.message_bytes(id).await?, output))
                .await;
        }
        let (message, paths) =
            profile.with(async |postroom| Ok((postroom.message_read(id).await?, Paths::load(postroom).await?))).await?;
        let one = |value| One { id, value };
        match form {
            Form::Whole | Form::Raw => output.print(&whole(&message, &paths), |out| write_whole(out, &message, &paths)),
            Form::Text => output
                .print(&one(Value::Text(terminal::line_ends(&message.text))), |out| write_text(out, &message.text)),
            Form::Html => output.print(&one(Value::Html(&message.html)), |out| write_text(out, &message.html)),
            Form::Headers => {
                output.print(&one(Value::Headers(&message.headers)), |out| write_text(out, &message.headers))
            }
            Form::Parts => output.print(&root(&message), |out| parts::write(out, &message)),
        }
    }
}

fn print_raw(id: MessageId, mut raw: BodyReader, output: Output) -> Result<(), Failure> {
    print_written(|out| match output {
        Output::Json => {
            write!(out, "{{\"id\":{id},\"raw\":\"")?;
            let mut encoder = EncoderWriter::new(&mut *out, &STANDARD);
            io::copy(&mut raw, &mut encoder)?;
            encoder.finish()?;
            drop(encoder);
            writeln!(out, "\"}}")
        }
        Output::Lines if to_terminal() => {
            // More is of no use on a screen, and what goes there is cleaned as a whole.
            let mut bytes = Vec::new();
            raw.take(MOST_ON_SCREEN).read_to_end(&mut bytes)?;
            out.write_all(terminal::bytes(&bytes).as_bytes())
        }
        Output::Lines => io::copy(&mut raw, out).map(drop),
    })
}

fn whole<'a>(message: &'a ReadMessage, paths: &Paths) -> Whole<'a> {
    Whole {
        row: paths.row(&message.row),
        cc: &message.cc,
        reply_to: &message.reply_to,
        message_id: &message.message_id,
        text: terminal::line_ends(&message.text),
        html: &message.html,
        headers: &message.headers,
        parts: trees(message),
        attachments: &message.attachments,
        defects: &message.defects,
        coming: message.coming.as_ref(),
    }
}

fn write_whole(out: &mut dyn Write, message: &ReadMessage, paths: &Paths) -> io::Result<()> {
    let row = &message.row;
    let people = [("From", &row.from), ("To", &row.to), ("Cc", &message.cc), ("Reply-To", &message.reply_to)];
    for (name, addresses) in people.into_iter().filter(|(_, addresses)| !addresses.is_empty()) {
        writeln!(out, "{name}: {}", terminal::addresses(addresses))?;
    }
    writeln!(out, "Date: {}", terminal::local(row.date))?;
    writeln!(out, "Subject: {}", terminal::line(&row.subject))?;
    writeln!(out, "Folder: {}", terminal::line(paths.of(row.folder)))?;
    if !row.flags.is_empty() {
        writeln!(out, "Flags: {}", row.flags.names().join(" "))?;
    }
    for file in &message.attachments {
        let (name, kind) = (terminal::line(&file.name), terminal::line(&file.mime_type));
        writeln!(out, "File {}: {name} ({kind}, {})", file.part.0, terminal::size(file.size))?;
    }
    for defect in &message.defects {
        writeln!(out, "Defect: {}", terminal::line(&defect.detail))?;
    }
    if let Some(coming) = &message.coming {
        writeln!(out, "Still coming: {} of {} are here", terminal::size(coming.bytes), terminal::size(coming.total))?;
    }
    writeln!(out)?;
    write_text(out, &message.text)
}

fn write_text(out: &mut dyn Write, text: &str) -> io::Result<()> {
    let text = terminal::lines(text);
    out.write_all(text.as_bytes())?;
    if text.is_empty() || text.ends_with('\n') { Ok(()) } else { writeln!(out) }
}
