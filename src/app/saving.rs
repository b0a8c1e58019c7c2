//! The screen as a file, and the themes that it can be drawn in.

use super::act::{Act, Refusal};
use super::command::CommandId;
use super::event::Effect;
use super::history::Place;
use super::menu::{Choice, Item, Menu};
use super::state::State;

/// What a saved screen is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Its text.
    Text,
    /// A picture of it.
    Svg,
}

impl Format {
    /// How the names of such files end.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Svg => "svg",
        }
    }
}

/// What is done with the screen as it is: it is copied from, saved, drawn in another theme, and who has its mouse.
///
/// # Errors
/// Why it cannot be done.
pub fn prepare(state: &State, id: CommandId) -> Result<Act, Refusal> {
    match id {
        CommandId::Copy => super::copy::prepare(state),
        CommandId::Save => Ok(Act::Menu(menu())),
        CommandId::Theme => Ok(Act::Menu(themes(state))),
        CommandId::Mouse => Ok(Act::Do(Effect::Mouse(!state.mouse))),
        _ => Err("that is for another screen".into()),
    }
}

/// As what the screen is saved.
fn menu() -> Menu {
    let item = |name: &str, detail: &str, format| Item { name: name.into(), detail: detail.into(), choice: Choice::Save(format) };
    Menu {
        title: "save the screen",
        note: "⏎ saves · esc closes",
        heading: String::new(),
        items: vec![
            item("as a picture", "SVG, in the colours of this theme", Format::Svg),
            item("as text", "without colours", Format::Text),
        ],
        at: 0,
        filter: None,
        takes: None,
    }
}

/// The themes to choose from.
fn themes(state: &State) -> Menu {
    let item = |(word, detail): &(&'static str, &'static str)| Item {
        name: (*word).into(),
        detail: (*detail).into(),
        choice: Choice::Theme((*word).into()),
    };
    let offered = THEMES.iter().filter(|(word, _)| *word != "own" || state.has_own_theme);
    let items: Vec<Item> = offered.map(item).collect();
    Menu { title: "theme", note: "⏎ chooses · esc closes", heading: String::new(), items, at: 0, filter: None, takes: None }
}

/// Each theme, and what it is for.
pub const THEMES: [(&str, &str); 8] = [
    ("auto", "what fits the terminal"),
    ("dark", "for dark backgrounds"),
    ("light", "for light backgrounds"),
    ("high-contrast", "a contrast of 7 at least"),
    ("color-blind", "told apart whichever colours an eye does not see"),
    ("sixteen", "the terminal's own palette"),
    ("mono", "without colours"),
    ("own", "that of your file"),
];

/// What the file is called, without a folder: the screen and the moment.
#[must_use]
pub fn name(state: &State, format: Format) -> String {
    format!("quarterdeck-{}-{}.{}", screen(state.place()), state.now.strftime("%Y%m%dT%H%M%SZ"), format.ending())
}

const fn screen(place: &Place) -> &'static str {
    match place {
        Place::Fleet => "fleet",
        Place::Environment(_) => "environment",
        Place::Pending(_) => "pending",
        Place::Promotions => "promotions",
        Place::Sheet(_, _) => "ship-sheet",
        Place::Operations => "operations",
        Place::Logs(_) => "logs",
        Place::Previews => "previews",
        Place::Timeline(_) => "timeline",
        Place::Properties(_) => "properties",
    }
}
