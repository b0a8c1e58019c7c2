//! Makes text from outside harmless to show.
//!
//! Every string that did not come out of this program goes through [`safe`]
//! before it reaches a screen or a terminal's standard output.

use std::borrow::Cow;

/// The same text without anything that a terminal could obey or that a reader could be fooled by.
///
/// Line breaks and tabs become blanks; other control characters become their
/// visible pictures (`␛`); bidirectional controls, zero-width characters and
/// other invisible format characters become `�`, so that a tampered name is
/// seen to be one.
#[must_use]
pub fn safe(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) || !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(harmless).collect())
}

/// Whether a character must not reach a screen as it is.
#[must_use]
pub fn is_harmful(character: char) -> bool {
    character.is_control() || is_invisible(character)
}

/// Characters without a shape that change what is around them or hide.
///
/// Unicode's bidirectional controls (UAX #9), zero-width and joining
/// characters, line and paragraph separators, interlinear annotation, tags,
/// variation selectors, fillers that draw nothing.
const fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// What is shown in a character's place.
fn harmless(character: char) -> char {
    match character {
        '\n' | '\r' | '\t' => ' ',
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        other if is_harmful(other) => '\u{fffd}',
        other => other,
    }
}

/// The same JSON with every character escaped that a terminal could obey or that hides: what comes from outside is
/// often read on one.
#[must_use]
pub fn harmless_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        // JSON's own line breaks stand between values; those within are escaped already.
        if character != '\n' && is_harmful(character) {
            text.extend(character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in ["h-prod", "Größe ✔ 環境", ""] {
            assert!(matches!(safe(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn in_json_they_are_escapes_that_mean_the_same() {
        let text = "a\u{9b}b\u{202e}c\u{e0041}d\u{7f} Größe\n";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let harmless = harmless_json(&json);
        assert_eq!(harmless, "[\n  \"a\\u009bb\\u202ec\\udb40\\udc41d\\u007f Größe\\n\"\n]");
        assert_eq!(serde_json::from_str::<Vec<String>>(&harmless).unwrap(), [text]);
    }

    #[test]
    fn escapes_and_tricks_are_disarmed() {
        assert_eq!(safe("a\u{1b}[31mb"), "a␛[31mb");
        assert_eq!(safe("a\u{9b}31mb"), "a\u{fffd}31mb");
        assert_eq!(safe("prod\u{202e}dorp"), "prod\u{fffd}dorp");
        assert_eq!(safe("h\u{200b}-prod\u{7f}"), "h\u{fffd}-prod␡");
        assert_eq!(safe("two\nlines\tand more"), "two lines and more");
    }
}
