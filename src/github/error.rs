//! What goes wrong at GitHub, as the model's faults.
//!
//! Statuses, headers and transport errors stop here. A sentence says what
//! happened, to what, and what to do; no token is ever in one.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::token::Lack;
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::Sha;

/// How much of GitHub's own message is repeated.
const MESSAGE_KEPT: usize = 300;

/// How long to wait after a secondary limit that does not say (GitHub's documentation, "Rate limits for
/// the REST API": at least one minute).
const SECONDARY_PAUSE: Duration = Duration::from_secs(60);

/// What went wrong with a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// The configured base is not a URL.
    Address,
    /// It is not a repository's name.
    NoRepository,
    /// There is no token.
    Token(Lack),
    /// No connection could be made; why.
    Unsent(String),
    /// No answer in time.
    NoAnswer(Duration),
    /// The connection broke after the request had left.
    Broken,
    /// The answer breaks off.
    CutShort,
    /// The answer is longer than anything GitHub tells.
    TooLong,
    /// The answer is not what was asked for; why.
    Garbled(String),
    /// Too many calls.
    Throttled(Limit),
    /// GitHub said no.
    Refused(Box<Refusal>),
    /// The answer leads to another server, or round and round.
    Elsewhere,
    /// A write was answered with another address.
    Moved,
    /// A query failed; GitHub's words.
    Query(String),
    /// The repository has no commit to look at.
    Empty,
    /// The branch that somebody named is not there.
    NoBranch,
    /// One of two commits to compare is not there.
    NoCommit(Sha, Sha),
}

/// Which limit was reached, and how long to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// The hour's calls are used up.
    Primary(Duration),
    /// Too many calls within a short time.
    Secondary(Duration),
}

impl Limit {
    pub const fn pause(self) -> Duration {
        match self {
            Self::Primary(pause) | Self::Secondary(pause) => pause,
        }
    }
}

/// An answer that says no.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Refusal {
    pub status: u16,
    pub message: Option<String>,
    /// The permissions of which the token needs one, as GitHub tells them.
    pub needs: Option<String>,
    /// Whether the organization wants the token to be authorized for its single sign-on.
    pub sso: bool,
}

impl Refusal {
    fn kind(&self) -> FaultKind {
        match self.status {
            401 => FaultKind::Expired,
            403 | 451 => FaultKind::Denied,
            404 | 410 => FaultKind::Missing,
            405 | 501 => FaultKind::Unsupported,
            407 | 408 => FaultKind::Unreachable,
            500.. => FaultKind::Failed,
            _ => FaultKind::Refused,
        }
    }
}

/// The body of an answer that says no.
#[derive(Deserialize)]
struct Told {
    message: Option<String>,
}

/// The trouble that an answer with this status is.
pub fn answered(status: StatusCode, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Trouble {
    let message = serde_json::from_slice::<Told>(body).ok().and_then(|told| told.message).filter(|message| !message.trim().is_empty());
    if let Some(limit) = limit(status, headers, message.as_deref(), now) {
        return Trouble::Throttled(limit);
    }
    let permissions = text(headers, "x-accepted-github-permissions");
    let needs = permissions.or_else(|| text(headers, "x-accepted-oauth-scopes")).filter(|needs| !needs.is_empty());
    let sso = text(headers, "x-github-sso").is_some_and(|sso| sso.starts_with("required"));
    Trouble::Refused(Box::new(Refusal { status: status.as_u16(), message, needs: needs.map(str::to_owned), sso }))
}

/// Whether the answer is a limit's (GitHub's documentation, "Best practices for using the REST API").
fn limit(status: StatusCode, headers: &HeaderMap, message: Option<&str>, now: Timestamp) -> Option<Limit> {
    if !matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS) {
        return None;
    }
    let says = status == StatusCode::TOO_MANY_REQUESTS || is_secondary(message.unwrap_or_default());
    told_limit(headers, now).or_else(|| says.then_some(Limit::Secondary(SECONDARY_PAUSE)))
}

/// The limit that an answer to a query speaks of, which has status 200 (GitHub's documentation, "Rate limits and
/// query limits for the GraphQL API": wait as long as the headers say, else at least a minute).
pub fn query_limit(headers: &HeaderMap, now: Timestamp) -> Limit {
    told_limit(headers, now).unwrap_or(Limit::Secondary(SECONDARY_PAUSE))
}

/// Whether GitHub's words are those of its secondary limits.
pub fn is_secondary(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("secondary rate limit") || message.contains("abuse detection")
}

/// The limit that the headers tell of.
fn told_limit(headers: &HeaderMap, now: Timestamp) -> Option<Limit> {
    if let Some(after) = number(headers, "retry-after") {
        return Some(Limit::Secondary(Duration::from_secs(after)));
    }
    (number(headers, "x-ratelimit-remaining") == Some(0)).then(|| Limit::Primary(until_reset(headers, now)))
}

