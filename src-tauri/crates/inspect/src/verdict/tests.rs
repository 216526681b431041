use postroom_types::FileWarning::{
    DiskImage, DoubleExtension, Encrypted, Executable, HoldsProgram, Macros, Mismatch, Reversed, Script, Shortcut,
    WebPage,
};
use proptest::prelude::*;

use super::*;

fn named<'a>(name: &'a str, written: &'a str) -> Named<'a> {
    Named { part: PartNumber(1), name, written }
}

#[track_caller]
fn check(name: &str, bytes: &[u8], warnings: &[FileWarning], open: OpenRule, preview: Option<Preview>) {
    let facts = inspect(named(name, name), bytes);
    assert_eq!(
        (facts.warnings.as_slice(), facts.open, facts.preview),
        (warnings, open, preview),
        "{name} is {:?}",
        Real::of(bytes)
    );
}

/// A program of Windows, as far as it is looked at.
fn exe() -> Vec<u8> {
    let mut bytes = b"MZ\x90\0\x03\0\0\0".to_vec();
    bytes.resize(0x3c, 0);
    bytes.extend(0x80_u32.to_le_bytes());
    bytes.resize(0x80, 0);
    bytes.extend(b"PE\0\0\x64\x86");
    bytes
}

/// A zip of entries that hold nothing.
fn zip(names: &[&str], flags: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let len = |name: &str| u16::try_from(name.len()).unwrap().to_le_bytes();
    for name in names {
        bytes.extend(b"PK\x03\x04\x14\0");
        bytes.extend(flags.to_le_bytes());
        bytes.extend([0; 18]);
        bytes.extend(len(name));
        bytes.extend([0; 2]);
        bytes.extend(name.as_bytes());
    }
    for name in names {
        bytes.extend(b"PK\x01\x02\x14\0\x14\0");
        bytes.extend(flags.to_le_bytes());
        bytes.extend([0; 18]);
        bytes.extend(len(name));
        bytes.extend([0; 16]);
        bytes.extend(name.as_bytes());
    }
    bytes.extend(b"PK\x05\x06");
    bytes.extend([0; 18]);
    bytes
}

fn compound(streams: &[&str]) -> Vec<u8> {
    let mut bytes = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    bytes.resize(512, 0);
    for stream in streams {
        bytes.extend(stream.encode_utf16().flat_map(u16::to_le_bytes));
        bytes.extend([0; 32]);
    }
    bytes
}

fn at(offset: usize, mark: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; offset];
    bytes.extend(mark);
    bytes.resize(offset + 512, 0);
    bytes
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

#[test]
fn ordinary_files_are_opened_without_a_word() {
    let open = |name: &str, bytes: &[u8], preview| check(name, bytes, &[], OpenRule::Open, preview);
    open("报价单.pdf", b"%PDF-1.7\n%\xe2\xe3", Some(Preview::Pdf));
    open("a.png", &png(800, 600), Some(Preview::Picture));
    open("notes.txt", "会议纪要\n".as_bytes(), Some(Preview::Text));
    open("notes.txt", b"MZ is how my note begins", Some(Preview::Text));
    open("notes", b"plain", Some(Preview::Text));
    open("stock.csv", b"a,b\n1,2\n", Some(Preview::Table));
    open("gbk.txt", b"\xb9\xd8\xd3\xda\xba\xcf\xcd\xac", Some(Preview::Text));
    open("wide.txt", b"\xff\xfea\0b\0", Some(Preview::Text));
    open("a.docx", &zip(&["[Content_Types].xml", "word/document.xml", "word/embeddings/ole1.bin"], 0), None);
    open("a.xlsx", &zip(&["[Content_Types].xml", "xl/printerSettings/printerSettings1.bin"], 0), None);
    open("photos.zip", &zip(&["a.jpg", "b/c.png"], 0), None);
    open("old.doc", &compound(&["WordDocument"]), None);
    open("mail.msg", &compound(&["__properties_version1.0"]), None);
    open("letter.doc", b"{\\rtf1 hello}", None);
    open("invite.ics", b"BEGIN:VCALENDAR\r\n", Some(Preview::Text));
    open("data.xyz", &[0, 1, 2, 3, 0xff], None);
    open("empty.txt", b"", Some(Preview::Text));
}

