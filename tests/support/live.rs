//! A console without a terminal on a simulated cloud: keys in, screens out, through the real adapters, desks and journals.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use quarterdeck::app::event::{Effect, Event};
use quarterdeck::app::key::Key;
use quarterdeck::app::operations::{self as told, Condition, Known};
use quarterdeck::app::state::{Size, State};
use quarterdeck::app::update::{settle, update};
use quarterdeck::aws::ConnectionSettings;
use quarterdeck::config::{self, Settings};
use quarterdeck::forge::Way;
use quarterdeck::github::{GitHubSettings, Token};
use quarterdeck::locks::{self, Keeping};
use quarterdeck::model::lock::Locks;
use quarterdeck::operations::{self, Kept};
use quarterdeck::ops::audit::Audit;
use quarterdeck::ops::clock::Clock as _;
use quarterdeck::shell::{self, SystemClock, Unattended, Ways};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::time::{Instant, timeout_at};

use super::sim::Sim;
use super::stage::{lettered, text};

/// Long enough for any machine; what takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(1_200);

/// The console.
pub struct Live {
    pub state: State,
    reading: Unattended,
    /// Every sentence that was said at the bottom.
    pub said: Vec<String>,
    has_quit: bool,
}

impl Live {
    /// A console with this configuration, which keeps its operations and its audit log in this folder.
    pub fn on(sim: &Sim, configuration: &str, folder: &Path) -> Self {
        Self::through(sim, sim.connections(), configuration, folder)
    }

    /// The same through these ways in.
    pub fn through(sim: &Sim, connections: Vec<ConnectionSettings>, configuration: &str, folder: &Path) -> Self {
        let settings = config::parse(configuration, "the test's configuration").unwrap_or_else(|findings| panic!("{findings}"));
        let github = sim
            .github()
            .map(|(url, token)| Way { settings: GitHubSettings::new(Some(url), Token::known(&token)), audit: Ok(Audit::nowhere()) });
        let ways = Ways {
            connections,
            github,
            locks: locks::Way { keeping: Keeping::Memory, audit: Ok(Audit::nowhere()) },
            operations: kept(folder),
        };
        Self::with(&settings, ways)
    }

    /// The demo's console, but that its operations and its audit log are kept in this folder.
    pub fn demonstrated(sim: &Sim, folder: &Path) -> Self {
        let (settings, ways) = sim.demonstrated("default");
        Self::with(&settings, Ways { operations: kept(folder), ..ways })
    }

    fn with(settings: &Settings, ways: Ways) -> Self {
        let mut state = State::new(Arc::new(settings.catalogue.clone()), SystemClock.now(), Size { width: 140, height: 42 });
        state.read_only = settings.read_only;
        state.locks = Locks::not_read();
        state.operations = told::Operations::not_read();
        Self { state, reading: shell::unattended(settings, ways), said: Vec::new(), has_quit: false }
    }

