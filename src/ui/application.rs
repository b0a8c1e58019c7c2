//! The colours that applications write into their logs, as this terminal can show them.
//!
//! None is drawn that cannot be read on the background that the theme is made for.

use ratatui::style::{Color, Modifier, Style};

use super::colour::{Depth, Rgb, contrast, nearest_256, of_256};
use super::theme::{Name, Role, Theme};
use crate::model::log::ansi::{Colour, Style as Wanted};

/// The least contrast at which a colour that somebody else chose is left as it is: far less than this program's own
/// have, and still to be read.
const LEAST: f64 = 2.5;

/// The style of a role with what an application asked for laid over it.
#[must_use]
pub fn style(theme: &Theme, wanted: Wanted, role: Role) -> Style {
    let mut style = theme.style(role);
    let behind = wanted.background.and_then(|colour| shown(theme, colour));
    let text = wanted.foreground.and_then(|colour| shown(theme, colour));
    if let Some(text) = text.filter(|_| behind.is_some() || wanted.foreground.is_some_and(|colour| reads(theme, colour))) {
        style = style.fg(text);
    }
    // A background without a colour on it may hide the terminal's own.
    if let Some(behind) = behind.filter(|_| text.is_some()) {
        style = style.bg(behind);
    }
    for (is_set, modifier) in [
        (wanted.bold, Modifier::BOLD),
        (wanted.dim, Modifier::DIM),
        (wanted.italic, Modifier::ITALIC),
        (wanted.underlined, Modifier::UNDERLINED),
        (wanted.reversed, Modifier::REVERSED),
        (wanted.crossed, Modifier::CROSSED_OUT),
    ] {
        if is_set {
            style = style.add_modifier(modifier);
        }
    }
    style
}

/// A colour as this terminal has it, where it has it.
fn shown(theme: &Theme, colour: Colour) -> Option<Color> {
    match (theme.depth(), colour) {
        (Depth::None, _) | (Depth::Sixteen, Colour::Indexed(16..) | Colour::Rgb(..)) => None,
        (_, Colour::Indexed(index)) => Some(Color::Indexed(index)),
        (Depth::TwoFiftySix, Colour::Rgb(red, green, blue)) => Some(Color::Indexed(nearest_256(Rgb(red, green, blue)))),
        (Depth::True, Colour::Rgb(red, green, blue)) => Some(Color::Rgb(red, green, blue)),
    }
}

/// Whether a colour can be read on every background that the theme is made for.
fn reads(theme: &Theme, colour: Colour) -> bool {
    let rgb = match colour {
        // The first sixteen are the terminal's own: of them only what is its background, most likely, cannot be read.
        Colour::Indexed(index @ 0..16) => {
            return match theme.name() {
                Name::Dark | Name::HighDark | Name::SafeDark => index != 0,
                Name::Light | Name::HighLight | Name::SafeLight => !matches!(index, 7 | 15),
                Name::Either => !matches!(index, 0 | 7 | 15),
                Name::Mono => true,
            };
        }
        Colour::Indexed(index) => of_256(index),
        Colour::Rgb(red, green, blue) => Rgb(red, green, blue),
    };
    Theme::backgrounds(theme.name()).iter().all(|background| contrast(rgb, *background) >= LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: Name, depth: Depth, foreground: Colour, background: Option<Colour>) -> (Option<Color>, Option<Color>) {
        let wanted = Wanted { foreground: Some(foreground), background, ..Wanted::default() };
        let style = style(&Theme::new(name, depth), wanted, Role::Text);
        (style.fg.filter(|colour| *colour != Color::Reset), style.bg)
    }

    #[test]
    fn what_could_not_be_read_is_drawn_as_any_text() {
        assert_eq!(text(Name::Dark, Depth::True, Colour::Indexed(1), None), (Some(Color::Indexed(1)), None));
        assert_eq!(text(Name::Dark, Depth::True, Colour::Indexed(0), None), (None, None));
        assert_eq!(text(Name::Light, Depth::True, Colour::Indexed(15), None), (None, None));
        assert_eq!(text(Name::Light, Depth::True, Colour::Rgb(255, 255, 200), None), (None, None));
        // On a background of its own it can be.
        let both = text(Name::Light, Depth::True, Colour::Indexed(15), Some(Colour::Indexed(1)));
        assert_eq!(both, (Some(Color::Indexed(15)), Some(Color::Indexed(1))));
    }

    #[test]
    fn a_terminal_is_sent_no_colour_that_it_does_not_have() {
        assert_eq!(text(Name::Dark, Depth::Sixteen, Colour::Rgb(255, 0, 0), None), (None, None));
        assert_eq!(text(Name::Dark, Depth::TwoFiftySix, Colour::Rgb(255, 0, 0), None).0, Some(Color::Indexed(196)));
        assert_eq!(text(Name::Dark, Depth::None, Colour::Indexed(1), Some(Colour::Indexed(2))), (None, None));
    }
}
