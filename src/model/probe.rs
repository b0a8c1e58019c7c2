//! What an answer of a health page means: the status code first, the body second.
//!
//! Judges only what was read; how it was read is the adapters'. What says nothing about health is
//! no opinion, and is never taken for an illness or a cure.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::health::Level;

/// What a health page answered, as far as it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Where a redirect leads. It is never followed.
    pub location: Option<Arc<str>>,
    /// The beginning of the body.
    pub body: Vec<u8>,
    /// Whether the body was longer than what was read of it.
    pub is_cut: bool,
}

/// What the body has to say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Expectation {
    /// Nothing, a word such as `ok`, or JSON; of JSON, `status` counts where there is one.
    #[default]
    Usual,
    /// Anything: only the status code counts.
    Anything,
    /// This text, somewhere.
    Text(Arc<str>),
    /// JSON that holds at least this.
    Json(Value),
}

impl Expectation {
    /// As the configuration writes it: JSON's `{…}`, a text, or nothing for any body.
    #[must_use]
    pub fn written(text: &str) -> Self {
        match serde_json::from_str::<Value>(text) {
            Ok(value) if value.is_object() => Self::Json(value),
            _ if text.is_empty() => Self::Anything,
            _ => Self::Text(Arc::from(text)),
        }
    }
}

/// Words by which a page says that all is well, as `status` of its JSON or as its whole text.
const WELL: [&str; 8] = ["ok", "okay", "healthy", "up", "pass", "alive", "pong", "success"];

/// How much of a body a sentence quotes.
const QUOTED: usize = 60;

/// What an answer comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// How well.
    pub level: Level,
    /// Why, where it is not well. Parts come from outside: not yet safe to show.
    pub cause: Option<Arc<str>>,
}

impl Verdict {
    /// All is well.
    #[must_use]
    pub const fn well() -> Self {
        Self { level: Level::Ok, cause: None }
    }

    /// Something is not.
    pub fn of(level: Level, cause: impl Into<Arc<str>>) -> Self {
        Self { level, cause: Some(cause.into()) }
    }
}

impl Answer {
    /// Whether something in front of the app answered that the app does not: 502, 503 or 504.
    /// While a deploy runs that is what a restart looks like from outside.
    #[must_use]
    pub const fn is_gap(&self) -> bool {
        matches!(self.status, 502..=504)
    }

    /// How well it says that things are. `page` is what was asked, as a sentence names it: `GET /health`.
    #[must_use]
    pub fn judged(&self, page: &str, expected: &Expectation) -> Verdict {
        match self.status {
            200..=299 => self.judged_by_body(page, expected),
            300..=399 => {
                let whereto = self.location.as_deref().map_or_else(|| "nowhere".to_owned(), |to| Quote(to).to_string());
                let sentence = format!(
                    "{page} answers {} and sends on to {whereto}, which is not followed: name the page that answers itself",
                    self.status
                );
                Verdict::of(Level::Warning, sentence)
            }
            400..=499 => Verdict::of(Level::Degraded, format!("{page} answers {}", named(self.status))),
            _ => Verdict::of(Level::Severe, format!("{page} answers {}", named(self.status))),
        }
    }

    /// Whether its body says in so many words that all is well: a page that is there for everything says nothing.
    #[must_use]
    pub fn says_well(&self) -> bool {
        let body = String::from_utf8_lossy(&self.body);
        let status = || match serde_json::from_str::<Value>(&body) {
            Ok(Value::Object(told)) => told.get("status").and_then(Value::as_str).is_some_and(is_well),
            Ok(_) | Err(_) => false,
        };
        is_well(&body) || status()
    }

    fn judged_by_body(&self, page: &str, expected: &Expectation) -> Verdict {
        let body = String::from_utf8_lossy(&self.body);
        match expected {
            Expectation::Anything => Verdict::well(),
            Expectation::Usual => self.judged_as_usual(page, body.trim()),
            Expectation::Text(text) if body.contains(&**text) => Verdict::well(),
            Expectation::Text(text) => {
                Verdict::of(Level::Warning, format!("{page} answers {} without {}: {}", self.status, Quote(text), Quote(&body)))
            }
            Expectation::Json(wanted) => match serde_json::from_slice::<Value>(&self.body) {
                Ok(told) => held(page, self.status, wanted, &told),
                Err(_) => self.garbage(page, &body),
            },
        }
    }

    fn judged_as_usual(&self, page: &str, body: &str) -> Verdict {
        if body.is_empty() || is_well(body) {
            return Verdict::well();
        }
        match serde_json::from_str::<Value>(body) {
            Ok(Value::Object(told)) => match told.get("status") {
                Some(Value::String(status)) if is_well(status) => Verdict::well(),
                Some(Value::String(status)) => {
                    Verdict::of(Level::Degraded, format!("{page} answers {} and says that its status is {}", self.status, Quote(status)))
                }
                // No word on its health, or none that is known: no opinion.
                _ => Verdict::well(),
            },
            Ok(_) => Verdict::well(),
            Err(_) => self.garbage(page, body),
        }
    }

    /// It answers, but not with an answer.
    fn garbage(&self, page: &str, body: &str) -> Verdict {
        let long = if self.is_cut { ", and goes on for longer than a health page does" } else { "" };
        Verdict::of(Level::Warning, format!("{page} answers {} with what is no health answer: {}{long}", self.status, Quote(body)))
    }
}

