//! The shell around the pure centre: effects to tasks, answers to events.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::acting::{Actors, actors};
use crate::app::event::{Attention, Effect, Event};
use crate::app::logs::order::Order as LogOrder;
use crate::app::operations::{Operations as Known, Order};
use crate::app::remembered::Remembered;
use crate::app::state::{Notice, Size, State};
use crate::aws::{ConnectionSettings, profile_names};
use crate::cli::{Exit, complain, environment_variable};
use crate::commands;
use crate::config::{Colors, Settings};
use crate::files;
use crate::forge::{self, Way, Wish};
use crate::github::GitHub;
use crate::locks::{self, Keeping};
use crate::logs;
use crate::model::clock::{TimeZone, Timestamp};
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::Connection;
use crate::model::lock::{Change, Locks};
use crate::model::view::Configured;
use crate::operations::{self, Acts};
use crate::ops::LONGEST_WRITE;
use crate::ops::audit::Audit;
use crate::ops::clock::{Clock, Stamps};
use crate::ops::limit::Limiter;
use crate::ops::port::Forge;
use crate::ops::reader::{Reader, Report, Request};
use crate::ops::schedule::Focus;
use crate::remember::{self, Keeper, Kept};
use crate::sources;
use crate::tails::tails;
use crate::ui::colour::Depth;
use crate::ui::runtime::run_in_terminal;
use crate::ui::theme::{Choice, Terminal, Theme};

/// The system's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the present comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The way to the locks that the settings and the environment name.
#[must_use]
pub fn locks(settings: &Settings) -> locks::Way {
    locks::Way {
        keeping: Keeping::of(settings, &environment_variable),
        audit: Audit::usual(&environment_variable).map_err(|error| error.to_string()),
    }
}

/// The way to where operations are kept, as the environment names it.
#[must_use]
pub fn operations() -> operations::Way {
    operations::Way {
        keeping: operations::Kept::usual(&environment_variable),
        audit: Audit::usual(&environment_variable).map_err(|error| error.to_string()),
    }
}

/// The ways to what a console reads.
pub struct Ways {
    /// Into AWS.
    pub connections: Vec<ConnectionSettings>,
    /// To GitHub.
    pub github: Option<Way>,
    /// To what is locked.
    pub locks: locks::Way,
    /// To where operations are kept.
    pub operations: operations::Way,
}

/// What a console is opened with.
pub struct Console {
    /// The settings, as far as they are known before the first frame.
    pub settings: Settings,
    /// A word in the title for where the fleet comes from, if not the real cloud.
    pub world: Option<&'static str>,
    /// Where the last known fleet is kept.
    pub memory: remember::Way,
}

/// The theme that was chosen, as this terminal can show it.
fn theme(settings: &Settings) -> Theme {
    let display = settings.display;
    // Colors that were asked for win over an environment that wants none.
    let asked_for = display.colors != Colors::Auto;
    let found = Terminal::detect(|name| environment_variable(name).filter(|_| !asked_for || name == "COLORFGBG"));
    let depth = match display.colors {
        Colors::Auto => Depth::detect(environment_variable),
        Colors::Truecolor => Depth::True,
        Colors::Indexed => Depth::TwoFiftySix,
        Colors::Sixteen => Depth::Sixteen,
        Colors::None => Depth::None,
    };
    let choice = match display.theme.unwrap_or_default() {
        crate::config::Theme::Auto => Choice::Auto,
        crate::config::Theme::Dark => Choice::Dark,
        crate::config::Theme::Light => Choice::Light,
        crate::config::Theme::HighContrast => Choice::HighContrast,
        crate::config::Theme::ColorBlind => Choice::ColorBlind,
        crate::config::Theme::Sixteen => Choice::Sixteen,
        crate::config::Theme::Mono => Choice::Mono,
        crate::config::Theme::Own => Choice::Own,
    };
    Theme::of(choice, Terminal { depth, own: settings.own_theme.clone(), ..found })
}