#[test]
fn what_runs_is_never_opened() {
    let never = |name: &str, bytes: &[u8], warnings: &[FileWarning]| {
        let facts = inspect(named(name, name), bytes);
        assert_eq!((facts.warnings.as_slice(), facts.open), (warnings, OpenRule::Never), "{name}");
    };
    never("setup.exe", &exe(), &[Executable]);
    never("setup.EXE. ", &exe(), &[Executable]);
    never("invoice.pdf", &exe(), &[Executable, Mismatch]);
    never("invoice", &exe(), &[Executable]);
    never("invoice.pdf.exe", &exe(), &[Executable, DoubleExtension]);
    never("photo.jpg", b"\x7fELF\x02\x01\x01", &[Executable, Mismatch]);
    never("tool", b"\xcf\xfa\xed\xfe\x07\0\0\x01", &[Executable]);
    never("a.jar", &zip(&["META-INF/MANIFEST.MF", "A.class"], 0), &[Executable]);
    never("setup.msi", &compound(&["x"]), &[Executable]);
    never("report.cab", b"MSCF\0\0\0\0", &[Executable]);
    never("a.bat", b"@echo off\r\n", &[Script]);
    never("发票.vbs", b"MsgBox 1", &[Script]);
    never("a.pdf.js", b"alert(1)", &[Script, DoubleExtension]);
    never("a.ps1", b"Get-Date", &[Script]);
    never("a.hta", b"<html>", &[Script, WebPage]);
    never("a.py", b"#!/usr/bin/python\n", &[Script]);
    never("doc.lnk", b"L\0\0\0\x01\x14\x02\0\0", &[Shortcut]);
    never("doc.docx.lnk", b"L\0\0\0\x01\x14\x02\0\0", &[Shortcut, DoubleExtension]);
    never("doc.pdf", b"L\0\0\0\x01\x14\x02\0\0", &[Shortcut, Mismatch]);
    never("site.url", b"[InternetShortcut]\r\nURL=file://x/y", &[Shortcut]);
    never("app.desktop", b"[Desktop Entry]\nExec=x", &[Shortcut]);
    let mut installer = compound(&[]);
    installer.extend([0x84, 0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46]);
    never("contract.doc", &installer, &[Executable]);
}

#[test]
fn what_is_risky_is_asked_about() {
    let ask = |name: &str, bytes: &[u8], warnings: &[FileWarning]| {
        let facts = inspect(named(name, name), bytes);
        assert_eq!((facts.warnings.as_slice(), facts.open), (warnings, OpenRule::Ask), "{name}");
    };
    ask("a.docm", &zip(&["[Content_Types].xml", "word/vbaProject.bin"], 0), &[Macros]);
    ask("a.docx", &zip(&["[Content_Types].xml", "word/vbaProject.bin"], 0), &[Macros]);
    ask("a.xlsm", &zip(&["xl/workbook.xml"], 0), &[Macros]);
    ask("a.xlsx", &zip(&["xl/macrosheets/sheet1.xml"], 0), &[Macros]);
    ask("a.ods", &zip(&["mimetype", "Basic/script-lc.xml"], 0), &[Macros]);
    ask("old.xls", &compound(&["Workbook", "_VBA_PROJECT_CUR"]), &[Macros]);
    ask("old.doc", &compound(&["_VBA_PROJECT"]), &[Macros]);
    ask("a.html", b"<!DOCTYPE html><p>", &[WebPage]);
    ask("a.htm", b"\xef\xbb\xbf<!-- x -->\n<HTML>", &[WebPage]);
    ask("a.svg", b"<?xml version='1.0'?><svg onload='x'>", &[WebPage]);
    ask("a.pdf", b"<html><form>", &[Mismatch, WebPage]);
    ask("a.xls", b"<table><tr>", &[Mismatch, WebPage]);
    ask("notes.txt", b"#!/bin/sh\n", &[Script, Mismatch]);
    ask("a.iso", &at(0x8001, b"CD001"), &[DiskImage]);
    ask("a.img", b"\0\0", &[DiskImage]);
    ask("a.pdf", &at(0x8001, b"CD001"), &[Mismatch, DiskImage]);
    ask("a.dmg", &at(900, b"koly"), &[DiskImage]);
    ask("a.vhd", &at(900, b"conectix"), &[DiskImage]);
    ask("scan.pdf.iso", &at(0x8001, b"CD001"), &[DoubleExtension, DiskImage]);
    ask("a.zip", &zip(&["invoice.pdf.exe"], 0), &[HoldsProgram]);
    ask("a.zip", &zip(&["发票/发票.lnk"], 0), &[HoldsProgram]);
    ask("a.zip", &zip(&["a.txt"], 1), &[Encrypted]);
    ask("a.zip", &zip(&["a.js"], 1), &[HoldsProgram, Encrypted]);
    ask("a.xlsx", &compound(&["EncryptedPackage"]), &[Encrypted]);
    ask("a.7z", b"7z\xbc\xaf\x27\x1c\0\x04\x06\xf1\x07\x01", &[Encrypted]);
    ask("a.rar", b"Rar!\x1a\x07\x01\0\x01\x02\x03\x04\x21\x04", &[Encrypted]);
    ask("a.rar", b"Rar!\x1a\x07\0\x01\x02\x73\x80\0\x0d\0", &[Encrypted]);
    ask("a.pdf", &zip(&["a.txt"], 0), &[Mismatch]);
    ask("a.png", b"%PDF-1.4", &[Mismatch]);
    ask("a.jpg", &png(1, 1), &[Mismatch]);
    ask("a.docx", b"%PDF-1.4", &[Mismatch]);
    ask("a.pdf", b"just text", &[Mismatch]);
    ask("a.txt", &png(1, 1), &[Mismatch]);
}

