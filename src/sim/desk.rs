//! Where a request is understood: who asks, what, and what comes back.
//!
//! Owns the order of things for one request: time passes, the call is entered,
//! faults are drawn, the service answers. One request at a time holds the
//! world; nothing here waits.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::aws::json::{self, Body};
use crate::aws::{self, Call as AwsCall, Fault as AwsFault};
use crate::calls::{Call, Calls};
use crate::chance::Draws;
use crate::control;
use crate::environment::{Name, Place};
use crate::faults::{Hits, Spoil, Target};
use crate::github::git::ask::Git;
use crate::github::limits::Limits;
use crate::logs::session::Told;
use crate::moment::{Moment, Present};
use crate::sign::{self, Scope, Unsigned};
use crate::wire::event_stream;
use crate::wire::query::Params;
use crate::world::World;

/// A request as it arrived.
#[derive(Debug)]
pub struct Asked<'a> {
    /// `GET`, `POST` …
    pub method: &'a str,
    /// The path.
    pub path: &'a str,
    /// What follows the question mark.
    pub query: &'a str,
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The `X-Amz-Target` header.
    pub amz_target: Option<&'a str>,
    /// The `Accept` header.
    pub accept: &'a str,
    /// The `If-None-Match` header.
    pub if_none_match: Option<&'a str>,
    /// The `Circle-Token` header.
    pub circle_token: Option<&'a str>,
    /// The `Host` header: what addresses in answers begin with.
    pub host: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// How an answer leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// As it should.
    Whole,
    /// That many bytes of it.
    Cut(usize),
    /// Not at all, for ever.
    Never,
    /// The connection is reset instead.
    Reset,
    /// A live tail, as long as it lasts, or that many bytes of it.
    Tail(u64, Option<usize>),
}

/// What comes back.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The id of the request.
    pub request_id: String,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// How long it takes.
    pub delay: Duration,
    /// How it leaves.
    pub delivery: Delivery,
}

impl Answer {
    /// An answer that leaves at once, whole.
    #[must_use]
    pub const fn new(status: u16, content_type: &'static str, body: String) -> Self {
        Self {
            status,
            content_type,
            request_id: String::new(),
            headers: Vec::new(),
            body,
            delay: Duration::ZERO,
            delivery: Delivery::Whole,
        }
    }
}

/// Everything that a request can touch.
#[derive(Debug)]
pub struct State {
    /// The world.
    pub world: World,
    /// The record.
    pub calls: Calls,
    /// Writes are refused.
    pub read_only: bool,
    /// How many were.
    pub refused: u64,
    /// What the ids of requests are drawn from: not the world's draws, so that
    /// asking changes nothing.
    pub ids: Draws,
    /// What is left of GitHub's limits.
    pub limits: Limits,
}

/// The one place where requests are answered.
#[derive(Debug)]
pub struct Desk {
    state: Mutex<State>,
    /// Git, which is asked outside of the world.
    pub git: Git,
    present: Present,
}

impl Desk {
    /// A desk over a world.
    #[must_use]
    pub fn new(world: World, git: OsString) -> Self {
        let ids = Draws::new(world.seed ^ 0x1D5);
        let state = State { world, calls: Calls::default(), read_only: false, refused: 0, ids, limits: Limits::default() };
        Self { state: Mutex::new(state), git: Git::new(git), present: Present::Passing }
    }

    /// The same with another present.
    #[must_use]
    pub fn at(self, present: Present) -> Self {
        Self { present, ..self }
    }

    /// What time it is, for every service alike: one that asked another clock would move the world of all.
    pub fn now(&self) -> Moment {
        self.present.now()
    }

    /// The state, even after a request that panicked: the next request settles
    /// for what is there.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a live tail has to send now; `None` when it is over.
    pub fn tail(&self, session: u64) -> Option<Told> {
        let mut state = self.state();
        state.world.advance_to(self.now());
        state.world.tail(session)
    }

    /// Ends a live tail.
    pub fn end_tail(&self, session: u64) {
        self.state().world.end_tail(session);
    }

    /// Answers a request. A bug in an operation becomes AWS's internal failure,
    /// not the end of the server.
    pub fn answer(&self, asked: &Asked<'_>) -> Answer {
        let answered = catch_unwind(AssertUnwindSafe(|| {
            let now = self.now();
            let mut state = self.state();
            state.world.advance_to(now);
            if asked.path.starts_with("/_sim") { control::answer(&mut state, asked, now) } else { state.aws(asked, now) }
        }));
        answered.unwrap_or_else(|_| {
            let sentence = "The simulated cloud failed to answer; this is a bug in it.";
            let body = aws::failure("", &AwsFault::new(500, "InternalFailure", sentence), "");
            Answer::new(500, aws::XML, body)
        })
    }
}

