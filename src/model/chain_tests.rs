//! Tests of what is pending, and where.

use super::*;
use crate::model::commit::{CheckState, Comparison};
use crate::model::fault::{Fault, FaultKind};
use crate::model::folder::{Touched, Within};
use crate::model::forge::{News, Report, Topic};
use crate::model::github_facts::*;

const FLEET: [(&str, &str, char); 4] =
    [("eu-west-1", "shop-qa", 'b'), ("eu-west-1", "shop-live", 'a'), ("eu-west-1", "shop-odd", 'a'), ("us-east-2", "shop-live", 'b')];

fn link_of(links: &[Link], region: &str, name: &str) -> Link {
    links.iter().find(|link| link.environment == key(region, name)).unwrap().clone()
}

#[test]
fn a_workflow_says_what_feeds_an_environment() {
    let (fleet, forge) = (fleet(&FLEET), forge('c'));
    let links = links(&fleet, &forge);
    assert_eq!(link_of(&links, "eu-west-1", "shop-live").upstream, Upstream::Environment(key("eu-west-1", "shop-qa")));
    assert_eq!(link_of(&links, "us-east-2", "shop-live").upstream, Upstream::Environment(key("eu-west-1", "shop-qa")));
    let first = link_of(&links, "eu-west-1", "shop-qa");
    assert_eq!((first.upstream, first.offered), (Upstream::Branch(Some("trunk".into())), Some(sha('c'))));
}

#[test]
fn without_a_workflow_production_is_fed_by_the_staging_that_is_likest() {
    let names = [("us-west-1", "shop-web-qa", 'b'), ("us-west-1", "shop-api-qa", 'c'), ("us-west-1", "shop-api-prod", 'a')];
    let links = links(&fleet(&names), &Forge::default());
    assert_eq!(link_of(&links, "us-west-1", "shop-api-prod").upstream, Upstream::Environment(key("us-west-1", "shop-api-qa")));
    let branch = link_of(&links, "us-west-1", "shop-api-qa");
    assert_eq!((branch.upstream, branch.offered), (Upstream::Branch(None), None));
}

#[test]
fn what_is_behind_is_told_only_as_far_as_it_is_known() {
    let (fleet, mut forge) = (fleet(&FLEET), forge('c'));
    let live = link_of(&links(&fleet, &forge), "eu-west-1", "shop-live");
    assert_eq!(behind(&live, &forge), Behind::NotRead);
    let fault = Fault::new(FaultKind::Missing, "acme/shop has no commit a.");
    let topic = Topic::Comparison(between('a', 'b'));
    forge.observe(Report { repository: repository(), topic, stamp: stamp(), news: Err(fault) });
    assert_eq!(behind(&live, &forge), Behind::Failed("acme/shop has no commit a.".into()));
    tell_comparison(&mut forge, 'a', 'b', ahead("1b", vec![]));
    assert_eq!(behind(&live, &forge), Behind::Pending { commits: 2, pulls: None });
    tell_detail(&mut forge, '1', 7, &["x.py"], CheckState::Success);
    tell_detail(&mut forge, 'b', 7, &["x.py"], CheckState::Success);
    assert_eq!(behind(&live, &forge), Behind::Pending { commits: 2, pulls: Some(1) });
    let same = link_of(&links(&fleet, &forge), "us-east-2", "shop-live");
    assert_eq!(behind(&same, &forge), Behind::Nothing);
    let unknown = Link { running: None, ..live };
    assert_eq!(behind(&unknown, &forge), Behind::Unknown(Gap::Running));
}

/// A sign is no reason: what feeds it may run several versions, or none that is known, or not have been read.
#[test]
fn why_it_is_not_known_what_is_behind_is_told() {
    let (mut fleet, forge) = (fleet(&FLEET), forge('c'));
    tell_instances(&mut fleet, "eu-west-1", "shop-qa", "ab", 60);
    let live = link_of(&links(&fleet, &forge), "eu-west-1", "shop-live");
    let qa = key("eu-west-1", "shop-qa");
    assert_eq!(behind(&live, &forge), Behind::Unknown(Gap::Several(qa.clone())));
    assert_eq!(Gap::Several(qa.clone()).words(), "shop-qa before it runs several versions");
    let not_known = Link { is_fed_by_mixed: false, ..live.clone() };
    assert_eq!(behind(&not_known, &forge), Behind::Unknown(Gap::Before(qa)));
    assert_eq!(behind(&Link { is_unread: true, ..not_known }, &forge), Behind::NotRead);
    // Nobody has asked for the branch yet, or it could not be read.
    let first = Link { upstream: Upstream::Branch(None), ..live };
    assert_eq!(behind(&first, &Forge::default()), Behind::NotRead);
    let mut failed = Forge::default();
    let fault = Fault::new(FaultKind::Denied, "acme/shop may not be read");
    failed.observe(Report { repository: repository(), topic: Topic::Overview, stamp: stamp(), news: Err(fault) });
    assert_eq!(behind(&first, &failed), Behind::Unknown(Gap::Branch(Some("acme/shop may not be read".into()))));
}

