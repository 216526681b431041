//! How mail programs mark what they quote.

/// Classes and ids of what programs quote in; ids as the sanitiser writes them.
pub(super) const CONTAINERS: [&str; 9] = [
    "gmail_quote",
    "gmail_quote_container",
    "yahoo_quoted",
    "protonmail_quote",
    "tutanota_quote",
    "zmail_extra",
    "m-OLK_SRC_BODY_SECTION",
    "m-isReplyContent",
    "m-mail-editor-reference-message-container",
];
/// Of what they write above a quote.
pub(super) const HEADS: [&str; 5] =
    ["moz-cite-prefix", "OutlookMessageHeader", "m-divRplyFwdMsg", "m-appendonsend", "m-replySplit"];

/// How an introduction begins and ends, in lower case, in the languages that are seen most.
pub(super) const INTRODUCTIONS: [(&str, &str); 19] = [
    ("on ", "wrote:"),
    ("on ", "wrote :"),
    ("at ", "wrote:"),
    ("", " wrote:"),
    ("am ", "schrieb"),
    ("", " schrieb:"),
    ("le ", "a écrit :"),
    ("le ", "a écrit\u{a0}:"),
    ("el ", "escribió:"),
    ("em ", "escreveu:"),
    ("il ", "ha scritto:"),
    ("op ", "schreef"),
    ("den ", "skrev"),
    ("在", "写道："),
    ("在", "写道:"),
    ("于", "写道："),
    ("於", "寫道："),
    ("", "写道："),
    ("", "пишет:"),
];

/// What a header begins with, and what stands in it further on: names of its fields before the colon, in lower case.
pub(super) const FROM: [&str; 12] =
    ["from", "von", "de", "da", "van", "från", "от", "发件人", "寄件者", "寄件人", "發件人", "差出人"];
pub(super) const FIELDS: [&str; 37] = [
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "gesendet",
    "datum",
    "an",
    "betreff",
    "envoyé",
    "à",
    "objet",
    "enviado",
    "para",
    "asunto",
    "assunto",
    "fecha",
    "inviato",
    "a",
    "oggetto",
    "aan",
    "onderwerp",
    "кому",
    "тема",
    "дата",
    "отправлено",
    "发送时间",
    "日期",
    "时间",
    "收件人",
    "抄送",
    "主题",
    "寄件日期",
    "收件者",
    "主旨",
    "送信日時",
    "宛先",
];

/// Words between the dashes of "-----Original Message-----".
pub(super) const RULES: [&str; 12] = [
    "original message",
    "original appointment",
    "forwarded message",
    "ursprüngliche nachricht",
    "message d'origine",
    "mensaje original",
    "messaggio originale",
    "原始邮件",
    "原始郵件",
    "回复的原邮件",
    "转发邮件",
    "元のメッセージ",
];
