//! The Operations screen, and the dialogs in which something is done to environments: keys in, screen and order out.

use quarterdeck::app::event::{Effect, Event};
use quarterdeck::app::operations::{Carrier, News, Order};
use quarterdeck::model::operation::fact::{Answer, Command, Fact, Spot, Stamped, Wish};
use quarterdeck::model::operation::plan::{Kind, OnFailure};

use crate::support::fleet::{self, ago, key};
use crate::support::forge;
use crate::support::operations::{began, failed, note, step, told, under_way, wave};
use crate::support::stage::Stage;

/// What is to be done with operations.
fn orders(stage: &Stage) -> Vec<Order> {
    stage.asked().into_iter().filter_map(|effect| if let Effect::Operate(order) = effect { Some(*order) } else { None }).collect()
}

/// The screen's words, lines joined.
fn words(stage: &Stage) -> String {
    stage.text().replace(['\n', '│'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn has(stage: &Stage, part: &str) {
    assert!(words(stage).contains(part), "no \"{part}\" in\n{}", stage.text());
}

fn running(size: (u16, u16)) -> Stage {
    let mut stage = Stage::on(fleet::rich(size));
    stage.tell(told(&under_way(), Carrier::Here, &[(step(3), note((1, 2), "1 of 2 instances runs v413"))]));
    stage.keys("4");
    stage
}

fn interrupted(size: (u16, u16)) -> Stage {
    let mut stage = Stage::on(fleet::rich(size));
    stage.tell(told(&under_way(), Carrier::Nobody, &[]));
    stage.keys("4");
    stage
}

#[test]
fn an_operation_shows_its_units_how_far_it_is_and_how_long_it_takes() {
    let stage = running((140, 42));
    has(&stage, "▷ 1 operation");
    has(&stage, "3/8 done · 3 under way · 2 not begun · 20 m taken");
    has(&stage, "wave 3 of 3: the rest, 3 at once");
    has(&stage, "1/2 1 of 2 instances runs v413");
    let row = stage.lines_with("orchid-cole").join("");
    assert!(row.contains("▷ deploy v413") && row.contains("3 m 09 s"), "{row}");
}

#[test]
fn what_may_be_wanted_of_one_that_goes_on_is_asked_for_with_one_key() {
    for (keys, wish) in [("P y", Wish::Pause), ("X y", Wish::Stop)] {
        let mut stage = running((140, 42));
        let _ = orders(&stage);
        stage.keys(keys);
        let sent = orders(&stage);
        assert!(matches!(sent.as_slice(), [Order::Wish(_, command)] if command.wish == wish), "{sent:?}");
    }
    let mut stage = running((140, 42));
    let _ = orders(&stage);
    stage.keys("P n X esc F U");
    assert!(orders(&stage).is_empty());
    assert!(stage.line(41).contains("it was not interrupted: X stops it safely"), "{}", stage.line(41));
}

#[test]
fn one_that_has_not_begun_is_left_out_with_a_reason_and_no_other() {
    let mut stage = running((140, 42));
    let _ = orders(&stage);
    stage.keys("tab S");
    assert!(stage.line(41).contains("orchid-cole us-west-1 has begun"), "{}", stage.line(41));
    stage.keys("G S enter");
    has(&stage, "Leave orchid-gale us-west-1 out of it");
    has(&stage, "say why: it goes into the operation's journal");
    stage.keys("'closed enter");
    let sent = orders(&stage);
    let wish = Wish::Skip { unit: 7, reason: "closed".into() };
    assert!(matches!(sent.as_slice(), [Order::Wish(_, command)] if command.wish == wish), "{sent:?}");
}

#[test]
fn one_that_was_interrupted_is_finished_put_back_or_left() {
    let is_resumed = |keys: &str, wanted: Option<Wish>| {
        let mut stage = interrupted((140, 42));
        has(&stage, "! 1 interrupted");
        has(&stage, "nobody carries it on. F finishes it, U puts it back, L leaves it");
        let _ = orders(&stage);
        stage.keys(keys);
        let sent = orders(&stage);
        let wish = |command: &Option<Command>| command.as_ref().map(|command| command.wish.clone());
        assert!(matches!(sent.as_slice(), [Order::Resume(_, command)] if wish(command) == wanted), "{keys}: {sent:?}");
    };
    is_resumed("F y", None);
    is_resumed("U y", Some(Wish::Stop));
    is_resumed("L 'known enter", Some(Wish::Leave { reason: "known".into() }));
}

#[test]
fn nothing_is_wanted_of_one_of_another_process_or_where_nothing_is_written() {
    let mut stage = Stage::on(fleet::rich((140, 42)));
    stage.tell(told(&under_way(), Carrier::Elsewhere, &[])).keys("4");
    has(&stage, "elsewhere");
    stage.keys("X");
    assert!(stage.line(41).contains("another Quarterdeck on this machine carries it on"), "{}", stage.line(41));
    let mut state = fleet::rich((140, 42));
    state.read_only = true;
    let mut stage = Stage::on(state);
    stage.tell(told(&under_way(), Carrier::Nobody, &[])).keys("4");
    for key in ["F", "U", "L", "X", "P", "S"] {
        stage.keys(key);
        assert!(stage.line(41).contains("read-only: nothing is changed from here"), "{key}: {}", stage.line(41));
        stage.keys("y enter esc");
    }
    assert!(orders(&stage).is_empty());
}

#[test]
fn what_nobody_can_tell_is_put_to_the_person() {
    let mut facts = under_way();
    facts.push(Stamped { at: ago(5), fact: Fact::Unclear { spot: step(3), why: "its answer was \u{202e}lost".into() } });
    let mut stage = Stage::on(fleet::rich((140, 42)));
    stage.tell(told(&facts, Carrier::Here, &[])).keys("4");
    has(&stage, "? 1 asks you");
    has(&stage, "what became of \"deploy v413\"? its answer was �lost");
    let _ = orders(&stage);
    stage.keys("enter");
    has(&stage, "what became of it?");
    stage.keys("↓ enter enter");
    has(&stage, "how do you know?");
    stage.keys("'looked enter");
    let wish = Wish::Resolve { spot: step(3), answer: Answer::Failed, reason: "looked".into() };
    let sent = orders(&stage);
    assert!(matches!(sent.as_slice(), [Order::Wish(_, command)] if command.wish == wish), "{sent:?}");
}

#[test]
fn one_that_has_failed_says_why_and_what_it_has_written_is_read() {
    let mut facts = wave(2, 600, OnFailure::Pause);
    facts.extend([began(step(0), 590), failed(step(0), 400)]);
    let mut stage = Stage::on(fleet::rich((140, 42)));
    stage.tell(told(&facts, Carrier::Here, &[])).keys("4");
    has(&stage, "‖ paused");
    has(&stage, "orchid-staging us-west-1 has failed: P goes on with the rest, X stops");
    has(&stage, "orchid-cole runs v412: command failed on �instance");
    let mark = step(0).mark(&quarterdeck::model::operation::plan::OperationId::new(ago(600), 2));
    stage.tell(Event::Operations(News::Written(mark, "line one\n\u{1b}[2Jline two\n".to_owned()))).keys("l");
    has(&stage, "✖ deploy v413: orchid-cole runs v412");
    has(&stage, "line one ␛[2Jline two");
    has(&stage, "reason: hotfix ␛[31m");
}

#[test]
fn an_environment_under_an_operation_says_so_in_its_row_and_is_not_changed_by_another() {
    let mut stage = Stage::on(fleet::rich((140, 42)));
    let facts = {
        let mut facts = wave(1, 100, OnFailure::Stop);
        facts.push(began(step(0), 90));
        facts
    };
    stage.tell(told(&facts, Carrier::Elsewhere, &[]));
    stage.keys("/ 'name:^orchid-acme enter");
    let row = stage.selected();
    assert!(!row.contains("orchid-acme") || row.contains("▷ wave waits its turn"), "{}", stage.text());
}

/// Selects production in California.
fn at_production(stage: &mut Stage) {
    stage.keys("/ 'name:^h-prod$ space 'region:us-west enter");
    assert!(stage.selected().contains("h-prod"), "{}", stage.text());
    let _ = stage.asked();
}

#[test]
fn where_a_workflow_deploys_it_that_is_started_and_not_gone_around() {
    for key in ["D", "R"] {
        let mut stage = Stage::on(forge::rich((140, 42)));
        at_production(&mut stage);
        stage.keys(key);
        has(&stage, "start which workflow?");
    }
    let mut stage = Stage::on(forge::rich((140, 42)));
    at_production(&mut stage);
    stage.keys("B");
    has(&stage, "Restart the application servers of h-prod us-west-1");
}

#[test]
fn going_around_a_workflow_has_to_be_configured_and_is_said() {
    let state = forge::rich_with((140, 42), |catalogue| catalogue.apps[0].shipping.direct = true);
    let mut stage = Stage::on(state);
    at_production(&mut stage);
    stage.keys("R");
    has(&stage, "Redeploy what runs in h-prod us-west-1");
    has(&stage, "goes around the workflow Deploy, which deploys h-prod us-west-1");
    stage.keys("esc D");
    has(&stage, "deploy which version?");
    has(&stage, "next in the chain · runs in h-staging us-west-1");
    stage.keys("enter");
    // What the ship sheet finds stands in the way here, too.
    has(&stage, "✖ whether H_TITLE_LIMIT is set in h-prod us-west-1 is not known");
    has(&stage, "reason");
}

#[test]
fn of_several_those_that_something_speaks_against_are_left_out_and_named() {
    let mut stage = Stage::on(fleet::rich((140, 42)));
    stage.keys("/ 'name:^orchid enter g");
    stage.keys("j space space space B");
    has(&stage, "3 environments");
    let _ = orders(&stage);
    stage.keys("enter");
    let text = words(&stage);
    assert!(text.contains("Restart the application servers of") && text.contains("environments"), "{text}");
}

#[test]
fn a_rebuild_says_what_it_destroys_and_wants_the_name_whatever_the_tier() {
    let mut stage = Stage::on(fleet::rich((140, 42)));
    stage.keys("/ 'name:^h-staging$ enter : 'rebuild enter");
    has(&stage, "Rebuild h-staging us-west-1");
    has(&stage, "DESTROYS its load balancer");
    has(&stage, "type h-staging");
    let _ = orders(&stage);
    stage.keys("y enter");
    assert!(orders(&stage).is_empty());
    has(&stage, "that is not what has to be typed");
    stage.keys("backspace 'h-staging enter");
    let sent = orders(&stage);
    let [Order::Start(plan)] = sent.as_slice() else { panic!("{sent:?}\n{}", stage.text()) };
    assert_eq!((plan.kind, plan.targets().into_iter().collect::<Vec<_>>()), (Kind::Rebuild, vec![key("us-west-1", "h-staging")]));
    has(&stage, "operations");
}

#[test]
fn what_was_refused_is_said_whole_and_nothing_is_listed() {
    let mut stage = Stage::on(fleet::rich((140, 42)));
    stage.keys("/ 'name:^h-staging$ enter B 'y enter");
    let sent = orders(&stage);
    let [Order::Start(plan)] = sent.as_slice() else { panic!("{sent:?}\n{}", stage.text()) };
    let why = "the journal /home/ada/.local/state/quarterdeck/operations cannot be written: No space left on device. Nothing more is sent";
    stage.tell(Event::Operations(News::Refused(plan.id.clone(), why.into())));
    has(&stage, &format!("nothing was sent: {why}"));
}

#[test]
fn every_size_holds_the_screen() {
    for size in [(80, 24), (140, 42), (200, 60)] {
        let stage = running(size);
        has(&stage, "orchid-cole");
        has(&stage, "3/8 done");
        let stage = interrupted(size);
        has(&stage, "F finishes it");
    }
}

#[test]
fn what_watches_is_said() {
    let mut facts = wave(3, 400, OnFailure::Stop);
    facts.extend([began(step(0), 390), crate::support::operations::done(step(0), 200), began(Spot::Watch { unit: 0, step: 0 }, 199)]);
    let mut stage = Stage::on(fleet::rich((140, 42)));
    stage.tell(told(&facts, Carrier::Here, &[])).keys("4");
    has(&stage, "▷ its health is watched");
}

#[test]
fn pictures() {
    for size in [(80, 24), (140, 42), (200, 60)] {
        let name = |what: &str| format!("{what}_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name("operations"), running(size).picture());
        insta::assert_snapshot!(name("operations_interrupted"), interrupted(size).picture());
        let mut stage = Stage::on(fleet::rich(size));
        stage.keys("/ 'name:^h-staging$ enter R");
        insta::assert_snapshot!(name("plan_of_one"), stage.picture());
        let mut stage = Stage::on(fleet::rich(size));
        stage.keys("/ 'name:^orchid enter g : 'wave enter 'v413 enter");
        insta::assert_snapshot!(name("setup"), stage.picture());
        insta::assert_snapshot!(name("plan_of_several"), stage.keys("enter").picture());
    }
}
