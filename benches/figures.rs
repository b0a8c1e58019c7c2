//! What a big fleet costs in the pure centre and in the view.
//!
//! Measures, never judges: `scripts/figures` holds the results against their
//! targets. Ten thousand environments in one listing, which is more than any
//! one region is known to hold: the loop cannot answer a key while it takes in
//! one, so the longest is what matters.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use divan::Bencher;
use quarterdeck::app::event::Event;
use quarterdeck::app::key::{Code, Key};
use quarterdeck::app::remembered::Remembered;
use quarterdeck::app::state::{Size, State};
use quarterdeck::app::update::{settle, update};
use quarterdeck::model::activity::{Activity, ActivityKind};
use quarterdeck::model::catalogue::Catalogue;
use quarterdeck::model::clock::{Stamp, Timestamp};
use quarterdeck::model::health::{Health, HealthSource, Level, Traffic};
use quarterdeck::model::id::{AccountId, AppName, EnvironmentKey, Platform, Region, VersionLabel};
use quarterdeck::model::instance::{Deployment, DeploymentState, Instance, Instances};
use quarterdeck::model::memory::{Memory, Origins};
use quarterdeck::model::sighting::{Busy, Coverage, Identity, Observation, Question, Questions, Reading, Scope, Sighting, Source};
use quarterdeck::model::version::{Stated, VersionSource};
use quarterdeck::ui::colour::Depth;
use quarterdeck::ui::panes;
use quarterdeck::ui::screen;
use quarterdeck::ui::theme::{Name, Theme};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// How many environments there are.
const ENVIRONMENTS: usize = 10_000;
/// How many are remembered.
const REMEMBERED: usize = 2_000;
/// How many apps they belong to.
const APPS: usize = 40;
/// The terminal.
const SIZE: Size = Size { width: 200, height: 60 };
/// When the first listing is asked for, in seconds of the epoch.
const START: i64 = 1_700_000_000;

fn main() {
    divan::main();
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(START + seconds).unwrap()
}

/// A number that looks random and is the same at every run.
fn scattered(number: usize) -> usize {
    number.wrapping_mul(2_654_435_761) >> 7
}

fn key(shared: &mut Shared, number: usize) -> EnvironmentKey {
    EnvironmentKey {
        platform: Platform::Beanstalk,
        account: Some(shared.accounts.get("111122223333")),
        region: Some(shared.regions.get("eu-west-1")),
        name: format!("app{}-customer-{number:05}-prod", number % APPS).as_str().into(),
    }
}

/// Every app has five versions: four that few run, one for the rest.
fn label(number: usize, round: usize) -> String {
    let version = if scattered(number + round).is_multiple_of(50) { scattered(number) % 4 } else { 4 };
    format!("app{}-prod20231114T10{version}000Z-20231114-g{:07x}", number % APPS, 0x00ab_cdef + version)
}

fn level(number: usize) -> Level {
    match scattered(number) % 100 {
        0 => Level::Severe,
        1 => Level::Degraded,
        2 | 3 => Level::Warning,
        4 => Level::Unknown,
        _ => Level::Ok,
    }
}

fn health(shared: &mut Shared, number: usize) -> Health {
    Health { level: level(number), word: Some(shared.texts.get("Ok")), causes: Vec::new(), source: HealthSource::BeanstalkEnhanced }
}

/// Equal texts of one answer are one, as the adapter makes them.
struct Interned<T>(HashMap<String, T>);

