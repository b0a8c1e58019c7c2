//! A frame as a file: its text, or a picture of it (SVG 1.1) drawn from its cells.
//!
//! The picture needs nothing but a monospace font of the machine that shows it: each run of cells is set to its
//! width, so that another font moves nothing. Text from outside is escaped, and nothing in it is a link or a script.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::colour::{Rgb, of_256};
use super::theme::Theme;

/// The size of a cell, and where in it the baseline is, in tenths of a pixel: whole numbers are the same everywhere.
const WIDE: usize = 84;
const HIGH: usize = 180;
const BASELINE: usize = 135;
/// The space around the cells.
const MARGIN: usize = 100;

/// The sixteen as xterm has them; a terminal may have others.
const SIXTEEN: [Rgb; 16] = [
    Rgb(0, 0, 0),
    Rgb(205, 0, 0),
    Rgb(0, 205, 0),
    Rgb(205, 205, 0),
    Rgb(92, 92, 255),
    Rgb(205, 0, 205),
    Rgb(0, 205, 205),
    Rgb(229, 229, 229),
    Rgb(127, 127, 127),
    Rgb(255, 0, 0),
    Rgb(0, 255, 0),
    Rgb(255, 255, 0),
    Rgb(92, 92, 255),
    Rgb(255, 0, 255),
    Rgb(0, 255, 255),
    Rgb(255, 255, 255),
];

/// The text of a frame, blanks at the ends of lines left out.
#[must_use]
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let line: String = cells(buffer, y).map(|(_, _, cell)| cell.symbol()).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The cells of a line with their columns and widths; the second half of a wide character is no cell of its own.
fn cells(buffer: &Buffer, y: u16) -> impl Iterator<Item = (usize, usize, &Cell)> {
    let mut next = 0;
    (0..buffer.area.width).filter_map(move |x| {
        if x < next {
            return None;
        }
        let cell = buffer.cell((x, y))?;
        let wide = super::text::width(cell.symbol()).max(1);
        next = x.saturating_add(u16::try_from(wide).unwrap_or(1));
        Some((usize::from(x), wide, cell))
    })
}

/// How a run of cells looks.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    ink: Rgb,
    ground: Rgb,
    modifier: Modifier,
}

/// Neighbouring cells that look the same.
struct Stretch {
    from: usize,
    wide: usize,
    text: String,
    look: Look,
}

/// A picture of a frame, drawn with what a theme takes the terminal's own colours to be.
#[must_use]
pub fn svg(buffer: &Buffer, theme: &Theme, title: &str) -> String {
    let (ink, ground) = paper(theme);
    let (columns, rows) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let (wide, high) = (columns * WIDE + 2 * MARGIN, rows * HIGH + 2 * MARGIN);
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\">\n<title>{2}</title>\n",
        tenths(wide),
        tenths(high),
        escaped(title)
    );
    picture.push_str(
        "<style>text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace;\
         font-size:14px}.b{font-weight:bold}.i{font-style:italic}.u{text-decoration:underline}</style>\n",
    );
    let _ = writeln!(picture, "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>", hex(ground));
    for y in 0..buffer.area.height {
        for stretch in stretches(buffer, y, (ink, ground)) {
            draw(&mut picture, &stretch, usize::from(y), ground);
        }
    }
    picture.push_str("</svg>\n");
    picture
}

/// The terminal's own text and background, as the theme takes them to be; black on white and the like where it cannot tell.
fn paper(theme: &Theme) -> (Rgb, Rgb) {
    let ground = Theme::backgrounds(theme.name()).get(1).or_else(|| Theme::backgrounds(theme.name()).first()).copied();
    let ground = ground.filter(|_| !theme.wants_background()).unwrap_or(Rgb(0x1e, 0x1e, 0x1e));
    let is_dark = super::colour::luminance(ground) < 0.18;
    (if is_dark { Rgb(0xe4, 0xe4, 0xe4) } else { Rgb(0x1c, 0x1c, 0x1c) }, ground)
}

fn stretches(buffer: &Buffer, y: u16, paper: (Rgb, Rgb)) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for (x, wide, cell) in cells(buffer, y) {
        let look = look(cell, paper);
        match stretches.last_mut().filter(|last| last.look == look && last.from + last.wide == x) {
            Some(last) => {
                last.wide += wide;
                last.text.push_str(cell.symbol());
            }
            None => stretches.push(Stretch { from: x, wide, text: cell.symbol().to_owned(), look }),
        }
    }
    stretches
}

fn look(cell: &Cell, (own_ink, own_ground): (Rgb, Rgb)) -> Look {
    let (ink, ground) = (rgb(cell.fg).unwrap_or(own_ink), rgb(cell.bg).unwrap_or(own_ground));
    let is_reversed = cell.modifier.contains(Modifier::REVERSED);
    let (ink, ground) = if is_reversed { (ground, ink) } else { (ink, ground) };
    Look { ink, ground, modifier: cell.modifier & (Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED) }
}

