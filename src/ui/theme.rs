//! Roles and what they look like. With [`super::inks`], the only place that names a colour of this program's own.
//!
//! A role is named with dots and falls back to what stands before its last
//! dot: `health.severe` → `health` → `text`. A theme need not know every role.
//!
//! The terminal keeps its own background; a theme only assumes what it is
//! ([`Theme::backgrounds`]), and a test holds every text role of every shipped
//! theme to a contrast of 4.5 with that (7 of high contrast). Where the background is not known,
//! [`Name::Either`] uses colours that are as far from black as from white.
//!
//! A person chooses a [`Choice`]; which theme that is depends on the terminal: [`Theme::of`].

use std::sync::Arc;

use crossterm::style::{Color as Printed, Stylize as _};
use ratatui::style::{Color, Modifier, Style};

use super::colour::{Depth, Rgb, nearest_256};
use super::inks::{DARK, EITHER, HIGH_DARK, HIGH_LIGHT, Ink, LIGHT, MONO, SAFE_DARK, SAFE_LIGHT, own};
use super::own_theme::OwnTheme;
pub use super::role::Role;

/// A shipped theme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Name {
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
    /// For dark backgrounds, with a contrast of 7 at least.
    HighDark,
    /// For light backgrounds, with a contrast of 7 at least.
    HighLight,
    /// For dark backgrounds: what matters is told apart whichever colours an eye does not see.
    SafeDark,
    /// The same for light backgrounds.
    SafeLight,
    /// For a background that is not known.
    Either,
    /// Without colours.
    Mono,
}

impl Name {
    /// Every shipped theme.
    pub const ALL: [Self; 8] =
        [Self::Dark, Self::Light, Self::HighDark, Self::HighLight, Self::SafeDark, Self::SafeLight, Self::Either, Self::Mono];

    const fn inks(self) -> &'static [Ink] {
        match self {
            Self::Dark => DARK,
            Self::Light => LIGHT,
            Self::HighDark => HIGH_DARK,
            Self::HighLight => HIGH_LIGHT,
            Self::SafeDark => SAFE_DARK,
            Self::SafeLight => SAFE_LIGHT,
            Self::Either => EITHER,
            Self::Mono => MONO,
        }
    }
}

/// What a person may choose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// Whatever fits the terminal.
    Auto,
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
    /// With as much contrast as there is.
    HighContrast,
    /// For those who do not tell some colours apart.
    ColorBlind,
    /// With the sixteen colours of the terminal's own palette.
    Sixteen,
    /// Without colours.
    Mono,
    /// The one of a file.
    Own,
}

impl Choice {
    /// Every choice, in the order in which they are listed to people.
    pub const ALL: [Self; 8] =
        [Self::Auto, Self::Dark, Self::Light, Self::HighContrast, Self::ColorBlind, Self::Sixteen, Self::Mono, Self::Own];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::ColorBlind => "color-blind",
            Self::Sixteen => "sixteen",
            Self::Mono => "mono",
            Self::Own => "own",
        }
    }

    /// The shipped theme that it is on this background; with none known, one that can be read on any.
    const fn on(self, ground: Option<Ground>) -> Name {
        match (self, ground) {
            (Self::Dark, _) | (Self::Auto | Self::Sixteen | Self::Own, Some(Ground::Dark)) => Name::Dark,
            (Self::Light, _) | (Self::Auto | Self::Sixteen | Self::Own, Some(Ground::Light)) => Name::Light,
            (Self::HighContrast, Some(Ground::Dark)) => Name::HighDark,
            (Self::HighContrast, Some(Ground::Light)) => Name::HighLight,
            (Self::ColorBlind, Some(Ground::Dark)) => Name::SafeDark,
            (Self::ColorBlind, Some(Ground::Light)) => Name::SafeLight,
            (Self::Auto | Self::Sixteen | Self::Own, None) => Name::Either,
            // Nothing has more contrast on any background than the terminal's own text, and attributes need no colours.
            (Self::HighContrast | Self::ColorBlind, None) | (Self::Mono, _) => Name::Mono,
        }
    }
}

/// What a terminal's background is like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ground {
    /// Rather black.
    Dark,
    /// Rather white.
    Light,
}

/// What is known of a terminal, and the theme that a file brings along.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// How many colours it has.
    pub depth: Depth,
    /// Its background, where that is known.
    pub ground: Option<Ground>,
    /// The theme of a file, where there is one.
    pub own: Option<Arc<OwnTheme>>,
}

