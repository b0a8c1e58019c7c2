//! Where a request of GitHub's API is understood and answered.
//!
//! Owns the order of things for one request: it is entered, its token and the
//! faults decide whether it gets further, git is asked for what only git
//! knows, and the answer gets the headers that GitHub's have. The world is
//! held while an answer is made, never while git works.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::git::ask::Question;
use super::git::objects::digest;
use super::graphql;
use super::limits::{Left, Resource};
use super::rest::{self, Answered, Cx, Refusal, Reply, Request, Route, objects, writes};
use crate::calls::Call;
use crate::desk::{Answer, Asked, Delivery, Desk, State};
use crate::faults::{Hit, Hits, Spoil, Target};
use crate::moment::Moment;
use crate::wire::query::Params;

/// The content type of every document.
const JSON: &str = "application/json; charset=utf-8";
/// More rounds than this no answer needs.
const ROUNDS: usize = 12;
/// What GitHub Enterprise Server puts before its paths.
const ENTERPRISE: &str = "/api/v3";

/// Whether a path is GitHub's: AWS's services here have none but `/`.
#[must_use]
pub fn is_ours(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or("");
    matches!(first, "user" | "rate_limit" | "repos" | "repositories" | "graphql" | "api")
}

/// A request on its way.
struct Entered<'a> {
    seq: u64,
    hits: Hits,
    request: Request<'a>,
    route: Option<(&'static Route, Vec<String>)>,
    operation: String,
    request_id: String,
    /// What its mutation did in an earlier round.
    effect: graphql::Effect,
    now: Moment,
}

/// What one round of answering came to.
enum Round {
    Done(Box<Answer>),
    Ask(Vec<Question>),
}

/// Answers a request.
pub async fn answer(desk: &Desk, asked: &Asked<'_>) -> Answer {
    let now = desk.now();
    let Some((entered, refused)) = guarded(desk, now, |state| {
        let entered = state.enter_github(asked, now);
        let refused = state.refuse(&entered, asked);
        (entered, refused)
    }) else {
        return broken();
    };
    if let Some(refusal) = refused {
        let finish = |state: &mut State| state.finish(&entered, Err(refusal), asked);
        return guarded(desk, now, finish).unwrap_or_else(broken);
    }
    let histories = || -> Vec<_> { desk.state().world.github.repositories.iter().map(|repository| repository.history.clone()).collect() };
    let mut ready = desk.git.build(histories).await;
    for _ in 0..ROUNDS {
        if let Err(sentence) = &ready {
            let refusal = Refusal::new(503, sentence);
            let finish = |state: &mut State| state.finish(&entered, Err(refusal), asked);
            return guarded(desk, now, finish).unwrap_or_else(broken);
        }
        match guarded(desk, now, |state| state.round(desk, &entered, asked)) {
            None => return broken(),
            Some(Round::Done(answer)) => return *answer,
            Some(Round::Ask(questions)) => {
                // Another request may have merged since: git has to have it before it is asked about it.
                ready = desk.git.build(histories).await;
                if ready.is_ok() {
                    ready = desk.git.learn(questions).await;
                }
            }
        }
    }
    broken()
}

/// A bug in an operation becomes an answer, not the end of the server.
fn guarded<T>(desk: &Desk, now: Moment, act: impl FnOnce(&mut State) -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(|| {
        let mut state = desk.state();
        state.world.advance_to(now);
        act(&mut state)
    }))
    .ok()
}

fn broken() -> Answer {
    let sentence = "The simulated cloud failed to answer; this is a bug in it.";
    Answer::new(500, JSON, Refusal::new(500, sentence).body().to_string())
}

/// The parts of a path, and what addresses begin with.
fn parts(path: &str, host: &str) -> (Vec<String>, String) {
    let base = format!("http://{host}");
    let (path, base) = match path.strip_prefix(ENTERPRISE) {
        Some(rest) => (rest, format!("{base}{ENTERPRISE}")),
        None => (path.strip_prefix("/api").filter(|rest| *rest == "/graphql").unwrap_or(path), base),
    };
    let parts = path.trim_matches('/').split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned());
    (parts.collect(), base)
}

