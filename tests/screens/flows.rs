//! What keys do, seen on the screen.

use crossterm::event::{Event as Raw, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use quarterdeck::app::event::{Effect, Event};
use quarterdeck::model::health::Level;

use crate::support::fleet::{self, facts, told};
use crate::support::stage::{Stage, roles};

/// The names of the environments on the screen, from top to bottom.
fn names(stage: &Stage) -> Vec<String> {
    let text = stage.text();
    let rows = text.lines().skip(2).take_while(|line| !line.starts_with("──"));
    let rows = rows.filter(|line| !line.contains("─ ") && !line.trim().is_empty());
    rows.map(|line| line.trim_start_matches(['▌', '◆', ' ']).split_whitespace().next().unwrap_or("").to_owned()).collect()
}

#[test]
fn a_filter_narrows_while_it_is_typed_and_says_how_many_fit() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("/ 'staging");
    assert_eq!(names(&stage), ["h-staging", "h-websocket-staging"]);
    assert!(stage.line(38).starts_with(" / staging"), "{}", stage.line(38));
    assert!(stage.line(38).ends_with("2 of 93 fit"), "{}", stage.line(38));
    assert_eq!(stage.shown().cursor.map(|at| (at.x, at.y)), Some((10, 38)));
    stage.keys("enter");
    assert_eq!(stage.shown().cursor, None);
    stage.keys("esc");
    assert!(stage.text().contains("h-prod"));
}

#[test]
fn words_are_inverted_and_aimed_at_columns() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("/ 'region:us-west space '!staging space '!evil enter");
    let names = names(&stage);
    assert!(names.contains(&"h-prod".to_owned()) && !names.contains(&"h-staging".to_owned()), "{names:?}");
}

#[test]
fn what_is_no_expression_is_said_and_the_last_good_filter_stays() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("/ 'staging(");
    assert!(stage.line(38).contains("is not a regular expression: unclosed group"), "{}", stage.line(38));
    assert_eq!(names(&stage), ["h-staging", "h-websocket-staging"]);
    stage.keys("backspace");
    assert!(stage.line(38).ends_with("2 of 93 fit"));
}

#[test]
fn columns_sort_both_ways_and_back_to_urgency() {
    let mut stage = Stage::rich(120, 40);
    assert!(stage.line(1).contains("HEALTH ") && !stage.line(1).contains('▴'));
    stage.keys("s");
    assert!(stage.line(1).contains("HEALTH▴"), "{}", stage.line(1));
    assert!(stage.line(2).contains("Severe"));
    stage.keys("s");
    assert!(stage.line(1).contains("HEALTH▾"));
    assert!(stage.line(2).contains("Ok"), "{}", stage.line(2));
    stage.keys("s");
    assert!(!stage.line(1).contains('▾') && stage.line(2).contains("h ──"));
}

/// A narrow table shows the column that is selected, though it is worth less than another.
#[test]
fn a_selected_column_comes_into_sight() {
    let mut stage = Stage::rich(80, 24);
    assert!(!stage.line(1).contains("P99"));
    stage.keys("→ → → → →");
    assert!(stage.line(1).contains("P99"), "{}", stage.line(1));
}

#[test]
fn the_selection_follows_the_environment_across_sorting() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("j j");
    assert!(stage.selected().contains("h-prod") && stage.selected().contains("us-west-1"), "{}", stage.selected());
    for keys in ["s", "s", "s", "← ← s"] {
        stage.keys(keys);
        assert!(stage.selected().contains("h-prod") && stage.selected().contains("us-west-1"), "{keys}: {}", stage.selected());
    }
}

#[test]
fn the_selection_follows_the_environment_when_its_row_moves() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("j j");
    let mut worse = facts();
    for fact in worse.iter_mut().filter(|fact| fact.name == "h-staging") {
        fact.level = Level::Severe;
    }
    let before = stage.selected();
    stage.tell(Event::Observed(told(&worse, "us-west-1", 1)));
    assert!(stage.selected().contains("h-prod"), "{before} became {}", stage.selected());
    assert!(stage.line(0).contains("2 severe"));
}