/// How long until the hour is over.
fn until_reset(headers: &HeaderMap, now: Timestamp) -> Duration {
    let reset = number(headers, "x-ratelimit-reset").and_then(|reset| i64::try_from(reset).ok());
    let left = reset.map_or(60, |reset| reset.saturating_sub(now.as_second())).clamp(1, 3_600);
    Duration::from_secs(left.unsigned_abs())
}

pub fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

pub fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

impl Trouble {
    /// The fault; `what` was asked of `host`.
    pub fn fault(&self, host: &str, what: &str) -> Fault {
        Fault::new(self.kind(), self.sentence(host, what))
    }

    /// The fault of a write that was made once; `what` was sent to `host`.
    pub fn write_fault(&self, host: &str, what: &str) -> Fault {
        let sentence = match self {
            Self::NoAnswer(patience) => format!("{host} did not answer to {what} within {} s", patience.as_secs_f64()),
            Self::Broken => format!("the connection to {host} broke before it had answered to {what}"),
            Self::CutShort => format!("the answer of {host} to {what} breaks off"),
            Self::TooLong => format!("the answer of {host} to {what} is too long; is a proxy in the way?"),
            Self::Garbled(why) => format!("the answer of {host} to {what} cannot be understood: {why}"),
            Self::Refused(refusal) if refusal.status >= 500 || refusal.status == 408 => {
                format!("{host} answered to {what} with HTTP {}", refusal.status)
            }
            _ => return self.fault(host, what),
        };
        Fault::new(self.kind(), sentence)
    }

    /// Whether a write may have been accepted all the same: it left, and what was answered is not GitHub's no.
    pub fn is_unclear(&self) -> bool {
        match self {
            Self::NoAnswer(_) | Self::Broken | Self::CutShort | Self::TooLong | Self::Garbled(_) => true,
            Self::Refused(refusal) => refusal.status >= 500 || refusal.status == 408,
            Self::Address
            | Self::NoRepository
            | Self::Token(_)
            | Self::Unsent(_)
            | Self::Throttled(_)
            | Self::Elsewhere
            | Self::Moved
            | Self::Query(_)
            | Self::Empty
            | Self::NoBranch
            | Self::NoCommit(..) => false,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Address | Self::NoRepository | Self::Elsewhere | Self::Moved => FaultKind::Refused,
            Self::Token(_) => FaultKind::Expired,
            Self::Unsent(_) | Self::NoAnswer(_) | Self::Broken => FaultKind::Unreachable,
            Self::CutShort | Self::TooLong | Self::Garbled(_) => FaultKind::Malformed,
            Self::Throttled(limit) => FaultKind::Throttled(Some(limit.pause())),
            Self::Refused(refusal) => refusal.kind(),
            Self::Query(_) => FaultKind::Failed,
            Self::Empty | Self::NoBranch | Self::NoCommit(..) => FaultKind::Missing,
        }
    }

    fn sentence(&self, host: &str, what: &str) -> String {
        match self {
            Self::Address => {
                "the configured address of GitHub is not a URL such as https://HOST/api/v3 (github.base, GITHUB_API_URL)".into()
            }
            Self::NoRepository => format!("{what} cannot be asked for: a repository is written owner/name"),
            Self::Token(lack) => lacking(lack),
            Self::Unsent(why) => format!("no connection to {host}: {why}; check the network, and HTTPS_PROXY where there is a proxy"),
            Self::NoAnswer(patience) => format!("{host} did not tell {what} within {} s", patience.as_secs_f64()),
            Self::Broken => format!("the connection to {host} broke before it had told {what}"),
            Self::CutShort => format!("the answer of {host} breaks off in the middle of {what}"),
            Self::TooLong => format!("the answer of {host} is too long to be {what}; is a proxy in the way?"),
            Self::Garbled(why) => format!("the answer of {host} cannot be understood as {what}: {why}"),
            Self::Throttled(Limit::Primary(pause)) => {
                format!("the calls to {host} of this hour are used up: not asking for {}", minutes(*pause))
            }
            Self::Throttled(Limit::Secondary(pause)) => {
                format!("{host} asks for fewer calls: not asking for {}", minutes(*pause))
            }
            Self::Refused(refusal) => refused(refusal, host, what),
            Self::Elsewhere => {
                format!("{host} sends on to another server for {what}, which is not followed; is the configured address right?")
            }
            Self::Moved => {
                format!("{host} has moved {what} to another address, and nothing is written there: use the repository's new name")
            }
            Self::Query(message) => format!("{host} could not tell {what}: {}", shortened(message)),
            Self::Empty => format!("{host} tells no commit for {what}: nothing was pushed yet"),
            Self::NoBranch => format!("{host} does not find the configured branch for {what}: check its name"),
            Self::NoCommit(base, head) => {
                format!(
                    "{host} does not find {what}: {} or {} is not in it, perhaps after a forced push, or the token may not see it",
                    base.short(),
                    head.short()
                )
            }
        }
    }
}