impl State {
    fn enter_github<'a>(&mut self, asked: &Asked<'a>, now: Moment) -> Entered<'a> {
        let (mut parts, base) = parts(asked.path, asked.host);
        if let [first, id, rest @ ..] = parts.as_slice()
            && first == "repositories"
        {
            let named = self.world.github.repositories.iter().find(|repository| Ok(repository.id) == id.parse());
            if let Some(repository) = named {
                let start = ["repos".to_owned(), repository.owner.to_string(), repository.name.to_string()];
                parts = start.into_iter().chain(rest.iter().cloned()).collect();
            }
        }
        let route = rest::route(asked.method, &parts);
        let known = route.as_ref().map_or_else(|| asked.path.to_owned(), |(route, _)| route.path.to_owned());
        let mutation = if known == "/graphql" { graphql::mutation(asked.body) } else { None };
        let known = mutation.map_or(known.clone(), |name| format!("{known} {name}"));
        let operation: String = format!("{} {known}", asked.method).chars().take(128).collect();
        let hits = self.world.faults.meet(&Target { service: "github", operation: &operation, region: "", account: "" });
        let seq = self.calls.enter(Call {
            seq: 0,
            at: now.rfc3339(),
            service: String::from("github"),
            operation: operation.clone(),
            region: None,
            account: None,
            caller: None,
            write: is_write(asked.method, &known),
            status: None,
            fault: hits.word(),
        });
        let request = Request {
            method: asked.method,
            parts,
            params: Params::read(asked.query, b""),
            accept: asked.accept,
            body: asked.body,
            base,
            path: asked.path,
        };
        let request_id = self.ids.request_id().to_uppercase().replace('-', ":");
        Entered { seq, hits, request, route, operation, request_id, effect: graphql::Effect::default(), now }
    }

    /// Why a request gets no further, if it does not.
    fn refuse(&mut self, entered: &Entered<'_>, asked: &Asked<'_>) -> Option<Refusal> {
        let Some(header) = asked.authorization else { return Some(Refusal::new(401, "Requires authentication")) };
        let token = header.split_once(' ').filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer") || kind.eq_ignore_ascii_case("token"));
        if token.is_none_or(|(_, token)| *token.trim() != *self.world.github.token) || self.world.github.token.is_empty() {
            return Some(Refusal::new(401, "Bad credentials"));
        }
        if let Some(hit) = entered.hits.other.filter(|hit| !hit.kind.takes_effect()) {
            return Some(spoilt(hit));
        }
        if entered.route.is_none() {
            return Some(Refusal::not_found());
        }
        if self.read_only && is_write(asked.method, entered.known()) {
            self.refused += 1;
            return Some(Refusal::new(403, "The simulated cloud is read-only."));
        }
        let resource = entered.resource();
        let left = self.left(resource, entered.now);
        if left.remaining() == 0 && !entered.is_free() {
            return Some(Refusal::new(403, "API rate limit exceeded for user ID 1."));
        }
        if !entered.is_free() {
            self.limits.count(resource);
        }
        None
    }

    fn left(&mut self, resource: Resource, now: Moment) -> Left {
        let limit = self.world.github.limit;
        self.limits.left(resource, limit, now)
    }

    /// Answers, or says what git has to be asked first.
    fn round(&mut self, desk: &Desk, entered: &Entered<'_>, asked: &Asked<'_>) -> Round {
        let answered = match self.run_github(desk, entered) {
            Ok(answered) => answered,
            Err(questions) => return Round::Ask(questions),
        };
        Round::Done(Box::new(self.finish(entered, answered, asked)))
    }

    fn run_github(&mut self, desk: &Desk, entered: &Entered<'_>) -> Result<Answered, Vec<Question>> {
        let Some((route, found)) = &entered.route else { return Ok(Err(Refusal::not_found())) };
        let request = &entered.request;
        if route.path == "/rate_limit" {
            return Ok(Ok(Reply::json(self.rates(entered.now))));
        }
        let place = match found.as_slice() {
            [owner, name, ..] => match self.world.github.find(owner, name) {
                None => return Ok(Err(Refusal::not_found())),
                Some(place) => match self.moved(place, owner, name, request) {
                    Some(reply) => return Ok(Ok(reply)),
                    None => Some(place),
                },
            },
            _ => None,
        };
        let rest = found.get(2..).unwrap_or_default();
        if let Some(place) = place.filter(|_| request.method != "GET") {
            return writes::answer(&mut self.world, &desk.git.facts, request, route, place, rest);
        }
        if route.path == "/graphql" {
            let left = self.left(Resource::Graphql, entered.now);
            return graphql::answer(&mut self.world, &desk.git.facts, request, left, &entered.effect);
        }
        let cx = Cx::new(&self.world, &desk.git.facts, request);
        let answered = match place {
            Some(place) => rest::read(&cx, request, route, place, rest),
            None if route.path == "/user/repos" => rest::mine::list(&cx, request),
            None => Ok(Reply::json(objects::viewer(&cx))),
        };
        let needs = cx.needs.into_inner();
        if needs.is_empty() { Ok(answered) } else { Err(needs) }
    }

    /// Where a renamed repository is now.
    fn moved(&self, place: usize, owner: &str, name: &str, request: &Request<'_>) -> Option<Reply> {
        let repository = self.world.github.repositories.get(place)?;
        if repository.full_name().eq_ignore_ascii_case(&format!("{owner}/{name}")) {
            return None;
        }
        let rest: String = request.parts.iter().skip(3).map(|part| format!("/{}", rest::page::encode(part))).collect();
        let status = if request.method == "GET" { 301 } else { 307 };
        Some(Reply::Elsewhere(status, format!("{}/repositories/{}{rest}", request.base, repository.id)))
    }

    fn rates(&mut self, now: Moment) -> Value {
        let of = |left: Left| json!({ "limit": left.limit, "used": left.used, "remaining": left.remaining(), "reset": left.reset });
        let (core, graphql) = (of(self.left(Resource::Core, now)), of(self.left(Resource::Graphql, now)));
        let search = json!({ "limit": 30, "used": 0, "remaining": 30, "reset": core.get("reset") });
        json!({ "resources": { "core": core, "graphql": graphql, "search": search }, "rate": core })
    }

    /// Turns what was said into what leaves, with its headers.
    fn finish(&mut self, entered: &Entered<'_>, answered: Answered, asked: &Asked<'_>) -> Answer {
        let throttled = entered.hits.other.is_some_and(|hit| hit.kind == Spoil::Throttle);
        let mut answer = match answered {
            Ok(reply) => leave(reply),
            Err(refusal) => Answer::new(refusal.status, JSON, refusal.body().to_string()),
        };
        let resource = entered.resource();
        if entered.request.method == "GET" && answer.status == 200 && !entered.is_free() {
            let tag = format!("W/\"{}\"", digest(answer.body.as_bytes()));
            let same = asked.if_none_match.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag || known.trim() == "*"));
            if same {
                answer.status = 304;
                answer.body.clear();
                self.limits.free(resource);
            }
            answer.headers.push(("etag", tag));
            answer.headers.push(("cache-control", String::from("private, max-age=60, s-maxage=60")));
            answer.headers.push(("vary", String::from("Accept, Authorization, Cookie, Accept-Encoding, X-Requested-With")));
        }
        let left = self.left(resource, entered.now);
        answer.headers.extend([
            ("x-ratelimit-limit", left.limit.to_string()),
            ("x-ratelimit-remaining", left.remaining().to_string()),
            ("x-ratelimit-used", left.used.to_string()),
            ("x-ratelimit-reset", left.reset.to_string()),
            ("x-ratelimit-resource", resource.word().to_owned()),
            ("x-github-request-id", entered.request_id.clone()),
            ("x-github-api-version-selected", String::from("2022-11-28")),
        ]);
        if throttled {
            answer.headers.push(("retry-after", String::from("60")));
        }
        deliver(&mut answer, entered.hits);
        if matches!(answer.delivery, Delivery::Whole | Delivery::Cut(_)) {
            self.calls.answered(entered.seq, answer.status);
        }
        answer
    }
}

