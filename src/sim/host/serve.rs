//! What an app on a host answers over HTTP.
//!
//! Owns the pages and what faults of the service `host` make of them. Sockets
//! are the server's.

use std::time::Duration;

use super::{HostApp, Page};
use crate::calls::Call;
use crate::desk::{Answer, Asked, Delivery, Desk, State};
use crate::faults::{Hits, Spoil, Target};
use crate::moment::Moment;

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

/// The name of the service in calls and faults.
const SERVICE: &str = "host";

impl Desk {
    /// Answers a request that came to the port of an app on a host.
    pub fn answer_host(&self, slot: usize, asked: &Asked<'_>) -> Answer {
        let now = self.now();
        let mut state = self.state();
        state.world.advance_to(now);
        state.host(slot, asked, now)
    }
}

impl State {
    fn host(&mut self, slot: usize, asked: &Asked<'_>, now: Moment) -> Answer {
        let server = self.world.hosts.get(slot).map(|host| host.server.to_string()).unwrap_or_default();
        let kept = |text: &str| text.chars().take(200).collect::<String>();
        let operation = kept(&format!("{} {}", asked.method, asked.path));
        let hits = self.world.faults.meet(&Target { service: SERVICE, operation: &operation, region: "", account: &server });
        let seq = self.calls.enter(Call {
            seq: 0,
            at: now.rfc3339(),
            service: SERVICE.to_owned(),
            operation,
            region: None,
            account: Some(server),
            caller: None,
            write: !matches!(asked.method, "GET" | "HEAD"),
            status: None,
            fault: hits.word(),
        });
        let answer = self.world.hosts.get(slot).map_or_else(|| status(404), |host| page(host, asked.path));
        let answer = spoilt(answer, hits);
        if matches!(answer.delivery, Delivery::Whole | Delivery::Cut(_)) {
            self.calls.answered(seq, answer.status);
        }
        answer
    }
}

fn page(host: &HostApp, path: &str) -> Answer {
    // Without an app behind it the web server answers all pages alike.
    if host.deploy.as_ref().is_some_and(|deploy| deploy.gap) {
        return status(502);
    }
    if path == host.health {
        return of(host.page, host);
    }
    if host.version.as_deref() == Some(path) && host.page == Page::Well {
        return Answer::new(200, JSON, serde_json::json!({ "commit": &*host.commit }).to_string());
    }
    match host.pages.get(path) {
        Some(page) => of(*page, host),
        None if path == "/" => Answer::new(200, HTML, format!("<!doctype html><title>{}</title>", host.name)),
        None => status(404),
    }
}

fn of(page: Page, host: &HostApp) -> Answer {
    let mut answer = match page {
        Page::Well => Answer::new(200, JSON, String::from("{\"status\":\"ok\"}")),
        Page::Status(code) => status(code),
        Page::Garbage => Answer::new(200, HTML, String::from("<html><body>\u{1b}[31mWelcome to nginx!</body></html>")),
        Page::Redirect => {
            let mut answer = status(302);
            answer.headers.push(("location", format!("{}/login", host.url)));
            answer
        }
        Page::Hangs | Page::Reset => status(200),
    };
    match page {
        Page::Hangs => answer.delivery = Delivery::Never,
        Page::Reset => answer.delivery = Delivery::Reset,
        Page::Well | Page::Status(_) | Page::Garbage | Page::Redirect => {}
    }
    answer
}

fn status(code: u16) -> Answer {
    // 204 and 304 have no body.
    let body = if matches!(code, 204 | 304) { String::new() } else { format!("<html><body><h1>{code}</h1></body></html>") };
    Answer::new(code, HTML, body)
}

/// What the faults that met a request make of its answer.
fn spoilt(mut answer: Answer, hits: Hits) -> Answer {
    let delay = Duration::from_millis(hits.latency);
    if let Some(hit) = hits.other {
        match hit.kind {
            Spoil::Reset | Spoil::LostAnswer => answer.delivery = Delivery::Reset,
            Spoil::Unreachable => answer.delivery = Delivery::Never,
            Spoil::Truncate => answer.delivery = Delivery::Cut(usize::try_from(hit.value).unwrap_or(usize::MAX)),
            Spoil::Garbage => answer = Answer::new(200, HTML, String::from("\u{fffd}\u{1}<<be&]]>\u{0}{\"not\": json\u{7f}")),
            Spoil::Status => answer = status(u16::try_from(hit.value).unwrap_or(500)),
            Spoil::Throttle => answer = status(429),
            Spoil::Denied => answer = status(403),
            Spoil::Expired => answer = status(401),
            Spoil::Latency => {}
        }
    }
    answer.delay = delay;
    answer
}