/// Half of it is still behind: what is pending there has not arrived.
#[test]
fn an_environment_that_runs_several_versions_has_no_commit() {
    let (mut fleet, forge) = (fleet(&FLEET), forge('c'));
    tell_instances(&mut fleet, "eu-west-1", "shop-live", "ab", 60);
    let live = link_of(&links(&fleet, &forge), "eu-west-1", "shop-live");
    assert_eq!((behind(&live, &forge), live.running), (Behind::Mixed, None));
}

#[test]
fn diverged_and_newer_are_said_to_be() {
    let (fleet, mut forge) = (fleet(&FLEET), forge('c'));
    let live = link_of(&links(&fleet, &forge), "eu-west-1", "shop-live");
    let comparison = |relation| Comparison { relation, behind: 3, ..ahead("1", vec![]) };
    tell_comparison(&mut forge, 'a', 'b', comparison(Relation::Diverged));
    assert_eq!(behind(&live, &forge), Behind::Diverged { ahead: 1, behind: 3 });
    tell_comparison(&mut forge, 'a', 'b', comparison(Relation::Behind));
    assert_eq!(behind(&live, &forge), Behind::Beyond(3));
}

/// Where each of these commits, newest first, is.
fn whereabouts_of(forge: &Forge) -> Vec<Whereabouts> {
    let facts = forge.get(&repository()).unwrap();
    let part = Part::of(facts, &between('a', '4'), &[]).unwrap();
    pending(&part, facts, None).into_iter().map(|pending| pending.whereabouts).collect()
}

#[test]
fn a_run_carries_all_commits_before_its_own() {
    let mut forge = forge('4');
    tell_comparison(&mut forge, 'a', '4', ahead("1234", vec![]));
    assert_eq!(whereabouts_of(&forge), vec![Whereabouts::Unknown; 4]);
    let waiting = run(9, '3', Progress::Waiting);
    tell(&mut forge, Topic::Runs, News::Runs(vec![waiting, run(8, '2', CANCELLED)]));
    tell_detail(&mut forge, '4', 5, &["docs/a.rst"], CheckState::Success);
    let by_the_run = Whereabouts::Waiting(RunId(9));
    assert_eq!(whereabouts_of(&forge), [Whereabouts::Ignored, by_the_run.clone(), by_the_run.clone(), by_the_run]);
    tell_detail(&mut forge, '4', 5, &["docs/a.rst", "shop.py"], CheckState::Success);
    assert_eq!(whereabouts_of(&forge)[0], Whereabouts::NoRun);
}

#[test]
fn a_cancelled_run_leaves_its_commits_superseded_and_a_revert_is_named() {
    let mut forge = forge('4');
    let mut comparison = ahead("1234", vec![]);
    comparison.commits[3].reverts = Some(sha('1'));
    tell_comparison(&mut forge, 'a', '4', comparison);
    let failed = Progress::Completed(Conclusion::Failure);
    tell(&mut forge, Topic::Runs, News::Runs(vec![run(8, '3', failed), run(7, '2', CANCELLED)]));
    let told = whereabouts_of(&forge);
    assert_eq!(told, [Whereabouts::NoRun, Whereabouts::Failed(RunId(8)), Whereabouts::Failed(RunId(8)), Whereabouts::Reverted(sha('4'))]);
    tell(&mut forge, Topic::Runs, News::Runs(vec![run(7, '2', CANCELLED)]));
    assert_eq!(whereabouts_of(&forge)[2], Whereabouts::Superseded(RunId(7)));
}

