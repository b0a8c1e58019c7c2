//! All that can happen, and all that can be asked.

use std::sync::Arc;

use super::custom::{Ran, Run};
use super::key::Key;
use super::logs::order as logs;
use super::operations::{self, News};
use super::saving::Format;
use crate::model::account::Standby;
use crate::model::catalogue::Catalogue;
use crate::model::clock::{Stamp, Timestamp};
use crate::model::column::Column;
use crate::model::fault::Fault;
use crate::model::forge::{Allowance, Interest, Report};
use crate::model::id::{AccountId, AppName, Connection, EnvironmentKey, Login};
use crate::model::lock::{Change, Locks};
use crate::model::memory::Memory;
use crate::model::property::{PropertyKey, Value};
use crate::model::sighting::{Observation, Scope};
use crate::model::view::Preferences;
use crate::model::write::{Order, Sent};

/// Something that happened.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted. It acts only inside a text field, and never confirms.
    Paste(String),
    /// The wheel was turned.
    Wheel {
        /// Rows down, or up where negative.
        rows: i16,
        /// Where, from the left of the terminal, from 0.
        column: u16,
        /// Where, from the top of the terminal, from 0.
        row: u16,
    },
    /// The pane was clicked that has not the keys: it gets them.
    OtherPane,
    /// A cell of the pane that has the keys was clicked.
    Click {
        /// From its left, from 0.
        column: u16,
        /// From its top, from 0.
        row: u16,
    },
    /// A cell of it was clicked twice.
    DoubleClick {
        /// From its left, from 0.
        column: u16,
        /// From its top, from 0.
        row: u16,
    },
    /// A row of the list was clicked that is moved in.
    ClickedRow {
        /// Its number among all rows.
        index: usize,
        /// For the second time.
        twice: bool,
    },
    /// The heading of a column of the fleet table was clicked.
    ClickedHeading(Column),
    /// The terminal has this size now.
    Resized {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// Time has come this far.
    Tick(Timestamp),
    /// A frame showed the state as it was: what was in it has been seen.
    Drawn,
    /// This is configured, whatever was known of it before.
    Configured(Arc<Catalogue>),
    /// Something was read, or could not be.
    Observed(Vec<Observation>),
    /// What is being read is known now.
    Scopes(Vec<Arc<Scope>>),
    /// What there is to read through a connection is known.
    Found(Connection),
    /// Who a connection's credentials are.
    Identified {
        /// The connection.
        connection: Connection,
        /// Its account.
        account: AccountId,
        /// The identity's ARN.
        arn: Arc<str>,
    },
    /// These ways in lead into accounts that others read: all that there are now.
    StandBy(Vec<Standby>),
    /// What there is to read could not be found out.
    DiscoveryFailed {
        /// Through this connection.
        connection: Connection,
        /// Why.
        fault: Fault,
    },
    /// So many calls were made.
    Calls {
        /// Since the start.
        total: u64,
        /// In the last minute.
        last_minute: u64,
    },
    /// GitHub told something about a repository, or could not be asked.
    Told(Box<Report>),
    /// Whose token GitHub is asked with.
    Viewer(Stamp, Result<Login, Fault>),
    /// How much may still be asked of GitHub.
    Allowance(Allowance),
    /// What became of a write.
    Written {
        /// What was sent, or was to be.
        order: Box<Order>,
        /// What became of it.
        sent: Sent,
    },
    /// What is locked.
    Locks(Locks),
    /// What became of a lock that was asked for.
    LockAnswer {
        /// In a sentence; not yet safe to show.
        sentence: String,
        /// Whether it could not be done.
        is_fault: bool,
    },
    /// Something is told of operations.
    Operations(News),
    /// Something is told of logs.
    Logs(logs::News),
    /// A page could not be opened here: this address.
    NotOpened(Arc<str>),
    /// A command of a team's own is written down, and may have the terminal now.
    MayRun(Box<Run>),
    /// A command of a team's own has ended, or was not run.
    Ran(Box<Ran>),
    /// What should have been kept for the next start could not be, in a sentence; not yet safe to show.
    NotKept(String),
    /// The value of a property that was asked for, or why it cannot be had.
    Revealed(PropertyKey, Result<Value, Fault>),
    /// The program was suspended and has the terminal back.
    Resumed,
    /// The terminal is back from this program, which could not be started, or ended so.
    Returned(Result<String, String>),
}

