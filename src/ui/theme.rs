//! Roles and what they look like. With [`super::inks`], the only place that names a colour of this program's own.
//!
//! A role is named with dots and falls back to what stands before its last
//! dot: `health.severe` → `health` → `text`. A theme need not know every role.
//!
//! The terminal keeps its own background; a theme only assumes what it is
//! ([`Theme::backgrounds`]), and a test holds every text role of every shipped
//! theme to a contrast of 4.5 with that. Where the background is not known,
//! [`Name::Either`] uses colours that are as far from black as from white.

use ratatui::style::{Color, Modifier, Style};

use super::colour::{Depth, Rgb, nearest_256};
use super::inks::{DARK, EITHER, Ink, LIGHT, MONO, own};

/// What a piece of the screen is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// What is read second.
    Faint,
    /// What is read first.
    Strong,
    /// Values whose last reading failed.
    Stale,
    /// The program's name.
    Title,
    /// Column headings.
    Heading,
    /// The heading of the selected column.
    HeadingSelected,
    /// Lines.
    Rule,
    /// The name of an app above its environments.
    Group,
    /// Health: well.
    HealthOk,
    /// Health: well, with something to say.
    HealthInfo,
    /// Health: something is wrong.
    HealthWarning,
    /// Health: users notice.
    HealthDegraded,
    /// Health: users cannot work.
    HealthSevere,
    /// Health: not known.
    HealthUnknown,
    /// What goes on.
    Activity,
    /// A version that differs from its neighbours'.
    Differs,
    /// Something could not be read.
    Fault,
    /// A key that can be pressed.
    Key,
    /// Letters that were searched for.
    Match,
    /// A mark.
    Mark,
    /// The bar beside the selected row.
    Bar,
    /// Laid over the selected row.
    Selected,
    /// A sentence at the bottom.
    Notice,
    /// Where this is not the real cloud, or nothing can be written.
    Badge,
    /// The frame of a dialog.
    Frame,
    /// Where a line of a log comes from: six that are told apart, in turns.
    Source1,
    /// The second.
    Source2,
    /// The third.
    Source3,
    /// The fourth.
    Source4,
    /// The fifth.
    Source5,
    /// The sixth.
    Source6,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 32] = [
        Self::Text,
        Self::Faint,
        Self::Strong,
        Self::Stale,
        Self::Title,
        Self::Heading,
        Self::HeadingSelected,
        Self::Rule,
        Self::Group,
        Self::HealthOk,
        Self::HealthInfo,
        Self::HealthWarning,
        Self::HealthDegraded,
        Self::HealthSevere,
        Self::HealthUnknown,
        Self::Activity,
        Self::Differs,
        Self::Fault,
        Self::Key,
        Self::Match,
        Self::Mark,
        Self::Bar,
        Self::Selected,
        Self::Notice,
        Self::Badge,
        Self::Frame,
        Self::Source1,
        Self::Source2,
        Self::Source3,
        Self::Source4,
        Self::Source5,
        Self::Source6,
    ];

    /// Those by which sources of lines are told apart.
    pub const SOURCES: [Self; 6] = [Self::Source1, Self::Source2, Self::Source3, Self::Source4, Self::Source5, Self::Source6];

    /// Its dotted name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Faint => "text.faint",
            Self::Strong => "text.strong",
            Self::Stale => "text.faint.stale",
            Self::Title => "title",
            Self::Heading => "text.faint.heading",
            Self::HeadingSelected => "text.faint.heading.selected",
            Self::Rule => "line",
            Self::Group => "text.strong.group",
            Self::HealthOk => "health.ok",
            Self::HealthInfo => "health.info",
            Self::HealthWarning => "health.warning",
            Self::HealthDegraded => "health.degraded",
            Self::HealthSevere => "health.severe",
            Self::HealthUnknown => "health.unknown",
            Self::Activity => "activity",
            Self::Differs => "version.differs",
            Self::Fault => "fault",
            Self::Key => "key",
            Self::Match => "match",
            Self::Mark => "mark",
            Self::Bar => "bar",
            Self::Selected => "selected",
            Self::Notice => "notice",
            Self::Badge => "badge",
            Self::Frame => "line.frame",
            Self::Source1 => "source.1",
            Self::Source2 => "source.2",
            Self::Source3 => "source.3",
            Self::Source4 => "source.4",
            Self::Source5 => "source.5",
            Self::Source6 => "source.6",
        }
    }

    /// Whether it colours text that a person reads; lines and bars need no contrast.
    #[must_use]
    pub const fn is_text(self) -> bool {
        !matches!(self, Self::Rule | Self::Frame | Self::Bar | Self::Selected)
    }
}