impl Terminal {
    /// What the environment says: `NO_COLOR` and its like, and `COLORFGBG` where a terminal sets it.
    #[must_use]
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let background = variable("COLORFGBG").and_then(|value| value.rsplit(';').next().and_then(|last| last.parse::<u8>().ok()));
        let ground = match background {
            Some(0..=6 | 8) => Some(Ground::Dark),
            Some(7 | 9..=15) => Some(Ground::Light),
            Some(_) | None => None,
        };
        Self { depth: Depth::detect(variable), ground, own: None }
    }
}

/// What every role looks like on one terminal.
#[derive(Clone, Debug)]
pub struct Theme {
    choice: Choice,
    terminal: Terminal,
    name: Name,
    depth: Depth,
    styles: [Style; Role::ALL.len()],
}

impl Theme {
    /// What was chosen, as this terminal can show it.
    #[must_use]
    pub fn of(choice: Choice, terminal: Terminal) -> Self {
        let own = terminal.own.clone().filter(|_| choice == Choice::Own);
        let base = own.as_ref().map_or(choice, |own| own.base);
        let depth = if base == Choice::Sixteen { terminal.depth.min(Depth::Sixteen) } else { terminal.depth };
        let name = if depth == Depth::None { Name::Mono } else { base.on(terminal.ground) };
        let styles = Role::ALL.map(|role| {
            // A colour that a file spells out is shown as well as the terminal can.
            let chosen = own.as_ref().and_then(|own| own.style(role, name.inks(), terminal.depth));
            chosen.unwrap_or_else(|| match role {
                Role::Selected => selected(name, depth),
                Role::SelectedAside => selected_aside(name, depth),
                other => written(name, depth, other),
            })
        });
        Self { choice, terminal, name, depth, styles }
    }

    /// A shipped theme at this depth.
    #[must_use]
    pub fn new(name: Name, depth: Depth) -> Self {
        let (choice, ground) = match name {
            Name::Dark => (Choice::Dark, None),
            Name::Light => (Choice::Light, None),
            Name::HighDark => (Choice::HighContrast, Some(Ground::Dark)),
            Name::HighLight => (Choice::HighContrast, Some(Ground::Light)),
            Name::SafeDark => (Choice::ColorBlind, Some(Ground::Dark)),
            Name::SafeLight => (Choice::ColorBlind, Some(Ground::Light)),
            Name::Either => (Choice::Auto, None),
            Name::Mono => (Choice::Mono, None),
        };
        Self::of(choice, Terminal { depth, ground, own: None })
    }

    /// A theme of one's own: every role as the closure says.
    #[must_use]
    pub fn custom(style: impl Fn(Role) -> Style) -> Self {
        Self { styles: Role::ALL.map(style), depth: Depth::True, ..Self::new(Name::Mono, Depth::True) }
    }

    /// The same for a terminal that told its background.
    #[must_use]
    pub fn on(&self, background: Rgb) -> Self {
        let ground = if super::colour::luminance(background) < 0.18 { Ground::Dark } else { Ground::Light };
        let terminal = Terminal { ground: Some(self.terminal.ground.unwrap_or(ground)), ..self.terminal.clone() };
        if self.wants_background() { Self::of(self.choice, terminal) } else { Self { terminal, ..self.clone() } }
    }

    /// Another choice on the same terminal. Without a file there is no theme of one's own: then it stays.
    #[must_use]
    pub fn chosen(&self, word: &str) -> Self {
        let choice = Choice::ALL.into_iter().find(|choice| choice.word() == word);
        let choice = choice.filter(|choice| *choice != Choice::Own || self.terminal.own.is_some());
        choice.map_or_else(|| self.clone(), |choice| Self::of(choice, self.terminal.clone()))
    }

    /// What was chosen.
    #[must_use]
    pub const fn choice(&self) -> Choice {
        self.choice
    }

    /// Which theme it is.
    #[must_use]
    pub const fn name(&self) -> Name {
        self.name
    }

    /// How many colours are used.
    #[must_use]
    pub const fn depth(&self) -> Depth {
        self.depth
    }

    /// Whether it would help to know the terminal's background.
    #[must_use]
    pub fn wants_background(&self) -> bool {
        let base = self.terminal.own.as_ref().filter(|_| self.choice == Choice::Own).map_or(self.choice, |own| own.base);
        self.depth > Depth::None && self.terminal.ground.is_none() && base.on(None) != base.on(Some(Ground::Dark))
    }

    /// What a role looks like.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// The backgrounds that a theme is made for: the terminal's own is assumed to be one of them.
    #[must_use]
    pub const fn backgrounds(name: Name) -> &'static [Rgb] {
        match name {
            Name::Dark | Name::HighDark | Name::SafeDark => &[Rgb(0, 0, 0), Rgb(0x1e, 0x1e, 0x1e), Rgb(0x28, 0x2c, 0x34)],
            Name::Light | Name::HighLight | Name::SafeLight => &[Rgb(0xff, 0xff, 0xff), Rgb(0xfd, 0xf6, 0xe3), Rgb(0xee, 0xee, 0xee)],
            Name::Either => &[Rgb(0, 0, 0), Rgb(0xff, 0xff, 0xff)],
            Name::Mono => &[],
        }
    }
}