/// Opens the console. The first frame is drawn before `begin`, which tells what is configured and the ways in, has begun.
pub async fn run(console: Console, begin: impl Future<Output = Result<(Settings, Ways), String>> + Send + 'static) -> Exit {
    if !crate::ui::term::is_there() {
        complain(
            &"the console needs a terminal, and standard output is not one: quarterdeck status prints the same facts without a screen",
        );
        return Exit::Usage;
    }
    let Console { settings, world, memory } = console;
    let mut state = State::new(Arc::new(settings.catalogue.clone()), SystemClock.now(), Size { width: 80, height: 24 });
    state.read_only = settings.read_only;
    (state.keymap, state.customs, state.mouse) = (settings.keys.clone(), settings.commands.clone(), settings.display.mouse);
    state.notice = careful(&settings, state.now);
    state.world = world;
    // A simulated cloud's credentials do not run out.
    if world.is_none() {
        let has_sign_on = profile_names::has_sign_on().await.unwrap_or(true);
        let logins = |connection: ConnectionSettings| (connection.connection.clone(), connection.login_commands(has_sign_on));
        let ways = sources::connections(&settings).into_iter().flat_map(|reader| [reader.writer(), Some(reader)]);
        state.logins = ways.flatten().map(logins).collect();
    }
    state.locks = Locks::not_read();
    state.operations = Known::not_read();
    state.operations.salt = fastrand::u32(..);
    state.logs.zone = TimeZone::system();
    // In the demo nobody sits at this machine.
    state.person = if world.is_none() { person() } else { None };
    state.has_own_theme = settings.own_theme.is_some();
    state.wishes.names_theme = settings.display.theme.is_some();
    recall(&mut state, &memory, settings.fleet.clone());
    let theme = theme(&settings);
    let theme = state.wishes.theme().map_or_else(|| theme.clone(), |word| theme.chosen(word));
    let (events, inbox) = mpsc::unbounded_channel();
    let listening = events.downgrade();
    let keeper = Keeper::start(&memory, state.preferences(), move |sentence| {
        let sent = listening.upgrade().is_some_and(|events| events.send(Event::NotKept(sentence.clone())).is_ok());
        // Where the console is gone already, its terminal is the person's again.
        if !sent {
            complain(&crate::model::safe_text::safe(&sentence));
        }
    });
    let (desks, inboxes) = desks();
    let reading = match reading_thread() {
        Ok(reading) => reading,
        Err(error) => {
            complain(&format!("no threads can be started: {error}"));
            return Exit::Failed;
        }
    };
    // Weak: what perceives the end of the reading is the end of its events.
    let heard = events.downgrade();
    let begun = reading.handle().spawn(begin_reading(begin, events.clone(), inboxes, Arc::new(SystemClock)));
    let watched = reading.spawn(watch(begun, events));
    let confirmed = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&confirmed);
    let has_operated = Arc::new(AtomicBool::new(false));
    let operated = Arc::clone(&has_operated);
    let has_run = Arc::new(AtomicBool::new(false));
    let ran = Arc::clone(&has_run);
    let kept = &keeper;
    let keep = move |what| {
        if let Some(keeper) = kept {
            keeper.keep(what);
        }
    };
    let perform = move |effect| {
        match &effect {
            Effect::Write(_) => drop(counted.fetch_add(1, Ordering::Relaxed)),
            Effect::Operate(_) => operated.store(true, Ordering::Relaxed),
            Effect::Run(_) => ran.store(true, Ordering::Relaxed),
            _ => {}
        }
        match effect {
            Effect::Open(address) => open_page(&address, &heard),
            Effect::Store { name, text } => store(name, text, &heard),
            Effect::Remember(memory) => keep(Kept::Fleet(memory)),
            Effect::Prefer(preferences) => keep(Kept::Preferences(preferences)),
            effect => desks.dispatch(effect),
        }
    };
    let ended = Box::pin(run_in_terminal(state, theme, inbox, Arc::new(SystemClock), perform)).await;
    // Where the terminal failed, nobody counted what became of them.
    let heard_of = ended.as_ref().map_or(0, |state| state.written);
    let is_interrupted = ended.as_ref().map_or_else(|_| has_operated.load(Ordering::Relaxed), |state| state.operations.here() > 0);
    let is_running = ended.as_ref().map_or_else(|_| has_run.load(Ordering::Relaxed), |state| !state.running.is_empty());
    if let Some(keeper) = keeper {
        let last = ended.as_ref().ok().and_then(State::memory);
        keeper.finish(last).await;
    }
    let left = Left { is_written: confirmed.load(Ordering::Relaxed) > heard_of, is_interrupted, is_running };
    farewell(watched, left).await;
    // What still reads is not waited for, but let go of: a simulated cloud takes its folder along.
    tokio::task::block_in_place(|| reading.shutdown_timeout(FAREWELL));
    match ended {
        Ok(_) => Exit::Complete,
        Err(error) => {
            complain(&format!("the terminal failed: {error}"));
            Exit::Failed
        }
    }
}