/// A shipped theme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Name {
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
    /// For a background that is not known.
    Either,
    /// Without colours.
    Mono,
}

impl Name {
    /// Every shipped theme.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::Either, Self::Mono];

    /// The name by which the configuration chooses it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Either => "auto",
            Self::Mono => "mono",
        }
    }
}

/// What every role looks like on one terminal.
#[derive(Clone, Debug)]
pub struct Theme {
    name: Name,
    depth: Depth,
    styles: [Style; Role::ALL.len()],
}

impl Theme {
    /// A shipped theme at this depth.
    #[must_use]
    pub fn new(name: Name, depth: Depth) -> Self {
        let name = if depth == Depth::None { Name::Mono } else { name };
        let styles = Role::ALL.map(|role| match role {
            Role::Selected => selected(name, depth),
            other => written(name, depth, other),
        });
        Self { name, depth, styles }
    }

    /// A theme of one's own: every role as the closure says.
    #[must_use]
    pub fn custom(style: impl Fn(Role) -> Style) -> Self {
        Self { name: Name::Mono, depth: Depth::True, styles: Role::ALL.map(style) }
    }

    /// What fits the environment: `NO_COLOR` and its like, and `COLORFGBG` where a terminal sets it.
    #[must_use]
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let background = variable("COLORFGBG").and_then(|value| value.rsplit(';').next().and_then(|last| last.parse::<u8>().ok()));
        let name = match background {
            Some(0..=6 | 8) => Name::Dark,
            Some(7 | 9..=15) => Name::Light,
            Some(_) | None => Name::Either,
        };
        Self::new(name, Depth::detect(variable))
    }

    /// The same for a terminal that told its background.
    #[must_use]
    pub fn on(&self, background: Rgb) -> Self {
        match self.name {
            Name::Either => {
                let name = if super::colour::luminance(background) < 0.18 { Name::Dark } else { Name::Light };
                Self::new(name, self.depth)
            }
            Name::Dark | Name::Light | Name::Mono => self.clone(),
        }
    }

    /// Which theme it is.
    #[must_use]
    pub const fn name(&self) -> Name {
        self.name
    }

    /// How many colours the terminal has.
    #[must_use]
    pub const fn depth(&self) -> Depth {
        self.depth
    }

    /// Whether it would help to know the terminal's background.
    #[must_use]
    pub fn wants_background(&self) -> bool {
        self.name == Name::Either
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
            Name::Dark => &[Rgb(0, 0, 0), Rgb(0x1e, 0x1e, 0x1e), Rgb(0x28, 0x2c, 0x34)],
            Name::Light => &[Rgb(0xff, 0xff, 0xff), Rgb(0xfd, 0xf6, 0xe3), Rgb(0xee, 0xee, 0xee)],
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
    let ink = match name {
        Name::Dark => found(DARK, role.name()),
        Name::Light => found(LIGHT, role.name()),
        Name::Either => found(EITHER, role.name()),
        Name::Mono => found(MONO, role.name()),
    };
    let colour = match (depth, ink.index) {
        (Depth::TwoFiftySix, Some(index)) => Color::Indexed(index),
        (Depth::None | Depth::Sixteen | Depth::TwoFiftySix | Depth::True, _) => at_depth(ink.rgb, ink.ansi, depth),
    };
    Style::new().fg(colour).add_modifier(ink.modifier)
}

fn at_depth(rgb: Option<Rgb>, ansi: Color, depth: Depth) -> Color {
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
        (Name::Dark, Depth::True) => Some(Rgb(0x2b, 0x33, 0x40)),
        (Name::Dark, Depth::TwoFiftySix) => Some(Rgb(0x30, 0x30, 0x30)),
        (Name::Light, Depth::True) => Some(Rgb(0xdf, 0xe7, 0xf2)),
        (Name::Light, Depth::TwoFiftySix) => Some(Rgb(0xe4, 0xe4, 0xe4)),
        (Name::Dark | Name::Light, Depth::None | Depth::Sixteen) | (Name::Either | Name::Mono, _) => None,
    };
    tint.map_or_else(
        || Style::new().fg(Color::Reset).add_modifier(Modifier::REVERSED),
        |tint| Style::new().bg(at_depth(Some(tint), Color::Reset, depth)),
    )
}

#[cfg(test)]
#[path = "theme_tests.rs"]
mod tests;