/// What a colour is in light; `None` for the terminal's own.
fn rgb(color: Color) -> Option<Rgb> {
    let of = |index: usize| SIXTEEN.get(index).copied();
    match color {
        Color::Reset => None,
        Color::Rgb(red, green, blue) => Some(Rgb(red, green, blue)),
        Color::Indexed(index @ 0..=15) => of(usize::from(index)),
        Color::Indexed(index) => Some(of_256(index)),
        Color::Black => of(0),
        Color::Red => of(1),
        Color::Green => of(2),
        Color::Yellow => of(3),
        Color::Blue => of(4),
        Color::Magenta => of(5),
        Color::Cyan => of(6),
        Color::Gray => of(7),
        Color::DarkGray => of(8),
        Color::LightRed => of(9),
        Color::LightGreen => of(10),
        Color::LightYellow => of(11),
        Color::LightBlue => of(12),
        Color::LightMagenta => of(13),
        Color::LightCyan => of(14),
        Color::White => of(15),
    }
}

fn draw(picture: &mut String, stretch: &Stretch, row: usize, ground: Rgb) {
    let Stretch { from, wide, text, look } = stretch;
    let (x, y, width) = (from * WIDE + MARGIN, row * HIGH + MARGIN, wide * WIDE);
    if look.ground != ground {
        let (at, size) = ((tenths(x), tenths(y)), (tenths(width), tenths(HIGH)));
        let fill = hex(look.ground);
        let _ = writeln!(picture, "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{fill}\"/>", at.0, at.1, size.0, size.1);
    }
    let classes: Vec<&str> = [(Modifier::BOLD, "b"), (Modifier::ITALIC, "i"), (Modifier::UNDERLINED, "u")]
        .into_iter()
        .filter(|(modifier, _)| look.modifier.contains(*modifier))
        .map(|(_, class)| class)
        .collect();
    let class = if classes.is_empty() { String::new() } else { format!(" class=\"{}\"", classes.join(" ")) };
    for (before, wide, words) in words(text) {
        let _ = writeln!(
            picture,
            "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{class}>{}</text>",
            tenths(x + before * WIDE),
            tenths(y + BASELINE),
            tenths(wide * WIDE),
            hex(look.ink),
            escaped(words)
        );
    }
}

/// What of a text stands together: where it begins and how wide it is, in cells. More than one blank parts it, so that
/// nothing depends on how blanks are kept.
fn words(text: &str) -> Vec<(usize, usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    for part in text.split("  ") {
        let shown = part.trim_start();
        let before = part.len() - shown.len();
        let shown = shown.trim_end();
        if !shown.is_empty() {
            found.push((at + before, super::text::width(shown), shown));
        }
        at += super::text::width(part) + 2;
    }
    found
}

/// Tenths as a decimal.
fn tenths(number: usize) -> String {
    if number.is_multiple_of(10) { (number / 10).to_string() } else { format!("{}.{}", number / 10, number % 10) }
}

fn hex(Rgb(red, green, blue): Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Text as XML has it: its own signs escaped, and what is no character of XML 1.0 (section 2.2) replaced.
fn escaped(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => whole.push_str("&amp;"),
            '<' => whole.push_str("&lt;"),
            '>' => whole.push_str("&gt;"),
            '"' => whole.push_str("&quot;"),
            '\'' => whole.push_str("&#39;"),
            control if control.is_control() => whole.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => whole.push('\u{fffd}'),
            other => whole.push(other),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;
    use crate::ui::colour::Depth;
    use crate::ui::theme::Name;

    fn frame(lines: &[(&str, Style)]) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, u16::try_from(lines.len()).unwrap()));
        for (y, (text, style)) in lines.iter().enumerate() {
            buffer.set_string(0, u16::try_from(y).unwrap(), text, *style);
        }
        buffer
    }

    #[test]
    fn what_would_be_a_part_of_the_picture_is_text() {
        let theme = Theme::new(Name::Dark, Depth::True);
        let picture = svg(&frame(&[("<a>&\"'", Style::new()), ("</text><x", Style::new())]), &theme, "<fleet>");
        assert!(picture.contains(">&lt;a&gt;&amp;&quot;&#39;</text>"), "{picture}");
        assert!(picture.contains("&lt;/text&gt;&lt;x") && picture.contains("<title>&lt;fleet&gt;</title>"));
        assert_eq!((picture.matches("<text").count(), picture.matches("</text>").count()), (2, 2));
        assert_eq!(escaped("a\u{1b}\u{0}\u{ffff}"), "a\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn cells_keep_their_places_and_colours() {
        let theme = Theme::new(Name::Light, Depth::True);
        let red = Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD);
        let mut buffer = frame(&[("環境 ab", Style::new()), ("ab", red.add_modifier(Modifier::REVERSED))]);
        buffer.set_string(5, 0, "cd", red);
        let picture = svg(&buffer, &theme, "x");
        // Two wide characters; the blank behind them is no part of what is stretched.
        assert!(picture.contains("<text x=\"10\" y=\"23.5\" textLength=\"33.6\""), "{picture}");
        let second =
            "<text x=\"52\" y=\"23.5\" textLength=\"16.8\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#010203\" class=\"b\">cd</text>";
        assert!(picture.contains(second), "{picture}");
        assert_eq!(words(" ab c   de "), [(1, 4, "ab c"), (8, 2, "de")]);
        // Reversed: the ground has the colour.
        assert!(picture.contains("<rect x=\"10\" y=\"28\" width=\"16.8\" height=\"18\" fill=\"#010203\"/>"));
        assert_eq!(text(&buffer), "環境 cd\nab\n");
    }
}
