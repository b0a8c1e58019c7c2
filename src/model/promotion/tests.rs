//! Tests of the inbox and of the ship sheet.

use super::*;
use crate::model::commit::{ChangedFile, CheckState, CommitDetail, Comparison, Relation, RequiredCheck};
use crate::model::fault::{Fault, FaultKind};
use crate::model::forge::{LATEST, News, Report, Topic};
use crate::model::github_facts::*;
use crate::model::health::Level;
use crate::model::id::{GateId, RunId};
use crate::model::lock::Locks;

fn around<'a>(fleet: &'a Fleet, forge: &'a Forge, shipping: &'a Shipping, locks: &'a Locks) -> Around<'a> {
    Around { fleet, github: forge.get(&repository()).unwrap(), shipping, locks, now: now() }
}

/// `shop` in two regions on commit a, tried on commit b, whose run waits.
fn world(files: Vec<ChangedFile>) -> (Fleet, Forge) {
    world_in(None, files)
}

/// The same, of an app that lives in a folder of its repository.
fn world_in(folder: Option<&str>, files: Vec<ChangedFile>) -> (Fleet, Forge) {
    let mut fleet = fleet_in(folder, &[("eu-west-1", "shop-qa", 'b'), ("eu-west-1", "shop-live", 'a'), ("us-east-2", "shop-live", 'a')]);
    tell_instances(&mut fleet, "eu-west-1", "shop-qa", "bb", 7_200);
    for region in ["eu-west-1", "us-east-2"] {
        tell_instances(&mut fleet, region, "shop-live", "aa", 90_000);
        tell_properties(&mut fleet, region, "shop-live", &["DATABASE_URL"]);
    }
    let mut forge = forge('b');
    tell(&mut forge, Topic::Runs, News::Runs(vec![run(9, 'b', Progress::Waiting)]));
    tell(&mut forge, Topic::Gates(RunId(9)), News::Gates(vec![gate(1, "live"), gate(2, "live-us")]));
    tell_comparison(&mut forge, 'a', 'b', ahead("1b", files));
    tell_detail(&mut forge, 'b', 7, &["shop.py"], CheckState::Success);
    (fleet, forge)
}

/// Without a run: the commit is held against where it is tried, and what is known of it, as if one waited.
#[test]
fn what_is_promoted_by_a_tag_is_held_against_the_same_checks() {
    let (fleet, mut forge) = world(vec![added("shop/migrations/versions/12_price.py", "def upgrade():\n    op.drop_table(\"price\")\n")]);
    let mut overview = forge.get(&repository()).unwrap().overview.value().unwrap().clone();
    // No workflow of GitHub's deploys it: what is called staging is where it is tried.
    overview.pipelines.clear();
    tell(&mut forge, Topic::Overview, News::Overview(Box::new(overview)));
    let live = [key("eu-west-1", "shop-live"), key("us-east-2", "shop-live")];
    let (shipping, locks) = (Shipping::default(), Locks::default());
    let proposed = |head: char| {
        let proposed = Proposed { head: &sha(head), name: "v5", environments: &live, apps: &["shop".into()], is_merge: false };
        proposal(proposed, around(&fleet, &forge, &shipping, &locks))
    };
    let verdict = |found: &Findings, subject| found.checks.iter().find(|check| check.subject == subject).map(|check| check.verdict);
    let found = proposed('b');
    assert!(found.production && found.shipments.len() == 1, "{found:?}");
    assert_eq!(found.tried_in, [key("eu-west-1", "shop-qa")]);
    assert_eq!(verdict(&found, Subject::Staging), Some(Verdict::Pass), "{found:?}");
    assert_eq!(verdict(&found, Subject::Migrations), Some(Verdict::Warn));
    assert_eq!((verdict(&found, Subject::Newest), verdict(&found, Subject::Expiry)), (None, None));
    assert_eq!(found.commits(&sha('b'), forge.get(&repository()).unwrap()), Some(2));
    let of = |is_merge| {
        proposal(
            Proposed { head: &sha('b'), name: "#7", environments: &live, apps: &[], is_merge },
            around(&fleet, &forge, &shipping, &locks),
        )
    };
    // Without a place to try it in: a merge is known to go to production at once, a tag is not known to have been tried.
    assert_eq!(verdict(&of(true), Subject::Staging), Some(Verdict::Warn), "{:?}", of(true));
    assert_eq!(verdict(&of(false), Subject::Staging), Some(Verdict::Unknown));
    // Another commit was not tried, and how it lies to what runs was not read.
    let other = proposed('c');
    assert_eq!(verdict(&other, Subject::Staging), Some(Verdict::Fail), "{other:?}");
    assert_eq!(other.commits(&sha('c'), forge.get(&repository()).unwrap()), None);
}

