//! One call to GitHub: with a token, through its budget, out, and back as an answer or a trouble.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use octocrab::OctoBody;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::cache::Cache;
use super::connect::{Lines, Lost, lost};
use super::error::{Limit, Trouble, answered, number, text};
use super::settings::{Base, GitHubSettings};
use super::token::{Lack, Secret, Token};
use crate::model::clock::{Stamp, Timestamp};
use crate::model::forge::Allowance;
use crate::model::id::{Connection, Repository};
use crate::ops::clock::Stamps;
use crate::ops::limit::{BudgetKey, Limiter};

/// The longest answer that is read.
const LONGEST: usize = 64 << 20;

/// The form of every answer.
pub const JSON: &str = "application/vnd.github+json";

/// Who is asking, as GitHub wants to know.
const AGENT: &str = concat!("quarterdeck/", env!("CARGO_PKG_VERSION"));

/// What is sent.
pub struct Call<'a> {
    pub method: Method,
    pub url: &'a str,
    /// What the answer may be the same as.
    pub etag: Option<HeaderValue>,
    pub body: Option<&'a Value>,
    /// Whether it changes something: then a connection of its own.
    pub writes: bool,
}

impl<'a> Call<'a> {
    pub const fn get(url: &'a str) -> Self {
        Self { method: Method::GET, url, etag: None, body: None, writes: false }
    }
}

/// An answer that is none of refusals and limits.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Makes calls. Shared by all that ask.
pub struct Caller {
    pub base: Option<Base>,
    pub cache: Cache,
    token: Token,
    patience: Duration,
    limiter: Limiter,
    stamps: Stamps,
    key: BudgetKey,
    lines: OnceCell<Arc<Lines>>,
    /// What is left of each budget of GitHub's: calls, and points of queries.
    allowances: Mutex<HashMap<String, Allowance>>,
    /// Where repositories have gone.
    moved: Mutex<HashMap<Repository, String>>,
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
    pub fn new(settings: GitHubSettings, limiter: Limiter, stamps: Stamps) -> Self {
        let base = Base::new(settings.base.as_deref());
        let key = BudgetKey { connection: Connection::from(settings.host()), region: None, api: "github" };
        Self {
            base,
            cache: Cache::default(),
            token: settings.token,
            patience: settings.timeout,
            limiter,
            stamps,
            key,
            lines: OnceCell::new(),
            allowances: Mutex::default(),
            moved: Mutex::default(),
        }
    }

    pub fn host(&self) -> &str {
        self.key.connection.as_str()
    }

    pub fn base(&self) -> Result<&Base, Trouble> {
        self.base.as_ref().ok_or(Trouble::Address)
    }

    pub fn stamp(&self) -> Stamp {
        self.stamps.stamp()
    }

    pub fn now(&self) -> Timestamp {
        self.stamps.now()
    }

    /// Where a repository is: below `/repos/`, or where it was sent on to.
    pub fn home(&self, repository: &Repository) -> Result<String, Trouble> {
        let base = self.base()?;
        if let Some(moved) = self.moved.lock().unwrap_or_else(PoisonError::into_inner).get(repository) {
            return Ok(moved.clone());
        }
        let (owner, name) = repository.as_str().split_once('/').ok_or(Trouble::NoRepository)?;
        let fits = |part: &str| !matches!(part, "" | "." | "..") && part.len() <= 100 && !part.contains('/');
        if !fits(owner) || !fits(name) {
            return Err(Trouble::NoRepository);
        }
        Ok(format!("{}/repos/{}/{}", base.rest(), encoded(owner), encoded(name)))
    }

    /// Remembers that a repository has gone for good; `None`: that it is not there either.
    pub fn moved(&self, repository: &Repository, home: Option<String>) {
        let mut moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        match home {
            Some(home) => moved.insert(repository.clone(), home),
            None => moved.remove(repository),
        };
    }

