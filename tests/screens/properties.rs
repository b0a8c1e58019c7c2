//! What holds at every size, for every fleet.

use std::sync::OnceLock;

use proptest::prelude::*;
use quarterdeck::app::event::Event;
use quarterdeck::app::fleet::Row;
use quarterdeck::app::history::Place;
use quarterdeck::app::key::Key;
use quarterdeck::app::state::State;
use quarterdeck::app::update::{settle, update};
use quarterdeck::model::activity::ActivityKind;
use quarterdeck::model::health::Level;
use quarterdeck::model::safe_text::safe;
use quarterdeck::ui::line::harmless;
use quarterdeck::ui::screen;
use quarterdeck::ui::text::width;
use quarterdeck::ui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::support::fleet::{Fact, arranged, environment, event, instances, told};
use crate::support::stage::{lettered, text};

const REGIONS: [&str; 3] = ["us-west-1", "ap-southeast-2", "ca-central-1"];

fn theme() -> &'static Theme {
    static THEME: OnceLock<Theme> = OnceLock::new();
    THEME.get_or_init(lettered)
}

/// Names as they are, and as they should not be.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,8}(-[a-z0-9]{1,12}){0,4}",
        1 => "[a-z環境é👩‍👩‍👧\u{202e}\u{200b}\u{1b}\u{7}\u{9b} …]{1,40}",
        1 => "\\PC{1,60}",
    ]
}

fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,12}20221110T123456Z-20221110-g[0-9a-f]{7}",
        "[0-9a-f]{40}",
        "v[0-9]{1,4}",
        "app-[0-9a-f]{4}-221110_123456789012",
        "\\PC{1,100}",
    ]
}

prop_compose! {
    fn fact()(
        region in prop::sample::select(&REGIONS[..]),
        app in prop_oneof!["[a-d]", name()],
        name in name(),
        label in label(),
        other in label(),
        level in prop::sample::select(&Level::ALL[..]),
        count in 0usize..5,
        is_mixed in any::<bool>(),
        busy in prop::option::of(prop::sample::select(&[ActivityKind::Deploy, ActivityKind::Terminate, ActivityKind::Unknown][..])),
        enhanced in any::<bool>(),
    ) -> Fact {
        let mut each = instances(count, &label, 500);
        if is_mixed {
            each.extend(instances(2, &other, 5_000).into_iter().enumerate().map(|(index, mut instance)| {
                instance.id = format!("i-1{index}ffffffffffffffff").as_str().into();
                instance
            }));
        }
        let long = "The health of this environment has \u{1b}[2Jchanged, and the sentence that tells why is quite a bit longer than any row.";
        Fact {
            level,
            causes: vec![long],
            instances: each,
            busy,
            enhanced,
            health_known: enhanced,
            traffic: None,
            events: vec![event(70, quarterdeck::model::event::Severity::Warning, long, None)],
            ..environment(region, &app, &name, &label)
        }
    }
}

fn draw(state: &State) -> Buffer {
    let area = Rect::new(0, 0, state.size.width, state.size.height);
    let mut buffer = Buffer::empty(area);
    let _ = screen::draw(state, theme(), area, &mut buffer);
    buffer
}

fn press(state: &mut State, keys: &str) {
    for key in keys.split_whitespace() {
        let _ = update(state, Event::Key(key.parse::<Key>().unwrap()));
        let _ = settle(state);
        let _ = update(state, Event::Drawn);
    }
}

/// No cell holds anything that a terminal could obey, or half of a wide character.
fn assert_harmless(buffer: &Buffer) {
    for cell in buffer.content() {
        let symbol = cell.symbol();
        assert_eq!(safe(symbol), symbol);
        assert!(!symbol.chars().any(char::is_control));
    }
}