impl State {
    fn aws(&mut self, asked: &Asked<'_>, now: Moment) -> Answer {
        let form = if asked.method == "POST" { asked.body } else { b"" };
        let params = Params::read(asked.query, form);
        let scope = sign::scope(asked.authorization, &params);
        let prefix = scope.as_ref().ok().and_then(|scope| json::target_prefix(&scope.service));
        let operation = match prefix {
            None => params.get("Action").unwrap_or(""),
            Some(prefix) => asked.amz_target.and_then(|target| target.strip_prefix(prefix)?.strip_prefix('.')).unwrap_or(""),
        };
        let caller = scope.as_ref().ok().and_then(|scope| self.caller(scope));
        let account = caller.as_ref().map(|(account, _)| account.clone());
        let of = |part: fn(&Scope) -> &str| scope.as_ref().map_or("", part);
        let target = Target {
            service: of(|scope| &scope.service),
            operation,
            region: of(|scope| &scope.region),
            account: account.as_deref().unwrap_or(""),
        };
        let hits = self.world.faults.meet(&target);
        let identity = caller.as_ref().map(|(_, identity)| identity.to_string());
        let seq = self.enter(&target, identity, now, hits);
        let request_id = self.ids.request_id();
        let body = prefix.map(|_| asked.body).unwrap_or_default();
        let base = format!("http://{}", asked.host);
        let question = Question { operation, params: &params, body, request_id: &request_id, base: &base };
        let outcome = self.outcome(&scope, caller, &question, hits);
        let outcome = if prefix.is_some() { outcome.map_err(AwsFault::for_json) } else { outcome };
        let session = outcome.as_ref().ok().filter(|_| operation == "StartLiveTail").and_then(|number| number.parse().ok());
        let mut answer = deliver(target.service, outcome, &request_id, hits);
        if let Some(session) = session {
            self.tail(&mut answer, session);
        }
        if matches!(answer.delivery, Delivery::Whole | Delivery::Cut(_) | Delivery::Tail(..)) {
            self.calls.answered(seq, answer.status);
        }
        answer
    }

    /// Has a live tail streamed, unless a fault has other plans for the answer.
    fn tail(&mut self, answer: &mut Answer, session: u64) {
        let garbage = answer.body.parse::<u64>().is_err();
        answer.content_type = event_stream::CONTENT_TYPE;
        match answer.delivery {
            Delivery::Whole if !garbage => answer.delivery = Delivery::Tail(session, None),
            Delivery::Cut(bytes) => answer.delivery = Delivery::Tail(session, Some(bytes)),
            // Nobody will ever listen.
            Delivery::Whole | Delivery::Never | Delivery::Reset | Delivery::Tail(..) => self.world.end_tail(session),
        }
    }

    fn enter(&mut self, target: &Target<'_>, caller: Option<String>, now: Moment, hits: Hits) -> u64 {
        // Whatever a client sends as a name, the record stays small.
        let kept = |text: &str| text.chars().take(64).collect::<String>();
        let known = |text: &str| (!text.is_empty()).then(|| kept(text));
        self.calls.enter(Call {
            seq: 0,
            at: now.rfc3339(),
            service: kept(target.service),
            operation: kept(target.operation),
            region: known(target.region),
            account: known(target.account),
            caller,
            write: aws::is_write(target.operation),
            status: None,
            fault: hits.word(),
        })
    }

    /// The account and the identity that a key stands for.
    fn caller(&self, scope: &Scope) -> Option<(Name, Name)> {
        let mut accounts = self.world.accounts.iter();
        let known = accounts.find(|account| *account.access_key == *scope.access_key)?;
        Some((known.id.clone(), known.caller.clone()))
    }

    fn outcome(
        &mut self,
        scope: &Result<Scope, Unsigned>,
        caller: Option<(Name, Name)>,
        question: &Question<'_>,
        hits: Hits,
    ) -> Result<String, AwsFault> {
        let scope = scope.as_ref().map_err(AwsFault::unsigned)?;
        let (service, operation) = (scope.service.as_str(), question.operation);
        let (account, caller) = caller.ok_or_else(|| AwsFault::unknown_key(service))?;
        if let Some(hit) = hits.other.filter(|hit| !hit.kind.takes_effect()) {
            return Err(AwsFault::spoilt(hit, service, operation, &caller));
        }
        let enabled = self.world.regions.iter().any(|known| **known == *scope.region);
        if !enabled && !aws::is_global(service) {
            return Err(AwsFault::unknown_key(service));
        }
        if self.read_only && aws::is_write(operation) {
            self.refused += 1;
            return Err(AwsFault::read_only(service, operation, &caller));
        }
        let Some(body) = Body::read(question.body) else {
            return Err(AwsFault::new(400, "SerializationException", "The request is not a JSON object."));
        };
        let call = AwsCall {
            body: &body,
            place: Place { account, region: scope.region.as_str().into() },
            service,
            operation,
            params: question.params,
            request_id: question.request_id,
            base: question.base,
            caller,
        };
        aws::answer(&mut self.world, &call)
    }
}

/// What is asked of a service.
struct Question<'a> {
    operation: &'a str,
    params: &'a Params,
    body: &'a [u8],
    request_id: &'a str,
    /// Where this server is, as whoever asks names it.
    base: &'a str,
}

/// Turns what the service said into what leaves.
fn deliver(service: &str, outcome: Result<String, AwsFault>, request_id: &str, hits: Hits) -> Answer {
    let (status, body) = match outcome {
        Ok(body) => (200, body),
        Err(fault) => (fault.status, aws::failure(service, &fault, request_id)),
    };
    let mut answer = Answer::new(status, aws::content_type(service), body);
    request_id.clone_into(&mut answer.request_id);
    answer.delay = Duration::from_millis(hits.latency);
    let Some(hit) = hits.other else { return answer };
    match hit.kind {
        Spoil::Reset | Spoil::LostAnswer => answer.delivery = Delivery::Reset,
        Spoil::Unreachable => answer.delivery = Delivery::Never,
        Spoil::Truncate => {
            answer.delivery = Delivery::Cut(usize::try_from(hit.value).unwrap_or(usize::MAX));
        }
        Spoil::Garbage => {
            answer.status = 200;
            answer.body = String::from("\u{fffd}\u{1}<Descri<<be&]]>\u{0}{\"not\": xml\u{7f}");
        }
        Spoil::Status => {
            answer.content_type = "text/html";
            answer.body = format!("<html><body><h1>{}</h1></body></html>", hit.value);
        }
        Spoil::Latency | Spoil::Throttle | Spoil::Denied | Spoil::Expired => {}
    }
    answer
}
