//! What is typed at the bottom of the screen: a filter, a search, the name of a file.

use super::saving::Extent;
use crate::app::filter::TextField;
use crate::model::log::line::Key;
use crate::model::log::view::View;

/// What is being typed.
#[derive(Clone, Debug)]
pub enum Prompt {
    /// The filter: its text is the screen's, and narrows as it is typed.
    Filter,
    /// What to search for.
    Search {
        /// As far as it is typed.
        text: TextField,
        /// Why it is no expression.
        error: Option<String>,
        /// Where the reader was: who gives up is there again.
        from: (View, Option<Key>),
    },
    /// Where to write to.
    Save {
        /// What.
        extent: Extent,
        /// The name of the file.
        path: TextField,
    },
}
