//! From the file's bytes to settings or to every mistake in them. Pure.

use super::contradiction;
use super::file::File;
use super::finding::Findings;
use super::keys;
use super::settings::Settings;
use super::source::{Notes, Source};
use super::syntax;
use super::table::Section;

/// A configuration of more bytes than this is some other file.
pub const LARGEST: usize = 1 << 20;

/// What a configuration's text says.
///
/// # Errors
/// Every mistake in it, with its place.
pub fn parse(text: &str, name: &str) -> Result<Settings, Findings> {
    let source = Source::new(text.strip_prefix('\u{feff}').unwrap_or(text), name);
    let mut notes = Notes::new(&source);
    let settings = read(&source, &mut notes);
    match (settings, notes.into_findings()) {
        (Some(settings), None) => Ok(settings),
        (_, Some(findings)) => Err(findings),
        // No tree without a mistake; but rather an odd sentence than a wrong configuration.
        (None, None) => Err(whole_file(name, "this is not TOML")),
    }
}

/// What a configuration's bytes say; refuses what is no text.
///
/// # Errors
/// Every mistake in it, with its place.
pub fn parse_bytes(bytes: &[u8], name: &str) -> Result<Settings, Findings> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(whole_file(name, "the file is written in UTF-16: save it as UTF-8"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(text, name),
        Err(_) if bytes.len() > LARGEST => Err(too_large(name)),
        Err(_) => Err(not_text(bytes, name)),
    }
}

fn read(source: &Source<'_>, notes: &mut Notes<'_>) -> Option<Settings> {
    if source.text().len() > LARGEST {
        notes.add_for_all(TOO_LARGE);
        return None;
    }
    let tree = syntax::tree(source, notes)?;
    let top = Section::new(&keys::TOP, &tree, 0..0, notes);
    let file = File::read(&top, notes);
    contradiction::find(&file, notes);
    Some(Settings { warnings: notes.take_warnings(), ..file.settings() })
}

const TOO_LARGE: &str = "the file is larger than 1 MiB, which no configuration is: name another one";

fn too_large(name: &str) -> Findings {
    whole_file(name, TOO_LARGE)
}

fn whole_file(name: &str, sentence: &str) -> Findings {
    let source = Source::new("", name);
    let mut notes = Notes::new(&source);
    notes.add_for_all(sentence);
    notes.into_findings().unwrap_or_else(|| Findings { name: name.to_owned(), list: Vec::new(), more: 1, is_partial: false })
}

/// Every line with bytes that are no text, each once.
fn not_text(bytes: &[u8], name: &str) -> Findings {
    let (mut text, mut places) = (String::new(), Vec::new());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            places.push(text.len());
            text.push('\u{fffd}');
        }
    }
    let source = Source::new(&text, name);
    let mut notes = Notes::new(&source);
    let mut last = 0;
    for at in places {
        let line = source.line_of(at);
        if line != last {
            notes.add(&(at..at + '\u{fffd}'.len_utf8()), "this is not UTF-8 text: save the file as UTF-8");
            last = line;
        }
    }
    notes.into_findings().unwrap_or_else(|| whole_file(name, "this is not UTF-8 text: save the file as UTF-8"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_at_all_is_the_default() {
        for text in ["", "\n", "# only a comment", "\u{feff}"] {
            assert_eq!(parse(text, "x"), Ok(Settings::default()), "{text:?}");
        }
    }

    #[test]
    fn what_is_too_large_is_refused_unread() {
        let text = "#".repeat(LARGEST + 1);
        let findings = parse(&text, "x").unwrap_err();
        assert_eq!(findings.to_string(), format!("x: {TOO_LARGE}\n1 mistake in x"));
        assert_eq!(parse_bytes(&vec![0xf0; LARGEST + 1], "x").unwrap_err(), findings);
        assert!(parse(&text[..LARGEST], "x").is_ok());
    }

    #[test]
    fn utf_16_is_named() {
        let findings = parse_bytes(b"\xff\xfea\0=\x001\0", "x").unwrap_err();
        assert_eq!(findings.as_slice()[0].sentence, "the file is written in UTF-16: save it as UTF-8");
    }

    /// Each of these could take time or stack that grows faster than its length; then this does not end.
    #[test]
    fn large_nonsense_is_refused_all_the_same() {
        let nonsense =
            ["a=[", "a={a=", "a.", "[a.", "=\n", "\"", "x=1\n", "[a]\n", "a.b=1\n", "\r", "\u{0}", "[[accounts]]\n", "[[tiers]]\n", "环"];
        for piece in nonsense {
            let text = piece.repeat(LARGEST / 4 / piece.len());
            assert!(parse(&text, "x").is_err(), "{piece}");
        }
        let regions = format!("regions = [{}]", "\"us\",".repeat(50_000));
        assert!(parse(&regions, "x").is_err());
    }

    #[test]
    fn very_many_apps_are_understood() {
        let apps: String = (0..5_000).map(|n| format!("[apps.a{n}]\nenvironments=[\"*a*-{n}\"]\n")).collect();
        assert_eq!(parse(&apps, "x").unwrap().catalogue.apps.len(), 5_000);
    }

    /// Lines that mean something, in any order.
    fn line() -> impl Strategy<Value = String> {
        let headers =
            ["[apps.h]", "[[apps]]", "[[accounts]]", "[accounts]", "[[tiers]]", "[[environments]]", "[reading]", "[display]", "[apps]", ""];
        let keys: Vec<&str> = keys::ALL.iter().flat_map(|kind| kind.keys).copied().collect();
        let values = [
            "\"h\"",
            "[\"h-*\", \"*\"]",
            "[]",
            "true",
            "-1",
            "15",
            "1.5",
            "{ a = 1 }",
            "[[1]]",
            "\"us-west-1\"",
            "[\"us-west-1\"]",
            "1979-05-27",
            "\"(\"",
            "'''",
        ];
        prop_oneof![
            proptest::sample::select(headers.to_vec()).prop_map(str::to_owned),
            (proptest::sample::select(keys), proptest::sample::select(values.to_vec())).prop_map(|(key, value)| format!("{key} = {value}")),
            ".*",
        ]
    }

    /// Every place lies in the text and every sentence can be printed.
    fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
        let Err(findings) = parse_bytes(bytes, "x") else { return Ok(()) };
        prop_assert!(findings.count() > 0);
        for finding in findings.as_slice() {
            prop_assert!(finding.line >= 1 && finding.column >= 1 && finding.span.start <= finding.span.end);
        }
        let shown = findings.to_string();
        prop_assert!(!shown.chars().any(|character| character.is_control() && character != '\n'));
        Ok(())
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            check(text.as_bytes())?;
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            check(&bytes)?;
        }

        #[test]
        fn no_mixture_of_known_lines_makes_it_panic(lines in proptest::collection::vec(line(), 0..20)) {
            check(lines.join("\n").as_bytes())?;
        }
    }
}