#[test]
fn folded_apps_keep_what_needs_a_person_in_sight() {
    let mut stage = Stage::rich(120, 40);
    let folded = stage.lines_with("orchid ─");
    assert!(folded[0].contains("84 environments") && folded[0].ends_with("81 folded"), "{folded:?}");
    assert_eq!(names(&stage).iter().filter(|name| name.starts_with("orchid-")).count(), 3);
    stage.keys("/ 'orchid-030 enter esc");
    stage.keys("G");
    assert!(stage.selected().contains("tools") || !stage.selected().is_empty());
    stage.keys("f f");
    let heading = stage.lines_with("orchid ─").join("");
    assert!(!heading.contains("folded"), "{heading}");
}

#[test]
fn faults_only_shows_what_needs_a_person() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("z");
    assert!(stage.line(0).contains("faults only"));
    let names = names(&stage);
    assert!(names.contains(&"h-prod".to_owned()) && !names.contains(&"h-staging".to_owned()), "{names:?}");
    assert_eq!(names.len(), 6, "{names:?}");
    stage.keys("esc");
    assert!(stage.line(0).contains("fleet › all"));
}

#[test]
fn marks_survive_a_filter_which_says_how_many_it_hides() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("space space");
    assert_eq!(stage.lines_with("◆ h-").len(), 2);
    assert!(stage.line(39).contains("◆ 2 marked"), "{}", stage.line(39));
    stage.keys("/ 'orchid enter");
    assert!(stage.line(38).contains("◆ 2 marked hidden"), "{}", stage.line(38));
    stage.keys("esc ctrl-\\");
    assert_eq!(stage.lines_with("◆").len(), 0);
}

#[test]
fn a_range_is_marked_from_the_last_mark() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("space j j V");
    assert_eq!(stage.lines_with("◆ h-").len(), 4);
}

#[test]
fn history_goes_back_and_forth() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("enter");
    assert!(stage.line(0).contains("h-prod ca-central-1"));
    stage.keys("[");
    assert!(stage.line(0).contains("fleet › all"));
    stage.keys("]");
    assert!(stage.line(0).contains("h-prod ca-central-1"));
    stage.keys("- -");
    assert!(stage.line(0).contains("h-prod ca-central-1"));
    stage.keys("q");
    assert!(stage.line(0).contains("fleet › all"));
    stage.keys("q");
    assert!(stage.has_ended());
}

#[test]
fn q_on_the_fleet_clears_what_narrows_it_before_it_quits_and_its_hint_says_which() {
    // So wide that every hint has room.
    let mut stage = Stage::rich(400, 40);
    assert!(stage.line(39).contains("q quit"), "{}", stage.line(39));
    stage.keys("space z / 'h- enter");
    assert!(stage.line(39).contains("q clear"), "{}", stage.line(39));
    stage.keys("q");
    assert!(stage.line(0).contains("fleet › faults only") && !stage.line(0).contains("/h-"), "{}", stage.line(0));
    stage.keys("q");
    assert!(stage.line(0).contains("fleet › all") && stage.line(39).contains("◆ 1 marked") && stage.line(39).contains("q clear"));
    stage.keys("q");
    assert!(!stage.line(39).contains("marked") && stage.line(39).contains("q quit") && !stage.has_ended(), "{}", stage.line(39));
    stage.keys("enter");
    assert!(stage.line(39).contains("q back"), "{}", stage.line(39));
    stage.keys("q q");
    assert!(stage.has_ended());
}

/// A region that holds nothing is read every ten minutes: its age is not that of what is shown.
#[test]
fn the_footer_tells_the_age_of_what_is_shown() {
    let mut stage = Stage::rich(120, 40);
    let before = stage.line(39);
    stage.tell(Event::Observed(fleet::told(&[], "sa-east-1", 500)));
    assert_eq!(stage.line(39), before);
}

#[test]
fn help_lists_the_keys_of_this_screen_and_scrolls_to_its_end() {
    let mut stage = Stage::rich(80, 24);
    stage.keys("?");
    assert!(stage.text().contains("Show only what needs a person") && !stage.text().contains("Go to the next pane"));
    let first = stage.text();
    stage.keys("pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn");
    assert!(stage.text().contains("the end") && stage.text() != first);
    stage.keys("esc enter ?");
    assert!(stage.text().contains("Go to the next pane") && !stage.text().contains("Show only what needs a person"));
}

#[test]
fn the_palette_finds_an_environment_by_a_few_letters() {
    let mut stage = Stage::rich(120, 40);
    stage.keys(": 'hpca enter");
    assert!(stage.line(0).contains("h-prod ca-central-1"), "{}", stage.line(0));
}

