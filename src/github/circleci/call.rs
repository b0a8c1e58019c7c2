//! One call to CircleCI: with a token, through its budget, out, and back as an answer or a trouble.

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use octocrab::OctoBody;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::super::connect::{Lines, Lost, lost};
use super::super::settings::Base;
use super::super::token::{Lack, Secret, Token};
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::Connection;
use crate::ops::clock::Stamps;
use crate::ops::limit::{BudgetKey, Limiter};

/// The longest answer that is read: pages hold twenty rows.
const LONGEST: usize = 4 << 20;
/// How much of CircleCI's own message is repeated.
const MESSAGE_KEPT: usize = 300;
/// Who is asking.
const AGENT: &str = concat!("quarterdeck/", env!("CARGO_PKG_VERSION"));
/// How long to wait where CircleCI says that there were too many calls and not for how long.
const PAUSE: Duration = Duration::from_secs(30);
/// The longest wait that it is believed.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// What went wrong with a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// The configured server is no address.
    Address,
    /// There is no token.
    Token(Lack),
    /// No connection could be made; why.
    Unsent(String),
    /// It left, and no whole answer came; what happened.
    Lost(String),
    /// CircleCI said no: the status, and its own words.
    Refused(u16, Option<String>),
    /// Too many calls: wait so long.
    Throttled(Duration),
    /// The answer is not what was asked for; why.
    Garbled(String),
}

impl Trouble {
    /// Whether a write that met it was certainly not taken: it never left, or the service itself said no.
    pub const fn is_untaken(&self) -> bool {
        match self {
            Self::Address | Self::Token(_) | Self::Unsent(_) | Self::Throttled(_) => true,
            // A gateway says 408 without knowing what became of what it handed on.
            Self::Refused(status, _) => *status >= 400 && *status < 500 && *status != 408,
            Self::Lost(_) | Self::Garbled(_) => false,
        }
    }

    /// As the model has it; `what` is what was asked of which server.
    pub fn fault(self, what: &str) -> Fault {
        let said = |words: Option<String>| words.map_or_else(String::new, |words| format!(": {words}"));
        match self {
            Self::Address => Fault::new(
                FaultKind::Refused,
                "url of [circleci] is no address: write \"https://circleci.com\", or that of your CircleCI server",
            ),
            Self::Token(lack) => Fault::new(FaultKind::Expired, lacking(&lack)),
            Self::Unsent(why) => Fault::new(FaultKind::Unreachable, format!("{what}: no connection to CircleCI: {why}")),
            Self::Lost(why) => Fault::new(FaultKind::Unreachable, format!("{what}: {why}")),
            Self::Throttled(pause) => Fault::new(
                FaultKind::Throttled(Some(pause)),
                format!("{what}: CircleCI wants fewer calls, and is asked again in {} s", pause.as_secs()),
            ),
            Self::Garbled(why) => Fault::new(FaultKind::Malformed, format!("{what}: what CircleCI answers cannot be understood: {why}")),
            Self::Refused(401, words) => {
                Fault::new(FaultKind::Expired, format!("{what}: CircleCI does not know the token{}: renew CIRCLE_TOKEN", said(words)))
            }
            Self::Refused(403, words) => {
                Fault::new(FaultKind::Denied, format!("{what}: CircleCI does not let whose token it is do this{}", said(words)))
            }
            Self::Refused(404, words) => Fault::new(
                FaultKind::Missing,
                format!("{what}: CircleCI has no such thing, or hides it from whose token it is{}: check circleci", said(words)),
            ),
            Self::Refused(status @ 500.., words) => {
                Fault::new(FaultKind::Failed, format!("{what}: CircleCI failed with HTTP {status}{}", said(words)))
            }
            Self::Refused(status, words) => {
                Fault::new(FaultKind::Refused, format!("{what}: CircleCI refused it with HTTP {status}{}", said(words)))
            }
        }
    }
}

fn lacking(lack: &Lack) -> String {
    match lack {
        Lack::Nowhere => "no token for CircleCI: set CIRCLE_TOKEN to a personal API token, or write token_command in [circleci]".to_owned(),
        Lack::Unusable => "the token for CircleCI holds characters that no token has: check CIRCLE_TOKEN".to_owned(),
        Lack::NotFound(program) => format!("no token for CircleCI: the configured command {program} could not be started"),
        Lack::Failed(program) => format!("no token for CircleCI: the command {program} failed"),
        Lack::Slow(program) => format!("no token for CircleCI: the command {program} did not end in time"),
        Lack::NoToken(program) => format!("no token for CircleCI: what the command {program} prints is not one"),
    }
}

/// The body of an answer that says no.
#[derive(Deserialize)]
struct Told {
    message: Option<String>,
}

/// Makes calls. Shared by all that ask.
pub struct Caller {
    base: Option<Base>,
    token: Token,
    patience: Duration,
    limiter: Limiter,
    stamps: Stamps,
    key: BudgetKey,
    lines: OnceCell<Arc<Lines>>,
}

/// A call that has passed its budget. Unless it is told that it never left, it counts, even where nobody waits any longer.
struct Passage<'c> {
    caller: &'c Caller,
    left: bool,
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        if self.left {
            self.caller.limiter.sent(&self.caller.key);
        } else {
            self.caller.limiter.unsent(&self.caller.key);
        }
    }
}

