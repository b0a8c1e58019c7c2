//! Columns, views by name, and what of them is kept: keys in, screen and effects out.

use insta::assert_snapshot;
use quarterdeck::app::event::Effect;
use quarterdeck::model::view::{Configured, Preferences, Shown, Sort, View, columns};

use crate::support::fleet;
use crate::support::stage::Stage;

fn shown(words: &[&str]) -> Vec<Shown> {
    columns(words.iter().map(|word| word.parse().unwrap()))
}

/// The rich fleet with this configuration, and with what was kept of the last run.
fn stage(size: (u16, u16), configured: Configured, kept: Option<Preferences>) -> Stage {
    let mut state = fleet::rich(size);
    state.adopt(configured, kept);
    Stage::on(state)
}

fn keeping() -> Stage {
    stage((200, 60), Configured::default(), Some(Preferences::default()))
}

/// What the console asked to be kept, the last of it.
fn kept(stage: &Stage) -> Option<Preferences> {
    let prefer = |effect| if let Effect::Prefer(preferences) = effect { Some(*preferences) } else { None };
    stage.asked().into_iter().filter_map(prefer).next_back()
}

fn canada() -> View {
    View { filter: "region:ca".into(), faults_only: true, columns: Some(shown(&["name", "health:16", "age"])), ..View::named("canada") }
}

fn headings(stage: &Stage) -> String {
    stage.line(1).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_dialogs() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        let configured = Configured { columns: None, views: vec![canada()] };
        let mut stage = stage(size, configured, None);
        assert_snapshot!(format!("columns_{}x{}", size.0, size.1), stage.keys("v j j j space j + + J").picture());
        stage.keys("esc w 'mine ctrl-s w");
        assert_snapshot!(format!("views_{}x{}", size.0, size.1), stage.picture());
    }
}

#[test]
fn columns_are_hidden_and_carried_and_shown_at_once() {
    let mut stage = keeping();
    assert_eq!(headings(&stage), "ENVIRONMENT REGION TIER HEALTH VERSION AGE INST REQ/S P99 5XX ACTIVITY");
    stage.keys("v j j j space");
    assert!(!headings(&stage).contains("TIER"), "behind the dialog: {}", headings(&stage));
    stage.keys("j J enter");
    assert!(headings(&stage).starts_with("ENVIRONMENT REGION VERSION HEALTH AGE"), "{}", headings(&stage));
    let columns: Vec<String> = kept(&stage).unwrap().columns.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(columns.join(" "), "name account region version health age behind instances requests p99 errors activity");
    // Escape has it as it was before.
    stage.keys("v space j space esc");
    assert!(headings(&stage).starts_with("ENVIRONMENT REGION VERSION HEALTH AGE"), "{}", headings(&stage));
    stage.keys("v r enter");
    assert_eq!(headings(&stage), "ENVIRONMENT REGION TIER HEALTH VERSION AGE INST REQ/S P99 5XX ACTIVITY");
    assert_eq!(kept(&stage).unwrap().columns, None);
}

#[test]
fn a_column_is_made_wider_and_the_selected_one_is_among_those_shown() {
    let mut stage = keeping();
    stage.keys("v j j j j + + + + enter");
    let (health, version) = (stage.line(1).find("HEALTH").unwrap(), stage.line(1).find("VERSION").unwrap());
    assert_eq!(version - health, 11 + 4 + 2, "the usual width, four cells, and the gap");
    // The selected column is hidden: another one is sorted by.
    stage.keys("v space s");
    assert!(stage.text().contains("─ columns ─"), "a key of the Fleet does nothing in the dialog");
    stage.keys("j j j j space enter s");
    assert!(headings(&stage).contains("ENVIRONMENT▴"), "{}", headings(&stage));
}

#[test]
fn no_width_takes_the_names_away() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        for words in [&["health:200", "name:200", "region:150"][..], &["name:3", "activity:200", "age:90", "version:3"]] {
            let stage = stage(size, Configured { columns: Some(shown(words)), views: Vec::new() }, None);
            let text = stage.text();
            assert!(text.contains("EN") && text.contains("h-"), "{text}");
        }
    }
}

