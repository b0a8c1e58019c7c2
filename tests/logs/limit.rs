//! The service's limit: so many live tail sessions at once in an account and a region, whoever has opened them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use quarterdeck::aws::{Clients, CloudWatchLogs};
use quarterdeck::model::log::batch::News;
use quarterdeck::model::log::feed::Feed;
use quarterdeck::model::log::line::SourceId;
use quarterdeck::model::log::source::State;
use quarterdeck::model::pattern::NamePattern;
use quarterdeck::ops::clock::Stamps;
use quarterdeck::ops::limit::Limiter;
use quarterdeck::ops::port::{Follow, Numbers, Tail};
use quarterdeck::shell::SystemClock;

use super::{ACCESS, Rig, now};

/// "CloudWatch Logs quotas": concurrent sessions in an account and a region, unless it was raised.
const SESSIONS: usize = 15;
const ENGINE: &str = "/aws/elasticbeanstalk/shop-prod/var/log/eb-engine.log";

fn following(rig: &Rig, group: &str, numbers: &Arc<Numbers>) -> Follow {
    let feed = Feed::Groups { site: rig.site.clone(), names: vec![NamePattern::new(group)], live: true.into() };
    Follow { feed, since: now().plus(-20_000), goes_on: true, numbers: Arc::clone(numbers), known: Arc::default() }
}

/// Sessions of another program: other clients, and other budgets.
async fn opened_elsewhere(rig: &Rig, count: usize) -> Vec<BoxStream<'static, News>> {
    let limiter = Limiter::new(Stamps::new(Arc::new(SystemClock)));
    let other = CloudWatchLogs::new(Clients::new(rig.sim.connections(), limiter.clone()), limiter);
    let mut open = Vec::new();
    for _ in 0..count {
        let mut stream = other.follow(following(rig, ACCESS, &Arc::default()));
        let live = async { while !matches!(stream.next().await.unwrap(), News::Is(_, State::Live)) {} };
        tokio::time::timeout(Duration::from_secs(60), live).await.unwrap();
        open.push(stream);
    }
    open
}

/// How the feed is that reads a group.
fn state_of<'a>(rig: &'a Rig, group: &str) -> Option<&'a State> {
    rig.sources.iter().find(|(_, source)| source.name.is_feed() && *source.name.group == *group).map(|(_, source)| &source.state)
}

fn lines_of(rig: &Rig, group: &str) -> usize {
    let of: Vec<SourceId> = rig.sources.iter().filter(|(_, source)| *source.name.group == *group).map(|(id, _)| id).collect();
    rig.buffer.entries().filter_map(|id| rig.buffer.line(id)).filter(|line| of.contains(&line.source)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_more_than_the_region_has_is_searched_says_why_and_is_opened_once_another_one_ends() {
    let mut rig = Rig::new(200, 1.0).await;
    let mut elsewhere = opened_elsewhere(&rig, SESSIONS - 1).await;
    let numbers = Arc::<Numbers>::default();
    let mut last = rig.tail.follow(following(&rig, ACCESS, &numbers));
    rig.until(&mut last, "the last session that there is", |rig| state_of(rig, ACCESS) == Some(&State::Live)).await;
    let refused = rig.tail.follow(following(&rig, ENGINE, &numbers));
    let mut both = stream::select(last, refused).boxed();
    // Sessions that are opened one after the other may be throttled first: then it is tried again.
    let is_full = |why: &str| why.starts_with("us-east-1 has no live tail session left") && why.contains("other programs");
    let is_refused = |rig: &Rig| matches!(state_of(rig, ENGINE), Some(State::Polling { why, .. }) if is_full(why));
    rig.until(&mut both, "searching, and why", |rig| is_refused(rig) && lines_of(rig, ENGINE) > 0).await;
    // The one beside it has lost nothing.
    let before = lines_of(&rig, ACCESS);
    rig.until(&mut both, "more lines of the other", |rig| lines_of(rig, ACCESS) > before + 20).await;
    assert_eq!(state_of(&rig, ACCESS), Some(&State::Live));
    assert!(matches!(state_of(&rig, ENGINE), Some(State::Polling { .. })), "there is none yet");
    drop(elsewhere.pop());
    rig.until(&mut both, "listening", |rig| state_of(rig, ENGINE) == Some(&State::Live)).await;
    assert_eq!(state_of(&rig, ACCESS), Some(&State::Live));
    assert!(rig.gaps.values().all(|gap| gap.filled), "{:?}", rig.gaps);
}
