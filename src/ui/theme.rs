//! Roles and what they look like: the only place that names a colour.
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

/// How a role is written, at every depth.
#[derive(Clone, Copy)]
struct Ink {
    role: &'static str,
    /// `None`: the terminal's own text colour.
    rgb: Option<Rgb>,
    /// Of the 256, where the nearest will not do.
    index: Option<u8>,
    /// Of the sixteen, where there are no more.
    ansi: Color,
    modifier: Modifier,
}

const PLAIN: Modifier = Modifier::empty();
const BOLD: Modifier = Modifier::BOLD;
const BOLD_LINE: Modifier = Modifier::BOLD.union(Modifier::UNDERLINED);
const BOLD_REVERSED: Modifier = Modifier::BOLD.union(Modifier::REVERSED);

const fn ink(role: &'static str, rgb: u32, ansi: Color, modifier: Modifier) -> Ink {
    let [_, red, green, blue] = rgb.to_be_bytes();
    Ink { role, rgb: Some(Rgb(red, green, blue)), index: None, ansi, modifier }
}

/// For [`EITHER`]: with a colour of the 256 that is as far from black as from white.
const fn between(role: &'static str, rgb: u32, index: u8, modifier: Modifier) -> Ink {
    Ink { index: Some(index), ..ink(role, rgb, Color::Reset, modifier) }
}

/// The terminal's own text colour.
const fn own(role: &'static str, modifier: Modifier) -> Ink {
    Ink { role, rgb: None, index: None, ansi: Color::Reset, modifier }
}

const DARK: &[Ink] = &[
    own("text", PLAIN),
    own("text.strong", BOLD),
    ink("text.faint", 0x9e_9e_9e, Color::Gray, PLAIN),
    ink("text.faint.heading.selected", 0xd0_d0_d0, Color::White, BOLD_LINE),
    ink("title", 0x87_d7_ff, Color::LightCyan, BOLD),
    ink("line", 0x4e_4e_4e, Color::DarkGray, PLAIN),
    ink("line.frame", 0x76_76_76, Color::Gray, PLAIN),
    ink("health.ok", 0x87_af_87, Color::Green, PLAIN),
    own("health.info", PLAIN),
    ink("health.warning", 0xd7_d7_5f, Color::Yellow, PLAIN),
    ink("health.degraded", 0xff_af_5f, Color::LightYellow, BOLD),
    ink("health.severe", 0xff_87_87, Color::LightRed, BOLD),
    ink("health.unknown", 0xd7_af_ff, Color::LightMagenta, PLAIN),
    ink("activity", 0x87_d7_ff, Color::LightCyan, PLAIN),
    ink("version.differs", 0xff_af_5f, Color::LightYellow, BOLD),
    ink("fault", 0xff_af_5f, Color::LightYellow, PLAIN),
    ink("key", 0x87_d7_ff, Color::LightCyan, PLAIN),
    ink("match", 0x87_d7_ff, Color::LightCyan, BOLD_LINE),
    ink("mark", 0xd7_d7_5f, Color::LightYellow, BOLD),
    ink("bar", 0x87_d7_ff, Color::LightCyan, BOLD),
    ink("notice", 0xd7_d7_5f, Color::LightYellow, PLAIN),
    ink("badge", 0xd7_d7_5f, Color::LightYellow, PLAIN),
    ink("source.1", 0x87_af_ff, Color::LightCyan, PLAIN),
    ink("source.2", 0xaf_d7_87, Color::LightGreen, PLAIN),
    ink("source.3", 0xd7_a7_d7, Color::LightMagenta, PLAIN),
    ink("source.4", 0x5f_d7_c7, Color::Cyan, PLAIN),
    ink("source.5", 0xd7_b7_87, Color::White, PLAIN),
    ink("source.6", 0xb7_b7_ff, Color::Green, PLAIN),
];