/// What the configuration should be known for at the start, where it is anything.
fn careful(settings: &Settings, now: Timestamp) -> Option<Notice> {
    let first = settings.warnings.first()?;
    let more = settings.warnings.len() - 1;
    let more = if more > 0 { format!(" (and {more} more: quarterdeck config check)") } else { String::new() };
    Some(Notice {
        sentence: format!("configuration, line {}: {}{more}", first.line, first.sentence),
        is_fault: true,
        is_unasked: true,
        at: now,
    })
}

/// Begins with what is kept from the last run; what of it cannot be used is left out, and said.
fn recall(state: &mut State, way: &remember::Way, configured: Configured) {
    let (preferences, unliked) = way.preferences();
    state.adopt(configured, preferences);
    let (memory, unknown) = way.recall(state.now);
    if let Some(origins) = way.origins() {
        state.remembered = Remembered::new(origins, memory, &state.fleet);
    }
    if let Some(sentence) = [unknown, unliked].into_iter().flatten().reduce(|one, other| format!("{one}; {other}")) {
        tracing::warn!(sentence, "what was kept is left out");
        // What is wrong with the configuration comes first.
        state.notice.get_or_insert(Notice { sentence, is_fault: false, is_unasked: true, at: state.now });
    }
}

/// What goes on as the screen ends.
struct Left {
    /// Something was sent to GitHub, and nobody knows yet what became of it.
    is_written: bool,
    /// An operation was carried on here.
    is_interrupted: bool,
    /// A command of a team's own ran.
    is_running: bool,
}

/// Waits until what was sent is answered and written down, and says what was left behind.
async fn farewell(watched: JoinHandle<()>, left: Left) {
    let Left { is_written, is_interrupted, is_running } = left;
    if is_written {
        complain(&"something is on its way to GitHub: waiting for what becomes of it, so that the audit log can tell");
    }
    let is_over = !(is_written || is_interrupted || is_running) || tokio::time::timeout(LAST_ANSWER, watched).await.is_ok();
    if is_written && !is_over {
        complain(&"it is not known what became of it: look at the run on GitHub");
    }
    if is_running && is_over {
        complain(&"a command that still ran was ended: the audit log says so");
    }
    if is_interrupted {
        complain(&"what went on here was interrupted: start quarterdeck again to finish it, to put it back, or to leave it (4)");
    }
}

/// Who sits here, as the machine says.
#[must_use]
pub fn person() -> Option<Arc<str>> {
    ["USER", "LOGNAME"].into_iter().find_map(environment_variable).filter(|name| !name.is_empty()).map(Arc::from)
}

/// For how long a write that is on its way is waited for at the end.
const LAST_ANSWER: Duration = LONGEST_WRITE;

/// For how long what cannot be interrupted, such as the lookup of a name, may hold up the end.
pub const FAREWELL: Duration = Duration::from_millis(300);

/// A thread for all that reads, with timers of its own: while it parses, those of the screen go on.
///
/// One, since each that ever parses a large answer keeps the memory for it.
fn reading_thread() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name("reading").enable_all().build()
}

/// A reading without a screen.
pub struct Unattended {
    /// What is told.
    pub events: mpsc::UnboundedReceiver<Event>,
    desks: Desks,
}

/// To those who carry effects out.
struct Desks {
    requests: mpsc::UnboundedSender<Request>,
    wishes: mpsc::UnboundedSender<Wish>,
    changes: mpsc::UnboundedSender<Change>,
    orders: mpsc::UnboundedSender<Order>,
    lines: mpsc::UnboundedSender<LogOrder>,
    commands: mpsc::UnboundedSender<commands::Order>,
}

/// What reaches them.
struct Inboxes {
    requests: mpsc::UnboundedReceiver<Request>,
    wishes: mpsc::UnboundedReceiver<Wish>,
    changes: mpsc::UnboundedReceiver<Change>,
    orders: mpsc::UnboundedReceiver<Order>,
    lines: mpsc::UnboundedReceiver<LogOrder>,
    commands: mpsc::UnboundedReceiver<commands::Order>,
}

