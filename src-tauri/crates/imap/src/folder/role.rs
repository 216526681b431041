//! What a folder is for: SPECIAL-USE (RFC 6154), Gmail's older XLIST words, else its name.

use std::collections::BTreeSet;

use postroom_types::FolderRole;

use super::ListedFolder;

/// The role that the attributes give.
pub(super) fn of_attributes(attributes: &[String]) -> FolderRole {
    let word = |attribute: &String| match attribute.to_ascii_lowercase().as_str() {
        "\\drafts" => Some(FolderRole::Drafts),
        "\\sent" => Some(FolderRole::Sent),
        "\\archive" => Some(FolderRole::Archive),
        "\\junk" | "\\spam" => Some(FolderRole::Junk),
        "\\trash" => Some(FolderRole::Trash),
        "\\all" | "\\allmail" => Some(FolderRole::All),
        "\\flagged" | "\\starred" => Some(FolderRole::Flagged),
        _ => None,
    };
    attributes.iter().find_map(word).unwrap_or(FolderRole::Other)
}

/// Names in use, folded to lower case. Within a role the first that a server has wins.
const NAMES: [(FolderRole, &[&str]); 5] = [
    (
        FolderRole::Drafts,
        &["drafts", "draft", "草稿箱", "草稿", "草稿夹", "draft messages", "entwürfe", "brouillons", "下書き"],
    ),
    (
        FolderRole::Sent,
        &[
            "sent",
            "sent items",
            "sent messages",
            "sent mail",
            "sent-mail",
            "已发送",
            "已发邮件",
            "已发送邮件",
            "已发送箱",
            "发件箱备份",
            "寄件備份",
            "寄件匣備份",
            "已傳送",
            "gesendet",
            "gesendete objekte",
            "envoyés",
            "送信済み",
        ],
    ),
    (FolderRole::Archive, &["archive", "archives", "归档", "存档", "歸檔", "封存", "archiv", "アーカイブ"]),
    (
        FolderRole::Junk,
        &[
            "junk",
            "spam",
            "junk e-mail",
            "junk email",
            "bulk mail",
            "垃圾邮件",
            "垃圾箱",
            "垃圾郵件",
            "病毒文件夹",
            "迷惑メール",
        ],
    ),
    (
        FolderRole::Trash,
        &[
            "trash",
            "deleted items",
            "deleted messages",
            "deleted",
            "bin",
            "已删除",
            "已删除邮件",
            "废件箱",
            "回收站",
            "刪除的郵件",
            "垃圾桶",
            "papierkorb",
            "corbeille",
            "ゴミ箱",
        ],
    ),
];

/// Which roles the server itself gave.
#[derive(Debug, Default)]
pub(super) struct Roles {
    given: BTreeSet<FolderRole>,
}

impl Roles {
    pub(super) fn note(&mut self, attributes: &[String]) {
        self.given.insert(of_attributes(attributes));
    }

    /// Gives each role that the server gave to nobody to the folder that is named so; only at the top, or directly below
    /// the inbox or `[Gmail]`, for `Projects/2019/Sent` is somebody's own.
    pub(super) fn assign(&self, folders: &mut [ListedFolder]) {
        for (role, names) in NAMES {
            if self.given.contains(&role) {
                continue;
            }
            let named = names.iter().find_map(|name| {
                folders.iter().position(|folder| {
                    folder.role == FolderRole::Other && folder.selectable && base_name(folder).as_deref() == Some(*name)
                })
            });
            if let Some(folder) = named.and_then(|at| folders.get_mut(at)) {
                folder.role = role;
            }
        }
    }
}

fn base_name(folder: &ListedFolder) -> Option<String> {
    let path = folder.path.to_lowercase();
    let Some((parent, name)) = folder.delimiter.and_then(|delimiter| path.rsplit_once(delimiter)) else {
        return Some(path);
    };
    matches!(parent, "inbox" | "[gmail]" | "[google mail]").then(|| name.to_owned())
}