    /// Presses keys one after the other, each after the frame that the one before caused.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for word in keys.split_whitespace() {
            let typed = word.strip_prefix('\'').filter(|text| !text.is_empty());
            let keys: Vec<Key> = typed.map_or_else(|| vec![word.parse().unwrap()], |text| text.chars().map(Key::char).collect());
            for key in keys {
                self.settle();
                self.take(Event::Drawn);
                self.take(Event::Key(key));
            }
        }
        self.settle();
        self.take(Event::Drawn);
        self
    }

    /// Takes in what is told until this holds.
    pub async fn until(&mut self, what: &str, holds: impl Fn(&State) -> bool) -> &mut Self {
        let end = Instant::now() + PATIENCE;
        loop {
            self.settle();
            if holds(&self.state) {
                return self;
            }
            match timeout_at(end, self.reading.events.recv()).await {
                Ok(Some(event)) => {
                    self.take(Event::Tick(SystemClock.now()));
                    self.take(event);
                }
                Ok(None) | Err(_) => panic!("it never came to this: {what}\n{}\n{:#?}", self.screen(), self.said),
            }
        }
    }

    /// Waits until the screen does not hold this text any more.
    pub async fn shows_no_longer(&mut self, part: &str) -> &mut Self {
        let unwanted = part.to_owned();
        self.until(&format!("no {part}"), move |state| !drawn(state).contains(&unwanted)).await
    }

    /// Waits until the screen holds this text.
    pub async fn shows(&mut self, part: &str) -> &mut Self {
        let wanted = part.to_owned();
        self.until(part, move |state| drawn(state).contains(&wanted)).await
    }

    /// Waits until there are so many operations, and the newest has come to this.
    pub async fn comes_to(&mut self, count: usize, word: &str) -> Known {
        let wanted = word.to_owned();
        let is_there = move |state: &State| {
            let is_newest = newest(state).is_some_and(|known| known.condition().word() == wanted);
            state.operations.in_order().len() == count && is_newest
        };
        self.until(word, is_there).await;
        newest(&self.state).unwrap().clone()
    }

    /// Opens an environment once it is known whole.
    pub async fn opens(&mut self, name: &str) -> &mut Self {
        let wanted = name.to_owned();
        let is_known = move |state: &State| {
            let found = state.fleet.environments().find(|environment| environment.key().name.as_str() == wanted);
            found.is_some_and(|it| {
                it.label().is_some() && it.activity().is_some() && it.answered_at(quarterdeck::model::sighting::Question::Events).is_some()
            })
        };
        let is_asked = |state: &State| state.reading.connections.values().all(|connection| connection.identity.is_some());
        let is_read = |state: &State| state.locks.known == quarterdeck::model::lock::Known::Yes && !state.operations.is_unread;
        self.until(name, move |state| is_known(state) && is_asked(state) && is_read(state)).await;
        self.keys(&format!(": '{name} enter"))
    }

    fn take(&mut self, event: Event) {
        for effect in update(&mut self.state, event) {
            self.perform(effect);
        }
        if let Some(notice) = &self.state.notice
            && self.said.last() != Some(&notice.sentence)
        {
            self.said.push(notice.sentence.clone());
        }
    }

    fn settle(&mut self) {
        for effect in settle(&mut self.state) {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        self.has_quit |= effect == Effect::Quit;
        self.reading.perform(effect);
    }

    /// Whether it was quit.
    pub const fn has_quit(&self) -> bool {
        self.has_quit
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        drawn(&self.state)
    }

    /// The screen's words, lines and frames joined.
    pub fn words(&self) -> String {
        // Of a dialog only what is in its frame.
        let inside = |line: &str| line.split_once('│').and_then(|(_, rest)| rest.rsplit_once('│')).map(|(inside, _)| inside.to_owned());
        let screen = self.screen();
        let lines = screen.lines().map(|line| inside(line).unwrap_or_else(|| line.to_owned()));
        lines.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Asserts that the screen says this, wherever its lines break.
    pub fn says(&mut self, part: &str) -> &mut Self {
        assert!(self.words().contains(part), "no \"{part}\" in\n{}", self.screen());
        self
    }
}

/// Operations and their audit log in a folder.
fn kept(folder: &Path) -> operations::Way {
    operations::Way { keeping: Ok(Kept::in_folder(folder)), audit: Ok(Audit::at(folder.join("audit.jsonl"))) }
}

fn drawn(state: &State) -> String {
    let size = state.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.width, size.height));
    let _ = quarterdeck::ui::screen::draw(state, &lettered(), buffer.area, &mut buffer);
    text(&buffer)
}

/// The newest operation.
fn newest(state: &State) -> Option<&Known> {
    let newest = state.operations.in_order().into_iter().max()?;
    state.operations.get(&newest)
}

/// Whether an operation goes on.
pub fn goes_on(known: &Known) -> bool {
    !matches!(known.condition(), Condition::Over(_) | Condition::Interrupted)
}
