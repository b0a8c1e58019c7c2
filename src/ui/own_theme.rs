//! A theme that a file brings along: some roles, laid over a shipped theme.
//!
//! `health = "#88cc88"` holds for every role below it that neither the file nor the shipped theme names more closely.

use ratatui::style::{Color, Modifier, Style};

use super::colour::{Depth, Rgb};
use super::inks::Ink;
use super::theme::{Choice, Role, at_depth};

/// What a file says of roles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnTheme {
    /// What it is laid over.
    pub base: Choice,
    /// What each of some roles looks like, by dotted names.
    pub roles: Vec<(String, OwnInk)>,
}

/// What a role looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OwnInk {
    /// Its colour; the terminal's own where absent.
    pub ink: Option<Rgb>,
    /// What stands behind it; nothing of this program's own where absent.
    pub ground: Option<Rgb>,
    /// Bold and the like.
    pub modifier: Modifier,
}

/// Words for how letters look.
const MODIFIERS: [(&str, Modifier); 4] =
    [("bold", Modifier::BOLD), ("italic", Modifier::ITALIC), ("underlined", Modifier::UNDERLINED), ("reversed", Modifier::REVERSED)];

impl OwnInk {
    /// Reads `"#ff8787 bold"`, `"on #303030"`, `"default underlined"`.
    ///
    /// # Errors
    /// What is wrong with it, not yet safe to show.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut ink = Self::default();
        let mut words = text.split_whitespace();
        let mut is_empty = true;
        while let Some(word) = words.next() {
            is_empty = false;
            if let Some((_, modifier)) = MODIFIERS.iter().find(|(known, _)| *known == word) {
                ink.modifier |= *modifier;
            } else if word == "on" {
                let ground = words.next().ok_or("behind \"on\" stands the colour of the background, such as \"on #303030\"")?;
                ink.ground = Some(hex(ground)?);
            } else if word != "default" {
                ink.ink = Some(hex(word)?);
            }
        }
        if is_empty {
            Err("this says nothing: write a colour such as \"#ff8787\", default, bold, italic, underlined or reversed".to_owned())
        } else {
            Ok(ink)
        }
    }

    fn style(self, depth: Depth) -> Style {
        // Which of the sixteen would be meant, nobody said: there the terminal's own text is used.
        let colour = |rgb| at_depth(Some(rgb), Color::Reset, depth);
        let style = Style::new().fg(self.ink.map_or(Color::Reset, colour)).add_modifier(self.modifier);
        let ground = self.ground.filter(|_| depth > Depth::Sixteen);
        match (ground, self.ground) {
            (Some(ground), _) => style.bg(colour(ground)),
            (None, Some(_)) => style.add_modifier(Modifier::REVERSED),
            (None, None) => style,
        }
    }
}

fn hex(text: &str) -> Result<Rgb, String> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let number = number
        .ok_or_else(|| format!("\"{text}\" is no colour: write one such as \"#ff8787\", default, bold, italic, underlined or reversed"))?;
    let [_, red, green, blue] = number.to_be_bytes();
    Ok(Rgb(red, green, blue))
}

impl OwnTheme {
    /// Whether a role, or a group of them, is called so.
    #[must_use]
    pub fn is_role(name: &str) -> bool {
        Role::ALL.iter().any(|role| role.name() == name || role.name().strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
    }

    /// What the file says of a role, unless the shipped theme below speaks of it more closely.
    pub(super) fn style(&self, role: Role, below: &[Ink], depth: Depth) -> Option<Style> {
        let mut wanted = role.name();
        loop {
            if let Some((_, ink)) = self.roles.iter().find(|(name, _)| name == wanted) {
                return Some(ink.style(depth));
            }
            let (before, _) = wanted.rsplit_once('.').filter(|_| !below.iter().any(|ink| ink.role == wanted))?;
            wanted = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ui::theme::{Ground, Terminal, Theme};

    fn theme(roles: &[(&str, &str)], depth: Depth) -> Theme {
        let roles = roles.iter().map(|(name, text)| ((*name).to_owned(), OwnInk::read(text).unwrap())).collect();
        let own = Some(Arc::new(OwnTheme { base: Choice::Dark, roles }));
        Theme::of(Choice::Own, Terminal { depth, ground: Some(Ground::Dark), own })
    }

    #[test]
    fn a_file_says_what_it_wants_and_the_rest_is_as_below() {
        let roles = [("health.severe", "#010203 bold"), ("selected", "on #303030"), ("source", "#0a0b0c"), ("text.faint", "#111213")];
        let (own, dark) = (theme(&roles, Depth::True), Theme::new(crate::ui::theme::Name::Dark, Depth::True));
        assert_eq!(own.style(Role::HealthSevere), Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD));
        assert_eq!(own.style(Role::HealthOk), dark.style(Role::HealthOk));
        assert_eq!(own.style(Role::Selected).bg, Some(Color::Rgb(0x30, 0x30, 0x30)));
        // The shipped theme names each source, and no heading.
        assert_eq!(own.style(Role::Source1), dark.style(Role::Source1));
        assert_eq!(own.style(Role::Heading).fg, Some(Color::Rgb(0x11, 0x12, 0x13)));
        assert_eq!(theme(&roles, Depth::TwoFiftySix).style(Role::HealthSevere).fg, Some(Color::Indexed(16)));
        assert!(theme(&roles, Depth::Sixteen).style(Role::Selected).add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn over_the_terminals_sixteen_only_its_own_colours_are_others() {
        let roles = vec![("health.severe".to_owned(), OwnInk::read("#010203").unwrap())];
        let own = Some(Arc::new(OwnTheme { base: Choice::Sixteen, roles }));
        let terminal = Terminal { depth: Depth::True, ground: Some(Ground::Dark), own };
        let (own, sixteen) = (Theme::of(Choice::Own, terminal.clone()), Theme::of(Choice::Sixteen, terminal));
        for role in Role::ALL.into_iter().filter(|role| *role != Role::HealthSevere) {
            assert_eq!(own.style(role), sixteen.style(role), "{}", role.name());
        }
        assert_eq!(own.style(Role::HealthSevere).fg, Some(Color::Rgb(1, 2, 3)));
    }

    #[test]
    fn what_is_no_ink_is_told() {
        for text in ["", "red", "#12345", "#1234567", "on", "on bold", "#gggggg", "#+12345"] {
            assert!(OwnInk::read(text).is_err(), "{text}");
        }
        assert!(
            OwnTheme::is_role("health") && OwnTheme::is_role("health.ok") && !OwnTheme::is_role("healt") && !OwnTheme::is_role("health.")
        );
    }
}
