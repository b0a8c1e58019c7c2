//! What lies over the screen: help, the palette, questions.

use super::columns::ColumnsDialog;
use super::decision::Decision;
use super::event::Effect;
use super::form::Form;
use super::lock::LockForm;
use super::menu::Menu;
use super::palette::Palette;
use super::reader::Reader;
use super::reason::Reason;
use super::setup::Setup;
use super::views::ViewsDialog;

/// What a dialog is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The keys of this screen.
    Help {
        /// How many lines are scrolled away.
        scroll: usize,
    },
    /// Commands and environments by name.
    Palette(Palette),
    /// A question that one `y` answers.
    Confirm {
        /// The question.
        question: String,
        /// What `y` does.
        then: Effect,
        /// How many lines of a long question are scrolled away.
        scroll: usize,
    },
    /// A list to choose from.
    Menu(Menu),
    /// The inputs of a workflow.
    Form(Box<Form>),
    /// Why an environment is locked, and for how long.
    Lock(Box<LockForm>),
    /// The columns of the Fleet.
    Columns(Box<ColumnsDialog>),
    /// Views of it by name.
    Views(Box<ViewsDialog>),
    /// A text that is read.
    Reader(Box<Reader>),
    /// How several environments are gone through, or how many instances are kept.
    Setup(Box<Setup>),
    /// Why something is decided about an operation.
    Reason(Box<Reason>),
    /// What would be written, and whether it shall be.
    Decide(Box<Decision>),
}

/// A dialog. Keys typed before it was drawn do not reach it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dialog {
    /// What it is.
    pub kind: Kind,
    /// Whether a frame has shown it.
    pub seen: bool,
}

impl Dialog {
    /// A dialog that no frame has shown yet.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self { kind, seen: false }
    }
}