impl<T: Clone + for<'a> From<&'a str>> Interned<T> {
    fn get(&mut self, text: &str) -> T {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let fresh = T::from(text);
        self.0.insert(text.to_owned(), fresh.clone());
        fresh
    }
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

/// What the readings of one answer share.
#[derive(Default)]
struct Shared {
    accounts: Interned<AccountId>,
    regions: Interned<Region>,
    apps: Interned<AppName>,
    labels: Interned<VersionLabel>,
    texts: Interned<Arc<str>>,
}

fn listed(shared: &mut Shared, number: usize, round: usize) -> Reading {
    let busy = scattered(number + round) % 100 == 7;
    let activity = Activity { kind: ActivityKind::Unknown, since: None, done: None, total: None };
    Reading {
        identity: Some(Box::new(Identity {
            platform_id: Some(format!("e-{number:08}").as_str().into()),
            url: Some(format!("app{}-{number}.eu-west-1.elasticbeanstalk.com", number % APPS).into()),
            stack: Some(shared.texts.get("64bit Amazon Linux 2023 v4.3.0 running Docker")),
            status: Some(shared.texts.get(if busy { "Updating" } else { "Ready" })),
            created_at: Some(at(-1_000_000)),
            updated_at: Some(at(-10_000)),
            abortable: busy,
            answers: Questions::of([Question::Instances, Question::Health]),
            tells_versions: true,
            ..Identity::of(shared.apps.get(&format!("app{}", number % APPS)))
        })),
        version: Some(Stated::by(VersionSource::BeanstalkLabel, shared.labels.get(&label(number, round)))),
        health: Some(health(shared, number)),
        busy: Some(if busy { Busy::With(activity) } else { Busy::No }),
        ..Reading::default()
    }
}

/// One scope, shared by every answer as it is in the program.
static SCOPE: LazyLock<Arc<Scope>> =
    LazyLock::new(|| Arc::new(Scope { platform: Platform::Beanstalk, connection: "default".into(), region: Some("eu-west-1".into()) }));

fn source(question: Question) -> Source {
    Source { question, scope: Arc::clone(&SCOPE) }
}

fn seen(question: Question, seconds: i64, sequence: u64, readings: Vec<(EnvironmentKey, Reading)>) -> Event {
    let lists = question.lists();
    Event::Observed(vec![Observation::Seen(Sighting {
        source: source(question),
        stamp: Stamp { asked_at: at(seconds), sequence },
        coverage: if lists { Coverage::Complete } else { Coverage::Partial },
        account: Some("111122223333".into()),
        readings,
        events: Vec::new(),
    })])
}

/// A complete listing. In each round some two in a hundred environments differ from the round before.
fn listing(round: usize) -> Event {
    let mut shared = Shared::default();
    let readings = (0..ENVIRONMENTS).map(|number| (key(&mut shared, number), listed(&mut shared, number, round))).collect();
    seen(Question::Listing, i64::try_from(round).unwrap() * 15, u64::try_from(round).unwrap() * 1_000, readings)
}

fn instance(shared: &mut Shared, number: usize, index: usize) -> Instance {
    let deployment = Deployment {
        label: Some(shared.labels.get(&label(number, 0))),
        number: Some(12),
        state: Some(DeploymentState::Deployed),
        at: Some(at(-10_000)),
    };
    Instance {
        id: format!("i-{number:08x}{index:09x}").as_str().into(),
        level: Level::Ok,
        word: Some(shared.texts.get("Ok")),
        causes: Vec::new(),
        launched_at: Some(at(-500_000)),
        deployment: Some(deployment),
        instance_type: Some(shared.texts.get("t3.medium")),
        zone: Some(shared.texts.get("eu-west-1a")),
        cpu: Some(0.2),
        load: Some(0.4),
        traffic: Traffic::default(),
        whereabouts: quarterdeck::model::instance::Whereabouts::default(),
    }
}

/// The sweep's answers about one environment.
fn details(number: usize) -> [Event; 2] {
    let traffic = Traffic {
        requests_per_second: Some(12.5),
        server_error_share: Some(0.002),
        client_error_share: Some(0.01),
        p50: Some(0.02),
        p90: Some(0.1),
        p99: Some(0.31),
    };
    let sequence = u64::try_from(number).unwrap();
    let mut shared = Shared::default();
    let report = Reading { health: Some(health(&mut shared, number)), traffic: Some(traffic), ..Reading::default() };
    let each = (0..4).map(|index| instance(&mut shared, number, index)).collect();
    let machines = Reading { instances: Some(Instances { each, health_known: true, ..Instances::default() }), ..Reading::default() };
    [
        seen(Question::Health, 2, 100_000 + sequence, vec![(key(&mut shared, number), report)]),
        seen(Question::Instances, 2, 200_000 + sequence, vec![(key(&mut shared, number), machines)]),
    ]
}

fn empty() -> State {
    State::new(Arc::new(Catalogue::default()), at(20), SIZE)
}

fn press(state: &mut State, key: Key) {
    let _ = update(state, Event::Key(key));
    let _ = settle(state);
}

/// A console that has read everything: the listing, and the details of every environment.
fn full() -> State {
    let mut state = empty();
    let _ = update(&mut state, listing(0));
    for number in 0..ENVIRONMENTS {
        for event in details(number) {
            let _ = update(&mut state, event);
        }
    }
    let _ = settle(&mut state);
    state
}

/// The same with every app unfolded and the selection in the middle: ten thousand rows.
fn unfolded() -> State {
    let mut state = full();
    state.fleet_screen.folds = state.fleet_screen.groups.keys().map(|app| (app.clone(), false)).collect();
    state.stale_rows = true;
    let _ = settle(&mut state);
    for _ in 0..100 {
        press(&mut state, Key::of(Code::PageDown));
    }
    assert_eq!(state.fleet_screen.counts.total, ENVIRONMENTS);
    assert_eq!(state.fleet_screen.rows.len(), ENVIRONMENTS + APPS);
    state
}

fn theme() -> Theme {
    Theme::new(Name::Dark, Depth::True)
}

const AREA: Rect = Rect { x: 0, y: 0, width: SIZE.width, height: SIZE.height };

/// One frame of ten thousand rows, written into cells.
#[divan::bench]
fn frame_cells(bencher: Bencher<'_, '_>) {
    let (state, theme) = (unfolded(), theme());
    let mut buffer = Buffer::empty(AREA);
    bencher.bench_local(|| {
        buffer.reset();
        screen::draw(&state, &theme, AREA, &mut buffer)
    });
}

/// The same in each shipped theme.
#[divan::bench(args = Name::ALL)]
fn frame_theme(bencher: Bencher<'_, '_>, name: Name) {
    let (state, theme) = (unfolded(), Theme::new(name, Depth::True));
    let mut buffer = Buffer::empty(AREA);
    bencher.bench_local(|| {
        buffer.reset();
        screen::draw(&state, &theme, AREA, &mut buffer)
    });
}

/// The same as the console draws it, whether a second pane is open or not.
#[divan::bench]
fn frame_one_pane(bencher: Bencher<'_, '_>) {
    frame_panes(bencher, unfolded());
}

/// The same with the ten thousand rows in a second pane as well.
#[divan::bench]
fn frame_two_panes(bencher: Bencher<'_, '_>) {
    let mut state = unfolded();
    press(&mut state, Key::PREFIX);
    press(&mut state, Key::char('v'));
    assert!(state.shows_two());
    frame_panes(bencher, state);
}

fn frame_panes(bencher: Bencher<'_, '_>, mut state: State) {
    let theme = theme();
    let mut buffer = Buffer::empty(AREA);
    bencher.bench_local(|| {
        buffer.reset();
        panes::draw(&mut state, &theme, AREA, &mut buffer)
    });
}

/// The same through the terminal library, which compares it with the frame before; the selection moves.
#[divan::bench]
fn frame_terminal(bencher: Bencher<'_, '_>) {
    let (mut state, theme) = (unfolded(), theme());
    let mut terminal = Terminal::new(TestBackend::new(SIZE.width, SIZE.height)).unwrap();
    let mut down = false;
    bencher.bench_local(|| {
        down = !down;
        press(&mut state, Key::char(if down { 'j' } else { 'k' }));
        terminal
            .draw(|frame| {
                screen::draw(&state, &theme, frame.area(), frame.buffer_mut());
            })
            .unwrap();
    });
}

/// Ten thousand sightings that tell of environments never seen before.
#[divan::bench]
fn apply_first(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(|| (empty(), listing(0))).bench_local_values(|(mut state, event)| {
        let effects = update(&mut state, event);
        (state, effects)
    });
}

/// Ten thousand sightings of environments that are known, in detail too: what every listing after the first is.
#[divan::bench]
fn apply_again(bencher: Bencher<'_, '_>) {
    let mut state = full();
    let mut round = 0;
    let mut next = || {
        round += 1;
        listing(round)
    };
    bencher.with_inputs(&mut next).bench_local_values(|event| update(&mut state, event));
}

/// From the text of what is remembered of two thousand environments to the cells of the first frame.
#[divan::bench]
fn remembered(bencher: Bencher<'_, '_>) {
    let origins = Origins::from([("default".into(), Arc::from("aws"))]);
    let mut before = empty();
    let _ = update(&mut before, listing(0));
    let text = Memory::of(before.fleet.environments().take(REMEMBERED), origins.clone()).text();
    let theme = theme();
    let mut buffer = Buffer::empty(AREA);
    bencher.bench_local(|| {
        let mut state = empty();
        let memory = Memory::parse(&text, &origins, at(3_600)).unwrap();
        state.remembered = Remembered::new(origins.clone(), Some(memory), &state.fleet);
        let effects = settle(&mut state);
        assert_eq!(state.fleet_screen.counts.remembered, REMEMBERED);
        buffer.reset();
        (screen::draw(&state, &theme, AREA, &mut buffer), effects)
    });
}

/// The rows worked out again, as after a listing that changed something: apps folded.
#[divan::bench]
fn settle_folded(bencher: Bencher<'_, '_>) {
    arrange(bencher, full());
}

/// The same with every app unfolded.
#[divan::bench]
fn settle_unfolded(bencher: Bencher<'_, '_>) {
    arrange(bencher, unfolded());
}

fn arrange(bencher: Bencher<'_, '_>, mut state: State) {
    bencher.bench_local(|| {
        state.stale_rows = true;
        settle(&mut state)
    });
}
