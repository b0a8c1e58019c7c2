//! One value holds the program.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::custom::{Custom, Ran};
use super::dialog::Dialog;
use super::environment::EnvironmentScreen;
use super::event::Attention;
use super::fleet::FleetScreen;
use super::followed::Followed;
use super::github::GitHubState;
use super::history::{History, Place};
use super::keymap::Keymap;
use super::logs::Logs;
use super::logs::meter::Meter;
use super::operations::Operations;
use super::operations_screen::OperationsScreen;
use super::panes::split::Split;
use super::pending::PendingScreen;
use super::preferences::Wishes;
use super::previews::PreviewsScreen;
use super::promotions::PromotionsScreen;
use super::properties::{PropertiesScreen, Revealed};
use super::remembered::Remembered;
use super::sheet::SheetScreen;
use super::standing::{ANSWER_SECONDS, AWAY_SECONDS, QUIET_SECONDS, Stand};
use super::timeline::{self, TimelineScreen};
use crate::model::account::Standby;
use crate::model::catalogue::Catalogue;
use crate::model::clock::{Timestamp, seconds_since};
use crate::model::fault::Fault;
use crate::model::fleet::Fleet;
use crate::model::id::{AccountId, Connection, EnvironmentKey};
use crate::model::lock::Locks;
use crate::model::sighting::Scope;

/// The size of the terminal, in cells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Size {
    /// The smallest terminal that the screens are made for.
    pub const LEAST: Self = Self { width: 80, height: 24 };

    /// Whether the screens fit.
    #[must_use]
    pub const fn suffices(self) -> bool {
        self.width >= Self::LEAST.width && self.height >= Self::LEAST.height
    }
}

/// A sentence for the person, shown until it is old or something replaces it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// The sentence; not yet safe to show.
    pub sentence: String,
    /// Whether it tells of something that went wrong.
    pub is_fault: bool,
    /// Whether nobody has asked for it: then it is not lost where something stands over it.
    pub is_unasked: bool,
    /// When it appeared.
    pub at: Timestamp,
}

/// For how many seconds a notice is shown.
pub const NOTICE_SECONDS: u64 = 6;

/// Who a connection's credentials are, or why that is not known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConnectionState {
    /// Account and ARN.
    pub identity: Option<(AccountId, Arc<str>)>,
    /// Why what there is to read could not be found out.
    pub fault: Option<Fault>,
}

/// What is known about the reading itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReadingState {
    /// What is being read; `None` until it is known.
    pub scopes: Option<Vec<Arc<Scope>>>,
    /// The ways in.
    pub connections: BTreeMap<Connection, ConnectionState>,
    /// Those that lead into accounts which others read.
    pub standby: Vec<Standby>,
    /// Calls since the start.
    pub calls_total: u64,
    /// Calls within the last minute.
    pub calls_last_minute: u64,
}

/// The program.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own: none rules another out")]
pub struct State {
    /// What is known of the environments.
    pub fleet: Fleet,
    /// What is only remembered of them.
    pub remembered: Remembered,
    /// What is known about the reading.
    pub reading: ReadingState,
    /// The present, as the last tick told it.
    pub now: Timestamp,
    /// The size of the pane that has the keys, as that of a terminal that shows only it; it is the terminal's where there
    /// is one pane. What stands in [`super::panes::Pane`] too is that pane's.
    pub size: Size,
    /// Which screen, and which before.
    pub history: History,
    /// The Fleet screen.
    pub fleet_screen: FleetScreen,
    /// How the person wants it.
    pub wishes: Wishes,
    /// The Environment screen, of the environment that is open.
    pub environment_screen: EnvironmentScreen,
    /// What is known through GitHub.
    pub github: GitHubState,
    /// What somebody has locked.
    pub locks: Locks,
    /// Who sits here, where the machine tells.
    pub person: Option<Arc<str>>,
    /// The Pending screen.
    pub pending_screen: PendingScreen,
    /// The Promotions screen.
    pub promotions_screen: PromotionsScreen,
    /// The ship sheet, of the run that is open.
    pub sheet_screen: SheetScreen,
    /// The runs that were answered to from here.
    pub followed: Followed,
    /// What is known of operations.
    pub operations: Operations,
    /// The Operations screen.
    pub operations_screen: OperationsScreen,
    /// What is known of what has changed, beside what others tell.
    pub timeline: Box<timeline::Known>,
    /// The Timeline screen.
    pub timeline_screen: Box<TimelineScreen>,
    /// The Previews screen.
    pub previews_screen: PreviewsScreen,
    /// The Properties screen.
    pub properties_screen: PropertiesScreen,
    /// The one value of a property that may be shown.
    pub revealed: Revealed,
    /// What is known of logs, and how they are read.
    pub logs: Box<Logs>,
    /// What live sessions have cost so far, all together.
    pub meter: Meter,
    /// The other pane, where two are open.
    pub split: Option<Box<Split>>,
    /// How many panes were opened beside the first one.
    pub panes_opened: u32,
    /// The key before the keys of panes was pressed.
    pub is_prefixed: bool,
    /// How many writes were confirmed in this session.
    pub writes: u64,
    /// Of how many of them it is known what became of them, or that it cannot be known.
    pub written: u64,
    /// What lies over the screen.
    pub dialog: Option<Dialog>,
    /// The sentence at the bottom.
    pub notice: Option<Notice>,
    /// Sentences that wait until they can stand there.
    pub untold: VecDeque<Notice>,
    /// Which key means what.
    pub keymap: Keymap,
    /// The commands of a team's own, in the order of the configuration.
    pub customs: Arc<[Custom]>,
    /// The names of those that run.
    pub running: Vec<Arc<str>>,
    /// What those have written that nobody has read yet: it waits until nothing lies over the screen.
    pub ran: Vec<Ran>,
    /// The login commands of the ways in: what renews their credentials, of which a fault names the one that does.
    pub logins: BTreeMap<Connection, Vec<Vec<String>>>,
    /// Nothing can be written in this session.
    pub read_only: bool,
    /// Whether there is a theme of a person's own.
    pub has_own_theme: bool,
    /// Whether the mouse is this program's; else it is the terminal's own.
    pub mouse: bool,
    /// A word in the title for where this fleet comes from (`demo`), if not the real cloud.
    pub world: Option<&'static str>,
    /// When the person last did something.
    pub active_at: Option<Timestamp>,
    /// When everything was last asked to be read again: what comes of it soon may order the rows anew.
    pub reading_at: Option<Timestamp>,
    /// When ctrl-c was last pressed: twice in a short time offers to quit.
    pub cancelled_at: Option<Timestamp>,
    /// What the reading was last told to attend to.
    pub attention: Attention,
    /// Rows must be worked out again before the next frame.
    pub stale_rows: bool,
    /// A frame is needed.
    pub dirty: bool,
}