impl Caller {
    pub fn new(base: Option<Base>, token: Token, patience: Duration, limiter: Limiter, stamps: Stamps) -> Self {
        let host = base.as_ref().map_or("circleci", Base::host);
        let key = BudgetKey { connection: Connection::from(host), region: None, api: "circleci" };
        Self { base, token, patience, limiter, stamps, key, lines: OnceCell::new() }
    }

    pub fn now(&self) -> Timestamp {
        self.stamps.now()
    }

    /// Asks for what is at this path below `/api/v2`.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Trouble> {
        let body = self.call(Method::GET, path, None).await?;
        serde_json::from_slice(&body).map_err(|error| Trouble::Garbled(error.to_string()))
    }

    /// Writes there. Sent once, on a connection of its own. The answer may be none: what counts is that it was taken.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Vec<u8>, Trouble> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Vec<u8>, Trouble> {
        let base = self.base.as_ref().ok_or(Trouble::Address)?;
        let secret = self.token.get(base.host()).await.map_err(Trouble::Token)?;
        let lines = self.lines(base.is_plain()).await?;
        let request = request(&secret, method, &format!("{}/api/v2/{path}", base.rest()), body)?;
        let passing = self.limiter.pass(&self.key);
        if body.is_some() {
            // A write that a person has just wanted does not leave much later.
            let passed = tokio::time::timeout(self.patience, passing).await;
            let _ = passed.map_err(|_| Trouble::Throttled(self.patience))?;
        } else {
            let _ = passing.await;
        }
        let told = self.exchange(&lines, request, body.is_some()).await;
        match &told {
            Err(Trouble::Throttled(pause)) => self.limiter.throttled(&self.key, Some(*pause)),
            Err(Trouble::Refused(401, _)) => self.token.refused(&secret).await,
            Ok(_) | Err(Trouble::Refused(..)) => self.limiter.answered(&self.key),
            Err(_) => {}
        }
        told
    }

    async fn exchange(&self, lines: &Lines, request: Request<OctoBody>, writes: bool) -> Result<Vec<u8>, Trouble> {
        let mut passage = Passage { caller: self, left: true };
        let line = if writes { &lines.writes } else { &lines.reads };
        let whole = async {
            let response = line.execute(request).await.map_err(|error| match lost(&error) {
                Lost::Unsent(why) => Trouble::Unsent(why),
                Lost::Broken => Trouble::Lost("the connection to CircleCI broke".to_owned()),
            })?;
            let (parts, body) = response.into_parts();
            let body = whole_body(body).await;
            if !parts.status.is_success() {
                return Err(answered(parts.status, &parts.headers, &body.unwrap_or_default()));
            }
            // What a write was answered with does not matter once it was accepted.
            if writes { Ok(body.unwrap_or_default()) } else { body }
        };
        let late = || Trouble::Lost(format!("CircleCI did not answer within {} s", self.patience.as_secs_f64()));
        let told = tokio::time::timeout(self.patience, whole).await.unwrap_or_else(|_| Err(late()));
        passage.left = !matches!(told, Err(Trouble::Unsent(_)));
        told
    }

    async fn lines(&self, plain: bool) -> Result<Arc<Lines>, Trouble> {
        let patience = self.patience / 2;
        let opening = || async move {
            // Reading the trust roots blocks: not on a thread that drives other calls.
            let opened = tokio::task::spawn_blocking(move || Lines::open(plain, patience)).await;
            opened.map_err(|error| Trouble::Unsent(error.to_string()))?.map(Arc::new).map_err(Trouble::Unsent)
        };
        self.lines.get_or_try_init(opening).await.cloned()
    }
}

fn request(secret: &Secret, method: Method, url: &str, body: Option<&Value>) -> Result<Request<OctoBody>, Trouble> {
    let mut token = HeaderValue::from_str(secret.text()).map_err(|_| Trouble::Token(Lack::Unusable))?;
    token.set_sensitive(true);
    let builder = Request::builder().method(method).uri(url).header("circle-token", token);
    let mut builder = builder.header(ACCEPT, "application/json").header(USER_AGENT, AGENT);
    let body = match body {
        Some(body) => {
            builder = builder.header(CONTENT_TYPE, "application/json");
            OctoBody::from(body.to_string())
        }
        None => OctoBody::empty(),
    };
    builder.body(body).map_err(|_| Trouble::Address)
}

/// The trouble that an answer with this status is. A redirect is followed nowhere: the token is for this server only.
fn answered(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Trouble {
    if status == StatusCode::TOO_MANY_REQUESTS {
        let told = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok()).map(Duration::from_secs);
        return Trouble::Throttled(told.unwrap_or(PAUSE).clamp(Duration::from_secs(1), LONGEST_PAUSE));
    }
    let words = serde_json::from_slice::<Told>(body).ok().and_then(|told| told.message).filter(|words| !words.trim().is_empty());
    Trouble::Refused(status.as_u16(), words.map(|words| words.chars().take(MESSAGE_KEPT).collect()))
}

async fn whole_body<B>(body: B) -> Result<Vec<u8>, Trouble>
where
    B: hyper::body::Body + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    match Limited::new(Box::pin(body), LONGEST).collect().await {
        Ok(whole) => Ok(whole.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(Trouble::Garbled("it is longer than anything CircleCI tells".to_owned())),
        Err(_) => Err(Trouble::Lost("the answer of CircleCI breaks off".to_owned())),
    }
}
