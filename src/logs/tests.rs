//! The desk of logs: what is handed on, and what is let go of.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::stream;

use super::*;
use crate::app::logs::saving::SaveId;
use crate::model::fault::{Fault, FaultKind};
use crate::model::log::batch::Batch;
use crate::model::log::feed::Streaming;
use crate::model::log::line::{NewLine, ReportId};
use crate::model::log::source::State;

/// A tail that tells what a test says, and counts what is followed.
#[derive(Default)]
struct Canned {
    followed: Mutex<Vec<(Arc<str>, Millis)>>,
    /// What each reading was told of earlier ones: sources, and when the newest line of the first was written.
    known: Mutex<Vec<(usize, Option<Millis>)>>,
    going_on: Arc<()>,
    endless: bool,
}

fn feed(title: &str) -> Feed {
    Feed::Groups {
        site: crate::model::compute::Site { connection: "default".into(), region: "us-west-1".into() },
        names: vec![crate::model::pattern::NamePattern::new(title)],
        live: Streaming::OneSession,
    }
}

fn lines(source: SourceId, times: std::ops::Range<i64>) -> batch::News {
    let line = |time| NewLine { source, time: Millis(time), ingested: None, text: b"x".to_vec() };
    batch::News::Lines(Batch { report: ReportId(1), live: true, lines: times.map(line).collect() })
}

impl Tail for Canned {
    fn follow(&self, follow: Follow) -> BoxStream<'static, batch::News> {
        let title = follow.feed.title();
        self.followed.lock().unwrap().push((Arc::clone(&title), follow.since));
        self.known.lock().unwrap().push((follow.known.len(), follow.known.values().find_map(Known::newest)));
        let (own, source) = (follow.numbers.source().unwrap(), follow.numbers.source().unwrap());
        let name = Name { group: Arc::clone(&title), stream: "i-1".into() };
        let fault = Fault::new(FaultKind::Denied, "no");
        let told = vec![
            batch::News::Found(own, Name::of_feed(title)),
            batch::News::Found(source, name),
            lines(source, 0..10),
            batch::News::Is(vec![own], State::Failing(fault)),
        ];
        // Held for as long as it is followed.
        let held = Arc::clone(&self.going_on);
        let count = if self.endless { usize::MAX } else { 0 };
        let more = stream::iter(0..count).map(move |_| lines(source, 0..500));
        let never = stream::once(async move {
            let told = std::future::pending::<batch::News>().await;
            drop(held);
            told
        });
        stream::iter(told).chain(more).chain(never).boxed()
    }
}

struct Rig {
    tail: Arc<Canned>,
    orders: mpsc::UnboundedSender<Order>,
    events: mpsc::UnboundedReceiver<Event>,
}

impl Rig {
    fn new(tail: Canned) -> Self {
        let tail = Arc::new(tail);
        let (orders, inbox) = mpsc::unbounded_channel();
        let (outbox, events) = mpsc::unbounded_channel();
        tokio::spawn(serve(Arc::clone(&tail) as Arc<dyn Tail>, None, inbox, outbox));
        Self { tail, orders, events }
    }

    fn order(&self, order: Order) {
        self.orders.send(order).unwrap();
    }

    fn follow(&self, stream: u64, feeds: &[&str], since: i64) {
        let feeds = (0..).map(FeedId).zip(feeds.iter().map(|title| feed(title))).collect();
        self.order(Order::Follow { stream: StreamId(stream), feeds, since: Millis(since) });
    }

    async fn news(&mut self) -> News {
        match self.events.recv().await.unwrap() {
            Event::Logs(news) => news,
            other => panic!("{other:?}"),
        }
    }

    async fn told(&mut self) -> (StreamId, Vec<Item>) {
        match self.news().await {
            News::Told { stream, items } => (stream, items),
            other => panic!("{other:?}"),
        }
    }

    /// What is told until nothing more comes.
    async fn all(&mut self) -> Vec<Item> {
        let mut all = Vec::new();
        while let Ok((stream, items)) = tokio::time::timeout(Duration::from_secs(60), self.told()).await {
            all.extend(items);
            self.order(Order::Taken(stream));
        }
        all
    }
}

fn count(items: &[Item]) -> usize {
    items.iter().map(|item| if let Item::News(batch::News::Lines(batch)) = item { batch.lines.len() } else { 0 }).sum()
}