fn sheet_of(fleet: &Fleet, forge: &Forge, chosen: &[u64]) -> Sheet {
    let promotion = promotions(fleet, forge).remove(0);
    let chosen: Vec<_> = chosen.iter().map(|id| crate::model::id::GateId(*id)).collect();
    sheet(&promotion, &chosen, around(fleet, forge, &Shipping::default(), &Locks::default()))
}

fn told(sheet: &Sheet, subject: Subject) -> Vec<(Verdict, &str)> {
    sheet.checks.iter().filter(|check| check.subject == subject).map(|check| (check.verdict, check.sentence.as_str())).collect()
}

#[test]
fn the_inbox_knows_which_environments_are_behind_a_gate() {
    let (fleet, forge) = world(vec![]);
    let inbox = promotions(&fleet, &forge);
    assert_eq!(inbox.len(), 1);
    assert!(inbox[0].may_approve() && inbox[0].is_read && inbox[0].holds_group);
    let behind: Vec<_> = inbox[0].environments().cloned().collect();
    assert_eq!(behind, [key("eu-west-1", "shop-live"), key("us-east-2", "shop-live")]);
}

#[test]
fn nothing_stands_in_the_way_of_what_is_tried_and_harmless() {
    let (fleet, forge) = world(vec![added("shop.py", "x = 1")]);
    let sheet = sheet_of(&fleet, &forge, &[1, 2]);
    assert!(sheet.production);
    assert_eq!(sheet.checks.iter().filter(|check| check.verdict != Verdict::Pass).collect::<Vec<_>>(), Vec::<&Check>::new());
    assert_eq!(told(&sheet, Subject::Staging), [(Verdict::Pass, "shop-qa eu-west-1 runs it, ok for 2h")]);
    assert_eq!(sheet.shipments.len(), 1);
}

#[test]
fn what_staging_does_not_run_was_not_tried() {
    let (mut fleet, forge) = world(vec![]);
    tell_instances(&mut fleet, "eu-west-1", "shop-qa", "cc", 7_200);
    let sheet = sheet_of(&fleet, &forge, &[1, 2]);
    assert_eq!(told(&sheet, Subject::Staging), [(Verdict::Fail, "shop-qa eu-west-1 runs ccccccc, not bbbbbbb")]);
    tell_instances(&mut fleet, "eu-west-1", "shop-qa", "bb", 60);
    let sheet = sheet_of(&fleet, &forge, &[1, 2]);
    assert_eq!(told(&sheet, Subject::Staging), [(Verdict::Warn, "shop-qa eu-west-1 runs it and has been ok for 1m only (of 10m)")]);
}

#[test]
fn a_dangerous_migration_and_a_missing_variable_are_named() {
    let migration = "def upgrade():\n    op.add_column(\"item\", sa.Column(\"price\", sa.Integer(), nullable=False))";
    let (mut fleet, forge) =
        world(vec![added("shop/migrations/versions/12_price.py", migration), added("shop.py", "x = os.environ[\"PRICE_LIMIT\"]")]);
    tell_properties(&mut fleet, "eu-west-1", "shop-live", &["PRICE_LIMIT"]);
    let sheet = sheet_of(&fleet, &forge, &[1, 2]);
    assert_eq!(
        told(&sheet, Subject::Migrations),
        [(Verdict::Warn, "migration adds a NOT NULL column without a server default (item.price)")]
    );
    assert_eq!(told(&sheet, Subject::Variables), [(Verdict::Fail, "PRICE_LIMIT is not set in shop-live us-east-2")]);
    assert_eq!(sheet.failed().count(), 1);
    let only_europe = sheet_of(&fleet, &forge, &[1]);
    assert_eq!(told(&only_europe, Subject::Variables)[0].0, Verdict::Pass);
    assert_eq!(told(&only_europe, Subject::Partial), [(Verdict::Warn, "gate live-us stays as it is: they will differ")]);
}