impl Entered<'_> {
    fn resource(&self) -> Resource {
        if self.operation.starts_with("POST /graphql") { Resource::Graphql } else { Resource::Core }
    }

    /// The operation's path, and its mutation.
    fn known(&self) -> &str {
        self.operation.split_once(' ').map_or("", |(_, known)| known)
    }

    /// Asking what is left costs nothing.
    fn is_free(&self) -> bool {
        self.operation == "GET /rate_limit"
    }
}

/// Whether an operation changes something. Of GraphQL only mutations do: their
/// names stand behind the path.
fn is_write(method: &str, path: &str) -> bool {
    method != "GET" && method != "HEAD" && !path.ends_with("/graphql")
}

/// What a fault that was asked for says.
fn spoilt(hit: Hit) -> Refusal {
    match hit.kind {
        Spoil::Throttle => {
            let status = if hit.value == 429 { 429 } else { 403 };
            Refusal::new(status, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
        }
        Spoil::Denied => Refusal::new(403, "Resource not accessible by personal access token"),
        Spoil::Expired => Refusal::new(401, "Bad credentials"),
        Spoil::Status => Refusal::new(u16::try_from(hit.value).unwrap_or(500), "Server Error"),
        Spoil::Latency | Spoil::Reset | Spoil::Truncate | Spoil::Garbage | Spoil::Unreachable | Spoil::LostAnswer => {
            Refusal::new(500, "Server Error")
        }
    }
}

fn leave(reply: Reply) -> Answer {
    match reply {
        Reply::Json(status, value, link) => {
            let mut answer = Answer::new(status, JSON, value.to_string());
            answer.headers.extend(link.map(|link| ("link", link)));
            answer
        }
        Reply::Text(kind, text) => Answer::new(200, kind, text),
        Reply::Elsewhere(status, location) => {
            let body = match status {
                302 => String::new(),
                301 => json!({ "message": "Moved Permanently", "url": location, "documentation_url": "https://docs.github.com/rest" })
                    .to_string(),
                _ => json!({ "message": "Temporary Redirect", "url": location, "documentation_url": "https://docs.github.com/rest" })
                    .to_string(),
            };
            let mut answer = Answer::new(status, JSON, body);
            answer.headers.push(("location", location));
            answer
        }
        Reply::Empty(status) => Answer::new(status, JSON, String::new()),
    }
}

/// Lets an answer leave badly, where a fault says so.
fn deliver(answer: &mut Answer, hits: Hits) {
    answer.delay = Duration::from_millis(hits.latency);
    let Some(hit) = hits.other else { return };
    match hit.kind {
        Spoil::Reset | Spoil::LostAnswer => answer.delivery = Delivery::Reset,
        Spoil::Unreachable => answer.delivery = Delivery::Never,
        Spoil::Truncate => answer.delivery = Delivery::Cut(usize::try_from(hit.value).unwrap_or(usize::MAX)),
        Spoil::Garbage => {
            answer.status = 200;
            answer.body = String::from("\u{fffd}\u{1}{\"total_count\": <h1>, }]\u{0}\u{7f}");
        }
        Spoil::Status => {
            answer.content_type = "text/html";
            answer.body = format!("<html><body><h1>{}</h1></body></html>", hit.value);
        }
        Spoil::Latency | Spoil::Throttle | Spoil::Denied | Spoil::Expired => {}
    }
}
