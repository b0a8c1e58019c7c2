//! The jobs of a run as logs: what is over is told whole, what goes on step by step, and nothing shows where a log is.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use quarterdeck::github::{GitHubSettings, JobLogs, Token};
use quarterdeck::model::forge::{News as Told, Topic};
use quarterdeck::model::log::batch::News;
use quarterdeck::model::log::feed::Feed;
use quarterdeck::model::log::line::Millis;
use quarterdeck::model::log::source::State;
use quarterdeck::model::run::{Progress, Run};
use quarterdeck::ops::port::{Follow, Numbers, Tail};
use serde_json::json;

use super::{Rig, SHOP, waiting};

/// Long enough for a slow machine; reached only where something hangs.
const STUCK: Duration = Duration::from_secs(90);

fn logs(rig: &Rig) -> JobLogs {
    let (url, token) = rig.sim.github().unwrap();
    JobLogs::new(GitHubSettings::new(Some(url), Token::known(&token)), rig.limiter.clone(), rig.stamps.clone())
}

fn follow(run: &Run, goes_on: bool) -> Follow {
    let feed = Feed::Jobs { repository: SHOP.into(), run: run.id };
    Follow { feed, since: Millis(0), goes_on, numbers: Arc::<Numbers>::default(), known: Arc::default() }
}

fn texts(told: &[News]) -> Vec<String> {
    let lines = told.iter().filter_map(|news| if let News::Lines(batch) = news { Some(&batch.lines) } else { None });
    lines.flatten().map(|line| String::from_utf8(line.text.clone()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_over_is_told_whole_job_by_job() {
    let rig = Rig::shop("").await;
    let runs = rig.runs().await;
    let over = runs.iter().find(|run| matches!(run.progress, Progress::Completed(_))).unwrap();
    let told: Vec<News> = tokio::time::timeout(STUCK, logs(&rig).follow(follow(over, true)).collect()).await.unwrap();
    let Told::Jobs(jobs) = rig.ask(SHOP, Topic::Jobs(over.id)).await else { panic!() };
    let found = told.iter().filter(|news| matches!(news, News::Found(_, name) if !name.is_feed())).count();
    assert_eq!(found, jobs.each.len());
    let lines = texts(&told);
    assert!(lines.len() >= jobs.each.len() && !lines.iter().any(|line| line.starts_with("20")), "{lines:?}");
    assert!(matches!(told.last(), Some(News::Is(_, State::Ended))), "{:?}", told.last());
    assert!(!format!("{told:?}").contains("until="), "where a log is has been told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_run_that_goes_on_the_jobs_that_are_over_are_told_and_it_is_said_why_the_others_are_not() {
    let rig = Rig::shop("").await;
    let runs = rig.runs().await;
    let told: Vec<News> = tokio::time::timeout(STUCK, logs(&rig).follow(follow(waiting(&runs), false)).collect()).await.unwrap();
    assert!(!texts(&told).is_empty());
    let Some(News::Is(_, State::Polling { why, .. })) = told.last() else { panic!("{:?}", told.last()) };
    assert_eq!(&**why, "GitHub tells the lines of a job only once it is over");
    // What fails is told and tried again.
    rig.sim.post("/_sim/faults", &json!({ "service": "github", "kind": "status", "value": 502 })).await;
    let mut stream = logs(&rig).follow(follow(waiting(&runs), true));
    let mut failed = false;
    while !failed {
        let news = tokio::time::timeout(STUCK, stream.next()).await.unwrap().unwrap();
        failed = matches!(news, News::Is(_, State::Failing(_)));
    }
    rig.sim.delete("/_sim/faults").await;
    let mut read = false;
    while !read {
        let news = tokio::time::timeout(STUCK, stream.next()).await.unwrap().unwrap();
        read = matches!(news, News::Lines(_));
    }
}
