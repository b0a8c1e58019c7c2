//! The colours of the shipped themes, role by role.

use ratatui::style::{Color, Modifier};

use super::colour::Rgb;

/// How a role is written, at every depth.
#[derive(Clone, Copy)]
pub(super) struct Ink {
    pub(super) role: &'static str,
    /// `None`: the terminal's own text colour.
    pub(super) rgb: Option<Rgb>,
    /// Of the 256, where the nearest will not do.
    pub(super) index: Option<u8>,
    /// Of the sixteen, where there are no more.
    pub(super) ansi: Color,
    pub(super) modifier: Modifier,
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
pub(super) const fn own(role: &'static str, modifier: Modifier) -> Ink {
    Ink { role, rgb: None, index: None, ansi: Color::Reset, modifier }
}

pub(super) const DARK: &[Ink] = &[
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

pub(super) const LIGHT: &[Ink] = &[
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
    ink("source.6", 0x5f_00_87, Color::Magenta, PLAIN),
];

/// With a contrast of 7 at least (WCAG 2, level AAA).
pub(super) const HIGH_DARK: &[Ink] = &[
    own("text", PLAIN),
    own("text.strong", BOLD),
    ink("text.faint", 0xd0_d0_d0, Color::White, PLAIN),
    ink("text.faint.heading.selected", 0xff_ff_ff, Color::White, BOLD_LINE),
    ink("title", 0xa8_e0_ff, Color::LightCyan, BOLD),
    ink("line", 0x9e_9e_9e, Color::Gray, PLAIN),
    ink("health.ok", 0xa8_f0_a8, Color::LightGreen, PLAIN),
    own("health.info", PLAIN),
    ink("health.warning", 0xff_ff_87, Color::LightYellow, BOLD),
    ink("health.degraded", 0xff_c6_80, Color::LightYellow, BOLD_LINE),
    ink("health.severe", 0xff_b3_b3, Color::LightRed, BOLD_REVERSED),
    ink("health.unknown", 0xe6_cc_ff, Color::LightMagenta, BOLD),
    ink("activity", 0xa8_e0_ff, Color::LightCyan, PLAIN),
    ink("version.differs", 0xff_c6_80, Color::LightYellow, BOLD),
    ink("fault", 0xff_c6_80, Color::LightYellow, BOLD),
    ink("key", 0xa8_e0_ff, Color::LightCyan, BOLD),
    ink("match", 0xa8_e0_ff, Color::LightCyan, BOLD_LINE),
    ink("mark", 0xff_ff_87, Color::LightYellow, BOLD),
    ink("bar", 0xff_ff_ff, Color::White, BOLD),
    ink("notice", 0xff_ff_87, Color::LightYellow, BOLD),
    ink("badge", 0xff_ff_87, Color::LightYellow, BOLD),
    ink("source.1", 0xb8_cc_ff, Color::LightCyan, PLAIN),
    ink("source.2", 0xc8_f0_a0, Color::LightGreen, PLAIN),
    ink("source.3", 0xf0_c0_f0, Color::LightMagenta, PLAIN),
    ink("source.4", 0x90_f0_e0, Color::Cyan, PLAIN),
    ink("source.5", 0xf0_d8_a8, Color::White, PLAIN),
    ink("source.6", 0xd0_d0_ff, Color::Green, PLAIN),
];

/// The same on light backgrounds.
pub(super) const HIGH_LIGHT: &[Ink] = &[
    own("text", PLAIN),
    own("text.strong", BOLD),
    ink("text.faint", 0x30_30_30, Color::Black, PLAIN),
    ink("text.faint.heading.selected", 0x00_00_00, Color::Black, BOLD_LINE),
    ink("title", 0x00_00_5f, Color::Blue, BOLD),
    ink("line", 0x6e_6e_6e, Color::DarkGray, PLAIN),
    own("health.ok", PLAIN),
    own("health.info", PLAIN),
    ink("health.warning", 0x47_38_00, Color::Magenta, BOLD),
    ink("health.degraded", 0x67_2d_00, Color::Magenta, BOLD_LINE),
    ink("health.severe", 0x86_00_00, Color::Red, BOLD_REVERSED),
    ink("health.unknown", 0x4b_1a_7a, Color::Blue, BOLD),
    ink("activity", 0x00_00_5f, Color::Blue, PLAIN),
    ink("version.differs", 0x67_2d_00, Color::Magenta, BOLD),
    ink("fault", 0x67_2d_00, Color::Magenta, BOLD),
    ink("key", 0x00_00_5f, Color::Blue, BOLD),
    ink("match", 0x00_00_5f, Color::Blue, BOLD_LINE),
    ink("mark", 0x47_38_00, Color::Magenta, BOLD),
    ink("bar", 0x00_00_00, Color::Black, BOLD),
    ink("notice", 0x47_38_00, Color::Magenta, BOLD),
    ink("badge", 0x47_38_00, Color::Magenta, BOLD),
    ink("source.1", 0x00_00_87, Color::Blue, PLAIN),
    ink("source.2", 0x20_46_12, Color::Black, PLAIN),
    ink("source.3", 0x5e_1f_5e, Color::Magenta, PLAIN),
    ink("source.4", 0x5f_00_00, Color::Blue, PLAIN),
    ink("source.5", 0x52_34_08, Color::Black, PLAIN),
    ink("source.6", 0x48_00_68, Color::Magenta, PLAIN),
];

/// Blue, yellow and orange, after the palette of Okabe and Ito, and attributes where these come close to one another for
/// an eye that lacks one of its three kinds of cones: a test says so.
pub(super) const SAFE_DARK: &[Ink] = &[
    own("text", PLAIN),
    own("text.strong", BOLD),
    ink("text.faint", 0x9e_9e_9e, Color::Gray, PLAIN),
    ink("text.faint.heading.selected", 0xd0_d0_d0, Color::White, BOLD_LINE),
    ink("title", 0x7f_c4_f0, Color::LightCyan, BOLD),
    ink("line", 0x4e_4e_4e, Color::DarkGray, PLAIN),
    ink("line.frame", 0x76_76_76, Color::Gray, PLAIN),
    ink("health.ok", 0x7f_b8_e6, Color::LightCyan, PLAIN),
    own("health.info", PLAIN),
    ink("health.warning", 0xf0_e4_42, Color::LightYellow, PLAIN),
    ink("health.degraded", 0xe6_9f_00, Color::LightYellow, BOLD_LINE),
    ink("health.severe", 0xff_b5_9e, Color::LightRed, BOLD_REVERSED),
    ink("health.unknown", 0xd8_b4_d8, Color::LightMagenta, BOLD),
    ink("activity", 0x7f_c4_f0, Color::LightCyan, PLAIN),
    ink("version.differs", 0xe6_9f_00, Color::LightYellow, BOLD),
    ink("fault", 0xe6_9f_00, Color::LightYellow, BOLD),
    ink("key", 0x7f_c4_f0, Color::LightCyan, PLAIN),
    ink("match", 0x7f_c4_f0, Color::LightCyan, BOLD_LINE),
    ink("mark", 0xf0_e4_42, Color::LightYellow, BOLD),
    ink("bar", 0x7f_c4_f0, Color::LightCyan, BOLD),
    ink("notice", 0xf0_e4_42, Color::LightYellow, PLAIN),
    ink("badge", 0xf0_e4_42, Color::LightYellow, PLAIN),
    ink("source.1", 0x7f_b8_e6, Color::LightCyan, PLAIN),
    ink("source.2", 0xf0_e4_42, Color::LightYellow, PLAIN),
    ink("source.3", 0xe6_9f_00, Color::LightMagenta, PLAIN),
    ink("source.4", 0xff_ff_ff, Color::White, PLAIN),
    ink("source.5", 0xa8_a8_a8, Color::Gray, PLAIN),
    ink("source.6", 0xb7_b7_ff, Color::Cyan, PLAIN),
];

/// The same on light backgrounds.
pub(super) const SAFE_LIGHT: &[Ink] = &[
    own("text", PLAIN),
    own("text.strong", BOLD),
    ink("text.faint", 0x5f_5f_5f, Color::Black, PLAIN),
    ink("text.faint.heading.selected", 0x26_26_26, Color::Black, BOLD_LINE),
    ink("title", 0x00_4f_83, Color::Blue, BOLD),
    ink("line", 0xbc_bc_bc, Color::Gray, PLAIN),
    ink("line.frame", 0x8a_8a_8a, Color::DarkGray, PLAIN),
    ink("health.ok", 0x00_4f_83, Color::Blue, PLAIN),
    own("health.info", PLAIN),
    ink("health.warning", 0x6b_55_00, Color::Magenta, PLAIN),
    ink("health.degraded", 0x8f_42_00, Color::Magenta, BOLD_LINE),
    ink("health.severe", 0xa0_00_00, Color::Red, BOLD_REVERSED),
    ink("health.unknown", 0x5f_2f_78, Color::Blue, BOLD),
    ink("activity", 0x00_4f_83, Color::Blue, PLAIN),
    ink("version.differs", 0x8f_42_00, Color::Magenta, BOLD),
    ink("fault", 0x8f_42_00, Color::Magenta, BOLD),
    ink("key", 0x00_4f_83, Color::Blue, PLAIN),
    ink("match", 0x00_4f_83, Color::Blue, BOLD_LINE),
    ink("mark", 0x6b_55_00, Color::Magenta, BOLD),
    ink("bar", 0x00_4f_83, Color::Blue, BOLD),
    ink("notice", 0x6b_55_00, Color::Magenta, PLAIN),
    ink("badge", 0x6b_55_00, Color::Magenta, PLAIN),
    ink("source.1", 0x00_4f_83, Color::Blue, PLAIN),
    ink("source.2", 0x6b_55_00, Color::Black, PLAIN),
    ink("source.3", 0x8f_42_00, Color::Magenta, PLAIN),
    ink("source.4", 0x1c_1c_1c, Color::Black, PLAIN),
    ink("source.5", 0x5f_5f_5f, Color::Black, PLAIN),
    ink("source.6", 0x00_00_87, Color::Blue, PLAIN),
];

/// Between black and white there is one brightness that reads on both; of the
/// sixteen no colour has it everywhere, so that at that depth only
/// attributes are used.
pub(super) const EITHER: &[Ink] = &[
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

pub(super) const MONO: &[Ink] = &[
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
