//! `quarterdeck logs`: the lines of environments, for pipes.
//!
//! ```text
//! groups   which log groups are read, where there are many
//! stream   what is told by all feeds as one stream: what is new in it
//! print    that as text or as JSON, a line each
//! ```

mod groups;
mod print;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures_util::StreamExt as _;
use futures_util::stream::{self as streams, BoxStream};
use tokio::time::{Instant, timeout_at};

use super::session::{self, Session};
use super::{Common, Exit, Since, complain, select};
use crate::app::history::Place;
use crate::config::Settings;
use crate::model::id::EnvironmentKey;
use crate::model::log::batch::News;
use crate::model::log::feed::{self, Feed};
use crate::model::log::feeds::feeds;
use crate::model::log::filter::{Filter, Pattern};
use crate::model::log::line::Millis;
use crate::model::pattern::NamePattern;
use crate::model::safe_text::safe;
use crate::ops::clock::{Clock as _, Stamps};
use crate::ops::limit::Limiter;
use crate::ops::port::Numbers;
use crate::shell::{self, SystemClock, Ways};
use crate::sources;
use crate::tails;
use groups::{Choosing, Unchosen};
use print::{Format, Printer};
use stream::Stream;

/// What `logs` takes.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The environments: a key, name@region, or a name where that is unique.
    #[arg(value_name = "ENV", required = true)]
    environments: Vec<String>,
    /// Go on with what is written from now on.
    #[arg(long, short)]
    follow: bool,
    /// From when on: 90s, 15m, 2h, 1d, or a time as RFC 3339 writes it. Unless told otherwise the last ten minutes.
    #[arg(long, value_name = "TIME", value_parser = Since::parse)]
    since: Option<Since>,
    /// Only lines in which this regular expression is found; may be given several times. Losses are told all the same.
    #[arg(long = "filter", value_name = "RE", value_parser = pattern)]
    filters: Vec<Pattern>,
    /// Only log groups of this name, whole or as it stands below var/log; * stands for any letters. May be given several times.
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,
    /// Print a JSON object for each line, each loss and each change of a source.
    #[arg(long)]
    json: bool,
}

fn pattern(text: &str) -> Result<Pattern, String> {
    Pattern::parse(text).map_err(|error| safe(&error.to_string()).into_owned())
}

/// How long the listings are waited for, and once more the instances where they have to be known.
const PATIENCE: Duration = Duration::from_secs(30);
/// What comes within this time is put in order before it is printed.
const GATHERED: Duration = Duration::from_millis(30);
/// For how long what was written before is waited for, so that it is printed in order.
const OPENING: Duration = Duration::from_secs(5);

/// What is followed of one environment.
struct Followed {
    key: EnvironmentKey,
    feeds: Vec<Feed>,
}

/// Runs `quarterdeck logs`: 0 where all was read, 3 where something could not be or is missing, 1 where nothing could.
pub async fn run(common: &Common, options: Options) -> Exit {
    let Some(settings) = common.settings_or_complain() else { return Exit::Usage };
    let followed = match find(&settings, &options).await {
        Ok(followed) => followed,
        Err(exit) => return exit,
    };
    let environments: Vec<EnvironmentKey> = followed.iter().map(|followed| followed.key.clone()).collect();
    let filter = Filter { terms: options.filters.iter().cloned().map(feed_term).collect(), ..Filter::default() };
    let format = if options.json { Format::Json } else { Format::Text };
    let since = options.since.unwrap_or(Since::Ago(settings.logs().opening)).moment(SystemClock.now()).into();
    let (unread, count) = (followed.iter().filter(|followed| followed.feeds.is_empty()).count(), feeds_of(&followed));
    let stream = Stream::new(environments.clone(), if options.follow { stream::KEPT } else { settings.logs().bounds });
    let printer = Printer::new(format, filter, &environments, Box::new(std::io::stdout()));
    let mut telling = Telling { stream, printer, feeds: count };
    let news = news(&settings, followed, since, options.follow);
    let went_on = if options.follow { telling.follow(news).await } else { telling.gather(news).await };
    match went_on {
        Ok(true) => telling.stream.exit(unread),
        // Who read has had enough.
        Ok(false) => Exit::Complete,
        Err(error) => {
            complain(&format!("the lines could not be written to standard output: {error}"));
            Exit::Failed
        }
    }
}