    /// The scarcest of what is left, as the last answers told.
    pub fn allowance(&self) -> Option<Allowance> {
        let allowances = self.allowances.lock().unwrap_or_else(PoisonError::into_inner);
        let share = |allowance: &Allowance| allowance.remaining.saturating_mul(1_000) / allowance.limit.max(1);
        // One whose hour is over says nothing any more.
        let now = self.stamps.now();
        allowances.values().copied().filter(|allowance| allowance.resets_at > now).min_by_key(share)
    }

    /// Makes one call. `first` is given the moment at which it was let through, unless an earlier call was.
    pub async fn call(&self, call: Call<'_>, first: &mut Option<Stamp>) -> Result<Answer, Trouble> {
        let base = self.base()?;
        if !call.url.parse().is_ok_and(|url| base.holds(&url)) {
            return Err(Trouble::Elsewhere);
        }
        let secret = self.token.get(base.host()).await.map_err(Trouble::Token)?;
        let lines = self.lines(base.is_plain()).await?;
        let writes = call.writes;
        let request = request(&secret, call)?;
        let stamp = self.pass(writes).await?;
        first.get_or_insert(stamp);
        let told = self.exchange(&lines, request, writes).await;
        self.heed(&told, &secret).await;
        told
    }

    /// Fetches what GitHub keeps elsewhere and has given the address of. Without the token, which is for this server
    /// only, and followed no further. Who has the address has what is there, so no trouble repeats it.
    pub async fn fetch_elsewhere(&self, url: &str) -> Result<Vec<u8>, Trouble> {
        let base = self.base()?;
        let address: Uri = url.parse().map_err(|_| Trouble::Elsewhere)?;
        let scheme = if base.is_plain() { "http" } else { "https" };
        if address.scheme_str() != Some(scheme) || address.authority().is_none_or(|authority| authority.as_str().contains('@')) {
            return Err(Trouble::Elsewhere);
        }
        let host = Connection::from(address.host().unwrap_or_default());
        let _ = self.limiter.pass(&BudgetKey { connection: host, region: None, api: "http" }).await;
        let lines = self.lines(base.is_plain()).await?;
        let request = Request::builder().uri(address).header(USER_AGENT, AGENT).body(OctoBody::empty());
        let request = request.map_err(|_| Trouble::Elsewhere)?;
        let whole = async {
            let response = lines.reads.execute(request).await.map_err(|error| match lost(&error) {
                Lost::Unsent(why) => Trouble::Unsent(why),
                Lost::Broken => Trouble::Broken,
            })?;
            let (parts, body) = response.into_parts();
            if parts.status != StatusCode::OK {
                return Err(Trouble::Garbled(format!("where it is kept answers with HTTP {}", parts.status.as_u16())));
            }
            whole_body(body).await
        };
        tokio::time::timeout(self.patience, whole).await.unwrap_or(Err(Trouble::NoAnswer(self.patience)))
    }

    /// Waits for the budget; a write that a person has just wanted does not leave much later.
    async fn pass(&self, writes: bool) -> Result<Stamp, Trouble> {
        let passing = self.limiter.pass(&self.key);
        if !writes {
            return Ok(passing.await);
        }
        let late = Trouble::Throttled(Limit::Secondary(self.patience));
        tokio::time::timeout(self.patience, passing).await.map_err(|_| late)
    }

