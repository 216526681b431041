//! Files that messages carry.

use std::io::Write as _;
use std::path::Path;

use postroom_mime::part_bytes;
use postroom_store::Stage;
use postroom_types::{Fault, MessageId, PartNumber};

use crate::Postroom;
use crate::api::reader::{Reading, read};
use crate::fault::{fault, not_found};

/// Where files stand that another program shows, inside the profile.
pub(crate) const OPENED_FILES: &str = "opened";

/// A file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentContent {
    /// A safe file name.
    pub name: String,
    /// The MIME type in lower case.
    pub mime_type: String,
    /// Decoded.
    pub bytes: Vec<u8>,
}

impl Postroom {
    /// A part of a message, decoded.
    pub async fn attachment(&self, id: MessageId, part: PartNumber) -> Result<AttachmentContent, Fault> {
        let Reading { raw, message, .. } = read(self, id).await?;
        let markers = self.markers().clone();
        let bytes = tokio::task::spawn_blocking(move || {
            let _slot = markers.mark(Stage::Reading { message: id });
            part_bytes(&raw, part)
        })
        .await
        .map_err(fault)?;
        let bytes = bytes.ok_or_else(|| not_found("part"))?;
        let message = message.ok_or_else(|| not_found("part"))?;
        let named = message.attachments.iter().find(|attachment| attachment.part == part);
        let info = message.parts.iter().find(|info| info.part == part);
        let name = named.map(|attachment| attachment.name.clone());
        let fallback = || postroom_mime::safe_file_name(info.map_or("", |info| info.name.as_str()));
        let mime_type = info.map_or_else(|| "application/octet-stream".to_owned(), |info| info.mime_type.clone());
        Ok(AttachmentContent { name: name.unwrap_or_else(fallback), mime_type, bytes })
    }

    /// A part's safe file name.
    pub async fn attachment_name(&self, id: MessageId, part: PartNumber) -> Result<String, Fault> {
        let message = read(self, id).await?.message.ok_or_else(|| not_found("part"))?;
        let named = message.attachments.into_iter().find(|attachment| attachment.part == part);
        named.map(|attachment| attachment.name).ok_or_else(|| not_found("part"))
    }

    /// A folder that only this user may enter, for files that another program opens; emptied at the next start.
    pub async fn private_folder(&self, name: &str) -> Result<std::path::PathBuf, Fault> {
        self.token_message(name)?;
        let folder = self.config().data_dir.join(OPENED_FILES).join(name);
        let made = folder.clone();
        tokio::task::spawn_blocking(move || {
            let mut builder = std::fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(made)
        })
        .await
        .map_err(fault)?
        .map_err(fault)?;
        Ok(folder)
    }

    /// Saves a part to a path that the user chose. All or nothing: the file appears whole, and only its owner may read it.
    pub async fn attachment_save(&self, id: MessageId, part: PartNumber, path: &Path) -> Result<(), Fault> {
        let content = self.attachment(id, part).await?;
        write(path, content.bytes).await
    }

    /// Saves a message as .eml, byte for byte as the server has it.
    pub async fn message_save(&self, id: MessageId, path: &Path) -> Result<(), Fault> {
        let raw = self.message_raw(id).await?;
        write(path, raw).await
    }
}

async fn write(path: &Path, bytes: Vec<u8>) -> Result<(), Fault> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().ok_or_else(|| std::io::Error::from(std::io::ErrorKind::InvalidInput))?);
        name.push(format!(".{}.part", crate::random::token().map_err(|fault| std::io::Error::other(fault.message))?));
        let temporary = folder.join(name);
        let mut options = std::fs::File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary)?;
        let result =
            file.write_all(&bytes).and_then(|()| file.sync_all()).and_then(|()| std::fs::rename(&temporary, &path));
        if result.is_err() {
            drop(std::fs::remove_file(&temporary));
        }
        result
    })
    .await
    .map_err(fault)?
    .map_err(fault)
}