fn feed_term(pattern: Pattern) -> crate::model::log::filter::Term {
    crate::model::log::filter::Term { pattern, exclude: false }
}

fn feeds_of(followed: &[Followed]) -> usize {
    followed.iter().map(|followed| followed.feeds.len()).sum()
}

/// What is told of all environments, each with its place among them.
fn news(settings: &Settings, followed: Vec<Followed>, since: Millis, goes_on: bool) -> BoxStream<'static, (usize, News)> {
    let stamps = Stamps::new(Arc::new(SystemClock));
    let limiter = Limiter::new(stamps.clone());
    let tails = tails::tails(sources::connections(settings), None, None, &limiter, &stamps);
    let numbers = Arc::<Numbers>::default();
    let each = followed
        .into_iter()
        .enumerate()
        .map(|(place, followed)| tails.together(followed.feeds, since, goes_on, &numbers).map(move |news| (place, news)).boxed());
    streams::select_all(each.collect::<Vec<_>>()).boxed()
}

/// The environments that are meant, with their feeds; one without any is complained of.
async fn find(settings: &Settings, options: &Options) -> Result<Vec<Followed>, Exit> {
    let ways =
        Ways { connections: sources::connections(settings), github: None, locks: shell::locks(settings), operations: shell::operations() };
    let mut session = Session::over(settings, ways);
    session.until(PATIENCE, session::is_listed).await;
    let mut followed: Vec<Followed> = Vec::new();
    for text in &options.environments {
        let key = select::one(&session.state.fleet, text).map_err(|unclear| session::unfound(&session.state, &unclear))?;
        if followed.iter().all(|other| other.key != key) {
            followed.push(Followed { feeds: feeds_in(&mut session, &key).await, key });
        }
    }
    choose(settings, options, &mut followed).await?;
    if feeds_of(&followed) == 0 {
        return Err(Exit::Failed);
    }
    Ok(followed)
}

/// Leaves of the feeds what was named of their groups; where a person has to choose, nothing is begun.
async fn choose(settings: &Settings, options: &Options, followed: &mut [Followed]) -> Result<(), Exit> {
    let wanted = options.groups.iter().map(|group| NamePattern::new(group)).collect();
    let choosing = Choosing::new(settings, wanted, options.follow);
    let (mut too_many, mut none_fits) = (false, false);
    for each in followed.iter_mut().filter(|each| !each.feeds.is_empty()) {
        match choosing.among(&each.key.name, std::mem::take(&mut each.feeds)).await {
            Ok(feeds) => each.feeds = feeds,
            Err(why) => {
                complain(&safe(&why.to_string()));
                too_many |= matches!(why, Unchosen::TooMany { .. });
                none_fits |= matches!(why, Unchosen::NoneFits { .. });
            }
        }
    }
    // What was typed names nothing anywhere.
    if too_many || (none_fits && feeds_of(followed) == 0) { Err(Exit::Usage) } else { Ok(()) }
}

/// The feeds of an environment. Where a command has to be run on its instances, these are read first.
async fn feeds_in(session: &mut Session, key: &EnvironmentKey) -> Vec<Feed> {
    let found = |session: &Session| {
        let environment = session.state.fleet.get(key);
        environment.map_or_else(|| Ok(Vec::new()), |environment| feeds(session.state.fleet.catalogue(), &environment))
    };
    let wants_instances = |feed: &Feed| match feed {
        Feed::Command(command) => matches!(&command.at, feed::Place::Instances { ids, .. } if ids.is_empty()),
        Feed::Beanstalk { .. } | Feed::Groups { .. } | Feed::Jobs { .. } | Feed::Output { .. } => false,
    };
    if found(session).is_ok_and(|feeds| feeds.iter().any(wants_instances)) {
        session.go(Place::Environment(key.clone()));
        session.until(PATIENCE, |state| state.fleet.get(key).is_some_and(|environment| environment.instances().is_some())).await;
    }
    found(session).unwrap_or_else(|none| {
        complain(&safe(&none.to_string()));
        Vec::new()
    })
}