#[test]
fn on_production_what_is_not_known_stands_in_the_way() {
    let (mut fleet, mut forge) = world(vec![]);
    let mut capped = ahead("1b", vec![]);
    capped.files_complete = false;
    capped.ahead = 800;
    tell_comparison(&mut forge, 'a', 'b', capped);
    let sheet = sheet_of(&fleet, &forge, &[1, 2]);
    for subject in [Subject::Extent, Subject::Migrations, Subject::Variables] {
        assert_eq!(told(&sheet, subject)[0].0, Verdict::Unknown, "{subject:?}");
    }
    assert_eq!(sheet.failed().count(), 3);
    // The same where it cannot be known which version runs.
    tell_instances(&mut fleet, "us-east-2", "shop-live", "ac", 60);
    let mixed = sheet_of(&fleet, &forge, &[1, 2]);
    assert_eq!(told(&mixed, Subject::Agreement)[0].0, Verdict::Warn);
    assert_eq!(mixed.shipments.len(), 2);
}

#[test]
fn a_newer_run_a_failed_check_and_going_back_stand_in_the_way() {
    let (fleet, mut forge) = world(vec![]);
    tell(&mut forge, Topic::Runs, News::Runs(vec![run(10, 'c', Progress::InProgress), run(9, 'b', Progress::Waiting)]));
    tell_detail(&mut forge, 'b', 7, &[], CheckState::Failure);
    let back = Comparison { relation: Relation::Behind, ahead: 0, behind: 4, commits: vec![], ..ahead("", vec![]) };
    tell_comparison(&mut forge, 'a', 'b', back);
    let sheet = sheet_of(&fleet, &forge, &[1, 2]);
    assert_eq!(told(&sheet, Subject::Newest), [(Verdict::Fail, "run #10 is newer, and in progress")]);
    assert_eq!(told(&sheet, Subject::Checks), [(Verdict::Fail, "failed on bbbbbbb: tests")]);
    let sentence = "bbbbbbb is older than aaaaaaa, which runs in shop-live eu-west-1, shop-live us-east-2: it would undo 4 commits";
    let unknown = "which commits would be undone, and whether migrations are among them, is not read yet";
    assert_eq!(told(&sheet, Subject::Older), [(Verdict::Fail, sentence), (Verdict::Unknown, unknown)]);
}

#[test]
fn a_gate_that_leads_nowhere_known_counts_as_production() {
    let (fleet, mut forge) = world(vec![]);
    tell(&mut forge, Topic::Gates(RunId(9)), News::Gates(vec![gate(3, "elsewhere")]));
    let sheet = sheet_of(&fleet, &forge, &[3]);
    assert!(sheet.production);
    assert_eq!(told(&sheet, Subject::Condition), [(Verdict::Unknown, "it is not known what all gate elsewhere deploys to")]);
}

#[test]
fn what_has_to_be_read_is_what_is_missing() {
    let (fleet, forge) = world(vec![]);
    let (links, inbox) = (chain::links(&fleet, &forge), promotions(&fleet, &forge));
    let wanted = interest(&links, &inbox, &[], &fleet, &forge).repositories.remove(&repository()).unwrap();
    assert_eq!((wanted.comparisons, wanted.details), (vec![], vec![sha('1')]));
    let blank = interest(&chain::links(&fleet, &Forge::default()), &[], &[], &fleet, &Forge::default());
    assert_eq!(blank.repositories.keys().collect::<Vec<_>>(), [&repository()]);
    assert_eq!(fleet.get(&key("eu-west-1", "shop-qa")).unwrap().level(), Level::Ok);
}

