//! What the files of a message really are, and what of them is shown in the app.

use std::io::Read as _;

use postroom_inspect::{HEAD, Named, by_name, inspect, table, wants_all};
use postroom_mime::plain_text;
use postroom_types::{Fault, FileFacts, MessageId, PartNumber, Preview, TextPreview};

use crate::api::content::{PartContent, Reading, read};
use crate::fault::{fault, invalid, not_found};
use crate::{AttachmentContent, Postroom};

/// An archive or document is looked at up to here: 32 MiB.
const MOST: u64 = 32 << 20;
/// Files of one message that are looked into; the others are judged by their names.
const FILES: usize = 100;
/// So much of a text is shown, bytes.
const TEXT: u64 = 1 << 20;

impl Postroom {
    /// What each file of a message really is.
    pub async fn attachment_facts(&self, id: MessageId) -> Result<Vec<FileFacts>, Fault> {
        let reading = read(self, id).await?;
        let parts: Vec<PartNumber> =
            reading.message.iter().flat_map(|m| &m.attachments).map(|file| file.part).collect();
        let mut facts = Vec::with_capacity(parts.len());
        for (index, part) in parts.into_iter().enumerate() {
            facts.push(self.facts_of(&reading, part, index < FILES).await?);
        }
        Ok(facts)
    }

    /// What one file of a message really is.
    ///
    /// Faults: `not-found`; `body-missing` if it has not come yet.
    pub async fn attachment_fact(&self, id: MessageId, part: PartNumber) -> Result<FileFacts, Fault> {
        let reading = read(self, id).await?;
        self.facts_of(&reading, part, true).await
    }

    /// A file that is shown as text or as a table; its charset is guessed where its label does not fit.
    ///
    /// Faults: `not-found`; `body-missing`; `invalid-input` for what is no text.
    pub async fn attachment_text(&self, id: MessageId, part: PartNumber) -> Result<TextPreview, Fault> {
        let reading = read(self, id).await?;
        let preview = self.facts_of(&reading, part, true).await?.preview;
        if !matches!(preview, Some(Preview::Text | Preview::Table)) {
            return Err(invalid("the file is no text"));
        }
        let content = self.part_of(&reading, part).await?;
        let charset = content.charset.clone();
        let (bytes, cut) = take(content, TEXT).await?;
        let shown = move || {
            let text = plain_text(&bytes, &charset);
            match preview {
                Some(Preview::Table) => {
                    let (rows, more) = table(&text);
                    TextPreview { text: String::new(), rows, cut: cut || more }
                }
                _ => TextPreview { text, rows: Vec::new(), cut },
            }
        };
        tokio::task::spawn_blocking(shown).await.map_err(fault)
    }

    /// A file that is shown as a picture or as pages: its bytes, typed by what it really is.
    ///
    /// Faults: `not-found`; `body-missing`; `invalid-input` for what is neither.
    pub(crate) async fn attachment_shown(&self, id: MessageId, part: PartNumber) -> Result<AttachmentContent, Fault> {
        let facts = self.attachment_fact(id, part).await?;
        let mime_type = match (facts.preview, facts.real.as_str()) {
            (Some(Preview::Picture), "jpg") => "image/jpeg".to_owned(),
            (Some(Preview::Picture), kind) => format!("image/{kind}"),
            // The page draws it itself; no other program is to take it for a document.
            (Some(Preview::Pdf), _) => "application/octet-stream".to_owned(),
            (Some(Preview::Text | Preview::Table) | None, _) => return Err(invalid("the file is not shown")),
        };
        Ok(AttachmentContent { mime_type, ..self.attachment(id, part).await? })
    }

    async fn facts_of(&self, reading: &Reading, part: PartNumber, look: bool) -> Result<FileFacts, Fault> {
        let message = reading.message.as_ref().ok_or_else(|| not_found("part"))?;
        let file = message.attachments.iter().find(|file| file.part == part).ok_or_else(|| not_found("part"))?;
        let written = message.parts.iter().find(|info| info.part == part).map(|info| info.written_name.clone());
        let (name, written) = (file.name.clone(), written.unwrap_or_default());
        let missing = reading.coming.as_ref().is_some_and(|coming| coming.missing.contains(&part));
        if missing || !look {
            return Ok(by_name(Named { part, name: &name, written: &written }));
        }
        let mut content = self.part_of(reading, part).await?;
        let look = move || {
            let mut bytes = Vec::new();
            content.by_ref().take(HEAD as u64).read_to_end(&mut bytes)?;
            if wants_all(&bytes) {
                content.take(MOST).read_to_end(&mut bytes)?;
            }
            Ok::<_, std::io::Error>(inspect(Named { part, name: &name, written: &written }, &bytes))
        };
        tokio::task::spawn_blocking(look).await.map_err(fault)?.map_err(fault)
    }
}

/// The beginning of a part, and whether there is more.
async fn take(content: PartContent, most: u64) -> Result<(Vec<u8>, bool), Fault> {
    let read = move || {
        let mut bytes = Vec::new();
        content.take(most + 1).read_to_end(&mut bytes)?;
        let cut = bytes.len() as u64 > most;
        if cut {
            bytes.pop();
        }
        Ok::<_, std::io::Error>((bytes, cut))
    };
    tokio::task::spawn_blocking(read).await.map_err(fault)?.map_err(fault)
}