#[test]
fn the_palette_says_why_a_command_that_is_typed_cannot_act_now() {
    let mut stage = Stage::rich(120, 40);
    stage.keys(": 'clear-marks");
    let text = stage.text();
    assert!(stage.selected().contains("clear-marks") && stage.selected().contains("nothing is marked"), "{text}");
    stage.keys("enter");
    assert!(stage.line(39).contains("nothing is marked") && !stage.text().contains("palette ─"), "{}", stage.text());
    // What can act stands before what cannot, and so does an environment of this name.
    stage.keys(": 'mark");
    assert!(!stage.selected().contains("nothing is marked"), "{}", stage.text());
    // Nothing is explained that nobody has asked for.
    stage.keys("esc :");
    assert!(!stage.text().contains("nothing is marked"), "{}", stage.text());
}

/// What is used most is at the top of the help, and where there is room, all of it is seen at once.
#[test]
fn the_help_tells_what_is_used_most_first_and_all_of_it_where_there_is_room() {
    let mut stage = Stage::rich(80, 24);
    stage.keys("?");
    for used in ["Open the selected environment", "Narrow what is shown", "Follow the logs", "Show what changed", "Deploy a version to"] {
        assert!(stage.text().contains(used), "no {used} in {}", stage.text());
    }
    let mut stage = Stage::rich(200, 60);
    stage.keys("?");
    assert!(
        stage.text().contains("Not the version that the environment wants") && stage.text().contains("Open the selected"),
        "{}",
        stage.text()
    );
    assert!(!stage.text().contains("lines below"), "{}", stage.text());
}

/// Where the sentence would be cut, the row tells in few words what is wrong; the details have all of it.
#[test]
fn what_is_wrong_is_told_in_few_words_where_there_is_little_room() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("/ 'name:^h-prod space 'region:ca enter g j");
    assert!(stage.selected().contains("31 % 5xx"), "{}", stage.text());
    assert!(stage.text().contains("31 % of the requests are failing with HTTP 5xx."), "{}", stage.text());
}

#[test]
fn the_palette_begins_with_what_acts() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("/ 'name:^h-prod space 'region:us enter j :");
    let at = |stage: &Stage, name: &str| {
        let text = stage.text();
        text.lines().position(|line| line.contains(&format!(" {name} "))).unwrap_or_else(|| panic!("no {name} in {text}"))
    };
    assert!(at(&stage, "restart") < at(&stage, "faults-only"), "{}", stage.text());
    assert!(at(&stage, "deploy") < at(&stage, "logs-here"), "{}", stage.text());
    stage.keys("pgdn pgdn");
    assert!(at(&stage, "properties") < at(&stage, "help"), "{}", stage.text());
}

#[test]
fn ctrl_c_twice_asks_and_y_quits() {
    let mut stage = Stage::rich(80, 24);
    stage.keys("ctrl-c");
    assert!(stage.line(23).contains("press ctrl-c again to quit"));
    stage.keys("ctrl-c");
    assert!(stage.text().contains("Quit Quarterdeck?"));
    stage.keys("n");
    assert!(!stage.text().contains("Quit Quarterdeck?") && !stage.has_ended());
    stage.keys("ctrl-c ctrl-c y");
    assert!(stage.has_ended());
}

#[test]
fn ctrl_c_long_after_the_first_starts_anew() {
    let mut stage = Stage::rich(80, 24);
    stage.keys("ctrl-c").pass(3).keys("ctrl-c");
    assert!(!stage.text().contains("Quit Quarterdeck?"));
}

#[test]
fn keys_typed_before_a_dialog_was_drawn_do_not_reach_it() {
    let mut stage = Stage::rich(80, 24);
    stage.burst("ctrl-c ctrl-c y");
    assert!(!stage.has_ended());
    assert!(stage.text().contains("Quit Quarterdeck?"));
    stage.keys("y");
    assert!(stage.has_ended());
}

#[test]
fn pasted_text_never_confirms_and_acts_only_in_a_text_field() {
    let mut stage = Stage::rich(80, 24);
    stage.keys("ctrl-c ctrl-c").raw(Raw::Paste("y".to_owned()));
    assert!(!stage.has_ended());
    stage.keys("esc").raw(Raw::Paste("q".to_owned()));
    assert!(!stage.has_ended());
    stage.keys("/").raw(Raw::Paste("stag\u{1b}[31ming\nq".to_owned()));
    assert!(stage.text().contains("/ stag[31ming"), "{}", stage.text());
}

