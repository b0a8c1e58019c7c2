//! What a stream opens with where instances come and go.

use std::collections::BTreeSet;
use std::time::Duration;

use quarterdeck::model::log::line::Millis;
use quarterdeck::model::log::source::State;

use super::{Rig, now, world};

/// The instances that wrote within a span.
async fn writing(rig: &Rig, from: Millis, to: Millis) -> BTreeSet<String> {
    rig.written(from, to).await.into_keys().map(|(stream, ..)| stream).collect()
}

/// Waits until one of the instances that wrote within ten minutes writes no more; which.
async fn gone(rig: &Rig) -> String {
    loop {
        let at = now();
        let (all, still) = (writing(rig, at.plus(-600_000), at).await, writing(rig, at.plus(-3_000), at).await);
        if let Some(gone) = all.difference(&still).next() {
            return gone.clone();
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ten_minutes_that_it_opens_with_have_the_lines_of_instances_that_are_gone() {
    let replaced = "[[happening]]\nat = \"5s\"\nenvironment = \"shop-prod\"\ndo = \"replace-instance\"\n";
    let mut rig = Rig::on(&format!("{}{replaced}", world(400)), 1.0).await;
    let gone = tokio::time::timeout(Duration::from_secs(60), gone(&rig)).await.expect("an instance is replaced");
    let (begun, since) = (now(), now().plus(-600_000));
    let mut stream = rig.follow(since, true);
    // The second search of the opening is over, and what was late is there.
    let told = |rig: &Rig| rig.reports >= 2 && rig.sources.iter().any(|(_, source)| source.told > Some(begun.plus(32_000)));
    rig.until(&mut stream, "the opening", told).await;
    rig.compare(since, begun).await;
    let its: Vec<i64> = rig.kept(since, begun).into_keys().filter(|(stream, ..)| *stream == gone).map(|(_, time, ..)| time).collect();
    assert!(its.len() > 100, "{} lines of {gone}", its.len());
    // It wrote nothing while the session was open: only a search has found it.
    assert!(its.iter().max() < Some(&begun.0));
    let its_stream = rig.sources.iter().find(|(_, source)| *source.name.stream == *gone).map(|(_, source)| &source.state);
    assert_eq!((its_stream, rig.gaps.len()), (Some(&State::Live), 0));
}
