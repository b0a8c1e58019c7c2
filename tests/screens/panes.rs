//! Two panes: keys in, screens out.

use std::sync::OnceLock;

use crossterm::event::{Event as Raw, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use insta::assert_snapshot;
use proptest::prelude::*;
use quarterdeck::app::event::{Attention, Effect, Event};
use quarterdeck::app::history::Place;
use quarterdeck::app::key::Key;
use quarterdeck::app::logs::order::{News, Order};
use quarterdeck::app::logs::saving::SaveId;
use quarterdeck::app::panes::Pane;
use quarterdeck::app::state::State;
use quarterdeck::app::update::{settle, update};
use quarterdeck::model::id::Repository;
use quarterdeck::ui::panes;
use quarterdeck::ui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::support::fleet::rich;
use crate::support::forge;
use crate::support::lines::{Followed, WEB, counted, follows, line, live, sources, tell};
use crate::support::stage::{Stage, lettered};

/// The Fleet with the logs of one environment in a second pane, which has the keys.
fn fleet_and_log(width: u16, height: u16) -> (Stage, Followed) {
    let mut stage = Stage::rich(width, height);
    stage.keys("/ 'websocket-prod enter ctrl-w l");
    let followed = follows(&stage).unwrap();
    let mut items = sources(followed.feeds[0].0);
    items.push(live(counted(100)));
    tell(&mut stage, &followed, items);
    (stage, followed)
}

/// The first pane's half of each row of the screen, and the second one's.
fn halves(stage: &Stage) -> (String, String) {
    let half = |row: String| -> (String, String) {
        let middle = row.chars().count().min(99);
        (row.chars().take(middle).collect(), row.chars().skip(middle).collect())
    };
    let rows: Vec<(String, String)> = stage.text().lines().map(|row| half(row.to_owned())).collect();
    let join = |rows: Vec<String>| rows.join("\n");
    (join(rows.iter().map(|row| row.0.clone()).collect()), join(rows.into_iter().map(|row| row.1).collect()))
}

fn mouse(kind: MouseEventKind, column: u16, row: u16) -> Raw {
    Raw::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
}

/// The rows of the frame that are headings of panes, the thick one of the pane that has the keys first.
fn headings(stage: &Stage) -> (Vec<String>, Vec<String>) {
    (stage.lines_with("━━"), stage.lines_with("──"))
}

#[test]
fn the_fleet_beside_a_log() {
    for (width, height) in [(140, 42), (200, 60)] {
        let (stage, _) = fleet_and_log(width, height);
        assert_snapshot!(format!("panes_{width}x{height}"), stage.picture());
    }
}

#[test]
fn a_key_that_opens_a_screen_opens_it_in_the_other_pane_behind_ctrl_w() {
    let (mut stage, _) = fleet_and_log(200, 60);
    // The row stands in the Fleet still, the lines beside it.
    let (left, right) = halves(&stage);
    assert!(left.contains("h-websocket-prod") && left.contains("fleet › /websocket-prod"), "{left}");
    assert!(right.contains("logs › h-websocket-prod") && right.contains("line number 99"), "{right}");
    // From the Fleet again: the same pane shows the environment now, and goes back to its logs.
    stage.keys("ctrl-w w ctrl-w enter");
    let (left, right) = halves(&stage);
    assert!(left.contains("fleet ›") && right.contains("fleet › h-websocket-prod"), "{right}");
    stage.keys("[");
    assert!(halves(&stage).1.contains("line number 99"));
    // What opens no screen means nothing there, and says so.
    stage.keys("ctrl-w w ctrl-w x");
    assert!(stage.text().contains("ctrl-w x means nothing"), "{}", stage.text());
}

#[test]
fn two_logs_tell_at_once_and_each_is_read_by_itself() {
    let (mut stage, beside) = fleet_and_log(200, 60);
    stage.keys("ctrl-w ← / ctrl-u 'h-prod enter l");
    let first = follows(&stage).unwrap();
    assert_ne!(first.stream, beside.stream);
    let mut items = sources(first.feeds[0].0);
    items.push(live((0..100).map(|number| line(WEB, (100 - number) * 1_000, format!("INFO other {number}"))).collect()));
    tell(&mut stage, &first, items);
    let (left, right) = halves(&stage);
    assert!(left.contains("logs › h-prod") && left.contains("other 99"), "{left}");
    assert!(right.contains("line number 99"), "{right}");
    // The left one is held; both go on taking in what is told, and each frame is taken.
    stage.keys("k k");
    let _ = stage.asked();
    tell(&mut stage, &first, vec![live(vec![line(WEB, 500, "INFO newest of the first")])]);
    tell(&mut stage, &beside, vec![live(vec![line(WEB, 400, "INFO newest of the second")])]);
    let (left, right) = halves(&stage);
    assert!(left.contains("↓ 1 new") && !left.contains("newest of the first"), "{left}");
    assert!(right.contains("newest of the second") && right.contains(" following "), "{right}");
    let asked = stage.asked();
    for stream in [first.stream, beside.stream] {
        assert!(asked.contains(&Effect::Logs(Order::Taken(stream))), "{asked:?}");
    }
    // A filter narrows its own lines only.
    stage.keys("& 'nothing-has-this enter");
    let (left, right) = halves(&stage);
    assert!(!left.contains("other 9") && right.contains("newest of the second"), "{left}");
}

#[test]
fn each_pane_has_a_history_of_its_own_and_q_closes_one_where_nothing_is_to_go_back_to() {
    let (mut stage, log) = fleet_and_log(200, 60);
    let _ = stage.asked();
    stage.keys("ctrl-w w 4");
    let (left, right) = halves(&stage);
    assert!(left.contains("operations") && right.contains("line number 99"), "{left}");
    stage.keys("[");
    assert!(halves(&stage).0.contains("fleet ›"));
    // Esc closes no pane: what its logs have told would go with it.
    stage.keys("ctrl-w w esc");
    assert!(halves(&stage).1.contains("fleet › /websocket-prod"), "{}", stage.text());
    stage.keys("[");
    assert!(halves(&stage).1.contains("line number 99"));
    assert!(!stage.asked().contains(&Effect::Logs(Order::End(log.stream))));
    stage.keys("q");
    assert!(stage.asked().contains(&Effect::Logs(Order::End(log.stream))), "its tail ends with it");
    assert!(!stage.text().contains("line number") && headings(&stage).0.is_empty(), "{}", stage.text());
    assert!(stage.line(0).contains("fleet › /websocket-prod"), "{}", stage.line(0));
    // The last one is left as ever, once nothing is narrowed.
    stage.keys("q");
    assert!(!stage.has_ended() && stage.line(0).contains("fleet › all"), "{}", stage.line(0));
    stage.keys("q");
    assert!(stage.has_ended());
}

#[test]
fn ctrl_w_o_keeps_this_one_and_the_fleet_is_found_as_it_was_left() {
    let (mut stage, _) = fleet_and_log(200, 60);
    stage.keys("ctrl-w o");
    assert!(stage.line(0).contains("logs › h-websocket-prod"), "{}", stage.line(0));
    assert!(stage.text().contains("line number 99"));
    stage.keys("1");
    assert!(stage.line(0).contains("fleet › /websocket-prod"), "{}", stage.line(0));
}

#[test]
fn who_has_the_keys_is_plain_without_colours() {
    let (mut stage, _) = fleet_and_log(200, 60);
    let heading = |stage: &Stage| stage.line(1);
    assert!(heading(&stage).starts_with("── fleet ›") && heading(&stage).contains("━━ logs › h-websocket-prod"), "{}", heading(&stage));
    stage.keys("ctrl-w w");
    assert!(heading(&stage).starts_with("━━ fleet ›") && heading(&stage).contains("── logs › h-websocket-prod"), "{}", heading(&stage));
}

#[test]
fn a_terminal_that_is_too_small_says_what_has_room() {
    let mut small = Stage::rich(80, 24);
    for key in ["v", "s", "l"] {
        small.keys(&format!("ctrl-w {key}"));
        assert!(small.text().contains("two panes need 161 × 24 cells,") && small.text().contains(" or 80 × 40"), "{}", small.text());
        assert!(headings(&small).0.is_empty());
    }
    let mut narrow = Stage::rich(140, 42);
    narrow.keys("ctrl-w v");
    assert!(
        narrow.text().contains("side by side needs 161 × 24 cells, here are 140 × 42: ctrl-w s puts one above the other"),
        "{}",
        narrow.text()
    );
    narrow.keys("ctrl-w s");
    assert_eq!(headings(&narrow).0.len(), 1);
}

#[test]
fn a_smaller_terminal_hides_one_pane_and_a_larger_one_brings_it_back() {
    let (mut stage, log) = fleet_and_log(200, 60);
    stage.keys("k k");
    let before = stage.text();
    stage.resize(100, 30);
    assert!(stage.line(0).contains("pane 2 of 2") && stage.line(0).contains("logs › h-websocket-prod"), "{}", stage.text());
    stage.keys("ctrl-w w");
    assert!(stage.line(0).contains("pane 1 of 2") && stage.line(0).contains("fleet ›"), "{}", stage.text());
    stage.keys("ctrl-w w").resize(60, 10);
    assert!(stage.text().contains("needs 80 × 24"), "{}", stage.text());
    stage.resize(200, 60);
    assert_eq!(stage.text(), before);
    assert!(!stage.asked().contains(&Effect::Logs(Order::End(log.stream))));
}

#[test]
fn a_pane_is_zoomed_and_its_share_changes() {
    let (mut stage, _) = fleet_and_log(200, 60);
    let before = stage.text();
    stage.keys("ctrl-w z");
    assert!(stage.line(0).contains("pane 2 of 2"), "{}", stage.line(0));
    stage.keys("ctrl-w z");
    assert_eq!(stage.text(), before);
    let middle = |stage: &Stage| stage.line(1).chars().position(|cell| cell == '│').unwrap();
    assert_eq!(middle(&stage), 99);
    stage.keys("ctrl-w >");
    assert_eq!(middle(&stage), 89);
    stage.keys("ctrl-w > ctrl-w >");
    assert_eq!(middle(&stage), 80, "the other one keeps 80 columns");
    assert!(stage.text().contains("the panes get no other size here"));
    stage.keys("ctrl-w <");
    assert!(middle(&stage) > 80);
    stage.keys("ctrl-w =");
    assert_eq!(middle(&stage), 99);
    // One above the other, and side by side again.
    stage.keys("ctrl-w s");
    let thick = stage.text().lines().position(|row| row.starts_with("━━ logs"));
    assert_eq!(thick, Some(30));
    stage.keys("ctrl-w v");
    let above = |text: &str| text.lines().take(59).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(above(&stage.text()), above(&before));
}

#[test]
fn the_mouse_gives_the_keys_to_the_pane_under_it_and_the_wheel_scrolls_what_is_under_it() {
    let mut stage = Stage::rich(200, 60);
    stage.keys("ctrl-w v");
    let rows = |stage: &Stage| -> Vec<String> { stage.lines_with("▌") };
    assert!(stage.line(1).contains("│━━ fleet"), "{}", stage.line(1));
    // The row below the headings of the left one.
    stage.raw(mouse(MouseEventKind::Down(MouseButton::Left), 10, 5));
    assert!(stage.line(1).starts_with("━━ fleet"), "{}", stage.line(1));
    assert_eq!(stage.line(5).chars().next(), Some('▌'), "{}", stage.text());
    // A heading of the right one sorts that, and gives it the keys.
    let at = stage.line(2).chars().collect::<Vec<_>>().windows(6).rposition(|word| word.iter().collect::<String>() == "HEALTH").unwrap();
    stage.raw(mouse(MouseEventKind::Down(MouseButton::Left), u16::try_from(at).unwrap() + 1, 2));
    assert!(
        stage.line(1).contains("│━━ fleet") && stage.line(2).chars().skip(100).any(|cell| cell == '▴' || cell == '▾'),
        "{}",
        stage.text()
    );
    assert!(!stage.line(2).chars().take(99).any(|cell| cell == '▴' || cell == '▾'), "{}", stage.line(2));
    // The wheel over the left one moves there; the keys stay where they are.
    let before = rows(&stage);
    stage.raw(mouse(MouseEventKind::ScrollDown, 10, 20));
    assert!(stage.line(1).contains("│━━ fleet"));
    assert_ne!(rows(&stage), before);
    assert_eq!(stage.line(8).chars().next(), Some('▌'), "{}", stage.text());
    // A double click opens in the pane that is clicked.
    stage.raw(mouse(MouseEventKind::Down(MouseButton::Left), 10, 8)).raw(mouse(MouseEventKind::Down(MouseButton::Left), 10, 8));
    assert!(stage.line(1).starts_with("━━ fleet › ") && !stage.line(1).starts_with("━━ fleet › all"), "{}", stage.line(1));
    assert!(stage.line(1).contains("│── fleet › all"), "{}", stage.line(1));
}

#[test]
fn a_write_is_about_the_selection_of_the_pane_that_has_the_keys_and_names_it() {
    let mut stage = Stage::rich(200, 60);
    stage.keys("/ 'h-prod enter ctrl-w v / ctrl-u 'websocket-prod enter");
    let (left, right) = halves(&stage);
    assert!(left.contains("/h-prod") && right.contains("/websocket-prod"), "{}", stage.text());
    for (keys, named) in [("", "h-websocket-prod"), ("ctrl-w w", "h-prod")] {
        stage.keys(keys).keys("K");
        assert!(stage.text().contains(&format!("Lock {named} ")), "{named}: {}", stage.text());
        stage.keys("esc");
    }
    // Marks are of one pane: in a new one nothing is marked.
    stage.keys("space ctrl-w o ctrl-w v");
    assert!(stage.text().contains("fleet ›") && !halves(&stage).1.contains("◆"), "{}", stage.text());
}

#[test]
fn both_are_read_first_and_a_dialog_lies_over_both() {
    let (mut stage, _) = fleet_and_log(200, 60);
    let attended = |asked: Vec<Effect>| -> Attention {
        asked.into_iter().filter_map(|effect| if let Effect::Attend(attention) = effect { Some(attention) } else { None }).last().unwrap()
    };
    stage.keys("ctrl-w w / ctrl-u 'orchid enter");
    let attention = attended(stage.asked());
    let names: Vec<&str> = attention.visible.iter().map(|key| key.name.as_str()).collect();
    assert!(names.contains(&"h-websocket-prod") && names.iter().any(|name| name.contains("orchid")), "{names:?}");
    assert_eq!(attention.open.map(|key| key.name.to_string()), Some("h-websocket-prod".to_owned()));
    stage.keys("? pgdn pgdn pgdn pgdn pgdn pgdn");
    assert!(stage.lines_with("╭─ help").len() == 1 && stage.text().contains("ctrl-w v"), "{}", stage.text());
}

#[test]
fn a_saved_screen_shows_both_panes() {
    let (mut stage, _) = fleet_and_log(200, 60);
    let _ = stage.asked();
    stage.keys("ctrl-w w ctrl-s ↓ enter");
    let stored =
        stage.asked().into_iter().find_map(|effect| if let Effect::Store { text, .. } = effect { Some(text) } else { None }).unwrap();
    assert!(stored.contains("━━ fleet ›") && stored.contains("line number 99"), "{stored}");
}

/// What is on its way to the disk as a whole gets there: the pane that asked for it may be gone by then.
#[test]
fn what_became_of_a_file_is_told_where_its_pane_was_closed_meanwhile() {
    let full = |id| News::NotSaved(id, "the disk is full".into());
    for (news, said) in [(News::Saved as fn(SaveId) -> News, "lines are in ~/x.log"), (full, "nothing was saved: the disk is full")] {
        for close in ["q", "ctrl-w w ctrl-w o"] {
            let (mut stage, _) = fleet_and_log(200, 60);
            stage.keys("ctrl-s enter ctrl-u '~/x.log enter");
            let last =
                |effect: &Effect| if let Effect::Logs(Order::Piece { save, is_last: true, .. }) = effect { Some(*save) } else { None };
            let id = stage.asked().iter().find_map(last).unwrap_or_else(|| panic!("{}", stage.text()));
            stage.keys(close).tell(Event::Logs(news(id)));
            assert!(stage.text().contains(said), "{close}\n{}", stage.text());
        }
    }
}

#[test]
fn what_only_a_decision_needs_is_read_for_the_sheets_of_both_panes() {
    let mut state = forge::rich((200, 60));
    let other = Repository::from("hypothesis/other");
    state.history.go(Place::Sheet(forge::repository(), forge::RUN));
    press(&mut state, "ctrl-w v");
    state.history.go(Place::Sheet(other.clone(), forge::RUN));
    let _ = settle(&mut state);
    assert_eq!(state.github.regarded.decided, [other, forge::repository()]);
}

#[test]
fn behind_ctrl_w_the_footer_tells_the_keys_and_what_is_typed_is_left_alone() {
    let (mut stage, _) = fleet_and_log(200, 60);
    stage.keys("ctrl-w");
    let footer = stage.line(59);
    assert!(footer.contains("ctrl-w …") && footer.contains("w other") && footer.contains("q close"), "{footer}");
    stage.keys("esc");
    assert!(!stage.line(59).contains("ctrl-w …"));
    // In a text it takes a word away, as in every line that is typed.
    stage.keys("& 'one space 'two ctrl-w");
    assert!(stage.text().contains("& one") && !stage.text().contains("& one two"), "{}", stage.text());
}

/// All that a pane is, as text.
fn told(pane: Option<&Pane>) -> String {
    format!("{pane:?}")
}

fn theme() -> &'static Theme {
    static THEME: OnceLock<Theme> = OnceLock::new();
    THEME.get_or_init(lettered)
}