impl Event {
    /// Whether a person did it.
    #[must_use]
    pub const fn is_by_hand(&self) -> bool {
        match self {
            Self::Key(_)
            | Self::Paste(_)
            | Self::Wheel { .. }
            | Self::OtherPane
            | Self::Click { .. }
            | Self::DoubleClick { .. }
            | Self::ClickedRow { .. }
            | Self::ClickedHeading(_) => true,
            Self::Resized { .. }
            | Self::Tick(_)
            | Self::Drawn
            | Self::Configured(_)
            | Self::Observed(_)
            | Self::Scopes(_)
            | Self::Found(_)
            | Self::Identified { .. }
            | Self::DiscoveryFailed { .. }
            | Self::Calls { .. }
            | Self::Told(_)
            | Self::Viewer(_, _)
            | Self::Allowance(_)
            | Self::Written { .. }
            | Self::Locks(_)
            | Self::LockAnswer { .. }
            | Self::Operations(_)
            | Self::Logs(_)
            | Self::NotOpened(_)
            | Self::Returned(_)
            | Self::MayRun(_)
            | Self::Ran(_)
            | Self::StandBy(_)
            | Self::NotKept(_)
            | Self::Revealed(..)
            | Self::Resumed => false,
        }
    }
}

/// What the console looks at: read before the rest.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Attention {
    /// The one environment that is open.
    pub open: Option<EnvironmentKey>,
    /// The environments on screen.
    pub visible: Vec<EnvironmentKey>,
    /// Those whose environment properties are compared, each with the platform's grouping it is in.
    pub compared: Vec<(EnvironmentKey, AppName)>,
    /// Those for which a change is planned, each with the platform's grouping it is in.
    pub planned: Vec<(EnvironmentKey, AppName)>,
}

impl Attention {
    /// Adds what a second pane shows. One environment is the open one: that of the pane that has the keys, if it has one.
    pub fn join(&mut self, other: Self) {
        self.open = self.open.take().or(other.open);
        self.visible.extend(other.visible);
        self.compared.extend(other.compared);
        self.planned.extend(other.planned);
    }
}

/// A program that the terminal is lent to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// What a person calls it.
    pub name: String,
    /// The program and its arguments; no shell reads them.
    pub command: Vec<String>,
    /// The command of a team's own that it is, if it is one.
    pub run: Option<Box<Run>>,
    /// Whether what it wrote stands until a key is pressed, where it fails.
    pub holds: bool,
}

/// Something to do outside of the state. It carries all that it needs.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub enum Effect {
    /// Read these before the rest.
    Attend(Attention),
    /// Read now: this environment, or everything.
    ReadNow(Option<EnvironmentKey>),
    /// Read the value of this property, where its environment is listed, and show it to the person who asks.
    Reveal(Arc<Scope>, PropertyKey),
    /// Find this out on GitHub.
    FindOut(Box<Interest>),
    /// Write this to GitHub, once, if what it rests on still holds.
    Write(Box<Order>),
    /// Have this locked, or not any more.
    Lock(Box<Change>),
    /// Have this done with an operation.
    Operate(Box<operations::Order>),
    /// Have this done with logs.
    Logs(logs::Order),
    /// Open this page in a browser, where there is one.
    Open(Arc<str>),
    /// Keep this for the next run.
    Remember(Box<Memory>),
    /// Keep for the next run that the person wants it so.
    Prefer(Box<Preferences>),
    /// Put this into the terminal's clipboard.
    Copy(String),
    /// Write down that this command of a team's own is run, then run it.
    Run(Box<Run>),
    /// Write down how one ended that the terminal was lent to.
    NoteRan(Box<Ran>),
    /// Draw in the theme that is called so.
    Theme(Arc<str>),
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Write the screen as it is drawn into a file of this name.
    Picture {
        /// As what.
        format: Format,
        /// The file's name, without a folder.
        name: String,
    },
    /// Write this into a new file of this name, in the folder that the program was started in.
    Store {
        /// The file's name, without a folder.
        name: String,
        /// What is in it.
        text: String,
    },
    /// Draw every cell anew.
    Redraw,
    /// Lend the terminal to this program until it ends.
    Lend(Box<Program>),
    /// Give the terminal back to the shell until continued.
    Suspend,
    /// End the program.
    Quit,
}