#[tokio::test(start_paused = true)]
async fn more_is_handed_on_only_once_it_was_taken() {
    let mut rig = Rig::new(Canned { endless: true, ..Canned::default() });
    rig.follow(1, &["web"], 0);
    for _ in 0..20 {
        let (stream, items) = rig.told().await;
        assert!(count(&items) <= 1_000, "{}", count(&items));
        // Nobody has taken it yet: nothing else comes, however long.
        assert!(tokio::time::timeout(Duration::from_secs(60), rig.events.recv()).await.is_err());
        rig.order(Order::Taken(stream));
    }
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_is_read_once_more_has_the_sources_that_it_had() {
    let mut rig = Rig::new(Canned::default());
    rig.follow(1, &["web", "proxy"], 100);
    let first = rig.all().await;
    let sources = |items: &[Item]| -> Vec<SourceId> {
        let found =
            items.iter().filter_map(|item| if let Item::Found(id, feed, _) = item { (*feed == FeedId(0)).then_some(*id) } else { None });
        found.collect()
    };
    // The same again, and what is older: only that is asked for anew.
    rig.follow(1, &["web", "proxy"], 200);
    rig.follow(1, &["web"], 50);
    let again = rig.all().await;
    assert_eq!((sources(&first).len(), sources(&first)), (2, sources(&again)));
    let of_lines = again.iter().find_map(|item| match item {
        Item::News(batch::News::Lines(batch)) => Some(batch.lines[0].source),
        _ => None,
    });
    assert_eq!(of_lines, Some(sources(&first)[1]));
    assert!(again.iter().any(|item| matches!(item, Item::News(batch::News::Is(ids, _)) if ids == &[sources(&first)[0]])));
    let followed = rig.tail.followed.lock().unwrap();
    let followed: Vec<(String, i64)> = followed.iter().map(|(title, since)| (title.to_string(), since.0)).collect();
    assert_eq!(followed, [("web".to_owned(), 100), ("proxy".to_owned(), 100), ("web".to_owned(), 50)]);
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_is_wanted_in_another_way_is_read_anew_and_the_others_go_on() {
    let mut rig = Rig::new(Canned::default());
    let order =
        |web: Feed| Order::Follow { stream: StreamId(1), feeds: vec![(FeedId(0), web), (FeedId(1), feed("proxy"))], since: Millis(0) };
    let all = || feed("web").streamed(Streaming::AllGroups);
    for web in [feed("web"), all(), all()] {
        rig.order(order(web));
        rig.all().await;
    }
    let titles: Vec<String> = rig.tail.followed.lock().unwrap().iter().map(|(title, _)| title.to_string()).collect();
    assert_eq!(titles, ["web", "proxy", "web"]);
    assert_eq!(Arc::strong_count(&rig.tail.going_on), 3, "the first reading of it has been let go of");
}

#[tokio::test(start_paused = true)]
async fn who_reads_a_feed_once_more_is_told_what_was_taken_of_it_and_older_lines_are_asked_of_those_who_have_them() {
    let mut rig = Rig::new(Canned::default());
    let output = Feed::Output { marks: vec![] };
    let order = |since| Order::Follow {
        stream: StreamId(1),
        feeds: vec![(FeedId(0), feed("web")), (FeedId(1), output.clone())],
        since: Millis(since),
    };
    rig.order(order(100));
    rig.all().await;
    // An earlier moment changes nothing of what actions write, which is told whole in any case.
    rig.order(order(50));
    rig.all().await;
    let titles: Vec<String> = rig.tail.followed.lock().unwrap().iter().map(|(title, _)| title.to_string()).collect();
    assert_eq!(titles, ["web", "operations", "web"]);
    assert_eq!(*rig.tail.known.lock().unwrap(), [(0, None), (0, None), (1, Some(Millis(9)))]);
    // Another stream knows nothing of it.
    rig.follow(2, &["web"], 0);
    rig.all().await;
    assert_eq!(rig.tail.known.lock().unwrap().last(), Some(&(0, None)));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_wanted_any_more_is_let_go_of() {
    let mut rig = Rig::new(Canned::default());
    rig.follow(1, &["web", "proxy"], 0);
    rig.all().await;
    assert_eq!(Arc::strong_count(&rig.tail.going_on), 3);
    rig.follow(1, &[], 0);
    rig.all().await;
    assert_eq!(Arc::strong_count(&rig.tail.going_on), 1);
    // Two panes follow a stream each. What the first told was never taken: the second does not wait for it.
    rig.follow(1, &["web"], 0);
    rig.told().await;
    rig.follow(2, &["other"], 0);
    let (stream, _) = rig.told().await;
    assert_eq!((stream, Arc::strong_count(&rig.tail.going_on)), (StreamId(2), 3));
    // One of them is closed: only the other goes on.
    rig.order(Order::End(StreamId(1)));
    rig.order(Order::Taken(StreamId(2)));
    assert_eq!(rig.all().await, []);
    assert_eq!(Arc::strong_count(&rig.tail.going_on), 2);
}

#[tokio::test(start_paused = true)]
async fn two_streams_tell_in_turn_however_much_each_has_to_tell() {
    let mut rig = Rig::new(Canned { endless: true, ..Canned::default() });
    rig.follow(1, &["web"], 0);
    rig.follow(2, &["web"], 0);
    let mut frames = [0, 0];
    for _ in 0..20 {
        let (stream, _) = rig.told().await;
        frames[usize::from(stream == StreamId(2))] += 1;
        rig.order(Order::Taken(stream));
    }
    assert!(frames.iter().all(|count| *count >= 8), "{frames:?}");
}

#[tokio::test]
async fn a_file_is_whole_or_not_there_and_nobody_else_s() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = Arc::new(folder.path().join("lines.log"));
    let mut rig = Rig::new(Canned::default());
    let piece = |save: u64, text: &[u8], is_last| Order::Piece { save: SaveId(save), text: text.into(), is_last };
    let save = |save: u64, path: &Arc<PathBuf>| Order::Save(SaveId(save), Arc::clone(path));
    rig.order(save(1, &path));
    rig.order(piece(1, b"one\n", false));
    rig.order(piece(1, b"two\n", true));
    let written = News::Written(SaveId(1), 4);
    assert_eq!((rig.news().await, rig.news().await, rig.news().await), (written.clone(), written, News::Saved(SaveId(1))));
    assert_eq!(std::fs::read_to_string(&*path).unwrap(), "one\ntwo\n");
    assert_eq!(std::fs::metadata(&*path).unwrap().permissions().mode() & 0o777, 0o600);
    // What is there is left alone.
    rig.order(save(2, &path));
    rig.order(piece(2, b"three\n", true));
    let News::NotSaved(SaveId(2), why) = rig.news().await else { panic!("an existing file was taken") };
    assert!(why.contains("is there already"), "{why}");
    assert_eq!(std::fs::read_to_string(&*path).unwrap(), "one\ntwo\n");
    // What is stopped leaves nothing behind.
    let other = Arc::new(folder.path().join("other.log"));
    rig.order(save(3, &other));
    rig.order(piece(3, b"one\n", false));
    assert_eq!(rig.news().await, News::Written(SaveId(3), 4));
    // What is about another file is not about this one.
    rig.order(Order::Discard(SaveId(2)));
    rig.order(piece(2, b"of another\n", true));
    rig.order(piece(3, b"two\n", false));
    assert_eq!(rig.news().await, News::Written(SaveId(3), 4));
    rig.order(Order::Discard(SaveId(3)));
    assert!(matches!(rig.news().await, News::NotSaved(SaveId(3), _)));
    assert!(!other.exists());
}

#[tokio::test]
async fn a_file_that_another_takes_the_place_of_goes_and_says_of_which_it_tells() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["first.log", "second.log"].map(|name| Arc::new(folder.path().join(name)));
    let mut rig = Rig::new(Canned::default());
    let piece = |save: u64, is_last| Order::Piece { save: SaveId(save), text: (*b"one\n").into(), is_last };
    rig.order(Order::Save(SaveId(1), Arc::clone(&paths[0])));
    rig.order(piece(1, false));
    assert_eq!(rig.news().await, News::Written(SaveId(1), 4));
    rig.order(Order::Save(SaveId(2), Arc::clone(&paths[1])));
    rig.order(piece(2, true));
    let (mut first, mut second) = (Vec::new(), Vec::new());
    while first.is_empty() || second.len() < 2 {
        match rig.news().await {
            News::NotSaved(SaveId(1), why) => first.push(why),
            other => second.push(other),
        }
    }
    assert_eq!(second, [News::Written(SaveId(2), 4), News::Saved(SaveId(2))]);
    assert!(!paths[0].exists() && std::fs::read(&*paths[1]).unwrap() == b"one\n");
}