impl State {
    /// What an environment is called: with its region where another one has that name.
    #[must_use]
    pub fn named(&self, key: &EnvironmentKey) -> String {
        let others = self.fleet.environments().any(|environment| environment.key() != *key && environment.key().name == key.name);
        match key.region.as_ref().filter(|_| others) {
            Some(region) => format!("{} {region}", key.name),
            None => key.name.to_string(),
        }
    }

    /// The program as it starts: nothing known yet.
    #[must_use]
    pub fn new(catalogue: Arc<Catalogue>, now: Timestamp, size: Size) -> Self {
        Self {
            fleet: Fleet::new(catalogue),
            remembered: Remembered::default(),
            reading: ReadingState::default(),
            now,
            size,
            history: History::default(),
            fleet_screen: FleetScreen::default(),
            wishes: Wishes::default(),
            environment_screen: EnvironmentScreen::default(),
            github: GitHubState::default(),
            locks: Locks::default(),
            person: None,
            pending_screen: PendingScreen::default(),
            promotions_screen: PromotionsScreen::default(),
            sheet_screen: SheetScreen::default(),
            followed: Followed::default(),
            operations: Operations::default(),
            operations_screen: OperationsScreen::default(),
            timeline: Box::default(),
            timeline_screen: Box::default(),
            previews_screen: PreviewsScreen::default(),
            properties_screen: PropertiesScreen::default(),
            revealed: Revealed::Nothing,
            logs: Box::default(),
            meter: Meter::default(),
            split: None,
            panes_opened: 0,
            is_prefixed: false,
            writes: 0,
            written: 0,
            dialog: None,
            notice: None,
            untold: VecDeque::new(),
            keymap: Keymap::default(),
            customs: Arc::default(),
            running: Vec::new(),
            ran: Vec::new(),
            logins: BTreeMap::new(),
            read_only: false,
            has_own_theme: false,
            mouse: true,
            world: None,
            active_at: None,
            reading_at: None,
            cancelled_at: None,
            attention: Attention::default(),
            stale_rows: true,
            dirty: true,
        }
    }

    /// Which screen is shown.
    #[must_use]
    pub fn place(&self) -> &Place {
        self.history.current()
    }

    /// Whether the rows of the Fleet keep their order: it is being read, and nothing was done that
    /// asks for another.
    #[must_use]
    pub fn keeps_order(&self) -> bool {
        let screen = &self.fleet_screen;
        let idle = self.active_at.map_or(AWAY_SECONDS, |at| seconds_since(at, self.now));
        // The first row, or the first below its heading.
        let at_top = screen.cursor.offset() == 0 && screen.cursor.index() <= 1;
        let was_asked = self.reading_at.is_some_and(|at| self.active_at <= Some(at) && seconds_since(at, self.now) < ANSWER_SECONDS);
        let is_read = !was_asked && idle < if at_top { QUIET_SECONDS } else { AWAY_SECONDS };
        is_read && screen.stand != Stand::Due && *self.place() == Place::Fleet
    }

    /// Whether keys go into the filter of the Fleet screen.
    #[must_use]
    pub fn is_typing_filter(&self) -> bool {
        self.fleet_screen.editing_filter && self.dialog.is_none() && *self.place() == Place::Fleet
    }

    /// Whether more than one account is in the fleet's scopes.
    #[must_use]
    pub fn has_several_accounts(&self) -> bool {
        let mut accounts = self.reading.connections.values().filter_map(|state| state.identity.as_ref().map(|(account, _)| account));
        accounts.next().is_some_and(|first| accounts.any(|other| other != first))
    }
}