/// A run that somebody started by hand is on the branch's newest commit, whatever it deploys.
#[test]
fn what_a_dispatched_run_ships_is_not_known() {
    let (fleet, mut forge) = world(vec![]);
    let dispatched = crate::model::run::Run { event: "workflow_dispatch".into(), ..run(9, 'b', Progress::Waiting) };
    tell(&mut forge, Topic::Runs, News::Runs(vec![dispatched]));
    let sheet = sheet_of(&fleet, &forge, &[1, 2]);
    for subject in [Subject::Extent, Subject::Staging, Subject::Migrations, Subject::Variables] {
        assert_eq!(told(&sheet, subject)[0].0, Verdict::Unknown, "{subject:?}");
    }
    assert!(sheet.shipments.iter().all(|shipment| shipment.between.is_none()));
}

#[test]
fn a_gate_of_which_a_part_is_not_known_is_not_known() {
    let (_, forge) = world(vec![]);
    // The same name twice: which of them is meant?
    let twin = EnvironmentKey { account: Some("2".into()), ..key("eu-west-1", "shop-live") };
    let ours = [key("eu-west-1", "shop-live"), twin];
    let pipeline = pipeline();
    let (found, is_whole) = behind_gate(Some(&pipeline), &gate(1, "live"), &[], &ours);
    assert_eq!((found.len(), is_whole), (2, false));
    assert_eq!(behind_gate(Some(&pipeline), &gate(2, "live-us"), &[], &ours), (vec![], false));
    assert_eq!(behind_gate(None, &gate(1, "live"), &[], &ours), (vec![], false));
    let alone = fleet(&[("eu-west-1", "shop-qa", 'b'), ("eu-west-1", "shop-live", 'a')]);
    let sheet = sheet_of(&alone, &forge, &[1, 2]);
    assert!(sheet.production);
    assert_eq!(told(&sheet, Subject::Migrations)[0].0, Verdict::Unknown);
    assert!(told(&sheet, Subject::Condition).contains(&(Verdict::Unknown, "it is not known what all gate live-us deploys to")));
}

#[test]
fn checks_that_are_not_known_did_not_succeed() {
    let (fleet, mut forge) = world(vec![]);
    for (state, verdict) in
        [(CheckState::Unknown, Verdict::Unknown), (CheckState::Neutral, Verdict::Unknown), (CheckState::Pending, Verdict::Unknown)]
    {
        tell_detail(&mut forge, 'b', 7, &[], state);
        assert_eq!(told(&sheet_of(&fleet, &forge, &[1, 2]), Subject::Checks)[0].0, verdict, "{state:?}");
    }
}

#[test]
fn what_could_not_be_read_again_is_not_known_any_more() {
    let (mut fleet, forge) = world(vec![]);
    assert!(told(&sheet_of(&fleet, &forge, &[1, 2]), Subject::Reading).is_empty());
    tell_fault(&mut fleet, "us-east-2", "us-east-2 cannot be reached.");
    let sheet = sheet_of(&fleet, &forge, &[1, 2]);
    let sentence = "shop-live us-east-2 could not be read again: us-east-2 cannot be reached.";
    assert_eq!(told(&sheet, Subject::Reading), [(Verdict::Unknown, sentence)]);
    assert_eq!(sheet.failed().count(), 1);
}

/// One of two gates was approved: the run goes on, and waits all the same.
#[test]
fn a_run_that_goes_on_while_a_gate_holds_it_waits() {
    let (fleet, mut forge) = world(vec![]);
    tell(&mut forge, Topic::Runs, News::Runs(vec![run(9, 'b', Progress::InProgress)]));
    tell(&mut forge, Topic::Gates(RunId(9)), News::Gates(vec![gate(2, "live-us")]));
    assert_eq!(promotions(&fleet, &forge)[0].environments().collect::<Vec<_>>(), [&key("us-east-2", "shop-live")]);
    tell(&mut forge, Topic::Gates(RunId(9)), News::Gates(vec![]));
    assert!(promotions(&fleet, &forge).is_empty());
}

