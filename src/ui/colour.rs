//! Colour arithmetic: contrast, and the nearest colour that a terminal has.
//!
//! Knows nothing of roles and of screens.

/// A colour of light: red, green, blue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// How many colours a terminal has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Depth {
    /// None: glyphs, words, bold and reverse only (`NO_COLOR`, dumb terminals).
    None,
    /// The sixteen that the terminal's own palette defines.
    Sixteen,
    /// The fixed palette of 256.
    TwoFiftySix,
    /// Millions.
    True,
}

impl Depth {
    /// Every depth.
    pub const ALL: [Self; 4] = [Self::None, Self::Sixteen, Self::TwoFiftySix, Self::True];

    /// What the environment says of the terminal.
    ///
    /// `NO_COLOR` (any value but the empty one) wins, then `FORCE_COLOR`
    /// (0 to 3), then `COLORTERM`, then `TERM`.
    #[must_use]
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| variable(name).filter(|value| !value.is_empty());
        if value("NO_COLOR").is_some() {
            return Self::None;
        }
        match value("FORCE_COLOR").as_deref() {
            Some("0" | "false") => return Self::None,
            Some("1" | "true") => return Self::Sixteen,
            Some("2") => return Self::TwoFiftySix,
            Some("3") => return Self::True,
            Some(_) | None => {}
        }
        let term = value("TERM").unwrap_or_default();
        let colours = value("COLORTERM").unwrap_or_default();
        if term == "dumb" {
            Self::None
        } else if colours.contains("truecolor") || colours.contains("24bit") || term.contains("direct") || value("WT_SESSION").is_some() {
            Self::True
        } else if term.contains("256") || term.contains("kitty") || !colours.is_empty() {
            Self::TwoFiftySix
        } else {
            Self::Sixteen
        }
    }
}

/// How bright a colour is to the eye, 0 to 1 (WCAG 2, relative luminance).
#[must_use]
pub fn luminance(Rgb(red, green, blue): Rgb) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126f64.mul_add(linear(red), 0.7152f64.mul_add(linear(green), 0.0722 * linear(blue)))
}

/// The contrast between two colours, 1 to 21 (WCAG 2).
#[must_use]
pub fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// What the 256 palette has at this index, from 16 on: a cube, then a ramp of greys.
#[must_use]
pub fn of_256(index: u8) -> Rgb {
    let step = |level: u8| if level == 0 { 0 } else { level.saturating_mul(40).saturating_add(55) };
    if index >= 232 {
        let grey = (index - 232).saturating_mul(10).saturating_add(8);
        return Rgb(grey, grey, grey);
    }
    let cube = index.saturating_sub(16);
    Rgb(step(cube / 36), step(cube / 6 % 6), step(cube % 6))
}

/// The index of the nearest colour in the fixed part of the 256 palette.
#[must_use]
pub fn nearest_256(Rgb(red, green, blue): Rgb) -> u8 {
    let apart = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    let distance = |index: &u8| {
        let Rgb(r, g, b) = of_256(*index);
        // The eye tells greens apart best, blues worst.
        2 * apart(red, r) + 4 * apart(green, g) + apart(blue, b)
    };
    (16..=255).min_by_key(distance).unwrap_or(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_what_the_standard_says() {
        let (black, white) = (Rgb(0, 0, 0), Rgb(255, 255, 255));
        assert!((contrast(black, white) - 21.0).abs() < 0.01);
        assert!((contrast(Rgb(0x76, 0x76, 0x76), white) - 4.54).abs() < 0.01);
    }

    #[test]
    fn colours_of_the_palette_are_their_own_nearest() {
        for index in [16, 21, 88, 196, 231] {
            assert_eq!(nearest_256(of_256(index)), index);
        }
        assert_eq!(of_256(244), Rgb(128, 128, 128));
    }

    #[test]
    fn the_environment_tells_the_depth() {
        let depth =
            |set: &[(&str, &str)]| Depth::detect(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()));
        for (set, expected) in [
            (&[][..], Depth::Sixteen),
            (&[("TERM", "xterm")], Depth::Sixteen),
            (&[("TERM", "linux")], Depth::Sixteen),
            (&[("TERM", "dumb")], Depth::None),
            (&[("TERM", "xterm-256color")], Depth::TwoFiftySix),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Depth::True),
            (&[("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Depth::None),
            (&[("COLORTERM", "truecolor"), ("NO_COLOR", "")], Depth::True),
            (&[("TERM", "xterm-direct")], Depth::True),
            (&[("TERM", "dumb"), ("FORCE_COLOR", "3")], Depth::True),
            (&[("FORCE_COLOR", "0"), ("COLORTERM", "24bit")], Depth::None),
        ] {
            assert_eq!(depth(set), expected, "{set:?}");
        }
    }
}
