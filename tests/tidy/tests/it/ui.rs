//! The web side: catalogues complete, colours from the tokens, one door to Tauri, a lone agent.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::house::{File, hold, house};

type Catalogue = BTreeMap<String, String>;

fn catalogue(file: &File) -> Result<Catalogue, String> {
    serde_json::from_str::<BTreeMap<String, Value>>(file.text())
        .map_err(|error| format!("{}: {error}", file.path))?
        .into_iter()
        .map(|(key, value)| match value {
            Value::String(text) if !text.trim().is_empty() => Ok((key, text)),
            _ => Err(format!("{}: {key} is empty or no text", file.path)),
        })
        .collect()
}

/// The `{name}` places of a message.
fn places(text: &str) -> BTreeSet<&str> {
    let inner = text.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    inner.map(|place| place.split(',').next().unwrap_or_default().trim()).collect()
}

fn catalogues(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut read = Vec::new();
    for file in files.iter().filter(|file| file.folder() == "ui/src/i18n" && file.ends_with(&[".json"])) {
        match catalogue(file) {
            Ok(messages) => read.push((file, messages)),
            Err(fault) => faults.push(fault),
        }
    }
    let base = read.iter().find(|(file, _)| file.name() == "en.json").map(|(_, messages)| messages.clone());
    let Some(base) = base else {
        faults.push("ui/src/i18n/en.json cannot be read".to_owned());
        return faults;
    };
    if read.len() < 2 {
        faults.push("there is only one language".to_owned());
    }
    for (file, messages) in &read {
        for key in base.keys().filter(|key| !messages.contains_key(*key)) {
            faults.push(format!("{} lacks {key}", file.path));
        }
        for (key, text) in messages {
            match base.get(key) {
                None => faults.push(format!("{} has {key}, en.json has not", file.path)),
                Some(english) if places(english) != places(text) => {
                    faults.push(format!("{}: {key} has other {{places}} than en.json", file.path));
                }
                Some(_) => {}
            }
        }
    }
    faults
}

/// Whether a line names a colour itself instead of a token.
fn has_raw_colour(line: &str) -> bool {
    let functions = ["rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklab(", "oklch("];
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let called = |function: &&str| {
        line.match_indices(*function).any(|(at, _)| !line.get(..at).is_some_and(|before| before.ends_with(word)))
    };
    let hex = line.match_indices('#').any(|(at, _)| {
        let rest = line.get(at + 1..).unwrap_or_default();
        let digits: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        let ends = !rest.chars().nth(digits.len()).is_some_and(word);
        // `{#each` and `href="#add"` are no colours.
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        ends && matches!(digits.len(), 3 | 4 | 6 | 8) && !matches!(before, Some('{' | '&'))
    });
    hex || functions.iter().any(called)
}

fn raw_colours(files: &[File]) -> Vec<String> {
    let styled = files.iter().filter(|file| file.path.starts_with("ui/src/") && file.ends_with(&[".svelte", ".css"]));
    let mut faults = Vec::new();
    for file in styled.filter(|file| file.name() != "tokens.css") {
        let lines = file.text().lines().enumerate().filter(|(_, line)| has_raw_colour(line));
        faults.extend(lines.map(|(number, line)| format!("{}:{}: {}", file.path, number + 1, line.trim())));
    }
    faults
}

fn tauri_imports(files: &[File]) -> Vec<String> {
    let script = |file: &&File| file.path.starts_with("ui/src/") && file.ends_with(&[".ts", ".js", ".svelte"]);
    let outside = files.iter().filter(script).filter(|file| !file.path.starts_with("ui/src/ipc/"));
    outside.filter(|file| file.text().contains("@tauri-apps/")).map(|file| file.path.clone()).collect()
}

/// The frame's script is served alone, so what it imports would not be there.
fn agent_imports(files: &[File]) -> Vec<String> {
    let agent = files.iter().filter(|file| file.path.starts_with("ui/agent/") && file.ends_with(&[".ts", ".js"]));
    let product = agent.filter(|file| !file.path.contains(".test."));
    let imports =
        |line: &str| line.trim_start().starts_with("import ") || line.contains("import(") || line.contains("require(");
    product.filter(|file| file.text().lines().any(imports)).map(|file| file.path.clone()).collect()
}

#[test]
fn every_language_has_every_message() {
    hold(&catalogues(&house().files), "Each file of ui/src/i18n has the same keys with the same {places}.");
}

#[test]
fn colours_come_from_the_tokens() {
    hold(&raw_colours(&house().files), "Use a custom property of ui/src/style/tokens.css: dark mode depends on it.");
}

#[test]
fn only_ipc_imports_tauri() {
    hold(&tauri_imports(&house().files), "Go through ui/src/ipc, so that components run in tests without a shell.");
}

#[test]
fn the_agent_imports_nothing() {
    hold(&agent_imports(&house().files), "The message frame loads this one script and nothing else.");
}

#[test]
fn a_missing_message_is_seen() {
    let check = |en: &str, zh: &str| {
        let file = |name: &str, text: &str| File::sample(&format!("ui/src/i18n/{name}.json"), text);
        catalogues(&[file("en", en), file("zh-Hans", zh)]).len()
    };
    assert_eq!(check(r#"{"a":"{n} mails"}"#, r#"{"a":"{n} 封邮件"}"#), 0);
    assert_eq!(check(r#"{"a":"A","b":"B"}"#, r#"{"a":"甲"}"#), 1);
    assert_eq!(check(r#"{"a":"A"}"#, r#"{"a":"甲","b":"乙"}"#), 1);
    assert_eq!(check(r#"{"a":"{n} mails"}"#, r#"{"a":"邮件"}"#), 1);
    assert_eq!(check(r#"{"a":"A"}"#, r#"{"a":""}"#), 2);
    assert_eq!(catalogues(&[]).len(), 1);
}

#[test]
fn a_raw_colour_is_seen() {
    for line in [
        "color: #fff;",
        "border: 1px solid #E2E4E7;",
        "background: rgb(0 0 0 / .3)",
        "fill=\"#2964cd\"",
        "a:hsl(1 2% 3%)",
    ] {
        assert!(has_raw_colour(line), "{line}");
    }
    for line in [
        "{#each rows as row}",
        "color: var(--text);",
        "url(#gradient)",
        "&#8230;",
        "background: color-mix(in srgb, var(--a), transparent)",
    ] {
        assert!(!has_raw_colour(line), "{line}");
    }
    let files =
        [File::sample("ui/src/style/tokens.css", "--a:#fff"), File::sample("ui/src/style/base.css", "a{color:#fff}")];
    assert_eq!(raw_colours(&files).len(), 1);
}

#[test]
fn a_stray_tauri_import_is_seen() {
    let check = |path| tauri_imports(&[File::sample(path, "import { invoke } from '@tauri-apps/api/core'")]).len();
    assert_eq!(check("ui/src/ipc/index.ts"), 0);
    assert_eq!(check("ui/src/kit/Button.svelte"), 1);
}

#[test]
fn an_import_of_the_agent_is_seen() {
    let check = |path, text| agent_imports(&[File::sample(path, text)]).len();
    assert_eq!(check("ui/agent/agent.ts", "import { a } from './b'"), 1);
    assert_eq!(check("ui/agent/agent.ts", "// imports nothing\nconst important = 1"), 0);
    assert_eq!(check("ui/agent/agent.test.ts", "import { a } from './b'"), 0);
}
