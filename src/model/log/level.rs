//! How bad a line says that it is.
//!
//! Owns the words and the shapes of lines in which they are looked for: JSON,
//! logfmt, the common formats, lines behind a prefix. What is not said is not guessed.

use std::fmt;

use memchr::memmem;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// No more of a line is looked at.
const LOOKED_AT: usize = 4_096;
/// A level that stands by itself is among the first words, or it is none.
const WORDS: usize = 12;

/// How bad, least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// Every step.
    Trace,
    /// For those who debug.
    Debug,
    /// For the record.
    Info,
    /// Worth a look.
    Warn,
    /// Went wrong.
    Error,
    /// Went wrong for good.
    Fatal,
}

impl Level {
    const ALL: [Self; 6] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// The usual word, four or five letters.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    pub(super) const fn to_bits(level: Option<Self>) -> u8 {
        match level {
            None => 0,
            Some(level) => level as u8 + 1,
        }
    }

    pub(super) fn from_bits(bits: u8) -> Option<Self> {
        Self::ALL.get(usize::from(bits.checked_sub(1)?)).copied()
    }

    /// What a word means, in capitals or not. Those of syslog, Java, Python, Go and Rust.
    fn of_word(word: &[u8]) -> Option<Self> {
        // Longer words are none, and most words are.
        if word.len() < 3 || word.len() > 11 {
            return None;
        }
        let mut lower = [0_u8; 11];
        for (to, from) in lower.iter_mut().zip(word) {
            *to = from.to_ascii_lowercase();
        }
        Some(match lower.get(..word.len())? {
            b"trace" | b"finest" | b"finer" => Self::Trace,
            b"debug" | b"dbg" | b"verbose" | b"fine" => Self::Debug,
            b"info" | b"inf" | b"notice" | b"information" | b"informational" | b"config" => Self::Info,
            b"warn" | b"warning" | b"wrn" => Self::Warn,
            b"error" | b"err" => Self::Error,
            b"fatal" | b"critical" | b"crit" | b"panic" | b"alert" | b"emerg" | b"emergency" | b"severe" | b"dpanic" => Self::Fatal,
            _ => return None,
        })
    }

    /// What a number means: pino's and bunyan's from 10 on, syslog's severities below.
    const fn of_number(number: u64) -> Option<Self> {
        Some(match number {
            0..=2 | 60..=69 => Self::Fatal,
            3 | 50..=59 => Self::Error,
            4 | 40..=49 => Self::Warn,
            5 | 6 | 30..=39 => Self::Info,
            7 | 20..=29 => Self::Debug,
            10..=19 => Self::Trace,
            _ => return None,
        })
    }
}

/// How bad a line says that it is; `None` where it does not say.
#[must_use]
pub fn recognise(text: &[u8]) -> Option<Level> {
    let text = text.get(..LOOKED_AT).unwrap_or(text);
    let text = without_prefix(skip_colour(text));
    if text.first() == Some(&b'{') {
        return in_json(text);
    }
    in_logfmt(text).or_else(|| in_words(text)).or_else(|| in_outcome(text))
}

/// What stands behind colours and blanks at the beginning.
fn skip_colour(mut text: &[u8]) -> &[u8] {
    loop {
        text = text.trim_ascii_start();
        let Some(rest) = text.strip_prefix(b"\x1b[") else { return text };
        let Some(end) = rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':')) else { return text };
        text = rest.get(end + 1..).unwrap_or_default();
    }
}

/// What stands behind a prefix such as supervisord's `web (stderr) | ` or docker compose's `web-1  | `.
fn without_prefix(text: &[u8]) -> &[u8] {
    let near = text.get(..80).unwrap_or(text);
    let Some(bar) = memmem::find(near, b" | ") else { return text };
    let name = near.get(..bar).unwrap_or_default();
    let is_name = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b" -_.()/:\x1b[;".contains(byte));
    // A sentence in front of a bar is no prefix: a name has a few words at most.
    let words = name.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count();
    if is_name && words <= 2 { skip_colour(text.get(bar + 3..).unwrap_or_default()) } else { text }
}

