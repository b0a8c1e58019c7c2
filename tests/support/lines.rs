//! A stream of lines told to the console as the desk would tell it.

use std::sync::Arc;

use quarterdeck::app::event::{Effect, Event};
use quarterdeck::app::logs::StreamId;
use quarterdeck::app::logs::order::{FeedId, Item, News, Order};
use quarterdeck::model::catalogue::Catalogue;
use quarterdeck::model::log::batch::{self, Batch};
use quarterdeck::model::log::buffer::Bounds;
use quarterdeck::model::log::feed::Feed;
use quarterdeck::model::log::feeds::LogSettings;
use quarterdeck::model::log::line::{Millis, NewLine, ReportId, SourceId};
use quarterdeck::model::log::note::{Gap, GapId, Loss};
use quarterdeck::model::log::source::{Name, State};

use super::fleet::NOW;
use super::stage::Stage;

/// Where the lines of these tests come from.
pub const GROUP: &str = "/aws/elasticbeanstalk/h-websocket-prod/var/log";

/// The feed as a whole.
pub const WHOLE: SourceId = SourceId(0);
/// The application on the first instance.
pub const WEB: SourceId = SourceId(1);
/// The application on the second.
pub const WEB_2: SourceId = SourceId(2);
/// The proxy on the first.
pub const PROXY: SourceId = SourceId(3);

/// What was asked to be followed.
pub struct Followed {
    pub stream: StreamId,
    pub feeds: Vec<(FeedId, Feed)>,
    pub since: Millis,
}

/// The last time that following was asked for, of what was asked since the last time.
pub fn follows(stage: &Stage) -> Option<Followed> {
    let asked = stage.asked().into_iter().filter_map(|effect| match effect {
        Effect::Logs(Order::Follow { stream, feeds, since }) => Some(Followed { stream, feeds, since }),
        _ => None,
    });
    asked.last()
}

/// So many milliseconds before the present.
pub fn ago(millis: i64) -> Millis {
    Millis(NOW * 1_000 - millis)
}

/// A line of a source.
pub fn line(source: SourceId, millis_ago: i64, text: impl Into<Vec<u8>>) -> NewLine {
    let time = ago(millis_ago);
    NewLine { source, time, ingested: Some(time.plus(700)), text: text.into() }
}

/// Lines as they happen.
pub fn live(lines: Vec<NewLine>) -> Item {
    Item::News(batch::News::Lines(Batch { report: ReportId(1), live: true, lines }))
}

/// How sources are.
pub fn is(sources: &[SourceId], state: State) -> Item {
    Item::News(batch::News::Is(sources.to_vec(), state))
}

/// What is missing.
pub fn missing(id: u64, loss: Loss, (from, to): (i64, i64), count: Option<u64>, filled: bool) -> Item {
    let gap = Gap { id: GapId(id), loss, sources: [WEB].into(), from: ago(from), to: ago(to), count, filled };
    Item::News(batch::News::Missing(gap))
}

/// The sources of a feed, and that they are live.
pub fn sources(feed: FeedId) -> Vec<Item> {
    let found = |source, group: &str, stream: &str| Item::Found(source, feed, Name { group: group.into(), stream: stream.into() });
    vec![
        found(WHOLE, "logs of h-websocket-prod", ""),
        found(WEB, &format!("{GROUP}/web.stdout.log"), "i-0a3c59e17b4d2f680"),
        found(WEB_2, &format!("{GROUP}/web.stdout.log"), "i-0b72aae17b4d2f680"),
        found(PROXY, &format!("{GROUP}/nginx/access.log"), "i-0a3c59e17b4d2f680"),
        is(&[WHOLE, WEB, WEB_2, PROXY], State::Live),
    ]
}

/// A console on the logs of an environment that is being deployed to, of which nothing was told yet.
pub fn opened(width: u16, height: u16) -> (Stage, Followed) {
    let mut stage = Stage::rich(width, height);
    stage.keys("/ 'websocket-prod enter l");
    let followed = follows(&stage).unwrap();
    (stage, followed)
}

/// The same with these lines.
pub fn with(width: u16, height: u16, lines: Vec<NewLine>) -> (Stage, Followed) {
    let (mut stage, followed) = opened(width, height);
    let mut items = sources(followed.feeds[0].0);
    items.push(live(lines));
    tell(&mut stage, &followed, items);
    let _ = stage.asked();
    (stage, followed)
}

/// The same where no more than that is kept.
pub fn bounded(width: u16, height: u16, bounds: Bounds, lines: Vec<NewLine>) -> (Stage, Followed) {
    let mut stage = Stage::rich(width, height);
    let logs = LogSettings { bounds, ..LogSettings::default() };
    stage.tell(Event::Configured(Arc::new(Catalogue { logs, ..Catalogue::default() })));
    stage.keys("/ 'websocket-prod enter l");
    let followed = follows(&stage).unwrap();
    let mut items = sources(followed.feeds[0].0);
    items.push(live(lines));
    tell(&mut stage, &followed, items);
    (stage, followed)
}

/// Tells something.
pub fn tell(stage: &mut Stage, followed: &Followed, items: Vec<Item>) {
    stage.tell(Event::Logs(News::Told { stream: followed.stream, items }));
}

/// So many lines, one a second, the newest a second ago.
pub fn counted(count: i64) -> Vec<NewLine> {
    (0..count).map(|number| line(WEB, (count - number) * 1_000, format!("INFO line number {number}"))).collect()
}
