//! What actions of this console write, as logs.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::output::{Heard, Outputs};
use super::port::{Follow, Tail};
use crate::model::fault::{Fault, FaultKind};
use crate::model::log::batch::{Batch, News};
use crate::model::log::feed::Feed;
use crate::model::log::line::{Millis, NewLine, ReportId, SourceId};
use crate::model::log::source::{Name, State};
use crate::model::operation::evidence::Mark;

/// How much may wait until whoever listens takes it.
const WAITING: usize = 64;

/// Tells what actions write, line by line. Cheap to clone.
#[derive(Clone)]
pub struct OutputLogs {
    outputs: Outputs,
}

impl OutputLogs {
    /// Of these outputs.
    #[must_use]
    pub const fn new(outputs: Outputs) -> Self {
        Self { outputs }
    }
}

impl Tail for OutputLogs {
    fn follow(&self, follow: Follow) -> BoxStream<'static, News> {
        let (out, news) = mpsc::channel(WAITING);
        let mut tasks = JoinSet::new();
        tasks.spawn(run(self.clone(), follow, out));
        // The tasks end with the stream that holds them.
        stream::unfold((news, tasks), |(mut news, tasks)| async move { Some((news.recv().await?, (news, tasks))) }).boxed()
    }
}

async fn run(logs: OutputLogs, follow: Follow, out: mpsc::Sender<News>) {
    let Some(own) = follow.numbers.source() else { return };
    let _ = out.send(News::Found(own, Name::of_feed(follow.feed.title()))).await;
    let Feed::Output { marks } = &follow.feed else {
        let fault = Fault::new(FaultKind::Unsupported, "no action has such output");
        return drop(out.send(News::Is(vec![own], State::Failing(fault))).await);
    };
    let (past, mut heard) = logs.outputs.listen();
    let report = follow.numbers.report();
    let mut telling = Telling { out, report, own, follow: &follow, actions: HashMap::new() };
    for told in past.iter().filter(|told| marks.contains(&told.mark)) {
        telling.take(told).await;
    }
    if !follow.goes_on {
        telling.finish().await;
        return telling.tell(News::Is(vec![own], State::Ended)).await;
    }
    telling.tell(News::Is(vec![own], State::Live)).await;
    while let Some(told) = heard.recv().await {
        if marks.contains(&told.mark) {
            telling.take(&told).await;
        }
        if telling.out.is_closed() {
            return;
        }
    }
    telling.finish().await;
    telling.tell(News::Is(vec![own], State::Ended)).await;
}

struct Telling<'f> {
    out: mpsc::Sender<News>,
    report: ReportId,
    own: SourceId,
    follow: &'f Follow,
    actions: HashMap<Mark, Action>,
}

/// What is known of one action's output.
struct Action {
    id: SourceId,
    /// A line that is not whole yet, and since when.
    pending: String,
    since: Millis,
}

impl Telling<'_> {
    async fn tell(&self, news: News) {
        // Nobody listens any more: then all of this ends at once.
        let _ = self.out.send(news).await;
    }

    async fn take(&mut self, told: &Heard) {
        let time = told.at;
        if !self.actions.contains_key(&told.mark) {
            let id = self.follow.numbers.source();
            if let Some(id) = id {
                self.tell(News::Found(id, Name { group: self.follow.feed.title(), stream: Arc::clone(&told.mark.0) })).await;
                self.tell(News::Is(vec![id], State::Live)).await;
            }
            let action = Action { id: id.unwrap_or(self.own), pending: String::new(), since: time };
            self.actions.insert(told.mark.clone(), action);
        }
        let Some(action) = self.actions.get_mut(&told.mark) else { return };
        let mut lines = action.whole_lines(&told.text, time);
        if told.is_last && !action.pending.is_empty() {
            lines.push(action.take_line());
        }
        self.tell_lines(lines).await;
    }

    /// Tells lines that were never ended.
    async fn finish(&mut self) {
        let lines = self.actions.values_mut().filter(|action| !action.pending.is_empty()).map(Action::take_line).collect();
        self.tell_lines(lines).await;
    }

    async fn tell_lines(&self, lines: Vec<NewLine>) {
        if !lines.is_empty() {
            self.tell(News::Lines(Batch { report: self.report, live: true, lines })).await;
        }
    }
}