#[test]
fn the_checks_that_count_are_those_that_are_required() {
    let fleet = fleet(&[("eu-west-1", "shop-qa", 'b'), ("eu-west-1", "shop-live", 'a')]);
    let of = |rules: Result<&[&str], &str>, configured: &[&str], checks: &[(&str, CheckState)], is_old: bool| {
        let mut forge = Forge::default();
        let required = |names: &[&str]| News::Rules(names.iter().map(|name| RequiredCheck::from(*name)).collect());
        let news = rules.map(required).map_err(|why| Fault::new(FaultKind::Denied, why));
        forge.observe(Report { repository: repository(), topic: Topic::Rules("trunk".into()), stamp: stamp(), news });
        if is_old {
            let news = Err(Fault::new(FaultKind::Denied, "GitHub denies the rules"));
            forge.observe(Report { repository: repository(), topic: Topic::Rules("trunk".into()), stamp: stamp(), news });
        }
        let checks =
            checks.iter().map(|(name, state)| crate::model::commit::Check { name: (*name).into(), state: *state, app: None }).collect();
        tell(
            &mut forge,
            Topic::Details(vec![sha('b')]),
            News::Details(vec![(sha('b'), CommitDetail { pull: None, checks: Some(checks) })]),
        );
        let promotion = Promotion::over(repository(), run(9, 'b', Progress::Waiting));
        let shipping = Shipping { required: configured.iter().map(|name| Arc::from(*name)).collect(), ..Shipping::default() };
        let sheet = sheet(&promotion, &[], around(&fleet, &forge, &shipping, &Locks::default()));
        let told = sheet.checks.iter().find(|check| check.subject == Subject::Checks).unwrap();
        (told.verdict, told.sentence.clone())
    };
    let again = of;
    let of = |rules: Result<&[&str], &str>, configured: &[&str], checks: &[(&str, CheckState)]| again(rules, configured, checks, false);
    let (good, bad) = (CheckState::Success, CheckState::Failure);
    let told = |verdict, sentence: &str| (verdict, sentence.to_owned());
    let (both, lint_failed) = ([("tests", good), ("lint", good)], [("tests", good), ("lint", bad)]);
    // What the rules require, on exactly this commit; what they do not does not count.
    assert_eq!(of(Ok(&["tests"]), &[], &lint_failed), told(Verdict::Pass, "all required checks succeeded on bbbbbbb"));
    assert_eq!(of(Ok(&["lint", "tests"]), &[], &lint_failed), told(Verdict::Fail, "failed on bbbbbbb: lint"));
    assert_eq!(of(Ok(&["tests", "build"]), &[], &both), told(Verdict::Unknown, "did not run on bbbbbbb: build"));
    assert_eq!(
        of(Ok(&["lint", "build"]), &[], &lint_failed),
        told(Verdict::Fail, "failed on bbbbbbb: lint; did not run on bbbbbbb: build")
    );
    // What is configured wins; where nothing is required, all counts.
    assert_eq!(of(Ok(&["build"]), &["tests"], &lint_failed), told(Verdict::Pass, "all required checks succeeded on bbbbbbb"));
    assert_eq!(of(Ok(&[]), &[], &lint_failed).0, Verdict::Fail);
    assert_eq!(of(Ok(&[]), &[], &both), told(Verdict::Pass, "all checks succeeded on bbbbbbb"));
    // What was read once may have changed since, when it cannot be read again.
    let old = again(Ok(&["tests"]), &[], &both, true);
    assert!(old.0 == Verdict::Unknown && old.1.contains("may have changed since it was read: GitHub denies the rules"), "{old:?}");
    // Where the rules may not be seen it is not known, unless the configuration says it.
    let unseen = of(Err("GitHub denies the rules"), &[], &both);
    assert!(unseen.0 == Verdict::Unknown && unseen.1.ends_with("can name them: GitHub denies the rules"), "{unseen:?}");
    assert_eq!(of(Err("GitHub denies the rules"), &[], &lint_failed), told(Verdict::Fail, "failed on bbbbbbb: lint"));
    assert_eq!(of(Err("GitHub denies the rules"), &["tests"], &both).0, Verdict::Pass);
}

