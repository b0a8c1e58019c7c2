//! Previews to look at, made of observations as the adapters would tell them: an orphan, one that is over, one that is
//! open, and one of which GitHub has not told.

use std::sync::Arc;

use quarterdeck::app::event::Event;
use quarterdeck::app::state::{Size, State};
use quarterdeck::app::update::{settle, update};
use quarterdeck::model::catalogue::{Catalogue, Tier};
use quarterdeck::model::clock::Stamp;
use quarterdeck::model::health::{Health, HealthSource, Level};
use quarterdeck::model::id::{EnvironmentKey, Platform, PullNumber, Sha};
use quarterdeck::model::sighting::{Busy, Coverage, Identity, Observation, Question, Reading, Scope, Sighting, Source};
use quarterdeck::model::tagged::{PullRequest, PullState};
use quarterdeck::model::version::{Stated, VersionSource};

use super::fleet::{ACCOUNT, NOW, ago};
use super::forge::app;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The key of a preview.
pub fn key(number: u64) -> EnvironmentKey {
    let name = format!("pr-{number}").as_str().into();
    EnvironmentKey { platform: Platform::TaggedEc2, account: Some(ACCOUNT.into()), region: Some("us-east-1".into()), name }
}

fn pull(number: u64, title: &str, author: &str, branch: &str, closed: Option<i64>) -> PullRequest {
    PullRequest {
        number: PullNumber(number),
        title: title.into(),
        author: Some(author.into()),
        state: if closed.is_some() { PullState::Merged } else { PullState::Open },
        branch: Some(branch.into()),
        url: Some(format!("https://github.com/acme/shop/pull/{number}").into()),
        created_at: Some(ago(12 * DAY)),
        closed_at: closed.map(ago),
        statuses: Vec::new(),
    }
}

/// The pull requests that GitHub has told of.
fn pulls() -> Vec<PullRequest> {
    vec![
        pull(4310, "Export to PDF", "min-jun", "export-pdf", Some(9 * DAY)),
        // Closed after the listing was asked for: nothing proves that its preview is there still.
        pull(4318, "Dark mode", "ada", "dark-mode", Some(2)),
        pull(4321, "Let officers choose their roles \u{1b}[31m\u{202e}evil\u{200b}", "ines-vidal", "feature/roles-of-officers", None),
        pull(4325, "Speed up the search", "grace", "search", None),
    ]
}

fn listed(number: u64) -> Reading {
    let identity = Identity {
        pull: Some(PullNumber(number)),
        tier: Some(Tier::Preview),
        created_at: Some(ago(match number {
            4310 => 11 * DAY,
            4318 => 3 * DAY,
            _ => 5 * HOUR,
        })),
        url: Some(format!("https://ec2-{number}.example.com").into()),
        ..Identity::of("shop".into())
    };
    let sha = Sha::new("8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012").unwrap();
    Reading {
        identity: Some(Box::new(identity)),
        version: Some(Stated::commit(VersionSource::GitHubStatus, sha)),
        health: Some(Health { level: Level::Ok, word: None, causes: Vec::new(), source: HealthSource::Probe }),
        busy: Some(Busy::No),
        ..Reading::default()
    }
}

fn seen(question: Question, seconds: i64, readings: Vec<(EnvironmentKey, Reading)>) -> Observation {
    let scope = Arc::new(Scope { platform: Platform::TaggedEc2, connection: "default".into(), region: Some("us-east-1".into()) });
    Observation::Seen(Sighting {
        source: Source { question, scope },
        stamp: Stamp { asked_at: ago(seconds), sequence: u64::try_from(NOW - seconds).unwrap() },
        coverage: if question.lists() { Coverage::Complete } else { Coverage::Partial },
        account: Some(ACCOUNT.into()),
        readings,
        events: Vec::new(),
    })
}

/// What is listed and told of the five.
pub fn observations() -> Vec<Observation> {
    let readings = [4310, 4318, 4321, 4325, 4330].map(|number| (key(number), listed(number))).to_vec();
    let record = |pull: PullRequest| (key(pull.number.0), Reading { pull: Some(Arc::new(pull)), ..Reading::default() });
    vec![seen(Question::Listing, 5, readings), seen(Question::Record, 1, pulls().into_iter().map(record).collect())]
}

/// A program that knows them, arranged.
pub fn rich(size: (u16, u16)) -> State {
    let app = app("shop", "pr-*", "acme/shop");
    let catalogue = Catalogue { apps: vec![app], ..Catalogue::default() };
    let mut state = State::new(Arc::new(catalogue), ago(0), Size { width: size.0, height: size.1 });
    let _ = update(&mut state, Event::Observed(observations()));
    let _ = settle(&mut state);
    state
}