fn draw(state: &mut State) -> Buffer {
    let size = state.terminal();
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.width, size.height));
    let _ = panes::draw(state, theme(), buffer.area, &mut buffer);
    buffer
}

/// Keys that are a pane's own: none of those that give the keys to the other one, open one, or close one.
const OWN: [&str; 31] = [
    "j", "k", "G", "g", "pgdn", "ctrl-d", "s", "→", "z", "f", "space", "V", "enter", "esc", "[", "]", "-", "1", "2", "3", "4", "5", "6",
    "7", "t", "l", "u", "tab", "c", "?", "x",
];
/// Those of panes, and those that end what something else began.
const OF_PANES: [&str; 14] = [
    "ctrl-w v",
    "ctrl-w s",
    "ctrl-w w",
    "ctrl-w ←",
    "ctrl-w →",
    "ctrl-w q",
    "ctrl-w o",
    "ctrl-w z",
    "ctrl-w >",
    "ctrl-w <",
    "ctrl-w =",
    "ctrl-w l",
    "ctrl-w enter",
    "ctrl-w 1",
];

fn press(state: &mut State, keys: &str) {
    for key in keys.split_whitespace() {
        let _ = update(state, Event::Key(key.parse::<Key>().unwrap()));
        let _ = settle(state);
        let _ = update(state, Event::Drawn);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_pressed_the_other_pane_stays_as_it_is(
        steps in prop::collection::vec((prop::sample::select(&OF_PANES[..]), prop::collection::vec(prop::sample::select(&OWN[..]), 0..8)), 1..8),
        sizes in prop::collection::vec((80u16..=220, 24u16..=70), 1..4),
    ) {
        let mut state = rich((200, 60));
        for (number, (of_panes, own)) in steps.into_iter().enumerate() {
            press(&mut state, of_panes);
            if let Some((width, height)) = sizes.get(number) {
                let _ = update(&mut state, Event::Resized { width: *width, height: *height });
                let _ = settle(&mut state);
            }
            let before = told(state.other_pane());
            for key in own {
                press(&mut state, key);
                prop_assert_eq!(told(state.other_pane()), before.clone(), "{}", key);
            }
            // Whatever lies over the panes is closed again.
            press(&mut state, "esc esc");
            prop_assert_eq!(told(state.other_pane()), before);
            let (shown, place) = (draw(&mut state), state.place().clone());
            prop_assert_eq!(shown.area.width, state.terminal().width);
            prop_assert_eq!(&place, state.place(), "drawing changes nothing");
            if state.split.is_none() {
                prop_assert_eq!(state.size, state.terminal());
            }
            prop_assert!(!matches!(state.place(), Place::Sheet(..)), "the rich fleet has no run that waits");
        }
    }
}
