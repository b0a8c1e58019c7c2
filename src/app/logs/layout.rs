//! How the screen is shared out.
//!
//! ```text
//! title
//! summary     ● live 3 of 4 …
//! chart       lines   ▁▂▃█▂▁
//!             errors     ▂█
//! filter      & timeout  12 of 4,000        (where there is one)
//! sources │ lines
//!         │ …
//! rule        ── following ──
//! prompt      / refused                     (while something is typed)
//! footer
//! ```

use super::names::Widths;
use crate::app::state::Size;

/// How much of a chart there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Chart {
    /// A row of lines, a row of errors.
    #[default]
    Small,
    /// Several rows, with the time below.
    Large,
    /// None.
    Off,
}

impl Chart {
    /// The next larger one, or none.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Small => Self::Large,
            Self::Large => Self::Off,
            Self::Off => Self::Small,
        }
    }

    /// How many rows it takes.
    #[must_use]
    pub const fn rows(self) -> usize {
        match self {
            Self::Off => 0,
            Self::Small => 2,
            Self::Large => 8,
        }
    }
}

/// Which columns stand before the text of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Columns {
    /// The time, the source, how bad it is.
    #[default]
    All,
    /// The time, and how bad it is.
    NoSource,
    /// How bad it is.
    TextOnly,
}

impl Columns {
    /// One column less, or all again.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::All => Self::NoSource,
            Self::NoSource => Self::TextOnly,
            Self::TextOnly => Self::All,
        }
    }
}

/// In which zone times are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Zone {
    /// Universal.
    #[default]
    Utc,
    /// The person's own.
    Local,
}

/// What of the screen is shown, as far as a person chooses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shows {
    /// How much of a chart.
    pub chart: Chart,
    /// The columns.
    pub columns: Columns,
    /// Whether there is a line about a filter or a search.
    pub narrowed: bool,
    /// Whether something is being typed.
    pub prompt: bool,
    /// Whether the sources are listed: `None` where there is room.
    pub panel: Option<bool>,
    /// What sources are called.
    pub named: Named,
}

/// What has to be known of the names of sources to give them room.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Named {
    /// Whether several environments are shown.
    pub several: bool,
    /// How wide they are in each of their forms, from the most telling one to the shortest.
    pub widths: Widths,
}

impl Named {
    /// The width of a column that takes no more than so many cells.
    fn column(&self, most: usize) -> usize {
        let around = MARK + 1;
        let fits = self.widths.iter().map(|width| width + around).find(|width| *width <= most);
        match fits.unwrap_or(most) {
            // There is nothing yet, or nothing has a name.
            none if none == around => 0,
            width => width,
        }
    }
}

/// How it is shared out. All in cells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// The width of the list of sources; 0: it is not there.
    pub panel: usize,
    /// Rows of the chart.
    pub chart: usize,
    /// Rows of the line about filter and search.
    pub narrowed: usize,
    /// Rows of lines.
    pub rows: usize,
    /// The width of the time, the blank behind it included.
    pub time: usize,
    /// The width of the source, the blank behind it included.
    pub source: usize,
    /// The width of the text.
    pub text: usize,
}

/// The bar of the selected line, or a bookmark.
pub const GUTTER: usize = 1;
/// The bar before the name of a source.
pub const MARK: usize = 1;
/// How bad a line is, and a blank.
pub const LEVEL: usize = 2;
/// The narrowest terminal in which the sources stand beside the lines unasked.
const WIDE: u16 = 120;

impl Layout {
    /// The layout for a terminal of this size.
    #[must_use]
    pub fn of(size: Size, shows: Shows) -> Self {
        let (width, height) = (usize::from(size.width), usize::from(size.height));
        let panel = match (shows.panel.unwrap_or(size.width >= WIDE), width) {
            (false, _) => 0,
            (true, 160..) => 44,
            (true, 140..) => 36,
            (true, _) => 30,
        };
        // Where there is little height the large chart is a smaller one.
        let chart = if height < 30 { shows.chart.rows().min(4) } else { shows.chart.rows() };
        let narrowed = usize::from(shows.narrowed);
        // Title, summary, rule and footer.
        let rows = height.saturating_sub(4 + chart + narrowed + usize::from(shows.prompt)).max(1);
        let time = match (shows.columns, width - panel) {
            (Columns::TextOnly, _) => 0,
            (_, 100..) => 13,
            (_, _) => 9,
        };
        let most = match (width - panel, shows.named.several) {
            (140.., true) => 46,
            (100.., true) => 34,
            (70.., true) => 26,
            (_, true) => 22,
            (100.., false) => 30,
            (70.., false) => 20,
            (_, false) => 15,
        };
        let source = if shows.columns == Columns::All { shows.named.column(most) } else { 0 };
        let text = width.saturating_sub(panel + GUTTER + time + source + LEVEL).max(1);
        Self { panel, chart, narrowed, rows, time, source, text }
    }
}
