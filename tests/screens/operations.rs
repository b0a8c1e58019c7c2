//! The Operations screen, and the dialogs in which something is done to environments: keys in, screen and order out.

use std::sync::Arc;

use jiff::tz::TimeZone;
use quarterdeck::app::event::{Effect, Event};
use quarterdeck::app::headless;
use quarterdeck::app::operations::{Carrier, News, Operations, Order};
use quarterdeck::app::plans::Intent;
use quarterdeck::app::plans::operation::{Deed, Wanted};
use quarterdeck::app::update::update;
use quarterdeck::model::catalogue::{Catalogue, Tier};
use quarterdeck::model::clock::Stamp;
use quarterdeck::model::fault::{Fault, FaultKind};
use quarterdeck::model::forge::{News as GitHubNews, Report, Topic};
use quarterdeck::model::freeze::{Freeze, Recurrence, Stretch};
use quarterdeck::model::operation::evidence::Outcome;
use quarterdeck::model::operation::fact::{Answer, Command, Fact, Spot, Stamped, Wish};
use quarterdeck::model::operation::plan::{Kind, OnFailure, OperationId};
use quarterdeck::model::pipeline::Overview;

use crate::support::fleet::{self, ago, key};
use crate::support::forge;
use crate::support::operations::{began, deploy, done, failed, note, restart, step, told, under_way, wave};
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
fn while_it_is_checked_it_says_how_far_that_is_where_its_wave_will_stand() {
    let mut stage = Stage::on(fleet::rich((140, 42)));
    let facts = wave(1, 60, OnFailure::Stop);
    stage.tell(told(&facts[..4], Carrier::Here, &[]));
    stage.keys("4");
    has(&stage, "checked before the first change: 3 of 8");
    stage.tell(told(&facts, Carrier::Here, &[]));
    has(&stage, "wave 1 of 3: before production");
}

#[test]
fn where_something_has_come_to_its_end_is_read_again_at_once() {
    let mut stage = running((140, 42));
    let _ = stage.asked();
    let known = |facts: &[Stamped]| told(facts, Carrier::Here, &[]);
    let mut facts = under_way();
    stage.tell(known(&facts));
    let reads = |stage: &Stage| -> Vec<Effect> {
        let asked = stage.asked().into_iter();
        asked.filter(|effect| matches!(effect, Effect::ReadNow(_))).collect()
    };
    assert_eq!(reads(&stage), [], "nothing is over yet");
    facts.push(done(step(3), 1));
    stage.tell(known(&facts));
    assert_eq!(reads(&stage).len(), 1, "what was read of it in the middle of it is not what is proven now");
}

#[test]
fn an_operation_shows_its_units_how_far_it_is_and_how_long_it_takes() {
    let stage = running((140, 42));
    has(&stage, "▷ 1 operation");
    has(&stage, "3/8 done · 3 under way · 2 not begun · 20 m taken");
    has(&stage, "wave 3 of 3: the rest, 3 at once");
    has(&stage, "1/2 1 of 2 instances runs v413");
    let row = stage.lines_with("orchid-cole").join("");
    // What the title says of all is not said again of each; of the selected one it is told whole.
    assert!(row.contains("▷ deploy  ") && row.contains("3 m 09 s"), "{row}");
}

/// Of what has ended nothing waits, and what kept it from beginning is told whole.
#[test]
fn of_one_that_was_refused_no_unit_waits_its_turn() {
    let why = "run #574 of Deploy Dev Backend in growl-app/growl goes on since a minute ago and deploys growl-dev, too";
    let mut facts = restart(1, 60, &[key("us-west-1", "orchid-a"), key("us-west-1", "orchid-b")]);
    let refused = Fact::Ended { spot: Spot::Before { step: 1 }, outcome: Outcome::Failed(why.into()) };
    facts.pop();
    facts.push(Stamped { at: ago(50), fact: refused });
    let mut stage = Stage::on(fleet::rich((80, 24)));
    stage.tell(told(&facts, Carrier::Nobody, &[]));
    stage.keys("4");
    assert!(!words(&stage).contains("waits its turn"), "{}", stage.text());
    has(&stage, "— did not begin");
    has(&stage, why);
}

