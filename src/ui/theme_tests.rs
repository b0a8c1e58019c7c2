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
            backgrounds.extend([Role::Selected, Role::SelectedAside].into_iter().filter_map(|role| theme.style(role).bg.and_then(rgb)));
            for role in Role::ALL.into_iter().filter(|role| role.is_text()) {
                let Some(ink) = theme.style(role).fg.and_then(rgb) else { continue };
                for background in &backgrounds {
                    let ratio = contrast(ink, *background);
                    let least = if matches!(name, Name::HighDark | Name::HighLight) && depth > Depth::Sixteen { 7.0 } else { 4.5 };
                    assert!(ratio >= least, "{} of {name:?} at {depth:?} on {background:?}: {ratio:.2}", role.name());
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
            assert!(painted.into_iter().all(|role| matches!(role, Role::Selected | Role::SelectedAside)));
        }
    }
}

#[test]
fn the_selection_of_a_pane_without_the_keys_is_fainter_than_that_of_the_one_with_them() {
    for name in Name::ALL {
        for depth in Depth::ALL {
            let theme = Theme::new(name, depth);
            let (own, aside) = (theme.style(Role::Selected), theme.style(Role::SelectedAside));
            assert_ne!(own, aside, "{name:?} at {depth:?}");
            for background in Theme::backgrounds(theme.name()).iter().take(1) {
                if let (Some(own), Some(aside)) = (own.bg.and_then(rgb), aside.bg.and_then(rgb)) {
                    assert!(contrast(aside, *background) <= contrast(own, *background), "{name:?} at {depth:?} on {background:?}");
                }
            }
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
    for (theme, inks) in Name::ALL.map(|name| (format!("{name:?}"), name.inks())) {
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

/// What an eye sees that lacks one kind of cones, in linear light (Machado, Oliveira and Fernandes 2009, severity 1.0).
const EYES: [(&str, [[f64; 3]; 3]); 3] = [
    ("protanopia", [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]]),
    ("deuteranopia", [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]]),
    ("tritanopia", [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]]),
];

/// A colour as such an eye sees it, in CIE L*a*b* (D65).
fn seen(Rgb(red, green, blue): Rgb, eye: &[[f64; 3]; 3]) -> [f64; 3] {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let light = [linear(red), linear(green), linear(blue)];
    let dot = |row: &[f64; 3], with: &[f64; 3]| row.iter().zip(with).map(|(a, b)| a * b).sum::<f64>();
    let light = [0, 1, 2].map(|row| dot(&eye[row], &light).clamp(0.0, 1.0));
    let root = |value: f64| if value > 0.008_856 { value.cbrt() } else { 7.787f64.mul_add(value, 16.0 / 116.0) };
    let x = root(dot(&[0.4124, 0.3576, 0.1805], &light) / 0.9505);
    let y = root(dot(&[0.2126, 0.7152, 0.0722], &light));
    let z = root(dot(&[0.0193, 0.1192, 0.9505], &light) / 1.089);
    [116.0f64.mul_add(y, -16.0), 500.0 * (x - y), 200.0 * (y - z)]
}

#[test]
fn levels_are_told_apart_by_eyes_that_lack_a_colour() {
    let levels = [Role::HealthOk, Role::HealthWarning, Role::HealthDegraded, Role::HealthSevere, Role::HealthUnknown];
    for name in [Name::SafeDark, Name::SafeLight] {
        let theme = Theme::new(name, Depth::True);
        for (index, one) in levels.iter().enumerate() {
            for other in &levels[index + 1..] {
                let (a, b) = (theme.style(*one), theme.style(*other));
                let (Some(first), Some(second)) = (a.fg.and_then(rgb), b.fg.and_then(rgb)) else { panic!("{}", one.name()) };
                for (eye, matrix) in EYES {
                    let apart = seen(first, &matrix).iter().zip(seen(second, &matrix)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                    let is_told = apart >= 15.0 || a.add_modifier != b.add_modifier;
                    assert!(is_told, "{name:?}: {} and {} with {eye}: {apart:.1}", one.name(), other.name());
                }
            }
        }
    }
}

#[test]
fn every_theme_is_offered() {
    assert_eq!(crate::app::saving::THEMES.map(|(word, _)| word), Choice::ALL.map(Choice::word));
}

#[test]
fn a_choice_is_what_the_terminal_can_show_of_it() {
    let on = |choice, depth, ground| {
        let theme = Theme::of(choice, Terminal { depth, ground, own: None });
        (theme.name(), theme.depth())
    };
    assert_eq!(on(Choice::HighContrast, Depth::True, Some(Ground::Light)), (Name::HighLight, Depth::True));
    assert_eq!(on(Choice::HighContrast, Depth::True, None), (Name::Mono, Depth::True));
    assert_eq!(on(Choice::Sixteen, Depth::True, Some(Ground::Dark)), (Name::Dark, Depth::Sixteen));
    assert_eq!(on(Choice::ColorBlind, Depth::None, Some(Ground::Dark)), (Name::Mono, Depth::None));
    let theme = Theme::of(Choice::ColorBlind, Terminal { depth: Depth::True, ground: None, own: None });
    assert!(theme.wants_background());
    assert_eq!(theme.on(Rgb(0, 0, 0)).name(), Name::SafeDark);
    // What the terminal told is known to whatever is chosen later.
    let mono = Theme::new(Name::Mono, Depth::True).on(Rgb(255, 255, 255));
    assert_eq!((mono.name(), mono.chosen("auto").name(), mono.chosen("high-contrast").name()), (Name::Mono, Name::Light, Name::HighLight));
    assert_eq!((mono.chosen("own").name(), mono.chosen("nothing").name()), (Name::Mono, Name::Mono));
}

#[test]
fn the_terminal_may_tell_its_background() {
    let told = |value: &str| {
        let terminal = Terminal::detect(|name| match name {
            "COLORFGBG" => Some(value.to_owned()),
            "COLORTERM" => Some("truecolor".to_owned()),
            _ => None,
        });
        Theme::of(Choice::Auto, terminal).name()
    };
    assert_eq!((told("15;0"), told("0;15"), told("0;default;15"), told("x")), (Name::Dark, Name::Light, Name::Light, Name::Either));
    let either = Theme::new(Name::Either, Depth::True);
    assert_eq!(either.on(Rgb(30, 30, 30)).name(), Name::Dark);
    assert_eq!(either.on(Rgb(250, 250, 240)).name(), Name::Light);
}
