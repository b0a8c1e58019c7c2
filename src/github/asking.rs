//! One question to GitHub, which may take several calls: redirects, pages, what is kept of before.

use std::any::Any;
use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use super::cache::Kept;
use super::call::{Answer, Call, Caller, JSON, next_page};
use super::error::{Trouble, text};
use crate::model::clock::Stamp;
use crate::model::fault::Fault;
use crate::model::id::Repository;

/// How often one question is sent on.
const HOPS: usize = 4;

/// A question under way.
pub struct Asking<'c> {
    pub caller: &'c Caller,
    /// What is asked for, as a sentence says it.
    pub what: String,
    /// When its first call was let through.
    first: Option<Stamp>,
}

/// A page of an answer. One that has not changed is the same one as before.
pub struct Page<T> {
    pub value: Arc<T>,
    pub next: Option<String>,
}

/// Why a text was not understood.
#[derive(Debug)]
pub enum Misread {
    /// It is not JSON, or not of the shape.
    Json(serde_json::Error),
    /// It lacks something without which it says nothing.
    Shape(String),
}

impl From<serde_json::Error> for Misread {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

impl<'c> Asking<'c> {
    pub const fn new(caller: &'c Caller, what: String) -> Self {
        Self { caller, what, first: None }
    }

    /// When it was asked: the moment at which the first call was let through.
    pub fn stamp(&self) -> Stamp {
        self.first.unwrap_or_else(|| self.caller.stamp())
    }

    /// The fault that a trouble with this question is.
    pub fn fault(&self, trouble: &Trouble) -> Fault {
        trouble.fault(self.caller.host(), &self.what)
    }

    /// The fault of a write.
    pub fn write_fault(&self, trouble: &Trouble) -> Fault {
        trouble.write_fault(self.caller.host(), &self.what)
    }

    /// One page, told anew only if it has changed. What `parse` makes of it is kept.
    pub async fn page<T, P>(&mut self, repository: &Repository, url: &str, parse: P) -> Result<Page<T>, Trouble>
    where
        T: Any + Send + Sync,
        P: Fn(&[u8]) -> Result<T, Misread> + Send + Sync,
    {
        let kept = self.caller.cache.get(url, JSON);
        let (answer, at) = self.get(repository, url, kept.as_ref()).await?;
        if answer.status == StatusCode::NOT_MODIFIED {
            let kept =
                kept.ok_or_else(|| Trouble::Garbled("it says that nothing has changed since an answer that it never gave".into()))?;
            let value = kept.value.downcast().map_err(|_| Trouble::Garbled("it is the same as another answer".into()))?;
            return Ok(Page { value, next: kept.next });
        }
        let page = read(&answer, parse, self.caller)?;
        if let Some(etag) = answer.headers.get(http::header::ETAG).filter(|_| answer.status == StatusCode::OK) {
            let kept = Kept::new(etag.clone(), Arc::<T>::clone(&page.value), page.next.clone(), answer.body.len());
            self.caller.cache.keep(&at, JSON, kept);
        }
        Ok(page)
    }

    /// One page as it is now, whatever is kept.
    pub async fn past_the_cache<T, P>(&mut self, repository: &Repository, url: &str, parse: P) -> Result<Page<T>, Trouble>
    where
        P: Fn(&[u8]) -> Result<T, Misread> + Send + Sync,
    {
        let (answer, _) = self.get(repository, url, None).await?;
        read(&answer, parse, self.caller)
    }

    /// Asks, and follows where it is sent on to, within the same server: the answer, and where it was given.
    async fn get(&mut self, repository: &Repository, url: &str, kept: Option<&Kept>) -> Result<(Answer, String), Trouble> {
        let mut url = url.to_owned();
        for _ in 0..HOPS {
            let call = Call { etag: kept.map(|kept| kept.etag.clone()), ..Call::get(&url) };
            let told = self.caller.call(call, &mut self.first).await;
            if matches!(&told, Err(Trouble::Refused(refusal)) if refusal.status == 404) {
                self.caller.moved(repository, None);
            }
            let answer = told?;
            match answer.status.as_u16() {
                200 | 304 => return Ok((answer, url)),
                301 | 302 | 307 | 308 => url = self.sent_on(repository, &url, &answer)?,
                other => return Err(Trouble::Garbled(format!("HTTP {other}"))),
            }
        }
        Err(Trouble::Elsewhere)
    }