#[test]
fn a_resize_draws_the_new_size_and_keeps_the_selection() {
    let mut stage = Stage::rich(200, 60);
    stage.keys("j j j");
    let name = |stage: &Stage| stage.selected().split_whitespace().nth(1).unwrap().to_owned();
    let before = name(&stage);
    for (width, height) in [(80, 24), (120, 40), (300, 100)] {
        stage.resize(width, height);
        assert_eq!(name(&stage), before);
        assert_eq!(stage.text().lines().count(), usize::from(height));
    }
}

#[test]
fn tab_gives_the_keys_to_the_other_pane_and_its_selection_is_told_in_full() {
    let mut stage = Stage::rich(80, 24);
    stage.keys("enter");
    assert!(stage.text().contains("── i-00a3c59e17b4d2f68"), "{}", stage.text());
    stage.keys("tab");
    assert!(stage.text().contains("Environment health has transitioned from Ok to Severe."));
    assert!(stage.text().contains("26m ago · warning"), "{}", stage.text());
}

#[test]
fn what_is_on_the_screen_is_read_first() {
    let mut stage = Stage::rich(80, 24);
    let _ = stage.asked();
    stage.keys("enter");
    let asked = stage.asked();
    let open = asked.iter().find_map(|effect| if let Effect::Attend(attention) = effect { attention.open.clone() } else { None });
    assert_eq!(open, Some(fleet::key("ca-central-1", "h-prod")));
    stage.keys("ctrl-r");
    assert_eq!(stage.asked(), [Effect::ReadNow(Some(fleet::key("ca-central-1", "h-prod")))]);
    assert!(stage.line(23).contains("reading again"));
}

fn mouse(kind: MouseEventKind, column: u16, row: u16) -> Raw {
    Raw::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
}

#[test]
fn a_click_selects_and_the_wheel_moves() {
    let mut stage = Stage::rich(120, 40);
    stage.raw(mouse(MouseEventKind::Down(MouseButton::Left), 10, 5));
    assert_eq!(stage.selected(), stage.line(5));
    stage.raw(mouse(MouseEventKind::ScrollDown, 10, 10));
    assert_eq!(stage.selected(), stage.line(8));
}

#[test]
fn a_click_on_a_heading_sorts_by_its_column() {
    let mut stage = Stage::rich(120, 40);
    let at = u16::try_from(stage.line(1).find("REGION").unwrap()).unwrap();
    stage.raw(mouse(MouseEventKind::Down(MouseButton::Left), at + 2, 1));
    assert!(stage.line(1).contains("REGION▴"), "{}", stage.line(1));
    assert!(stage.line(2).contains("ca-central-1"));
    stage.raw(mouse(MouseEventKind::Down(MouseButton::Left), at + 2, 1));
    assert!(stage.line(1).contains("REGION▾"));
}

#[test]
fn an_alt_key_is_not_the_key_without() {
    let mut stage = Stage::rich(80, 24);
    stage.raw(Raw::Key(KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT)));
    assert!(!stage.has_ended());
}

/// Values whose last listing failed stay, with how old they are and why.
#[test]
fn rows_that_cannot_be_read_say_how_old_they_are() {
    let mut stage = Stage::rich(120, 40);
    let row = stage.lines_with("edu-via-prod").remove(0);
    assert!(row.contains("! unreachable, 43s old"), "{row}");
    assert!(stage.line(39).contains("▲ eu-central-1 unreachable, last read 43s ago"), "{}", stage.line(39));
    stage.pass(20);
    let row = stage.lines_with("edu-via-prod").remove(0);
    assert!(row.contains("! unreachable, 1m old"), "{row}");
}

#[test]
fn nothing_from_outside_reaches_the_screen_as_it_is() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("/ 'evil enter");
    let row = stage.selected();
    assert!(row.contains("evil␛[31m\u{fffd}dorp\u{fffd}") && row.contains("v␇1 2"), "{row}");
}