    async fn exchange(&self, lines: &Lines, request: Request<OctoBody>, writes: bool) -> Result<Answer, Trouble> {
        let mut passage = Passage { caller: self, left: true };
        let line = if writes { &lines.writes } else { &lines.reads };
        let whole = async {
            let response = line.execute(request).await.map_err(|error| match lost(&error) {
                Lost::Unsent(why) => Trouble::Unsent(why),
                Lost::Broken => Trouble::Broken,
            })?;
            let (parts, body) = response.into_parts();
            self.remember(&parts.headers);
            let body = whole_body(body).await;
            if parts.status.is_client_error() || parts.status.is_server_error() {
                return Err(answered(parts.status, &parts.headers, &body.unwrap_or_default(), self.now()));
            }
            // What a write was answered with does not matter once it was accepted.
            let body = if writes { body.unwrap_or_default() } else { body? };
            Ok(Answer { status: parts.status, headers: parts.headers, body })
        };
        let told = tokio::time::timeout(self.patience, whole).await.unwrap_or(Err(Trouble::NoAnswer(self.patience)));
        passage.left = !matches!(told, Err(Trouble::Unsent(_)));
        told
    }

    /// Tells the budget and the token what came of a call.
    async fn heed(&self, told: &Result<Answer, Trouble>, secret: &Secret) {
        match told {
            Err(Trouble::Throttled(limit)) => self.limiter.throttled(&self.key, Some(limit.pause())),
            Err(Trouble::Refused(refusal)) if refusal.status == 401 => {
                self.token.refused(secret).await;
                // Another token may belong to somebody who sees something else.
                self.cache.clear();
            }
            Ok(_) | Err(Trouble::Refused(_)) => self.limiter.answered(&self.key),
            Err(_) => {}
        }
    }

    /// Tells the budget of a limit that an answer with status 200 spoke of.
    pub fn throttled(&self, pause: Duration) {
        self.limiter.throttled(&self.key, Some(pause));
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

    fn remember(&self, headers: &HeaderMap) {
        let told = || {
            let resets_at = Timestamp::from_second(i64::try_from(number(headers, "x-ratelimit-reset")?).ok()?).ok()?;
            let (remaining, limit) = (number(headers, "x-ratelimit-remaining")?, number(headers, "x-ratelimit-limit")?);
            Some(Allowance { remaining, limit, resets_at })
        };
        if let Some(allowance) = told() {
            let budget = text(headers, "x-ratelimit-resource").unwrap_or("core");
            let mut allowances = self.allowances.lock().unwrap_or_else(PoisonError::into_inner);
            // GitHub has about a dozen; who tells more is not believed.
            if allowances.len() < 32 || allowances.contains_key(budget) {
                allowances.insert(budget.to_owned(), allowance);
            }
        }
    }
}

fn request(secret: &Secret, call: Call<'_>) -> Result<Request<OctoBody>, Trouble> {
    let garbled = |_| Trouble::Token(Lack::Unusable);
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", secret.text())).map_err(garbled)?;
    bearer.set_sensitive(true);
    let mut builder = Request::builder().method(call.method).uri(call.url).header(AUTHORIZATION, bearer);
    builder = builder.header(ACCEPT, JSON).header(USER_AGENT, AGENT).header("x-github-api-version", "2022-11-28");
    if let Some(etag) = call.etag {
        builder = builder.header(IF_NONE_MATCH, etag);
    }
    let body = match call.body {
        Some(body) => {
            builder = builder.header(CONTENT_TYPE, "application/json");
            OctoBody::from(body.to_string())
        }
        None => OctoBody::empty(),
    };
    builder.body(body).map_err(|_| Trouble::Elsewhere)
}

async fn whole_body<B>(body: B) -> Result<Vec<u8>, Trouble>
where
    B: hyper::body::Body + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    match Limited::new(Box::pin(body), LONGEST).collect().await {
        Ok(whole) => Ok(whole.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(Trouble::TooLong),
        Err(_) => Err(Trouble::CutShort),
    }
}

/// A part of a path, with everything in it as it is meant.
pub fn encoded(part: &str) -> percent_encoding::PercentEncode<'_> {
    const MEANT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(part, MEANT)
}

/// The page after this one, where the answer names one (RFC 8288).
pub fn next_page(headers: &HeaderMap) -> Option<&str> {
    let links = text(headers, "link")?;
    links.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = parameters.split(';').any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"));
        next.then_some(target)
    })
}