impl Action {
    fn whole_lines(&mut self, text: &str, time: Millis) -> Vec<NewLine> {
        let mut lines = Vec::new();
        for piece in text.split_inclusive('\n') {
            if self.pending.is_empty() {
                self.since = time;
            }
            self.pending.push_str(piece);
            if self.pending.ends_with('\n') {
                lines.push(self.take_line());
            }
        }
        lines
    }

    fn take_line(&mut self) -> NewLine {
        let mut text = std::mem::take(&mut self.pending);
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
        NewLine { source: self.id, time: self.since, ingested: None, text: text.into_bytes() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;
    use crate::model::clock::Timestamp;
    use crate::ops::clock::{Clock, Stamps};
    use crate::ops::port::Numbers;

    /// A clock that a test sets, in seconds.
    #[derive(Default)]
    struct Hands(AtomicI64);

    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(self.0.load(Ordering::Relaxed)).unwrap()
        }
    }

    fn text(news: &News) -> Vec<String> {
        match news {
            News::Lines(batch) => batch.lines.iter().map(|line| String::from_utf8(line.text.clone()).unwrap()).collect(),
            News::Is(_, state) => vec![state.word().to_owned()],
            _ => vec![],
        }
    }

    #[tokio::test]
    async fn what_was_written_before_and_what_is_written_now_is_one_stream_of_whole_lines() {
        let clock = Arc::new(Hands(AtomicI64::new(1_700_000_000)));
        let (outputs, _written) = Outputs::new(Stamps::new(Arc::clone(&clock) as Arc<dyn Clock>));
        let (mine, other) = (Mark("7-deploy".into()), Mark("8-deploy".into()));
        outputs.take(&mine, 0, b"one\ntw", false);
        outputs.take(&other, 0, b"not mine\n", false);
        let logs = OutputLogs::new(outputs.clone());
        let follow = |goes_on| {
            let feed = Feed::Output { marks: vec![mine.clone()] };
            logs.follow(Follow { feed, since: Millis(0), goes_on, numbers: Arc::<Numbers>::default(), known: Arc::default() })
        };
        let told: Vec<News> = follow(false).collect().await;
        assert_eq!(told.iter().flat_map(text).collect::<Vec<_>>(), ["live", "one", "tw", "ended"]);
        // Whoever reads it later sees it at the same moment: so it is known to be the same.
        clock.0.fetch_add(60, Ordering::Relaxed);
        let again: Vec<News> = follow(false).collect().await;
        for told in [&told, &again] {
            let News::Lines(batch) = &told[3] else { panic!("{told:?}") };
            assert_eq!(batch.lines[0].time, Millis(1_700_000_000_000));
        }
        let mut stream = follow(true);
        let mut seen = Vec::new();
        while seen.last().map(String::as_str) != Some("one") {
            seen.extend(text(&stream.next().await.unwrap()));
        }
        outputs.take(&mine, 6, b"o\nthree\n", false);
        while seen.last().map(String::as_str) != Some("three") {
            seen.extend(text(&stream.next().await.unwrap()));
        }
        // Its last line has no end, which is known only once it is over.
        outputs.take(&mine, 14, b"four", false);
        outputs.take(&mine, 18, b"", true);
        while seen.last().map(String::as_str) != Some("four") {
            seen.extend(text(&stream.next().await.unwrap()));
        }
        outputs.take(&mine, 18, b"", true);
        let whole: Vec<News> = follow(false).collect().await;
        assert_eq!(whole.iter().flat_map(text).collect::<Vec<_>>(), ["live", "one", "two", "three", "four", "ended"]);
        assert!(seen.contains(&"two".to_owned()) && !seen.contains(&"not mine".to_owned()), "{seen:?}");
    }
}