/// A check of the required name that another app reports is not the one that is required.
#[test]
fn a_check_that_one_app_has_to_report_is_that_app_s() {
    let (fleet, mut forge) = world(vec![]);
    tell(&mut forge, Topic::Rules("trunk".into()), News::Rules(vec![RequiredCheck { app: Some(7), ..RequiredCheck::from("tests") }]));
    for (app, told_of) in [
        (Some(7), (Verdict::Pass, "all required checks succeeded on bbbbbbb")),
        (Some(8), (Verdict::Unknown, "did not run on bbbbbbb: tests (by the app that has to report it)")),
        (None, (Verdict::Unknown, "did not run on bbbbbbb: tests (by the app that has to report it)")),
    ] {
        let checks = Some(vec![crate::model::commit::Check { name: "tests".into(), state: CheckState::Success, app }]);
        let detail = CommitDetail { pull: None, checks };
        tell(&mut forge, Topic::Details(vec![sha('b')]), News::Details(vec![(sha('b'), detail)]));
        assert_eq!(told(&sheet_of(&fleet, &forge, &[1, 2]), Subject::Checks), [told_of]);
    }
}

/// What is not over may still fail: on production that stands in the way.
#[test]
fn a_required_check_that_is_not_over_stands_in_the_way_of_production() {
    let (fleet, mut forge) = world(vec![]);
    tell(&mut forge, Topic::Rules("trunk".into()), News::Rules(vec!["tests".into()]));
    tell_detail(&mut forge, 'b', 7, &[], CheckState::Pending);
    let sheet = sheet_of(&fleet, &forge, &[1, 2]);
    assert_eq!(told(&sheet, Subject::Checks), [(Verdict::Unknown, "not over on bbbbbbb: tests")]);
    assert!(sheet.failed().any(|check| check.subject == Subject::Checks));
}

/// Fifty runs are told of: an older one may go on, and a newer one of a waiting run that is older may be beyond them.
#[test]
fn behind_the_latest_runs_others_may_go_on() {
    let (fleet, mut forge) = world(vec![]);
    let others = |from: u64| {
        (from..from + LATEST as u64).rev().map(|id| crate::model::run::Run { workflow: "other".into(), ..run(id, 'c', CANCELLED) })
    };
    let mut runs: Vec<crate::model::run::Run> = others(100).collect();
    runs.push(run(9, 'b', Progress::Waiting));
    tell(&mut forge, Topic::Runs, News::Runs(runs));
    let unknown = "only the latest runs are known, an older one may go on as well";
    assert_eq!(told(&sheet_of(&fleet, &forge, &[1]), Subject::Newest), [(Verdict::Unknown, unknown)]);
    tell(&mut forge, Topic::LiveRuns, News::LiveRuns(vec![run(10, 'c', Progress::InProgress)]));
    assert_eq!(told(&sheet_of(&fleet, &forge, &[1]), Subject::Newest), [(Verdict::Fail, "run #10 is newer, and in progress")]);
    tell(&mut forge, Topic::LiveRuns, News::LiveRuns(vec![]));
    assert_eq!(told(&sheet_of(&fleet, &forge, &[1]), Subject::Newest), [(Verdict::Pass, "this is the newest waiting run")]);
}