#[test]
fn commits_are_grouped_by_their_pull_request() {
    let mut forge = forge('4');
    tell_comparison(&mut forge, 'a', '4', ahead("1234", vec![]));
    for (digit, pull) in [('1', 5), ('2', 6), ('3', 5)] {
        tell_detail(&mut forge, digit, pull, &[], CheckState::Success);
    }
    let facts = forge.get(&repository()).unwrap();
    let part = Part::of(facts, &between('a', '4'), &[]).unwrap();
    let pending = pending(&part, facts, None);
    let groups = by_pull(&pending, facts);
    let told: Vec<_> = groups.iter().map(|(pull, commits)| (pull.map(|pull| pull.number.0), commits.len())).collect();
    assert_eq!(told, [(None, 1), (Some(5), 2), (Some(6), 1)]);
}

#[test]
fn what_reverts_and_is_reverted_itself_takes_nothing_back() {
    let mut forge = forge('4');
    let mut comparison = ahead("1234", vec![]);
    comparison.commits[1].reverts = Some(sha('1'));
    comparison.commits[2].reverts = Some(sha('2'));
    tell_comparison(&mut forge, 'a', '4', comparison);
    tell(&mut forge, Topic::Runs, News::Runs(vec![run(9, '4', Progress::Waiting)]));
    let told = whereabouts_of(&forge);
    assert_eq!((&told[3], &told[2]), (&Whereabouts::Waiting(RunId(9)), &Whereabouts::Reverted(sha('3'))));
}

#[test]
fn without_the_workflows_no_run_is_taken_for_a_deploy() {
    let mut forge = Forge::default();
    tell_comparison(&mut forge, 'a', '4', ahead("1234", vec![]));
    tell(&mut forge, Topic::Runs, News::Runs(vec![run(9, '4', Progress::Completed(Conclusion::Success))]));
    assert_eq!(whereabouts_of(&forge), vec![Whereabouts::Unknown; 4]);
}

/// Two apps in folders of one repository: only what touches a folder is pending for its app, and only the workflow that
/// deploys the app says where that is.
#[test]
fn what_touches_nothing_of_an_apps_folder_is_not_pending_for_it() {
    let mut forge = forge('4');
    tell_comparison(&mut forge, 'a', '4', ahead("1234", vec![]));
    let (fleet, folder) = (fleet(&FLEET), Arc::<str>::from("back"));
    let mut live = link_of(&links(&fleet, &forge), "eu-west-1", "shop-live");
    (live.folder, live.offered) = (Some(Arc::clone(&folder)), Some(sha('4')));
    assert_eq!(behind(&live, &forge), Behind::NotRead);
    let touch = |forge: &mut Forge, digits: &str| {
        let comparison = forge.get(&repository()).unwrap().comparisons[&between('a', '4')].value().unwrap();
        let topic = Topic::Touched(Within::of(&between('a', '4'), comparison, &folder).unwrap());
        tell(forge, topic, News::Touched(Touched { commits: digits.chars().map(sha).collect(), is_complete: true }));
    };
    touch(&mut forge, "24");
    for (digit, pull) in [('2', 5), ('4', 6)] {
        tell_detail(&mut forge, digit, pull, &[], CheckState::Success);
    }
    assert_eq!(behind(&live, &forge), Behind::Pending { commits: 2, pulls: Some(2) });
    // A later run of another app's workflow, which touched nothing of this one, went through; this one's waits.
    let mut overview = forge.get(&repository()).unwrap().overview.value().unwrap().clone();
    overview.pipelines.push(Pipeline { workflow: "front.yml".into(), stages: Vec::new(), ..pipeline() });
    tell(&mut forge, Topic::Overview, News::Overview(Box::new(overview)));
    let other = Run { workflow: "front.yml".into(), ..run(8, '4', Progress::Completed(Conclusion::Success)) };
    tell(&mut forge, Topic::Runs, News::Runs(vec![other, run(7, '4', Progress::Waiting)]));
    let facts = forge.get(&repository()).unwrap();
    let part = Part::of(facts, &between('a', '4'), live.folder.as_slice()).unwrap();
    let told: Vec<_> = pending(&part, facts, Some(&live.environment)).into_iter().map(|p| (p.commit.sha.clone(), p.whereabouts)).collect();
    assert_eq!(told, [(sha('4'), Whereabouts::Waiting(RunId(7))), (sha('2'), Whereabouts::Waiting(RunId(7)))]);
    touch(&mut forge, "");
    assert_eq!(behind(&live, &forge), Behind::Nothing);
}