/// On the rule below them, over no heading.
#[test]
fn how_many_units_are_not_shown_is_said_below_them() {
    let keys: Vec<_> = (0..40).map(|number| key("us-west-1", &format!("orchid-{number:02}"))).collect();
    let mut stage = Stage::on(fleet::rich((80, 24)));
    stage.tell(told(&restart(1, 60, &keys), Carrier::Here, &[]));
    stage.keys("4");
    let headings = stage.lines_with("UNIT").join("");
    assert!(headings.contains("LEFT") && headings.contains("NOW") && !headings.contains("below"), "{headings}");
    let rule = stage.lines_with("more below").join("");
    assert!(rule.starts_with('─') && rule.ends_with("more below ──"), "{rule}");
}

#[test]
fn where_it_is_narrow_the_words_of_what_goes_on_take_the_place_of_its_bar() {
    let row = |width| running((width, 24)).lines_with("orchid-cole").concat();
    assert!(row(80).contains("1/2 1 of") && !row(80).contains('▰'), "{}", row(80));
    assert!(row(140).contains("▰▰▰▱▱▱ 1/2 1 of 2 instances runs v413"), "{}", row(140));
}

/// While something goes on, the footer keeps the keys that pause and stop it.
#[test]
fn the_key_of_the_screen_that_is_open_does_nothing() {
    let mut stage = running((140, 42));
    let before = stage.text();
    assert!(before.contains("P pause"), "{before}");
    stage.keys("4");
    assert_eq!(stage.text(), before);
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
        stage.keys("F '4 enter esc").keys(keys);
        let sent = orders(&stage);
        let wish = |command: &Option<Command>| command.as_ref().map(|command| command.wish.clone());
        assert!(matches!(sent.as_slice(), [Order::Resume(_, command)] if wish(command) == wanted), "{keys}: {sent:?}");
    };
    is_resumed("F '5 enter", Some(Wish::Resume { reason: None }));
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
        stage.keys("y enter esc 4");
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
    has(&stage, "command failed on �instance i-0a11; it runs v412");
    let mark = step(0).mark(&quarterdeck::model::operation::plan::OperationId::new(ago(600), 2));
    stage.tell(Event::Operations(News::Written(mark, "line one\n\u{1b}[2Jline two\n".to_owned()))).keys("l");
    has(&stage, "✖ deploy v413: command failed on �instance i-0a11; it runs v412");
    has(&stage, "line one ␛[2Jline two");
    has(&stage, "reason: hotfix ␛[31m");
}