fn desks() -> (Desks, Inboxes) {
    let (to_reader, requests) = mpsc::unbounded_channel();
    let (to_forge, wishes) = mpsc::unbounded_channel();
    let (to_locks, changes) = mpsc::unbounded_channel();
    let (to_operations, orders) = mpsc::unbounded_channel();
    let (to_logs, lines) = mpsc::unbounded_channel();
    let (to_commands, commands) = mpsc::unbounded_channel();
    let desks =
        Desks { requests: to_reader, wishes: to_forge, changes: to_locks, orders: to_operations, lines: to_logs, commands: to_commands };
    (desks, Inboxes { requests, wishes, changes, orders, lines, commands })
}

impl Unattended {
    /// Carries out an effect that is not the terminal's.
    pub fn perform(&self, effect: Effect) {
        self.desks.dispatch(effect);
    }

    /// Asks for nothing any more: what is under way comes to its end, and what is told of it until then is the rest.
    #[must_use]
    pub fn close(self) -> mpsc::UnboundedReceiver<Event> {
        self.events
    }
}

/// Starts to read without a screen.
#[must_use]
pub fn unattended(settings: &Settings, ways: Ways) -> Unattended {
    unattended_by(settings, ways, Arc::new(SystemClock))
}

/// The same by another clock: what is told is as old as that says.
#[must_use]
pub fn unattended_by(settings: &Settings, ways: Ways, clock: Arc<dyn Clock>) -> Unattended {
    let (told, events) = mpsc::unbounded_channel();
    let (desks, inboxes) = desks();
    let reading = tokio::spawn(begin_reading(std::future::ready(Ok((settings.clone(), ways))), told.clone(), inboxes, clock));
    tokio::spawn(watch(reading, told));
    Unattended { events, desks }
}

/// Tells the person when the reading itself has failed: what is on the screen then only grows old.
async fn watch(reading: JoinHandle<()>, events: mpsc::UnboundedSender<Event>) {
    if reading.await.is_err_and(|error| error.is_panic()) {
        let sentence =
            "reading has stopped: this is a mistake in Quarterdeck. Start it again; with QUARTERDECK_LOG=FILE it tells what to report";
        let fault = Fault::new(FaultKind::Malformed, sentence);
        let _ = events.send(Event::DiscoveryFailed { connection: Connection::from("quarterdeck"), fault });
    }
}

async fn begin_reading(
    begin: impl Future<Output = Result<(Settings, Ways), String>>,
    events: mpsc::UnboundedSender<Event>,
    inboxes: Inboxes,
    clock: Arc<dyn Clock>,
) {
    let (settings, Ways { connections, github, locks, operations }) = match begin.await {
        Ok(begun) => begun,
        Err(sentence) => {
            let fault = Fault::new(FaultKind::Failed, sentence);
            let _ = events.send(Event::DiscoveryFailed { connection: Connection::from("demo"), fault });
            return;
        }
    };
    let _ = events.send(Event::Configured(Arc::new(settings.catalogue.clone())));
    let stamps = Stamps::new(Arc::clone(&clock));
    let limiter = Limiter::new(stamps.clone());
    let (outbox, mut reports) = mpsc::unbounded_channel();
    let forge = github.as_ref().and_then(|way| sources::teller_of_previews(&settings, &way.settings, &limiter, &stamps));
    let looks = |way: &Way| Arc::new(GitHub::new(way.settings.clone(), limiter.for_operations(), stamps.clone())) as Arc<dyn Forge>;
    let looking = github.as_ref().map(looks);
    let Actors { router, leases, written, logs } = actors(&settings, connections.clone(), looking, &limiter, stamps.clone());
    // Their clients are their own: a live tail is a connection that never ends.
    let tails = tails(connections.clone(), github.as_ref().map(|way| way.settings.clone()), Some(logs), &limiter, &stamps);
    let reader = Reader::new(sources::parts(&settings, connections, limiter.clone(), stamps.clone(), None, forge), outbox);
    let through = events.clone();
    let github = async move {
        if let Some(way) = github {
            forge::serve(way, limiter, stamps, inboxes.wishes, through).await;
        }
    };
    let forward = async {
        while let Some(report) = reports.recv().await {
            if let Some(event) = event(report) {
                let _ = events.send(event);
            }
        }
    };
    let commands = commands::serve(locks.audit.clone(), Arc::clone(&clock), inboxes.commands, events.clone());
    let locks = locks::serve(locks, Arc::clone(&clock), inboxes.changes, events.clone());
    let operations =
        operations::serve(operations, Acts { platform: Arc::new(router), leases, written }, clock, inboxes.orders, events.clone());
    let home = environment_variable("HOME").map(std::path::PathBuf::from);
    let logs = logs::serve(Arc::new(tails), home, inboxes.lines, events.clone());
    tokio::join!(reader.run(inboxes.requests), forward, github, locks, operations, logs, commands);
}