/// What stands behind the key of a level in an object, as far as the line is JSON: one that is cut may still say it.
fn in_json(text: &[u8]) -> Option<Level> {
    let mut found = None;
    // What goes wrong after it was found does not matter.
    let _ = Seek { found: &mut found }.deserialize(&mut serde_json::Deserializer::from_slice(text));
    found
}

struct Seek<'a> {
    found: &'a mut Option<Level>,
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(IsLevel(is_level)) = map.next_key()? {
            if !is_level {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if let Some(level) = map.next_value::<Said>()?.0 {
                *self.found = Some(level);
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Whether a key is one behind which loggers write a level.
struct IsLevel(bool);

impl<'de> serde::Deserialize<'de> for IsLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Key;
        impl Visitor<'_> for Key {
            type Value = IsLevel;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, key: &str) -> Result<IsLevel, E> {
                let known = ["level", "lvl", "severity", "loglevel", "log_level", "levelname", "log.level", "@l", "severity_text"];
                Ok(IsLevel(known.iter().any(|known| key.eq_ignore_ascii_case(known))))
            }
        }
        deserializer.deserialize_str(Key)
    }
}

/// What a value says; `None` where it is of another kind.
struct Said(Option<Level>);

impl<'de> serde::Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let word = value.as_str().and_then(|word| Level::of_word(word.trim().as_bytes()));
        Ok(Self(word.or_else(|| value.as_u64().and_then(Level::of_number))))
    }
}

/// What stands behind `level=` and its like.
fn in_logfmt(text: &[u8]) -> Option<Level> {
    const KEYS: [&[u8]; 4] = [b"level", b"lvl", b"severity", b"loglevel"];
    memchr::memchr_iter(b'=', text).take(16).find_map(|equals| {
        let before = text.get(..equals)?;
        let start = before.iter().rposition(|byte| !byte.is_ascii_alphabetic()).map_or(0, |place| place + 1);
        let stands_alone = start == 0 || before.get(start - 1).is_some_and(|byte| b" \t,[{|".contains(byte));
        let key = before.get(start..)?;
        if !stands_alone || !KEYS.iter().any(|known| key.eq_ignore_ascii_case(known)) {
            return None;
        }
        let value = text.get(equals + 1..)?;
        let value = value.strip_prefix(b"\"").unwrap_or(value);
        let end = value.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(value.len());
        Level::of_word(value.get(..end)?)
    })
}

/// A word that stands by itself: in capitals anywhere near the beginning, else in brackets or before a colon.
fn in_words(text: &[u8]) -> Option<Level> {
    if let Some(level) = in_syslog(text) {
        return Some(level);
    }
    let mut place = 0;
    let mut words = 0;
    while words < WORDS {
        place += text.get(place..)?.iter().position(|byte| byte.is_ascii_alphanumeric() || *byte == 0x1b)?;
        let rest = text.get(place..)?;
        if rest.first() == Some(&0x1b) {
            // A colour is no word, and ends where the next one begins.
            place += (rest.len() - skip_colour(rest).len()).max(1);
            continue;
        }
        // A word of a path, an address or a name is none that stands by itself.
        let length = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"_-./@".contains(byte))).unwrap_or(rest.len());
        let word = rest.get(..length)?;
        let before = place.checked_sub(1).and_then(|before| text.get(before).copied());
        let after = rest.get(length).copied();
        let capitals = word.iter().all(u8::is_ascii_uppercase) && after != Some(b'=');
        let marked = matches!((before, after), (Some(b'['), Some(b']')) | (Some(b'('), Some(b')')) | (Some(b'<'), Some(b'>')))
            || (after == Some(b':') && words < 6);
        if (capitals || marked)
            && let Some(level) = Level::of_word(word)
        {
            return Some(level);
        }
        place += length;
        words += 1;
    }
    None
}

/// `<3>` at the beginning, as the kernel and syslog write it; `E1120 12:00:00` as Google's loggers do.
fn in_syslog(text: &[u8]) -> Option<Level> {
    if let Some(rest) = text.strip_prefix(b"<") {
        let end = rest.iter().take(4).position(|byte| *byte == b'>')?;
        let number: u64 = std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()?;
        return Level::of_number(number % 8);
    }
    let (&letter, digits) = text.get(..5)?.split_first()?;
    if !digits.iter().all(u8::is_ascii_digit) || text.get(5) != Some(&b' ') {
        return None;
    }
    match letter {
        b'I' => Some(Level::Info),
        b'W' => Some(Level::Warn),
        b'E' => Some(Level::Error),
        b'F' => Some(Level::Fatal),
        _ => None,
    }
}