/// Takes in what is told, and prints it.
struct Telling {
    stream: Stream,
    printer: Printer,
    /// How many feeds there are.
    feeds: usize,
}

impl Telling {
    /// Prints all of it in its order, once all was told. Whether whoever reads still does.
    async fn gather(&mut self, mut news: BoxStream<'static, (usize, News)>) -> std::io::Result<bool> {
        while let Some((place, told)) = news.next().await {
            self.stream.take(place, told);
        }
        self.stream.note_what_was_dropped();
        self.printer.all(&mut self.stream)
    }

    /// Prints it as it comes.
    async fn follow(&mut self, mut news: BoxStream<'static, (usize, News)>) -> std::io::Result<bool> {
        let opening = Instant::now() + OPENING;
        let mut reports = 0;
        self.stream.hold_what_is_new();
        loop {
            let Some(first) = news.next().await else { return self.printer.recent(&mut self.stream) };
            let (mut next, until) = (Some(first), Instant::now() + GATHERED);
            while let Some((place, told)) = next {
                reports += usize::from(matches!(told, News::Ended(_)));
                self.stream.take(place, told);
                if self.stream.buffer.is_over() {
                    // What is older than all that is kept would be thrown away before anybody has read it.
                    break;
                }
                let is_opening = reports < self.feeds && !self.stream.has_trouble();
                next = timeout_at(if is_opening { opening.max(until) } else { until }, news.next()).await.ok().flatten();
            }
            if !self.printer.recent(&mut self.stream)? {
                return Ok(false);
            }
            self.stream.hold_what_is_new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::batch::Batch;
    use crate::model::log::buffer::Bounds;
    use crate::model::log::line::{NewLine, ReportId, SourceId};

    /// What is printed, kept for a look at it.
    #[derive(Clone, Default)]
    struct Paper(Arc<std::sync::Mutex<Vec<u8>>>);

    impl std::io::Write for Paper {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(text);
            Ok(text.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Groups are looked up one after the other: what the second tells is older than all that the first has told.
    #[tokio::test(start_paused = true)]
    async fn what_is_older_than_all_that_there_is_room_for_is_printed_all_the_same() {
        let line = |time: i64| NewLine { source: SourceId(1), time: Millis(time), ingested: None, text: format!("n{time}").into_bytes() };
        let pages = (0..40).rev().map(|page: i64| {
            let lines = (page * 500..(page + 1) * 500).map(line).collect();
            (0, News::Lines(Batch { report: ReportId(1), live: false, lines }))
        });
        let news: Vec<(usize, News)> = pages.collect();
        let paper = Paper::default();
        let key: EnvironmentKey = "beanstalk:1:us-west-1:h-prod".parse().unwrap();
        let printer = Printer::new(Format::Text, Filter::default(), std::slice::from_ref(&key), Box::new(paper.clone()));
        let stream = Stream::new(vec![key], Bounds { lines: 2_000, bytes: 1024 * 1024 });
        let mut telling = Telling { stream, printer, feeds: 1 };
        assert!(telling.follow(streams::iter(news).boxed()).await.unwrap());
        let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        let mut printed: Vec<i64> = text.lines().map(|line| line.rsplit_once('n').unwrap().1.parse().unwrap()).collect();
        printed.sort_unstable();
        assert_eq!(printed, (0..20_000).collect::<Vec<_>>());
        assert!(telling.stream.buffer.lines() <= 3_000, "{} lines are kept", telling.stream.buffer.lines());
    }
}