#[test]
fn a_turned_name_is_seen_as_it_was_written() {
    let facts = inspect(named("invoicefdp.exe", "invoice\u{202e}fdp.exe"), &exe());
    assert_eq!(facts.warnings, [Executable, Reversed]);
    let facts = inspect(named("report.txt", "re\u{2067}port.txt"), b"x");
    assert_eq!((facts.warnings.as_slice(), facts.open), (&[Reversed][..], OpenRule::Ask));
    // Marks that only order a mixed name are honest.
    assert!(inspect(named("דוח.txt", "\u{200f}דוח.txt"), b"x").warnings.is_empty());
}

#[test]
fn a_picture_that_unpacks_to_too_much_is_not_shown() {
    check("a.png", &png(60_000, 60_000), &[], OpenRule::Open, None);
    check("a.png", &png(0, 9), &[], OpenRule::Open, None);
    check("a.png", &png(7_000, 8_000), &[], OpenRule::Open, Some(Preview::Picture));
}

#[test]
fn a_name_alone_warns_as_well() {
    assert_eq!(by_name(named("a.pdf.exe", "a.pdf.exe")).open, OpenRule::Never);
    assert_eq!(by_name(named("a.docm", "a.docm")).warnings, [Macros]);
    assert_eq!(by_name(named("a.pdf", "a.pdf")).open, OpenRule::Open);
}

#[test]
fn a_page_is_previewed_as_its_source() {
    assert_eq!(inspect(named("a.html", ""), b"<html><script>").preview, Some(Preview::Text));
    assert_eq!(inspect(named("a.exe", ""), &exe()).preview, None);
}

proptest! {
    #[test]
    fn any_bytes_get_a_verdict(name in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let facts = inspect(named(&name, &name), &bytes);
        prop_assert!(facts.warnings.is_sorted());
        prop_assert_eq!(facts.open == OpenRule::Open, facts.warnings.is_empty());
    }

    #[test]
    fn any_archive_gets_a_verdict(mut bytes in prop::collection::vec(any::<u8>(), 0..600), at in prop::collection::vec(0_usize..600, 0..6)) {
        for place in at {
            if let Some(hole) = bytes.get_mut(place..place + 4) {
                hole.copy_from_slice(b"PK\x01\x02");
            }
        }
        bytes.splice(0..0, *b"PK\x03\x04");
        inspect(named("a.zip", "a.zip"), &bytes);
    }
}