/// Every environment in the window shows its name in full, or cut with `…`.
fn assert_names_whole(state: &State, shown: &str) {
    let window = quarterdeck::app::act::fleet_window(state);
    let rows = state.fleet_screen.rows.iter().skip(state.fleet_screen.cursor.offset()).take(window);
    for (line, row) in shown.lines().skip(2).zip(rows) {
        let name = match row {
            Row::Environment(key) => harmless(key.name.as_str().into()).into_owned(),
            Row::Group(app) => harmless(app.as_str().into()).into_owned(),
        };
        let cell = line.chars().skip(3).collect::<String>();
        let whole = cell.starts_with(name.trim_end());
        let cut = cell.split_once('…').is_some_and(|(head, _)| name.starts_with(head));
        assert!(whole || cut, "{name:?} is not in {line:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_fleet_at_any_size_is_shown_whole_or_with_an_ellipsis(
        facts in prop::collection::vec(fact(), 0..40),
        size in (80u16..=300, 24u16..=100),
        keys in prop::collection::vec(prop::sample::select(&["j", "G", "g", "pgdn", "ctrl-d", "s", "→", "←", "z", "f", "space", "V"][..]), 0..12),
    ) {
        let observations = REGIONS.iter().flat_map(|region| told(&facts, region, 7)).collect();
        let mut state = arranged(size, observations);
        press(&mut state, &keys.join(" "));
        let buffer = draw(&state);
        let shown = text(&buffer);
        assert_harmless(&buffer);
        if !state.fleet_screen.rows.is_empty() {
            prop_assert_eq!(shown.lines().filter(|line| line.starts_with('▌')).count(), 1, "{}", shown);
            assert_names_whole(&state, &shown);
        }
        prop_assert!(shown.lines().all(|line| width(line) <= usize::from(size.0)));
    }

    #[test]
    fn any_environment_at_any_size_can_be_opened(
        facts in prop::collection::vec(fact(), 1..6),
        size in (80u16..=300, 24u16..=100),
        keys in prop::collection::vec(prop::sample::select(&["j", "G", "tab", "pgdn", "?", "esc", ":"][..]), 0..8),
    ) {
        let observations = REGIONS.iter().flat_map(|region| told(&facts, region, 7)).collect();
        let mut state = arranged(size, observations);
        press(&mut state, "enter");
        press(&mut state, &keys.join(" "));
        assert_harmless(&draw(&state));
    }

    #[test]
    fn what_is_pending_and_what_waits_is_shown_at_any_size(
        size in (80u16..=300, 24u16..=100),
        keys in prop::collection::vec(
            prop::sample::select(&["2", "3", "6", "7", "t", "b", "f", "d", "u", "enter", "A", "X", "m", "space", "j", "G", "pgdn", "esc", "tab", "c", "?"][..]),
            0..12,
        ),
    ) {
        let mut state = crate::support::forge::rich(size);
        press(&mut state, &keys.join(" "));
        let buffer = draw(&state);
        assert_harmless(&buffer);
        let shown = text(&buffer);
        prop_assert!(shown.lines().all(|line| width(line) <= usize::from(size.0)));
        let has_rows = match state.place() {
            Place::Pending(_) => !state.pending_screen.rows.is_empty(),
            Place::Promotions => !state.promotions_screen.rows.is_empty(),
            Place::Sheet(_, _) => !state.sheet_screen.rows.is_empty(),
            Place::Operations => !state.operations_screen.rows.is_empty(),
            Place::Properties(_) => !state.properties_screen.rows.is_empty(),
            Place::Fleet | Place::Environment(_) | Place::Logs(_) | Place::Previews | Place::Timeline(_) => false,
        };
        if has_rows && state.dialog.is_none() {
            prop_assert_eq!(shown.lines().filter(|line| line.starts_with('▌')).count(), 1, "{}", shown);
        }
    }

    /// Whoever may open a pull request, name a workflow or write a check writes on these screens.
    #[test]
    fn what_people_write_on_github_does_no_harm_on_any_screen(
        size in (80u16..=200, 24u16..=60),
        start in prop::sample::select(&["2", "2 j j j", "3", "3 enter", "3 enter A", "3 D enter", "3 D j enter", "2 j j j d", "2 j j j i", "2 j o", "6", "j t", "7"][..]),
        keys in prop::collection::vec(
            prop::sample::select(&["j", "k", "enter", "tab", "space", "A", "X", "D", "d", "i", "o", "c", "U", "y", "pgdn", "esc", "?", ":"][..]),
            0..8,
        ),
    ) {
        let mut state = crate::support::forge::hostile(size);
        press(&mut state, start);
        assert_harmless(&draw(&state));
        press(&mut state, &keys.join(" "));
        let buffer = draw(&state);
        assert_harmless(&buffer);
        prop_assert!(text(&buffer).lines().all(|line| width(line) <= usize::from(size.0)));
    }

    #[test]
    fn any_size_at_all_draws(width in 0u16..=90, height in 0u16..=30) {
        let mut state = crate::support::fleet::rich((width, height));
        assert_harmless(&draw(&state));
        press(&mut state, "enter ?");
        assert_harmless(&draw(&state));
    }
}
