//! The picture at the top of the README is the demo's first screen.
//!
//! Made by the demo's own parts: its world, its configuration, the real adapters, the console's state and its view. Only
//! the clocks of both stand still, as that world begins, so that it is the same on every machine; and nothing waits
//! between two questions of the sweep.
//! `QUARTERDECK_BLESS=1 cargo test --test main readme` draws it anew; look at it before committing.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use quarterdeck::app::event::Event;
use quarterdeck::app::github::GitHubState;
use quarterdeck::app::key::Key;
use quarterdeck::app::operations::Operations;
use quarterdeck::app::state::{Size, State};
use quarterdeck::app::update::{settle, update};
use quarterdeck::config::Settings;
use quarterdeck::model::clock::Timestamp;
use quarterdeck::model::environment::Environment;
use quarterdeck::model::fault::{Fault, FaultKind};
use quarterdeck::model::forge::{RepositoryFacts, RepositoryInterest};
use quarterdeck::model::lock::Locks;
use quarterdeck::model::remote::Remote;
use quarterdeck::model::run::{Progress, Run};
use quarterdeck::model::sighting::{Question, Scope, Source};
use quarterdeck::ops::clock::Clock;
use quarterdeck::shell::{Unattended, unattended_by};
use quarterdeck::ui::colour::Depth;
use quarterdeck::ui::picture::{svg, text};
use quarterdeck::ui::screen::draw;
use quarterdeck::ui::theme::{Name, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::time::{Instant, timeout_at};

use crate::support::haste::Haste;
use crate::support::sim::Sim;

const SIZE: (u16, u16) = (132, 28);

/// When it is in the picture: 2026-11-20T09:41:00Z.
const MILLIS: i64 = 1_795_167_660_000;

/// Long enough for any machine, by the hastened clock; what takes longer never comes.
const PATIENCE: Duration = Duration::from_hours(2);

/// The calls for each environment come as slowly as the service allows: some minutes of them, otherwise.
const TIMES: u16 = 8;

/// What is asked of each environment by itself, where its source has an answer.
const SWEPT: [Question; 5] = [Question::Health, Question::Instances, Question::Resources, Question::Versions, Question::Probes];

struct Held;

impl Clock for Held {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(MILLIS).unwrap()
    }
}

struct Console {
    state: State,
    reading: Unattended,
}

impl Console {
    fn on(sim: &Sim) -> Self {
        let (settings, ways) = sim.demonstrated("default");
        let reading = quarterdeck::config::Reading { sweep: Duration::from_millis(1), ..settings.reading };
        let settings = Settings { reading, ..settings };
        let mut state = State::new(Arc::new(settings.catalogue.clone()), Held.now(), Size { width: SIZE.0, height: SIZE.1 });
        (state.world, state.locks, state.operations) = (Some("demo"), Locks::not_read(), Operations::not_read());
        Self { state, reading: unattended_by(&settings, ways, Arc::new(Held)) }
    }

    fn take(&mut self, event: Event) {
        for effect in update(&mut self.state, event) {
            self.reading.perform(effect);
        }
    }

    fn settle(&mut self) {
        for effect in settle(&mut self.state) {
            self.reading.perform(effect);
        }
        self.take(Event::Drawn);
    }

    /// Takes in what is told until all of it was read.
    async fn read(&mut self) {
        let end = Instant::now() + PATIENCE;
        loop {
            self.settle();
            if self.is_read() {
                return;
            }
            match timeout_at(end, self.reading.events.recv()).await {
                Ok(Some(event)) => self.take(event),
                Ok(None) | Err(_) => panic!("it was never read whole\n{}", text(&self.drawn())),
            }
        }
    }

    /// Whether all that is asked for was answered.
    fn is_read(&self) -> bool {
        let state = &self.state;
        let is_listed = state.reading.scopes.as_ref().is_some_and(|scopes| scopes.iter().all(|scope| self.is_listed(scope)));
        let is_identified = state.reading.connections.values().all(|connection| connection.identity.is_some());
        let is_swept = state.fleet.environments().all(|environment| is_swept(&environment));
        is_listed && is_identified && is_swept && !state.operations.is_unread && self.is_forge_read()
    }