#[test]
fn a_view_is_shown_saved_and_taken_away() {
    let mut stage = stage((120, 40), Configured { columns: None, views: vec![canada()] }, Some(Preferences::default()));
    stage.keys("w enter");
    assert_eq!(headings(&stage), "ENVIRONMENT HEALTH AGE");
    assert!(stage.text().contains("region:ca") && stage.line(0).contains("faults only"), "{}", stage.text());
    assert!(stage.lines_with("h-staging").is_empty());
    // As it is shown now, with another order, under a name of its own.
    stage.keys("s w 'mine ctrl-s");
    assert!(stage.text().contains("saved as mine"), "{}", stage.text());
    let saved = kept(&stage).unwrap().views;
    let [mine] = saved.as_slice() else { panic!("{saved:?}") };
    assert_eq!((&*mine.name, &*mine.filter, mine.faults_only, mine.sort), ("mine", "region:ca", true, "health".parse::<Sort>().unwrap()));
    assert_eq!(mine.columns, canada().columns);
    // Back to all, and to it again.
    stage.keys("esc esc s s w 'mine enter");
    assert!(headings(&stage).contains("HEALTH▴") && stage.line(0).contains("faults only"), "{}", stage.text());
    stage.keys("w 'canada ctrl-s");
    assert!(stage.text().contains("change it there"), "{}", stage.text());
    stage.keys("esc w 'mine ctrl-x");
    assert!(kept(&stage).unwrap().views.is_empty());
    assert!(stage.keys("w 'mine").text().contains("no name has this in it"), "{}", stage.text());
}

#[test]
fn the_next_run_begins_as_this_one_was() {
    let mut stage = keeping();
    stage.keys("f s");
    let before = kept(&stage).unwrap();
    assert_eq!(before.sort, Some("health".parse().unwrap()));
    assert!(!before.folds.is_empty());
    let again = self::stage((200, 60), Configured::default(), Some(before));
    assert_eq!(again.text(), stage.text());
    assert_eq!(kept(&again), None, "what was taken over is no change");
}

/// Each pane has a Fleet: to go from one to the other changes nothing of how it is wanted.
#[test]
fn only_what_is_changed_by_hand_is_kept_where_two_panes_show_the_fleet() {
    let mut stage = keeping();
    stage.keys("ctrl-w v s");
    let second = kept(&stage).unwrap().sort;
    assert_eq!(second, Some("health".parse().unwrap()));
    for _ in 0..2 {
        stage.keys("ctrl-w w");
        assert_eq!(kept(&stage), None, "{}", stage.text());
    }
    // What else is kept meanwhile leaves the order as it was chosen.
    stage.keys("ctrl-w w w 'mine ctrl-s");
    let now = kept(&stage).unwrap();
    assert_eq!((now.sort, now.views.len()), (second, 1));
    stage.keys("s s");
    assert_ne!(kept(&stage).unwrap().sort, second);
    // The pane that is closed leaves no wish behind.
    stage.keys("ctrl-w w q");
    assert_eq!(kept(&stage), None, "{}", stage.text());
}

#[test]
fn what_was_chosen_in_the_console_goes_before_the_configuration() {
    let configured = || Configured { columns: Some(shown(&["name", "health"])), views: Vec::new() };
    assert_eq!(headings(&stage((120, 40), configured(), Some(Preferences::default()))), "ENVIRONMENT HEALTH");
    let chosen = Preferences { columns: Some(shown(&["name", "age"])), ..Preferences::default() };
    let mut stage = stage((120, 40), configured(), Some(chosen));
    assert_eq!(headings(&stage), "ENVIRONMENT AGE");
    stage.keys("v r enter");
    assert_eq!(headings(&stage), "ENVIRONMENT HEALTH");
    assert_eq!(kept(&stage).unwrap().columns, None, "as configured, whatever that will be");
}

#[test]
fn where_nothing_is_kept_nothing_is_handed_on() {
    let mut stage = stage((120, 40), Configured::default(), None);
    stage.keys("s f v j space enter w 'mine ctrl-s");
    assert!(stage.text().contains("saved as mine for this session"), "{}", stage.text());
    assert!(stage.asked().iter().all(|effect| !matches!(effect, Effect::Prefer(_))));
}

#[test]
fn a_view_whose_filter_is_none_says_so() {
    let view = View { filter: "(".into(), ..View::named("broken") };
    let mut stage = stage((120, 40), Configured { columns: None, views: vec![view] }, None);
    stage.keys("w enter");
    assert!(stage.text().contains("/ ("), "{}", stage.text());
    assert!(stage.lines_with(" / (").iter().any(|line| line.contains('(') && !line.contains(" fit")), "{}", stage.text());
}
