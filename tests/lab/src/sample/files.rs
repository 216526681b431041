//! Small real files to attach: PDF, Office documents, pictures, text. Each opens in the program meant for it.

use std::fmt::Write as _;

/// What an attachment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Pdf,
    Sheet,
    Document,
    Picture,
    Text,
}

impl Kind {
    pub(super) fn of(name: &str) -> Self {
        match name.rsplit('.').next() {
            Some("pdf") => Self::Pdf,
            Some("xlsx") => Self::Sheet,
            Some("docx") => Self::Document,
            Some("png") => Self::Picture,
            _ => Self::Text,
        }
    }

    pub(super) fn media(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Sheet => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Document => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Picture => "image/png",
            Self::Text => "text/plain; charset=UTF-8",
        }
    }

    /// The file's bytes, about `title`.
    pub(super) fn bytes(self, title: &str, seed: u64) -> Vec<u8> {
        match self {
            Self::Pdf => pdf(title, seed),
            Self::Sheet => sheet(title, seed),
            Self::Document => document(title),
            Self::Picture => picture(120, 80, seed),
            Self::Text => {
                format!("{title}\r\n\r\n1. checked 已核对\r\n2. packed 已装箱\r\n3. shipped 已发运\r\n").into_bytes()
            }
        }
    }
}

/// One page of text, with a correct cross-reference table. The fonts every reader has know no Chinese, so neither does this.
fn pdf(title: &str, seed: u64) -> Vec<u8> {
    let title: String = title.chars().filter(|c| c.is_ascii_alphanumeric() || " -_.#/".contains(*c)).collect();
    let mut page = format!("BT /F1 16 Tf 56 780 Td ({title}) Tj /F1 11 Tf 0 -32 Td (Example GmbH, Hamburg) Tj ");
    for line in 1..=12_u64 {
        let amount = (seed >> line) % 9000 + 120;
        write!(page, "0 -20 Td (Position {line}: {} pcs, EUR {amount}.00) Tj ", amount / 7 + line).unwrap_or_default();
    }
    page.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut table = String::from("0000000000 65535 f \n");
    for (at, object) in objects.iter().enumerate() {
        writeln!(table, "{:010} 00000 n ", out.len()).unwrap_or_default();
        write!(out, "{} 0 obj\n{object}\nendobj\n", at + 1).unwrap_or_default();
    }
    let start = out.len();
    write!(out, "xref\n0 6\n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n")
        .unwrap_or_default();
    out.into_bytes()
}

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const VND: &str = "application/vnd.openxmlformats-officedocument";

fn package(main: &str, media: &str, more: &str, files: &[(&str, String)]) -> Vec<u8> {
    let types = format!(
        r#"{XML}<Types xmlns="{TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/{main}" ContentType="{VND}.{media}"/>{more}</Types>"#
    );
    let relations = format!(
        r#"{XML}<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="{main}"/></Relationships>"#
    );
    let mut all = vec![("[Content_Types].xml", types), ("_rels/.rels", relations)];
    all.extend(files.iter().map(|(name, text)| (*name, text.clone())));
    zip(&all)
}