    /// Where an answer sends on to; if for good, the next question goes there at once.
    fn sent_on(&self, repository: &Repository, from: &str, answer: &Answer) -> Result<String, Trouble> {
        let target = text(&answer.headers, "location").ok_or(Trouble::Elsewhere)?;
        let mut target = self.caller.base()?.resolve(target).ok_or(Trouble::Elsewhere)?;
        // Not every server repeats the query.
        if let Some((_, query)) = from.split_once('?').filter(|_| !target.contains('?')) {
            target = format!("{target}?{query}");
        }
        let for_good = matches!(answer.status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT);
        // `…/repos/OWNER/NAME/rest` sends on to `…/repositories/ID/rest`.
        let rest = from.strip_prefix(self.caller.home(repository)?.as_str()).filter(|rest| !rest.is_empty());
        if let Some(home) = rest.and_then(|rest| target.strip_suffix(rest)).filter(|_| for_good) {
            self.caller.moved(repository, Some(home.to_owned()));
        }
        Ok(target)
    }

    /// Asks by a query. Sent to one place only, and followed nowhere.
    pub async fn query(&mut self, query: &str, variables: Value) -> Result<Answer, Trouble> {
        let url = self.caller.base()?.graph().to_owned();
        let body = serde_json::json!({ "query": query, "variables": variables });
        let call = Call { method: Method::POST, url: &url, etag: None, body: Some(&body), writes: false };
        self.only_here(call).await
    }

    /// Writes, once.
    pub async fn write(&mut self, method: Method, url: &str, body: &Value) -> Result<Answer, Trouble> {
        let call = Call { method, url, etag: None, body: Some(body), writes: true };
        self.only_here(call).await
    }

    /// Changes something by a query, once.
    pub async fn mutate(&mut self, query: &str, variables: Value) -> Result<Answer, Trouble> {
        let url = self.caller.base()?.graph().to_owned();
        let body = serde_json::json!({ "query": query, "variables": variables });
        self.write(Method::POST, &url, &body).await
    }

    async fn only_here(&mut self, call: Call<'_>) -> Result<Answer, Trouble> {
        let answer = self.caller.call(call, &mut self.first).await?;
        match answer.status.as_u16() {
            200..=299 => Ok(answer),
            300..=399 => Err(Trouble::Moved),
            other => Err(Trouble::Garbled(format!("HTTP {other}"))),
        }
    }
}

fn read<T>(answer: &Answer, parse: impl Fn(&[u8]) -> Result<T, Misread>, caller: &Caller) -> Result<Page<T>, Trouble> {
    let value = parse(&answer.body).map_err(|error| misread(&answer.headers, error))?;
    let next = next_page(&answer.headers).map(|next| caller.base()?.resolve(next).ok_or(Trouble::Elsewhere)).transpose()?;
    Ok(Page { value: Arc::new(value), next })
}

/// The trouble with a text that was not understood. Nothing of it is repeated.
pub fn misread(headers: &HeaderMap, error: Misread) -> Trouble {
    let page = text(headers, "content-type").is_some_and(|kind| kind.starts_with("text/html"));
    match error {
        _ if page => Trouble::Garbled("it is a page for people; is a proxy or a sign-in in the way?".into()),
        Misread::Json(error) if error.is_eof() => Trouble::CutShort,
        Misread::Json(error) => {
            Trouble::Garbled(format!("it is not the JSON that GitHub tells (line {}, column {})", error.line(), error.column()))
        }
        Misread::Shape(why) => Trouble::Garbled(why),
    }
}