/// The other way round tells what would be undone: it is asked for once it is known that something would be.
#[test]
fn what_would_be_undone_is_asked_for_and_named() {
    let (fleet, mut forge) = world(vec![]);
    let wanted = |forge: &Forge| {
        let inbox = promotions(&fleet, forge);
        interest(&[], &inbox, &[], &fleet, forge).repositories.remove(&repository()).unwrap().comparisons
    };
    assert_eq!(wanted(&forge), []);
    let apart = Comparison { relation: Relation::Diverged, behind: 5, ..ahead("1b", vec![]) };
    tell_comparison(&mut forge, 'a', 'b', apart);
    assert_eq!(wanted(&forge), [between('b', 'a')]);
    let migrations = vec![added("shop/migrations/versions/12_price.py", ""), added("shop.py", "")];
    tell_comparison(&mut forge, 'b', 'a', Comparison { ahead: 5, behind: 2, relation: Relation::Diverged, ..ahead("2345a", migrations) });
    assert_eq!(wanted(&forge), []);
    for digit in ['4', '5'] {
        tell_detail(&mut forge, digit, 45, &[], CheckState::Success);
    }
    let sheet = sheet_of(&fleet, &forge, &[1]);
    let sentence = "bbbbbbb has diverged from aaaaaaa, which runs in shop-live eu-west-1: it would undo 5 commits: \
        aaaaaaa Commit a, #45 Pull 45, 3333333 Commit 3, and 1 more";
    let crossed = "going back crosses migrations: shop/migrations/versions/12_price.py";
    assert_eq!(told(&sheet, Subject::Older), [(Verdict::Fail, sentence), (Verdict::Fail, crossed)]);
    // What is not told is not taken for harmless, and what cannot be read is said to be unknown.
    tell_comparison(&mut forge, 'b', 'a', Comparison { files_complete: false, ..ahead("a", vec![]) });
    let unknown = "not all files are known: there may be migrations among what would be undone";
    assert_eq!(told(&sheet_of(&fleet, &forge, &[1]), Subject::Older)[1], (Verdict::Unknown, unknown));
    let mut failing = Forge::default();
    tell_comparison(&mut failing, 'a', 'b', Comparison { relation: Relation::Behind, behind: 1, ..ahead("", vec![]) });
    let news = Err(Fault::new(FaultKind::Unreachable, "GitHub did not answer."));
    failing.observe(Report { repository: repository(), topic: Topic::Comparison(between('b', 'a')), stamp: stamp(), news });
    let undone = older::undone(failing.get(&repository()).unwrap(), &between('a', 'b'), "x", &Shipping::default().migrations);
    assert!(undone[1].0 == Verdict::Unknown && undone[1].1.ends_with("is not known: GitHub did not answer."), "{undone:?}");
}

#[test]
fn an_app_that_never_goes_back_refuses_it_and_another_wants_a_reason() {
    let (fleet, mut forge) = world(vec![]);
    let of = |forge: &Forge, older| {
        let promotion = promotions(&fleet, forge).remove(0);
        let shipping = Shipping { older, ..Shipping::default() };
        sheet(&promotion, &[crate::model::id::GateId(1)], around(&fleet, forge, &shipping, &Locks::default()))
    };
    assert_eq!(of(&forge, OlderVersions::Never).refused, None);
    tell_comparison(&mut forge, 'a', 'b', Comparison { relation: Relation::Behind, behind: 1, ..ahead("", vec![]) });
    assert!(of(&forge, OlderVersions::Never).refused.is_some_and(|why| why.contains("U reverts")));
    let sheet = of(&forge, OlderVersions::WithReason);
    assert_eq!((sheet.refused, sheet.failed().filter(|check| check.subject == Subject::Older).count()), (None, 2));
}

#[test]
fn only_what_is_in_the_apps_folder_ships() {
    let file = |path: &str| added(path, "def upgrade():\n    op.drop_table(\"item\")\n");
    let moved = ChangedFile { path: "front/config.py".into(), before: Some("back/config.py".into()), ..added("", "environ[\"MOVED\"]") };
    let files = || vec![file("front/migrations/versions/1.py"), added("front/x.py", "environ[\"FRONT\"]"), moved.clone()];
    let (fleet, forge) = world(files());
    assert_eq!(told(&sheet_of(&fleet, &forge, &[1, 2]), Subject::Migrations)[0].0, Verdict::Warn);
    let (fleet, forge) = world_in(Some("back"), files());
    let sheet = sheet_of(&fleet, &forge, &[1, 2]);
    assert_eq!(told(&sheet, Subject::Migrations), [(Verdict::Pass, "no migrations")]);
    // What was moved out of the folder concerns it.
    let variables = told(&sheet, Subject::Variables);
    assert!(variables[0].1.contains("MOVED") && !variables[0].1.contains("FRONT"), "{variables:?}");
    // How much of it ships is not known before it was read which commits touch the folder.
    let facts = forge.get(&repository()).unwrap();
    assert_eq!((sheet.folders.len(), sheet.commits(facts)), (1, None));
    let wanted = interest(&[], &promotions(&fleet, &forge), &[], &fleet, &forge);
    assert_eq!(wanted.repositories[&repository()].touched.len(), 1);
    // The same of what is planned where no run waits, and with it how the checks of the version came out.
    let asked = [(repository(), Between { base: sha('a'), head: sha('b') })];
    let wanted = interest(&[], &[], &asked, &fleet, &forge).repositories.remove(&repository()).unwrap();
    assert_eq!(wanted.touched.len(), 1);
    let blank = interest(&[], &[], &asked, &fleet, &Forge::default());
    assert!(blank.repositories[&repository()].details.is_empty(), "nothing is known of the repository yet");
    let told = crate::model::github_facts::forge('b');
    assert_eq!(interest(&[], &[], &asked, &fleet, &told).repositories[&repository()].details, [sha('b')]);
}