/// The window stays with the selection, however long the way.
#[test]
fn ten_thousand_environments_can_be_walked() {
    let mut stage = Stage::on(fleet::many(10_000, (200, 60)));
    assert!(stage.line(0).contains("104 degraded"), "{}", stage.line(0));
    stage.keys("f G");
    assert!(stage.selected().contains("service-"), "{}", stage.selected());
    stage.keys("/ 'service-07777 enter");
    assert!(stage.selected().contains("service-07777-prod"), "{}", stage.selected());
}

/// What cannot be seen is not done: only what leaves the screen is.
#[test]
fn on_a_screen_that_is_too_small_keys_only_leave_it() {
    let mut stage = Stage::rich(80, 24);
    let selected = stage.selected();
    stage.resize(40, 10).keys("j enter ? : / 'x").resize(80, 24);
    assert_eq!((stage.selected(), stage.has_ended()), (selected, false), "{}", stage.text());
    assert!(stage.line(0).contains("fleet › all"), "{}", stage.line(0));
    stage.resize(40, 10).keys("q");
    assert!(stage.has_ended());
}

#[test]
fn a_title_too_narrow_for_all_counts_says_that_some_are_left_out() {
    let mut stage = Stage::rich(120, 40);
    assert!(stage.line(0).contains("✖ 1 severe  ▲ 1 degraded  ? 2 unknown  ! 1 unreadable  ↻ 2 busy   02:57Z"), "{}", stage.line(0));
    stage.resize(80, 24);
    assert!(stage.line(0).contains("✖ 1 severe  ▲ 1 degraded") && stage.line(0).contains("…   02:57Z"), "{}", stage.line(0));
    stage.keys("enter");
    assert!(stage.line(0).contains("✖ 1 severe  ▲ 1 degraded  …   02:57Z"), "{}", stage.line(0));
    // However little room a filter leaves, the worst stays.
    stage.keys("q / 'a-long-filter-that-nothing-fits");
    assert!(stage.line(0).contains("✖ 1 severe") && stage.line(0).contains("…   02:57Z"), "{}", stage.line(0));
}

/// The keys that work while a filter is typed are told, and no others; nothing old is said over them.
#[test]
fn while_a_filter_is_typed_the_footer_tells_what_its_keys_do() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("ctrl-r");
    assert!(stage.line(39).contains("reading again"), "{}", stage.line(39));
    stage.keys("/");
    let footer = stage.line(39);
    assert!(footer.starts_with(" ⏎ keep  esc cancel  ↑ ↓ select"), "{footer}");
    assert!(!footer.contains("reading again") && !footer.contains("open") && !footer.contains("sort"), "{footer}");
    stage.keys("'prod");
    assert!(stage.line(39).starts_with(" ⏎ keep  esc clear"), "{}", stage.line(39));
    stage.keys("enter");
    assert!(stage.line(39).contains("⏎ open") && !stage.line(39).contains("reading again"), "{}", stage.line(39));
}

#[test]
fn the_palette_offers_motions_last() {
    let mut stage = Stage::rich(120, 40);
    stage.keys(":");
    let text = stage.text();
    let first = text.lines().find(|line| line.contains('▌')).unwrap_or_default();
    assert!(!first.contains("down"), "{text}");
    let names: Vec<&str> =
        text.lines().filter_map(|line| line.split('│').nth(1)?.trim_start_matches(['▌', ' ']).split(' ').next()).collect();
    for motion in ["down", "up", "half-page-down", "column-left"] {
        assert!(!names.contains(&motion), "{motion} in {text}");
    }
    assert!(text.contains("logs-here") && text.contains("fold-all"), "{text}");
    // Who types its name finds it.
    stage.keys("'half-page-d");
    assert!(stage.text().contains("half-page-down"), "{}", stage.text());
}

/// What was severe when it was last read still looks so: only the word is grey.
#[test]
fn a_stale_sign_keeps_its_colour() {
    let mut stage = Stage::rich(120, 40);
    let gone = fleet::failed("ca-central-1", 0, quarterdeck::model::fault::FaultKind::Unreachable, "ca-central-1 cannot be reached");
    stage.tell(Event::Observed(vec![gone]));
    let text = stage.text();
    let row = text.lines().position(|line| line.contains("✖ Severe")).unwrap();
    let column = text.lines().nth(row).unwrap().chars().position(|letter| letter == '✖').unwrap();
    let roles = roles(&stage.shown().buffer);
    let map: Vec<char> = roles.lines().nth(row).unwrap().chars().collect();
    assert_eq!((map[column], map[column + 2], map[column - 12]), ('S', '~', '~'), "{}", stage.picture());
}