#[test]
fn an_environment_under_an_operation_says_so_in_its_row_and_is_not_changed_by_another() {
    let mut stage = Stage::on(fleet::rich((140, 42)));
    let mut facts = restart(1, 100, &[key("us-east-2", "orchid-001"), key("us-east-2", "orchid-002")]);
    facts.push(began(step(0), 90));
    stage.tell(told(&facts, Carrier::Elsewhere, &[]));
    stage.keys("/ 'name:^orchid-00[123]$ enter g j");
    let row = |stage: &Stage, name: &str| stage.lines_with(name).join("");
    assert!(row(&stage, "orchid-001").contains("▷ restart"), "{}", stage.text());
    assert!(row(&stage, "orchid-002").contains("▷ restart waits its turn"), "{}", stage.text());
    assert!(!row(&stage, "orchid-003").contains('▷'), "{}", stage.text());
    assert!(stage.selected().contains("orchid-001"), "{}", stage.text());
    stage.keys("B");
    assert!(stage.line(41).contains("orchid-001 us-east-2 is being changed by another operation of this machine"), "{}", stage.line(41));
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

/// Where no form can be opened, the refusal names what starts the workflow from any prompt; nothing that a shell would
/// take for something else is part of it.
#[test]
fn without_a_screen_the_command_that_starts_the_workflow_is_named() {
    let refusal = |branch: &str| {
        let mut state = forge::rich((140, 42));
        let overview = Overview { branch: branch.into(), ..forge::overview_with_a_tag() };
        let _ = update(&mut state, forge::report(Topic::Overview, GitHubNews::Overview(Box::new(overview)), 0));
        let wanted = Wanted::new(Deed::Redeploy, vec![key("us-west-1", "h-prod")]);
        headless::propose(&mut state, &Intent::Operate(Box::new(wanted))).unwrap_err()
    };
    let said = "the workflow Deploy deploys h-prod us-west-1: start that (gh workflow run deploy.yml --repo hypothesis/h --ref main), or allow going around it (direct_deploys)";
    assert_eq!(refusal("main"), said);
    for hostile in ["main;reboot", "-x", "$(reboot)", "a b"] {
        let said = refusal(hostile);
        assert!(said.contains("start that, or allow") && !said.contains("gh workflow run"), "{said}");
    }
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
    let _ = stage.asked();
    stage.keys("enter");
    // What the branch requires is part of the plan, so it is asked for.
    let asks = |effect: &Effect| matches!(effect, Effect::FindOut(interest) if interest.repositories.values().any(|wanted| wanted.rules.is_some()));
    assert!(stage.asked().iter().any(asks), "the rules of the branch");
    // What the ship sheet finds stands in the way here, too.
    has(&stage, "✖ whether H_TITLE_LIMIT is set in h-prod us-west-1 is not known");
    has(&stage, "reason");
}

/// What failed there once is likely to fail again: it is not what the list offers first, and the plan warns of it.
#[test]
fn a_version_that_has_failed_there_is_named_so() {
    let at = |seconds: i64, salt: u32| deploy(salt, seconds, &[key("us-east-2", "orchid-002")], "v411");
    let mut stage = Stage::on(fleet::rich((140, 42)));
    let mut facts = at(1_300, 1);
    facts.extend([began(step(0), 1_290), failed(step(0), 1_200)]);
    stage.tell(told(&facts, Carrier::Nobody, &[])).keys("/ 'name:^orchid-002$ enter g j D");
    assert!(stage.lines_with("v411").iter().any(|line| line.contains("✖ failed here 20m ago")), "{}", stage.text());
    stage.keys("'v411 enter");
    let warning = stage.lines_with("v411 failed in orchid-002 us-east-2 20m ago: command failed on").join("");
    assert!(warning.contains('▲'), "{}", stage.text());
    // Once it went well, that is past.
    let mut facts = at(1_000, 2);
    facts.extend([began(step(0), 990), done(step(0), 900)]);
    stage.keys("esc").tell(told(&facts, Carrier::Nobody, &[])).keys("D");
    has(&stage, "deploy which version?");
    assert!(!stage.text().contains("failed here"), "{}", stage.text());
}

#[test]
fn of_several_those_that_something_speaks_against_are_left_out_and_named() {
    let mut stage = Stage::on(fleet::rich((140, 42)));
    // The one in the middle is being terminated.
    stage.keys("/ 'name:^orchid-05[678]$ enter g");
    stage.keys("j space space space B");
    has(&stage, "3 environments");
    let _ = orders(&stage);
    stage.keys("enter");
    has(&stage, "Restart the application servers of 2 of 3 environments");
    has(&stage, "left out orchid-057 us-east-2: it is busy: terminating");
    stage.keys("'2 enter");
    let sent = orders(&stage);
    let [Order::Start(plan)] = sent.as_slice() else { panic!("{sent:?}\n{}", stage.text()) };
    let names: Vec<String> = plan.targets().into_iter().map(|key| key.name.to_string()).collect();
    assert_eq!(names, ["orchid-056", "orchid-058"]);
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
    // Until anything is told of it, it goes on here.
    stage.keys("1 esc q");
    has(&stage, "Quit, while an operation goes on here?");
    stage.keys("esc 4");
    stage.tell(Event::Operations(News::Refused(plan.id.clone(), why.into())));
    has(&stage, &format!("nothing was sent: {why}"));
    // Who has seen it and comes back is not told again.
    stage.keys("1 4");
    assert!(!words(&stage).contains("✖ nothing was sent"), "{}", stage.text());
    stage.keys("1 q");
    assert!(stage.has_ended());
}

#[test]
fn what_cannot_be_read_is_told_below_and_hides_nothing() {
    for size in [(80, 24), (140, 42)] {
        let mut stage = running(size);
        let other = OperationId::new(ago(4_000), 7);
        stage.tell(Event::Operations(News::Unreadable(other.clone(), "line 3 of the journal J cannot be understood".into())));
        stage.tell(Event::Operations(News::Journals(Some("the folder of journals cannot be read: denied".into()))));
        stage.tell(Event::Operations(News::Refused(OperationId::new(ago(600), 8), "its lock is held".into())));
        let text = words(&stage);
        for part in [
            "✖ nothing was sent: its lock is held",
            "! the folder of journals cannot be read: denied",
            "! line 3 of the journal J",
            "1/2 1 of 2 instances runs v413",
        ] {
            assert!(text.contains(part), "no {part} in\n{}", stage.text());
        }
        // Once something else is wanted, what was refused before is of no interest.
        stage.keys("P y");
        assert!(!words(&stage).contains("✖ nothing was sent"), "{}", stage.text());
        for (salt, why) in [(9, "a"), (10, "b"), (11, "c")] {
            stage.tell(Event::Operations(News::Unreadable(OperationId::new(ago(4_000), salt), why.into())));
        }
        has(&stage, "… and 3 more");
    }
}

#[test]
fn to_go_on_where_something_stands_in_the_way_wants_a_reason_and_to_end_early_one_key() {
    let freeze = Freeze {
        recurrence: Recurrence::Once(Stretch { from: ago(60), until: ago(-3_600) }),
        zone: TimeZone::UTC,
        app: None,
        tier: Tier::Production,
        reason: None,
    };
    let mut facts = under_way();
    let paused = Stamped { at: ago(5), fact: Fact::Paused { by: "grace".into() } };
    facts.push(paused);
    for (carrier, key) in [(Carrier::Nobody, "F"), (Carrier::Nobody, "P"), (Carrier::Here, "P")] {
        let mut stage = Stage::on(fleet::rich((140, 42)));
        stage.tell(Event::Configured(Arc::new(Catalogue { freezes: vec![freeze.clone()], ..Catalogue::default() })));
        stage.tell(told(&facts, carrier, &[])).keys("4");
        let _ = orders(&stage);
        stage.keys(key);
        has(&stage, "deploy v413 to 8 of 9 environments");
        has(&stage, "left 5 of 8: orchid-cole us-west-1, orchid-dyer us-west-1");
        has(&stage, "✖ frozen until");
        stage.keys("enter");
        has(&stage, "say why it is done all the same");
        stage.keys("'urgent enter '4 enter");
        assert!(orders(&stage).is_empty(), "{}", stage.text());
        stage.keys("backspace '5 enter");
        let sent = orders(&stage);
        let [Order::Wish(_, command) | Order::Resume(_, Some(command))] = sent.as_slice() else { panic!("{sent:?}\n{}", stage.text()) };
        assert!(
            matches!(&command.wish, Wish::Resume { reason: Some(reason) } if reason.starts_with("urgent (although frozen until")),
            "{sent:?}"
        );
    }
    // Nothing else begins: to follow what has begun is to stop it.
    let mut facts = under_way();
    facts.push(Stamped { at: ago(5), fact: Fact::Stopped { by: "grace".into() } });
    let mut stage = Stage::on(fleet::rich((140, 42)));
    stage.tell(Event::Configured(Arc::new(Catalogue { freezes: vec![freeze], ..Catalogue::default() })));
    stage.tell(told(&facts, Carrier::Nobody, &[])).keys("4");
    let _ = orders(&stage);
    stage.keys("F y");
    assert!(matches!(orders(&stage).as_slice(), [Order::Resume(..)]), "{}", stage.text());
}

#[test]
fn nothing_goes_on_in_an_app_that_is_read_only() {
    let mut facts = restart(1, 100, &[key("us-west-1", "h-staging")]);
    facts.push(began(step(0), 90));
    facts.push(Stamped { at: ago(5), fact: Fact::Unclear { spot: step(0), why: "its answer was lost".into() } });
    let mut stage = Stage::on(forge::rich_with((140, 42), |catalogue| catalogue.apps[0].read_only = true));
    stage.tell(told(&facts, Carrier::Nobody, &[])).keys("4");
    let _ = orders(&stage);
    for key in ["F", "U", "enter"] {
        stage.keys(key);
        assert!(stage.line(41).contains("read-only: nothing of h is changed from here"), "{key}: {}", stage.text());
        stage.keys("'y enter esc 4");
    }
    assert!(orders(&stage).is_empty());
}

#[test]
fn on_a_screen_that_is_too_small_what_goes_on_is_not_interrupted_unasked() {
    let mut stage = running((140, 42));
    stage.resize(60, 12).keys("q");
    assert!(!stage.has_ended());
    has(&stage, "Something goes on here: ctrl-c twice quits, and interrupts it.");
    stage.keys("ctrl-c").pass(3).keys("ctrl-c");
    assert!(!stage.has_ended());
    stage.keys("ctrl-c");
    assert!(stage.has_ended());
}

#[test]
fn a_label_that_is_typed_is_taken_although_it_is_part_of_one_that_is_known() {
    let mut stage = Stage::on(fleet::rich((140, 42)));
    stage.keys("/ 'name:^orchid-001$ enter D 'v41");
    has(&stage, "v411");
    has(&stage, "v41 not seen here yet: ⏎ takes it as it is typed");
    stage.keys("↓ ↓ enter");
    has(&stage, "Deploy v41 to orchid-001 us-east-2");
    // What is known by just that name comes first.
    stage.keys("esc D 'v411 enter");
    has(&stage, "Deploy v411 to orchid-001 us-east-2");
}

#[test]
fn where_nobody_knows_what_goes_on_on_this_machine_that_speaks_against_it() {
    let doubts: [(News, &str); 2] = [
        (News::Journals(Some("denied".into())), "whether an operation of this machine is at h-prod us-west-1 is not known: denied"),
        (News::Unreadable(OperationId::new(ago(4_000), 7), "cut".into()), "has left something half done at h-prod us-west-1 is not known"),
    ];
    for (news, says) in doubts {
        let mut stage = Stage::on(forge::rich((140, 42)));
        at_production(&mut stage);
        stage.tell(Event::Operations(news)).keys("B");
        has(&stage, says);
        has(&stage, "reason");
        stage.keys("enter");
        has(&stage, "say why it is done all the same");
    }
    let mut state = forge::rich((140, 42));
    state.operations = Operations::not_read();
    let mut stage = Stage::on(state);
    at_production(&mut stage);
    stage.keys("B");
    has(&stage, "the journals of operations are not read yet");
}

/// The workflows that deploy elsewhere, changed like this.
fn workflows(seconds: i64, change: impl FnOnce(&mut Overview)) -> Event {
    let mut overview = forge::overview_with_a_tag();
    for pipeline in &mut overview.pipelines {
        pipeline.stages.retain(|stage| &*stage.job != "production");
    }
    change(&mut overview);
    forge::report(Topic::Overview, GitHubNews::Overview(Box::new(overview)), seconds)
}

fn not_read_again() -> Event {
    let (topic, stamp) = (Topic::Overview, Stamp { asked_at: ago(0), sequence: u64::MAX });
    let news = Err(Fault::new(FaultKind::Failed, "GitHub answers with 502."));
    Event::Told(Box::new(Report { repository: "hypothesis/h".into(), topic, stamp, news }))
}

#[test]
fn where_it_is_not_known_who_deploys_it_nothing_is_gone_around() {
    let redeploys = |direct: bool, event: Event| {
        let mut stage = Stage::on(forge::rich_with((140, 42), |catalogue| catalogue.apps[0].shipping.direct = direct));
        stage.tell(workflows(1, |_| {}));
        at_production(&mut stage);
        stage.tell(event).keys("R");
        stage
    };
    // That the workflows deploy elsewhere is known; so are GitHub's own pages.
    has(&redeploys(false, workflows(0, |_| {})), "Redeploy what runs in h-prod us-west-1");
    let pages = |overview: &mut Overview| {
        let stage = &mut overview.pipelines[0].stages[1];
        (stage.target, stage.gate) = (None, Some("github-pages".into()));
    };
    has(&redeploys(false, workflows(0, pages)), "Redeploy what runs in h-prod us-west-1");
    for (event, says) in [
        (
            workflows(0, |overview| overview.pipelines[0].stages[1].target = None),
            "where the job Staging (WebSocket) of the workflow Deploy deploys to is not known",
        ),
        (workflows(0, |overview| overview.unread.push("ship.yml".into())), "the workflow ship.yml could not be understood"),
        (not_read_again(), "the workflows of hypothesis/h could not be read again: GitHub answers with 502."),
    ] {
        let stage = redeploys(false, event.clone());
        assert!(!words(&stage).contains("Redeploy what runs in"), "{}", stage.text());
        assert!(words(&stage).contains("whether a workflow deploys h-prod us-west-1 is not known"), "{}", stage.text());
        // Where going around is configured, it is said that it may be that.
        has(&redeploys(true, event), &format!("may go around a workflow that deploys h-prod us-west-1: {says}"));
    }
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