    /// Whether a scope has told what there is and what has happened there.
    fn is_listed(&self, scope: &Arc<Scope>) -> bool {
        let is_answered = |question| {
            let source = self.state.fleet.source(&Source { question, scope: Arc::clone(scope) });
            source.is_some_and(|source| source.answered.is_some())
        };
        is_answered(Question::Listing) && is_answered(Question::Events)
    }

    /// Whether GitHub has told all that the console wants to know.
    fn is_forge_read(&self) -> bool {
        let GitHubState { forge, interest, .. } = &self.state.github;
        let is_known = |(repository, wanted)| forge.get(repository).is_some_and(|facts| is_known(facts, wanted));
        !interest.repositories.is_empty() && interest.repositories.iter().all(is_known)
    }

    fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            self.take(Event::Key(key.parse::<Key>().unwrap()));
            self.settle();
        }
    }

    fn drawn(&self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
        let _ = draw(&self.state, &theme(), buffer.area, &mut buffer);
        buffer
    }
}

fn is_swept(environment: &Environment<'_>) -> bool {
    let Some(identity) = environment.identity() else { return false };
    let asked = SWEPT.into_iter().filter(|question| identity.answers.holds(*question));
    { asked }
        .all(|question| environment.answered_at(question).is_some() || environment.fault_of(question).is_some_and(|told| stays(told.value)))
}

/// Whether the same will be said however often it is asked: what was too slow on this machine will not.
fn stays(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Denied | FaultKind::Missing | FaultKind::Refused | FaultKind::Unsupported)
}

fn is_told<T>(remote: Option<&Remote<T>>) -> bool {
    remote.is_some_and(|remote| remote.value().is_some() || remote.fault().is_some_and(stays))
}

fn is_known(facts: &RepositoryFacts, wanted: &RepositoryInterest) -> bool {
    let waits = |run: &&Run| matches!(run.progress, Progress::Waiting);
    is_told(Some(&facts.overview))
        && is_told(Some(&facts.runs))
        && facts.known_runs().into_iter().filter(waits).all(|run| is_told(facts.gates.get(&run.id)))
        && wanted.comparisons.iter().all(|between| is_told(facts.comparisons.get(between)))
        && wanted.touched.iter().all(|within| is_told(facts.touched.get(within)))
        && wanted.details.iter().all(|commit| facts.commits.contains_key(commit))
        && (wanted.open_pulls.is_none() || is_told(Some(&facts.open_pulls)))
        && (!wanted.tags || is_told(Some(&facts.tags)))
        && (!wanted.statuses || is_told(Some(&facts.statuses)))
        && (wanted.pulls.is_empty() || is_told(Some(&facts.pulls)))
        && wanted.deployments.iter().all(|name| is_told(facts.deployments.get(name)))
        && wanted.alerts.iter().all(|label| is_told(facts.alerts.get(label)))
        && wanted.catalogues.iter().all(|path| is_told(facts.catalogues.get(path)))
        && wanted.changed.iter().all(|path| is_told(facts.changed.get(path)))
        && wanted.jobs.iter().all(|run| is_told(facts.jobs.get(run)))
}

fn theme() -> Theme {
    Theme::new(Name::Dark, Depth::True)
}

async fn picture() -> String {
    let sim = Sim::demo_at(MILLIS).await;
    let mut console = Console::on(&sim);
    console.read().await;
    // Rows stand where they were first seen; whoever comes back to the screen finds the worst first.
    loop {
        let before = text(&console.drawn());
        console.press("2 1 g");
        console.read().await;
        if text(&console.drawn()) == before {
            break;
        }
    }
    // How much was asked within a minute is this machine's.
    (console.state.reading.calls_total, console.state.reading.calls_last_minute) = (0, 0);
    svg(&console.drawn(), &theme(), "Quarterdeck: the Fleet screen of its demo")
}

#[tokio::test]
async fn the_readme_s_picture_is_what_the_demo_shows() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("doc/console.svg");
    let _haste = Haste::of(TIMES);
    let drawn = picture().await;
    if std::env::var_os("QUARTERDECK_BLESS").is_some() {
        std::fs::write(&path, &drawn).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == drawn, "doc/console.svg is old: run QUARTERDECK_BLESS=1 cargo test --test main readme, and look at it\n{drawn}");
    let readme = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains("](doc/console.svg)"), "the README shows no picture");
}