/// The rich fleet with these environments of us-west-1 severe, as it is told a moment later.
fn worse(names: &[&str]) -> Event {
    let mut facts = facts();
    for fact in facts.iter_mut().filter(|fact| names.contains(&fact.name.as_str()) && fact.region == "us-west-1") {
        fact.level = Level::Severe;
    }
    Event::Observed(told(&facts, "us-west-1", 1))
}

/// The apps on the screen, from top to bottom.
fn apps(stage: &Stage) -> Vec<String> {
    let headings = stage.lines_with(" ─").into_iter().chain(stage.lines_with("▾"));
    let mut apps: Vec<String> = Vec::new();
    for line in headings.filter(|line| line.contains(['▾', '▸'])) {
        apps.extend(line.split_whitespace().find(|word| word.chars().all(char::is_alphabetic)).map(str::to_owned));
    }
    let text = stage.text();
    apps.sort_by_key(|app| text.lines().position(|line| line.contains(['▾', '▸']) && line.contains(&format!(" {app} "))));
    apps.dedup();
    apps
}

#[test]
fn rows_and_groups_do_not_jump_while_they_are_read() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("j j j");
    let (rows, groups) = (names(&stage), apps(&stage));
    assert_eq!(groups, ["h", "orchid", "via", "tools"]);
    stage.tell(worse(&["h-staging", "via-prod"]));
    assert!(stage.line(0).contains("✖ 3 severe"), "{}", stage.line(0));
    assert_eq!((names(&stage), apps(&stage)), (rows.clone(), groups));
    // Whoever reads further down for a while is not disturbed either.
    stage.pass(60);
    assert_eq!(names(&stage), rows);
    let selected = stage.selected();
    stage.keys("ctrl-r");
    assert_eq!(apps(&stage), ["h", "via", "orchid", "tools"]);
    assert_eq!(selected.split_whitespace().next(), stage.selected().split_whitespace().next());
}

#[test]
fn the_worst_comes_to_the_top_once_nobody_reads() {
    for (keys, seconds) in [("j k", 10), ("j j j", 120)] {
        let mut stage = Stage::rich(120, 40);
        stage.keys(keys).tell(worse(&["via-prod"])).pass(seconds - 1);
        assert_eq!(apps(&stage), ["h", "orchid", "via", "tools"], "{keys}");
        stage.pass(1);
        assert_eq!(apps(&stage), ["h", "via", "orchid", "tools"], "{keys}");
    }
}

#[test]
fn what_asks_for_another_order_gets_it() {
    for keys in ["s s s", "/ 'prod esc", "enter esc", "z z", "ctrl-r"] {
        let mut stage = Stage::rich(120, 40);
        stage.keys("j j j").tell(worse(&["via-prod"])).keys(keys);
        assert_eq!(apps(&stage), ["h", "via", "orchid", "tools"], "{keys}: {}", stage.text());
    }
}

#[test]
fn rows_sorted_by_a_column_stay_as_well() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("s j j j");
    let rows = names(&stage);
    stage.tell(worse(&["via-prod"]));
    assert_eq!(names(&stage), rows);
    stage.keys("s s s");
    stage.keys("s");
    assert_ne!(names(&stage), rows);
}

/// Who asks to read again wants to see what comes of it; who then does something else is on the way again.
#[test]
fn what_is_read_again_by_hand_finds_its_place() {
    for (keys, expected) in [("ctrl-r", ["h", "via", "orchid", "tools"]), ("ctrl-r j", ["h", "orchid", "via", "tools"])] {
        let mut stage = Stage::rich(120, 40);
        stage.keys("j j j").pass(1);
        for key in keys.split(' ') {
            stage.keys(key).pass(1);
        }
        stage.tell(worse(&["via-prod"]));
        assert_eq!(apps(&stage), expected, "{keys}");
    }
}

/// Before anyone has pressed a key, answers find their places as they come.
#[test]
fn nothing_is_kept_before_the_first_key() {
    let mut stage = Stage::rich(120, 40);
    stage.tell(worse(&["via-prod"]));
    assert_eq!(apps(&stage), ["h", "via", "orchid", "tools"]);
}