const LIGHT: &[Ink] = &[
    own("text", PLAIN),
    own("text.strong", BOLD),
    ink("text.faint", 0x5f_5f_5f, Color::Black, PLAIN),
    ink("text.faint.heading.selected", 0x26_26_26, Color::Black, BOLD_LINE),
    ink("title", 0x00_5f_87, Color::Blue, BOLD),
    ink("line", 0xbc_bc_bc, Color::Gray, PLAIN),
    ink("line.frame", 0x8a_8a_8a, Color::DarkGray, PLAIN),
    ink("health.ok", 0x3a_5f_3a, Color::Black, PLAIN),
    own("health.info", PLAIN),
    ink("health.warning", 0x6b_55_00, Color::Magenta, PLAIN),
    ink("health.degraded", 0x8f_42_00, Color::Magenta, BOLD),
    ink("health.severe", 0xaf_00_00, Color::Red, BOLD),
    ink("health.unknown", 0x6f_2f_a8, Color::Blue, PLAIN),
    ink("activity", 0x00_5f_87, Color::Blue, PLAIN),
    ink("version.differs", 0x8f_42_00, Color::Magenta, BOLD),
    ink("fault", 0x8f_42_00, Color::Magenta, PLAIN),
    ink("key", 0x00_5f_87, Color::Blue, PLAIN),
    ink("match", 0x00_5f_87, Color::Blue, BOLD_LINE),
    ink("mark", 0x6b_55_00, Color::Magenta, BOLD),
    ink("bar", 0x00_5f_87, Color::Blue, BOLD),
    ink("notice", 0x6b_55_00, Color::Magenta, PLAIN),
    ink("badge", 0x6b_55_00, Color::Magenta, PLAIN),
    ink("source.1", 0x1f_4f_9f, Color::Blue, PLAIN),
    ink("source.2", 0x2f_5f_1f, Color::Black, PLAIN),
    ink("source.3", 0x7f_2f_7f, Color::Magenta, PLAIN),
    ink("source.4", 0x00_5f_5f, Color::Blue, PLAIN),
    ink("source.5", 0x6f_47_0f, Color::Black, PLAIN),
    ink("source.6", 0x47_37_9f, Color::Magenta, PLAIN),
];

/// Between black and white there is one brightness that reads on both; of the
/// sixteen no colour has it everywhere, so that at that depth only
/// attributes are used.
const EITHER: &[Ink] = &[
    own("text", PLAIN),
    own("text.strong", BOLD),
    between("text.faint", 0x76_76_76, 243, PLAIN),
    own("text.faint.heading.selected", BOLD_LINE),
    own("title", BOLD),
    ink("line", 0x76_76_76, Color::DarkGray, PLAIN),
    own("health", PLAIN),
    own("health.warning", BOLD),
    between("health.degraded", 0xc3_54_0a, 131, BOLD),
    between("health.severe", 0xe0_2d_27, 163, BOLD_REVERSED),
    between("health.unknown", 0x87_5f_d7, 98, BOLD),
    between("activity", 0x1e_71_e6, 63, PLAIN),
    between("version.differs", 0xc3_54_0a, 131, BOLD),
    between("fault", 0xc3_54_0a, 131, BOLD),
    own("key", BOLD),
    own("match", BOLD_LINE),
    own("mark", BOLD),
    own("bar", BOLD),
    own("notice", BOLD),
    own("badge", BOLD),
];

const MONO: &[Ink] = &[
    own("text", PLAIN),
    own("text.strong", BOLD),
    own("text.faint.heading.selected", BOLD_LINE),
    own("title", BOLD),
    own("health.warning", BOLD),
    own("health.degraded", BOLD),
    own("health.severe", BOLD_REVERSED),
    own("health.unknown", BOLD),
    own("version.differs", BOLD_LINE),
    own("fault", BOLD),
    own("key", BOLD),
    own("match", BOLD_LINE),
    own("mark", BOLD),
    own("bar", BOLD),
    own("notice", BOLD),
    own("badge", BOLD),
];

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
            None => return own("text", PLAIN),
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