fn refused(refusal: &Refusal, host: &str, what: &str) -> String {
    let reason = refusal.message.as_deref().map_or_else(String::new, |message| format!(" ({})", shortened(message)));
    match refusal.kind() {
        FaultKind::Expired => {
            format!("{host} does not accept the token{reason}: run gh auth login, or set GITHUB_TOKEN to one that is valid")
        }
        FaultKind::Denied if refusal.sso => {
            format!("{host} denies {what}{reason}: authorize the token for the organization's single sign-on")
        }
        FaultKind::Denied => match &refusal.needs {
            Some(needs) => format!("{host} denies {what}{reason}: the token needs the permission {needs}"),
            None => format!("{host} denies {what}{reason}"),
        },
        FaultKind::Missing => format!("{host} does not find {what}{reason}: it is not there, or the token may not see it"),
        FaultKind::Unsupported => format!("{host} does not offer {what}{reason}"),
        FaultKind::Unreachable => format!("HTTP {} instead of {what}: a proxy before {host} did not let it through", refusal.status),
        FaultKind::Failed => format!("{host} failed to tell {what}: HTTP {}", refusal.status),
        FaultKind::Refused | FaultKind::Malformed | FaultKind::Throttled(_) => {
            format!("{host} refused {what}: HTTP {}{reason}", refusal.status)
        }
    }
}

fn lacking(lack: &Lack) -> String {
    match lack {
        Lack::NotFound(program) if program == "gh" => {
            "no token for GitHub: set GITHUB_TOKEN, or install gh and run gh auth login".to_owned()
        }
        Lack::Failed(program) if program == "gh" => "no token for GitHub: run gh auth login, or set GITHUB_TOKEN".to_owned(),
        Lack::NotFound(program) => format!("no token for GitHub: the configured command {program} could not be started"),
        Lack::Failed(program) => format!("no token for GitHub: the command {program} failed"),
        Lack::Slow(program) => format!("no token for GitHub: the command {program} did not end in time"),
        Lack::Nowhere => "no token for GitHub: set GITHUB_TOKEN".to_owned(),
        Lack::Unusable => "the token for GitHub holds characters that no token has: check GITHUB_TOKEN".to_owned(),
        Lack::NoToken(program) => format!("no token for GitHub: what the command {program} prints is not one"),
    }
}

fn minutes(pause: Duration) -> String {
    let seconds = pause.as_secs().max(1);
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

/// GitHub's words on one line, as far as a line takes them.
pub fn shortened(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MESSAGE_KEPT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, headers: &[(&'static str, &str)], body: &str) -> Fault {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let now = Timestamp::from_second(1_000).unwrap();
        answered(StatusCode::from_u16(status).unwrap(), &map, body.as_bytes(), now).fault("api.github.com", "the runs of o/r")
    }

    #[test]
    fn each_answer_is_a_fault_of_its_kind_with_what_to_do() {
        let seconds = |seconds| FaultKind::Throttled(Some(Duration::from_secs(seconds)));
        for (status, headers, body, kind, says) in [
            (401, vec![], "{\"message\":\"Bad credentials\"}", FaultKind::Expired, "(Bad credentials): run gh auth login"),
            (403, vec![("x-accepted-github-permissions", "actions=read")], "{}", FaultKind::Denied, "needs the permission actions=read"),
            (403, vec![("x-github-sso", "required; url=https://x")], "{}", FaultKind::Denied, "single sign-on"),
            (403, vec![], "no json", FaultKind::Denied, "denies the runs of o/r"),
            (404, vec![], "{\"message\":\"Not Found\"}", FaultKind::Missing, "the token may not see it"),
            (422, vec![], "{\"message\":\"Validation\\n Failed\"}", FaultKind::Refused, "HTTP 422 (Validation Failed)"),
            (502, vec![], "<html>", FaultKind::Failed, "HTTP 502"),
            (407, vec![], "", FaultKind::Unreachable, "a proxy before api.github.com"),
            (429, vec![], "", seconds(60), "asks for fewer calls: not asking for 60 s"),
            (403, vec![("retry-after", "7")], "", seconds(7), "not asking for 7 s"),
            (403, vec![], "{\"message\":\"You have exceeded a secondary rate limit.\"}", seconds(60), "fewer calls"),
            (403, vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1600")], "", seconds(600), "used up: not asking for 10 min"),
            (429, vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "5")], "", seconds(1), "used up"),
        ] {
            let fault = told(status, &headers, body);
            assert_eq!(fault.kind, kind, "{status} {headers:?}");
            assert!(fault.sentence.contains(says), "{fault}");
        }
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let cut = shortened(&"ä".repeat(1_000));
        assert_eq!(cut.chars().count(), MESSAGE_KEPT + 1);
    }
}