fn sheet(title: &str, seed: u64) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let cell = |text: &str| format!(r#"<c t="inlineStr"><is><t>{}</t></is></c>"#, escape(text));
    let mut rows = format!("<row>{}</row>", cell(title));
    write!(rows, "<row>{}{}{}</row>", cell("品名 Item"), cell("数量 Qty"), cell("金额 Amount")).unwrap_or_default();
    for line in 1..=9_u64 {
        let quantity = (seed >> line) % 400 + 20;
        write!(
            rows,
            "<row>{}<c><v>{quantity}</v></c><c><v>{}</v></c></row>",
            cell(&format!("V-{line}")),
            quantity * 37
        )
        .unwrap_or_default();
    }
    let book = format!(
        r#"{XML}<workbook xmlns="{main}" xmlns:r="{OFFICE}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    );
    let relations = format!(
        r#"{XML}<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
    );
    let one = format!(r#"{XML}<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>"#);
    let more =
        format!(r#"<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{VND}.spreadsheetml.worksheet+xml"/>"#);
    let files =
        [("xl/workbook.xml", book), ("xl/_rels/workbook.xml.rels", relations), ("xl/worksheets/sheet1.xml", one)];
    package("xl/workbook.xml", "spreadsheetml.sheet.main+xml", &more, &files)
}

fn document(title: &str) -> Vec<u8> {
    let mut text = String::new();
    for line in [
        title,
        "Example GmbH / 示例公司",
        "本协议一式两份，双方各执一份。",
        "This agreement is made in two copies, one for each party.",
    ] {
        write!(text, "<w:p><w:r><w:t>{}</w:t></w:r></w:p>", escape(line)).unwrap_or_default();
    }
    let body = format!(
        r#"{XML}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{text}</w:body></w:document>"#
    );
    package("word/document.xml", "wordprocessingml.document.main+xml", "", &[("word/document.xml", body)])
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A zip of stored (uncompressed) files, PKWARE's APPNOTE sections 4.3.7, 4.3.12 and 4.3.16.
fn zip(files: &[(&str, String)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    let size = |n: usize| u32::try_from(n).unwrap_or(0).to_le_bytes();
    for (name, text) in files {
        let start = size(out.len());
        // Needs version 2.0, UTF-8 names, stored, 1 January 2026.
        let mut common = vec![20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0x5c];
        common.extend_from_slice(&crc32(text.as_bytes()).to_le_bytes());
        common.extend_from_slice(&size(text.len()));
        common.extend_from_slice(&size(text.len()));
        common.extend_from_slice(&u16::try_from(name.len()).unwrap_or(0).to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&common);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(text.as_bytes());
        directory.extend_from_slice(b"PK\x01\x02\x14\0");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&start);
        directory.extend_from_slice(name.as_bytes());
    }
    let (start, length) = (size(out.len()), size(directory.len()));
    let count = u16::try_from(files.len()).unwrap_or(0).to_le_bytes();
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count);
    out.extend_from_slice(&count);
    out.extend_from_slice(&length);
    out.extend_from_slice(&start);
    out.extend_from_slice(&[0, 0]);
    out
}

/// CRC-32 of PNG and zip, four bits at a time.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 16] = [
        0,
        0x1db7_1064,
        0x3b6e_20c8,
        0x26d9_30ac,
        0x76dc_4190,
        0x6b6b_51f4,
        0x4db2_6158,
        0x5005_713c,
        0xedb8_8320,
        0xf00f_9344,
        0xd6d6_a3e8,
        0xcb61_b38c,
        0x9b64_c2b0,
        0x86d3_d2d4,
        0xa00a_e278,
        0xbdbd_f21c,
    ];
    let step = |crc: u32| (crc >> 4) ^ TABLE.get((crc & 15) as usize).copied().unwrap_or(0);
    !bytes.iter().fold(u32::MAX, |crc, byte| step(step(crc ^ u32::from(*byte))))
}

/// A PNG of soft coloured bands with a darker disc: stands for a photo or a logo.
pub(super) fn picture(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let tint = |at: u32| u8::try_from((seed >> (8 * at)) & 0x7f).unwrap_or(0);
    let mut palette = Vec::new();
    for level in 0..64_u8 {
        palette.extend([tint(0) / 2 + level * 2, tint(1) / 2 + level * 2, tint(2) / 3 + 40 + level * 2]);
    }
    let mut raw = Vec::new();
    for y in 0..height {
        raw.push(0);
        for x in 0..width {
            let (dx, dy) = (x.abs_diff(width / 2), y.abs_diff(height / 2));
            let inside = dx * dx + dy * dy < height * height / 9;
            let level = if inside { 6 + (x + y) % 9 } else { 20 + (x * 22 / width) + (y * 20 / height) };
            raw.push(u8::try_from(level).unwrap_or(0));
        }
    }
    let mut head = Vec::new();
    head.extend_from_slice(&width.to_be_bytes());
    head.extend_from_slice(&height.to_be_bytes());
    head.extend_from_slice(&[8, 3, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in [(b"IHDR", head), (b"PLTE", palette), (b"IDAT", stored(&raw)), (b"IEND", Vec::new())] {
        let mut chunk = name.to_vec();
        chunk.extend_from_slice(&data);
        out.extend_from_slice(&u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
        out.extend_from_slice(&chunk);
        out.extend_from_slice(&crc32(&chunk).to_be_bytes());
    }
    out
}

/// A zlib stream of stored blocks (RFC 1950, RFC 1951 section 3.2.4).
fn stored(raw: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let blocks = raw.chunks(0xffff);
    let last = blocks.len().saturating_sub(1);
    for (at, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(0);
        out.push(u8::from(at == last));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    let (a, b) = raw.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65521;
        (a, (b + a) % 65521)
    });
    out.extend_from_slice(&((b << 16) | a).to_be_bytes());
    out
}
