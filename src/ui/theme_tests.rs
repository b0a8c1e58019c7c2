//! Tests of the themes: every role can be read.

use super::*;
use crate::ui::colour::{contrast, of_256};

/// The sixteen as xterm has them: the darkest reds and blues in common use.
const XTERM: [(Color, Rgb); 16] = [
    (Color::Black, Rgb(0, 0, 0)),
    (Color::Red, Rgb(205, 0, 0)),
    (Color::Green, Rgb(0, 205, 0)),
    (Color::Yellow, Rgb(205, 205, 0)),
    (Color::Blue, Rgb(0, 0, 238)),
    (Color::Magenta, Rgb(205, 0, 205)),
    (Color::Cyan, Rgb(0, 205, 205)),
    (Color::Gray, Rgb(229, 229, 229)),
    (Color::DarkGray, Rgb(127, 127, 127)),
    (Color::LightRed, Rgb(255, 0, 0)),
    (Color::LightGreen, Rgb(0, 255, 0)),
    (Color::LightYellow, Rgb(255, 255, 0)),
    (Color::LightBlue, Rgb(92, 92, 255)),
    (Color::LightMagenta, Rgb(255, 0, 255)),
    (Color::LightCyan, Rgb(0, 255, 255)),
    (Color::White, Rgb(255, 255, 255)),
];

/// What a colour is in light; `None` for the terminal's own, which reads on its own background.
fn rgb(color: Color) -> Option<Rgb> {
    match color {
        Color::Reset => None,
        Color::Rgb(red, green, blue) => Some(Rgb(red, green, blue)),
        Color::Indexed(index) => Some(of_256(index)),
        other => Some(XTERM.iter().find(|(known, _)| *known == other).unwrap().1),
    }
}

#[test]
fn every_text_role_of_every_theme_reads_on_every_background_it_is_made_for() {
    for name in Name::ALL {
        for depth in Depth::ALL {
            let theme = Theme::new(name, depth);
            let mut backgrounds = match depth {
                // With sixteen colours, a terminal's background is one of its own.
                Depth::Sixteen => Theme::backgrounds(theme.name()).first().into_iter().copied().collect(),
                Depth::None | Depth::TwoFiftySix | Depth::True => Theme::backgrounds(theme.name()).to_vec(),
            };
            backgrounds.extend(theme.style(Role::Selected).bg.and_then(rgb));
            for role in Role::ALL.into_iter().filter(|role| role.is_text()) {
                let Some(ink) = theme.style(role).fg.and_then(rgb) else { continue };
                for background in &backgrounds {
                    let ratio = contrast(ink, *background);
                    assert!(ratio >= 4.5, "{} of {name:?} at {depth:?} on {background:?}: {ratio:.2}", role.name());
                }
            }
        }
    }
}

#[test]
fn without_colours_there_are_none() {
    for name in Name::ALL {
        let theme = Theme::new(name, Depth::None);
        for role in Role::ALL {
            let style = theme.style(role);
            assert!(matches!(style.fg, None | Some(Color::Reset)) && style.bg.is_none(), "{}", role.name());
        }
    }
}

#[test]
fn no_theme_paints_a_background_except_under_the_selected_row() {
    for name in Name::ALL {
        for depth in Depth::ALL {
            let theme = Theme::new(name, depth);
            let painted = Role::ALL.into_iter().filter(|role| theme.style(*role).bg.is_some());
            assert!(painted.into_iter().all(|role| role == Role::Selected));
        }
    }
}

#[test]
fn a_role_falls_back_to_what_stands_before_its_last_dot() {
    assert_eq!(found(MONO, "health.severe").role, "health.severe");
    assert_eq!(found(EITHER, "health.ok").role, "health");
    assert_eq!(found(MONO, "health.ok").role, "text");
    assert_eq!(found(DARK, "text.faint.heading").role, "text.faint");
}

#[test]
fn every_ink_belongs_to_a_role() {
    for (theme, inks) in [("dark", DARK), ("light", LIGHT), ("auto", EITHER), ("mono", MONO)] {
        for ink in inks {
            let known = Role::ALL.iter().any(|role| role.name() == ink.role || role.name().starts_with(&format!("{}.", ink.role)));
            assert!(known, "{theme}: {}", ink.role);
            assert_eq!(inks.iter().filter(|other| other.role == ink.role).count(), 1, "{theme}: {}", ink.role);
        }
    }
    for (index, role) in Role::ALL.iter().enumerate() {
        assert_eq!(*role as usize, index);
    }
}

#[test]
fn unwell_levels_differ_from_well_ones_without_colours() {
    let mono = Theme::new(Name::Mono, Depth::None);
    assert_ne!(mono.style(Role::HealthSevere), mono.style(Role::HealthOk));
    assert_ne!(mono.style(Role::HealthSevere), mono.style(Role::HealthDegraded));
}

#[test]
fn the_terminal_may_tell_its_background() {
    let told = |value: &str| {
        Theme::detect(|name| match name {
            "COLORFGBG" => Some(value.to_owned()),
            "COLORTERM" => Some("truecolor".to_owned()),
            _ => None,
        })
        .name()
    };
    assert_eq!((told("15;0"), told("0;15"), told("0;default;15"), told("x")), (Name::Dark, Name::Light, Name::Light, Name::Either));
    let either = Theme::new(Name::Either, Depth::True);
    assert_eq!(either.on(Rgb(30, 30, 30)).name(), Name::Dark);
    assert_eq!(either.on(Rgb(250, 250, 240)).name(), Name::Light);
}
