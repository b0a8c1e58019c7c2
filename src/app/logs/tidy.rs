//! What a line says that stands beside it already: its own time.

use std::borrow::Cow;

use crate::model::log::line::Millis;

/// A time is looked for no farther into a line than this, in bytes.
const NEAR: usize = 256;
/// How `2026-11-20T02:57:11` looks; `0` is a digit.
const SHAPES: [&[u8]; 2] = [b"0000-00-00T00:00:00", b"0000-00-00 00:00:00"];

/// The line with `…` in place of its own time, where that is the moment at which the line happened: it stands in the
/// column before it. Any other time stays.
#[must_use]
pub fn without_time(text: &[u8], at: Millis) -> Cow<'_, [u8]> {
    let Some((from, to)) = time(text, at) else { return Cow::Borrowed(text) };
    let (before, after) = (text.get(..from).unwrap_or_default(), text.get(to..).unwrap_or_default());
    Cow::Owned([before, "…".as_bytes(), after].concat())
}

/// From where to where a line tells the second at which it happened.
fn time(text: &[u8], at: Millis) -> Option<(usize, usize)> {
    let near = text.get(..NEAR).unwrap_or(text);
    let length = SHAPES.first()?.len();
    let from = near.windows(length).position(|window| SHAPES.iter().any(|shape| has_shape(window, shape)))?;
    let clock = near.get(from + length - 8..from + length)?;
    if clock != at.timestamp().strftime("%H:%M:%S").to_string().as_bytes() {
        return None;
    }
    let rest = text.get(from + length..)?;
    // The part of the second, and the zone.
    let more = rest.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'Z')).count();
    Some((from, from + length + more))
}

fn has_shape(window: &[u8], shape: &[u8]) -> bool {
    window.iter().zip(shape).all(|(byte, like)| match like {
        b'0' => byte.is_ascii_digit(),
        // Some write the day with slashes.
        b'-' => matches!(byte, b'-' | b'/'),
        like => byte == like,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_stands_beside_the_line_is_left_out_and_no_other() {
        let at = Millis(1_668_308_231_123);
        let told = |text: &str| String::from_utf8(without_time(text.as_bytes(), at).into_owned()).unwrap();
        for (text, shown) in [
            ("2022-11-13T02:57:11.123Z INFO x", "… INFO x"),
            ("web (stderr) | 2022-11-13 02:57:11,123 [8] [ERROR] x", "web (stderr) | … [8] [ERROR] x"),
            ("10.0.0.1 - - [2022-11-13T02:57:11Z] \"GET /\"", "10.0.0.1 - - […] \"GET /\""),
            ("2022/11/13 02:57:11 [error] x", "… [error] x"),
            ("due at 2022-11-13T09:00:00Z", "due at 2022-11-13T09:00:00Z"),
            ("no time", "no time"),
            ("2022-11-13T02:57:11", "…"),
        ] {
            assert_eq!(told(text), shown);
        }
        assert!(matches!(without_time(&[0xff; 200], at), Cow::Borrowed(_)));
    }
}