/// What says without a level that something went wrong: an answer of 5xx in an access log, a stack trace.
fn in_outcome(text: &[u8]) -> Option<Level> {
    if text.starts_with(b"Traceback (most recent call last)") || text.starts_with(b"Exception in thread ") {
        return Some(Level::Error);
    }
    if text.starts_with(b"panic: ") || (text.starts_with(b"thread '") && memmem::find(text, b"' panicked at ").is_some()) {
        return Some(Level::Fatal);
    }
    // The combined log format: "GET / HTTP/1.1" 503 …
    let after = memmem::find(text, b" HTTP/").and_then(|place| text.get(place + 6..))?;
    let status = after.get(memmem::find(after.get(..8).unwrap_or(after), b"\" ")? + 2..)?;
    match status.get(..4)? {
        [b'5', tens, ones, b' '] if tens.is_ascii_digit() && ones.is_ascii_digit() => Some(Level::Error),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_recognised_where_they_are_said() {
        use Level::{Debug, Error, Fatal, Info, Trace, Warn};
        for (text, level) in [
            (r#"{"time":"x","level":"error","msg":"no"}"#, Some(Error)),
            (r#"{"a":{"level":"debug"},"severity":"WARNING"}"#, Some(Warn)),
            (r#"{"level":50,"msg":"pino"}"#, Some(Error)),
            (r#"{"level":"error","msg":"cut in the mid"#, Some(Error)),
            (r#"{"level":null,"msg":"ERROR"}"#, None),
            (r#"{"msg":"level error"}"#, None),
            ("ts=1 level=warn msg=\"level=error\"", Some(Warn)),
            ("time=x lvl=eror msg=x", None),
            ("log.sublevel=error x", None),
            ("2026-11-20 02:57:11,123 ERROR [h.views:42] failed", Some(Error)),
            ("2026-11-20T02:57:11Z  INFO app: serving", Some(Info)),
            ("web (stderr) | 2026-11-20 02:57:11 [8] [WARNING] slow", Some(Warn)),
            ("web-1  | {\"level\":\"fatal\"}", Some(Fatal)),
            ("\x1b[2m12:00\x1b[0m \x1b[31mERROR\x1b[0m red", Some(Error)),
            ("\x1b[31mERROR\x1b[0m red", Some(Error)),
            ("2026/11/20 02:57:11 [error] 31#31: *8 connect() failed", Some(Error)),
            ("ERROR:root:python", Some(Error)),
            ("error: the compiler says", Some(Error)),
            ("E1120 02:57:11.000000 1 main.go:1] glog", Some(Error)),
            ("<3>kernel", Some(Error)),
            ("<190>router", Some(Info)),
            ("10.0.0.1 - - [20/Nov/2026:02:57:11 +0000] \"GET /x HTTP/1.1\" 503 12 \"-\"", Some(Error)),
            ("10.0.0.1 - - [20/Nov/2026:02:57:11 +0000] \"GET /error HTTP/1.1\" 200 12 \"-\"", None),
            ("Traceback (most recent call last):", Some(Error)),
            ("thread 'main' panicked at src/main.rs:1:1:", Some(Fatal)),
            ("TRACE a", Some(Trace)),
            ("[debug] x", Some(Debug)),
            ("there was an error in the middle of a sentence", None),
            ("we fine people", None),
            ("a long sentence that has a bar | ERROR and is no prefix", Some(Error)),
            ("", None),
        ] {
            assert_eq!(recognise(text.as_bytes()), level, "{text}");
        }
    }

    #[test]
    fn garbage_and_endless_lines_are_harmless() {
        for text in [vec![0xff; 90_000], vec![b'{'; 90_000], vec![b'='; 90_000], b"{\"level\":".to_vec(), b"\x1b[".to_vec(), b"<>".to_vec()]
        {
            assert_eq!(recognise(&text), None);
        }
    }
}