/// What follows a gate begins by itself, unless another gate is known to hold it.
#[test]
fn what_needs_a_job_behind_a_gate_ships_with_it() {
    let ours = [key("eu-west-1", "shop-live"), key("us-east-2", "shop-live")];
    let mut pipeline = pipeline();
    let live = pipeline.stages.iter().find(|stage| &*stage.job == "live").unwrap().job.clone();
    let us = pipeline.stages.iter_mut().find(|stage| &*stage.job == "live-us").unwrap();
    us.needs = vec![live];
    let found = |pipeline: &Pipeline, holding: &[&str]| behind_gate(Some(pipeline), &gate(1, "live"), holding, &ours);
    assert_eq!(found(&pipeline, &["gate live", "gate live-us"]), (vec![ours[0].clone()], true));
    assert_eq!(found(&pipeline, &["gate live"]), (ours.to_vec(), true));
    pipeline.stages.iter_mut().find(|stage| &*stage.job == "live-us").unwrap().gate = None;
    assert_eq!(found(&pipeline, &["gate live", "gate live-us"]), (ours.to_vec(), true));
}

/// One gate leads to the environments of two apps, another to those of one: what is chosen decides whose rules hold.
#[test]
fn where_several_apps_ship_the_strictest_rules_hold() {
    let strict = Shipping { required: vec!["build".into()], older: OlderVersions::Never, settle: 900, ..Shipping::default() };
    let loose = Shipping { required: vec!["tests".into()], older: OlderVersions::WithReason, ..Shipping::default() };
    let environments = [("eu-west-1", "shop-qa", 'b'), ("eu-west-1", "shop-live", 'a'), ("eu-west-1", "desk-live", 'a')];
    let fleet = fleet_of(vec![app_of_repository("shop", None, loose), app_of_repository("desk", None, strict)], &environments);
    let mut forge = forge('b');
    let mut shared = pipeline();
    shared.stages[2].target = Some(crate::model::pipeline::Target { region: None, names: vec!["desk-live".into()] });
    let overview = forge.get(&repository()).unwrap().overview.value().unwrap().clone();
    let overview = crate::model::pipeline::Overview { pipelines: vec![shared], ..overview };
    tell(&mut forge, Topic::Overview, News::Overview(Box::new(overview)));
    tell(&mut forge, Topic::Runs, News::Runs(vec![run(9, 'b', Progress::Waiting)]));
    tell(&mut forge, Topic::Gates(RunId(9)), News::Gates(vec![gate(1, "live"), gate(2, "live-us")]));
    tell_detail(&mut forge, 'b', 7, &[], CheckState::Success);
    tell_comparison(&mut forge, 'a', 'b', Comparison { relation: Relation::Behind, ahead: 0, behind: 1, ..ahead("", vec![]) });
    let promotion = promotions(&fleet, &forge).remove(0);
    let of = |chosen: &[u64]| {
        let chosen: Vec<GateId> = chosen.iter().map(|id| GateId(*id)).collect();
        let shipping = shipping(&fleet, &promotion, &chosen);
        let sheet = sheet(&promotion, &chosen, around(&fleet, &forge, &shipping, &Locks::default()));
        (told(&sheet, Subject::Checks)[0].0, sheet.refused.is_some(), shipping.settle)
    };
    assert_eq!(of(&[1]), (Verdict::Pass, false, 600));
    assert_eq!(of(&[2]), (Verdict::Unknown, true, 900));
    assert_eq!(of(&[1, 2]), (Verdict::Unknown, true, 900));
    // Nothing chosen may be anything of the repository.
    assert_eq!(of(&[]).2, 900);
}