/// The ink of a role, or of what it falls back to.
fn found(inks: &'static [Ink], role: &'static str) -> Ink {
    let mut wanted = role;
    loop {
        if let Some(ink) = inks.iter().find(|ink| ink.role == wanted) {
            return *ink;
        }
        match wanted.rsplit_once('.') {
            Some((before, _)) => wanted = before,
            None => return own("text", Modifier::empty()),
        }
    }
}

fn written(name: Name, depth: Depth, role: Role) -> Style {
    let ink = found(name.inks(), role.name());
    let colour = match (depth, ink.index) {
        (Depth::TwoFiftySix, Some(index)) => Color::Indexed(index),
        (Depth::None | Depth::Sixteen | Depth::TwoFiftySix | Depth::True, _) => at_depth(ink.rgb, ink.ansi, depth),
    };
    Style::new().fg(colour).add_modifier(ink.modifier)
}

/// A text in the colour of a role, for what is printed and not drawn.
///
/// It is one of the terminal's own, since no theme was chosen. Plain where a person wants no colours (`NO_COLOR`, which
/// the terminal library heeds).
#[must_use]
pub fn printed(text: &str, role: Role) -> String {
    let color = match role {
        Role::HealthOk => Printed::Green,
        Role::HealthWarning => Printed::Yellow,
        Role::HealthSevere => Printed::Red,
        Role::HealthUnknown => Printed::Magenta,
        _ => return text.to_owned(),
    };
    text.with(color).to_string()
}

/// A colour as a terminal of this depth has it; with sixteen the one that stands for it.
pub(super) fn at_depth(rgb: Option<Rgb>, ansi: Color, depth: Depth) -> Color {
    match (depth, rgb) {
        (Depth::None, _) | (_, None) => Color::Reset,
        (Depth::Sixteen, Some(_)) => ansi,
        (Depth::TwoFiftySix, Some(rgb)) => Color::Indexed(nearest_256(rgb)),
        (Depth::True, Some(Rgb(red, green, blue))) => Color::Rgb(red, green, blue),
    }
}

/// The selected row: a tint where the background is known, else reversed.
fn selected(name: Name, depth: Depth) -> Style {
    let tint = match (name, depth) {
        (Name::Dark | Name::SafeDark, Depth::True) => Some(Rgb(0x2b, 0x33, 0x40)),
        (Name::Dark | Name::SafeDark, Depth::TwoFiftySix) => Some(Rgb(0x30, 0x30, 0x30)),
        (Name::Light | Name::SafeLight, Depth::True) => Some(Rgb(0xdf, 0xe7, 0xf2)),
        (Name::Light | Name::SafeLight, Depth::TwoFiftySix) => Some(Rgb(0xe4, 0xe4, 0xe4)),
        // Nothing stands out more than what is reversed.
        (Name::Dark | Name::Light | Name::SafeDark | Name::SafeLight, Depth::None | Depth::Sixteen)
        | (Name::HighDark | Name::HighLight | Name::Either | Name::Mono, _) => None,
    };
    tint.map_or_else(
        || Style::new().fg(Color::Reset).add_modifier(Modifier::REVERSED),
        |tint| Style::new().bg(at_depth(Some(tint), Color::Reset, depth)),
    )
}

/// The selected row of a pane that has not the keys: half the tint, and where there is none, only its bar.
fn selected_aside(name: Name, depth: Depth) -> Style {
    let tint = match (name, depth) {
        (Name::Dark | Name::SafeDark, Depth::True) => Some(Rgb(0x20, 0x25, 0x2d)),
        (Name::Dark | Name::SafeDark, Depth::TwoFiftySix) => Some(Rgb(0x26, 0x26, 0x26)),
        (Name::Light | Name::SafeLight, Depth::True) => Some(Rgb(0xee, 0xf1, 0xf5)),
        (Name::Light | Name::SafeLight, Depth::TwoFiftySix) => Some(Rgb(0xee, 0xee, 0xee)),
        (Name::Dark | Name::Light | Name::SafeDark | Name::SafeLight, Depth::None | Depth::Sixteen)
        | (Name::HighDark | Name::HighLight | Name::Either | Name::Mono, _) => None,
    };
    tint.map_or_else(Style::new, |tint| Style::new().bg(at_depth(Some(tint), Color::Reset, depth)))
}

#[cfg(test)]
#[path = "theme_tests.rs"]
mod tests;