/// Whether `told` holds everything in `wanted`.
fn held(page: &str, status: u16, wanted: &Value, told: &Value) -> Verdict {
    match first_difference(wanted, told, "") {
        None => Verdict::well(),
        Some((path, wanted, told)) => Verdict::of(
            Level::Degraded,
            format!("{page} answers {status}, and its {path} is {} instead of {}", Quote(&told), Quote(&wanted)),
        ),
    }
}

fn first_difference(wanted: &Value, told: &Value, path: &str) -> Option<(String, String, String)> {
    let Value::Object(keys) = wanted else {
        return (wanted != told).then(|| (path.to_owned(), wanted.to_string(), told.to_string()));
    };
    keys.iter().find_map(|(key, wanted)| {
        let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        first_difference(wanted, told.get(key).unwrap_or(&Value::Null), &below)
    })
}

fn is_well(word: &str) -> bool {
    let word = word.trim().trim_matches('"');
    WELL.iter().any(|well| word.eq_ignore_ascii_case(well))
}

/// A status code with its name, for those that people meet.
fn named(status: u16) -> String {
    let name = match status {
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => return status.to_string(),
    };
    format!("{status} ({name})")
}

/// The beginning of a text, in quotes and on one line.
struct Quote<'t>(&'t str);

impl fmt::Display for Quote<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = self.0.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((end, _)) = words.char_indices().nth(QUOTED) {
            words.truncate(end);
            words.push('…');
        }
        write!(f, "\"{}\"", words.trim_matches('"'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, location: None, body: body.as_bytes().to_vec(), is_cut: false }
    }

    fn judged(status: u16, body: &str, expected: &Expectation) -> (Level, String) {
        let verdict = answer(status, body).judged("GET /health", expected);
        (verdict.level, verdict.cause.map_or_else(String::new, |cause| cause.to_string()))
    }

    #[test]
    fn without_an_expectation_a_status_counts_and_silence_is_no_opinion() {
        for (status, body, level) in [
            (200, r#"{"status":"ok"}"#, Level::Ok),
            (200, r#"{"status": "OKAY"}"#, Level::Ok),
            (200, r#"{"status":"healthy","db":"up"}"#, Level::Ok),
            (204, "", Level::Ok),
            (200, "OK\n", Level::Ok),
            (200, r#"{"version":"1"}"#, Level::Ok),
            (200, r#"{"status":7}"#, Level::Ok),
            (200, r#"{"status":"down"}"#, Level::Degraded),
            (200, "<html><body>Sign in</body></html>", Level::Warning),
            (200, "\u{0}\u{1}\u{2}", Level::Warning),
            (301, "", Level::Warning),
            (404, r#"{"status":"ok"}"#, Level::Degraded),
            (500, r#"{"status":"ok"}"#, Level::Severe),
            (502, "", Level::Severe),
        ] {
            assert_eq!(judged(status, body, &Expectation::Usual).0, level, "{status} {body}");
        }
    }

    #[test]
    fn only_a_page_that_says_so_says_that_all_is_well() {
        for (body, says) in [(r#"{"status":"ok"}"#, true), ("OK\n", true), ("{}", false), ("", false), ("<html>ok</html>", false)] {
            assert_eq!(answer(200, body).says_well(), says, "{body}");
        }
    }

    #[test]
    fn causes_say_what_was_answered() {
        assert_eq!(judged(502, "", &Expectation::Usual).1, "GET /health answers 502 (Bad Gateway)");
        assert_eq!(
            judged(200, r#"{"status":"down"}"#, &Expectation::Usual).1,
            "GET /health answers 200 and says that its status is \"down\""
        );
        let garbage = judged(200, &format!("<html>\n{}", "x".repeat(500)), &Expectation::Usual).1;
        assert!(garbage.starts_with("GET /health answers 200 with what is no health answer: \"<html> xxx"), "{garbage}");
        assert!(garbage.chars().count() < 140, "{garbage}");
        let redirect = Answer { location: Some("https://login.example.com/".into()), ..answer(302, "") };
        let cause = redirect.judged("GET /health", &Expectation::Usual).cause.unwrap();
        assert!(cause.contains("302 and sends on to \"https://login.example.com/\""), "{cause}");
    }

    #[test]
    fn an_expectation_is_json_that_has_to_be_held_or_a_text_or_nothing() {
        let json = Expectation::written(r#"{"status":"ok","db":{"up":true}}"#);
        assert_eq!(judged(200, r#"{"status":"ok","db":{"up":true,"ms":3}}"#, &json).0, Level::Ok);
        assert_eq!(
            judged(200, r#"{"status":"ok","db":{"up":false}}"#, &json),
            (Level::Degraded, "GET /health answers 200, and its db.up is \"false\" instead of \"true\"".into())
        );
        assert_eq!(judged(200, r#"{"status":"ok"}"#, &json).0, Level::Degraded);
        assert_eq!(judged(200, "hello", &json).0, Level::Warning);
        assert_eq!(judged(500, r#"{"status":"ok","db":{"up":true}}"#, &json).0, Level::Severe);
        let text = Expectation::written("all good");
        assert_eq!(judged(200, "yes, all good here", &text).0, Level::Ok);
        assert_eq!(judged(200, "not so", &text), (Level::Warning, "GET /health answers 200 without \"all good\": \"not so\"".into()));
        assert_eq!(Expectation::written(""), Expectation::Anything);
        assert_eq!(judged(200, "<html>", &Expectation::Anything).0, Level::Ok);
    }

    #[test]
    fn only_a_gateway_s_answers_are_a_gap() {
        let gaps: Vec<u16> = [200, 404, 500, 501, 502, 503, 504, 505].into_iter().filter(|status| answer(*status, "").is_gap()).collect();
        assert_eq!(gaps, [502, 503, 504]);
    }
}