fn event(report: Report) -> Option<Event> {
    Some(match report {
        Report::Scopes(scopes) => Event::Scopes(scopes),
        Report::Identified(connection, identity) => Event::Identified { connection, account: identity.account, arn: identity.arn },
        Report::Found(connection) => Event::Found(connection),
        Report::StandBy(standby) => Event::StandBy(standby),
        Report::DiscoveryFailed { connection, fault, .. } => Event::DiscoveryFailed { connection, fault },
        Report::Observed(observation) => Event::Observed(vec![observation]),
        Report::Revealed(key, told) => Event::Revealed(key, told),
        Report::Calls(calls) => Event::Calls { total: calls.total, last_minute: calls.last_minute },
        Report::Swept => return None,
    })
}

/// Writes a new file that only this person can read, into the folder that the program was started in, and says where.
fn store(name: String, text: String, events: &mpsc::WeakUnboundedSender<Event>) {
    let Some(events) = events.upgrade() else { return };
    // A disk may take its time: nothing waits for it.
    tokio::task::spawn_blocking(move || {
        let path = std::env::current_dir().unwrap_or_default().join(name);
        let told = match files::create(&path, text.as_bytes()) {
            Ok(path) => Ok(format!("saved in {}", path.display())),
            Err(error) => Err(format!("{} cannot be written: {error}", path.display())),
        };
        let _ = events.send(Event::Returned(told));
    });
}

/// Opens a page in a browser; where there is none to be seen, the console is told so.
fn open_page(address: &Arc<str>, events: &mpsc::WeakUnboundedSender<Event>) {
    let is_set = |name: &str| environment_variable(name).is_some_and(|value| !value.is_empty());
    // Over SSH a browser would open on a screen that nobody looks at.
    let is_far = is_set("SSH_CONNECTION") || is_set("SSH_TTY");
    let has_screen = !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") || is_set("BROWSER");
    let opened = !is_far && has_screen && crate::app::links::is_page(address) && open::that_detached(&**address).is_ok();
    if let Some(events) = events.upgrade().filter(|_| !opened) {
        let _ = events.send(Event::NotOpened(Arc::clone(address)));
    }
}

impl Desks {
    /// Hands on an effect that is not the terminal's.
    fn dispatch(&self, effect: Effect) {
        let Self { requests, wishes, changes, orders, lines, commands } = self;
        match effect {
            Effect::Attend(attention) => {
                let Attention { open, visible, compared, planned } = attention;
                let focus = Focus { open, visible, compared, planned };
                let _ = requests.send(Request::Focus(focus));
            }
            Effect::ReadNow(about) => {
                crate::bugs::rehearse(&environment_variable);
                let _ = requests.send(Request::Hurry(about));
                let _ = wishes.send(Wish::Hurry);
            }
            Effect::Reveal(scope, key) => drop(requests.send(Request::Reveal(scope, key))),
            Effect::FindOut(interest) => drop(wishes.send(Wish::FindOut(interest))),
            Effect::Write(order) => drop(wishes.send(Wish::Write(order))),
            Effect::Lock(change) => drop(changes.send(*change)),
            Effect::Operate(order) => drop(orders.send(*order)),
            Effect::Logs(order) => drop(lines.send(order)),
            Effect::Run(run) => drop(commands.send(commands::Order::Run(run))),
            Effect::NoteRan(ran) => drop(commands.send(commands::Order::Note(ran))),
            Effect::Theme(_)
            | Effect::Mouse(_)
            | Effect::Picture { .. }
            | Effect::Store { .. }
            | Effect::Remember(_)
            | Effect::Prefer(_)
            | Effect::Open(_)
            | Effect::Copy(_)
            | Effect::Redraw
            | Effect::Lend(_)
            | Effect::Suspend
            | Effect::Quit => {}
        }
    }
}
