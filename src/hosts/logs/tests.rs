//! Logs over a real sshd, with a docker that does as it is told.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use super::{Commands, Patience};
use crate::model::clock::Timestamp;
use crate::model::compute::Site;
use crate::model::fault::Fault;
use crate::model::host::Login;
use crate::model::id::InstanceId;
use crate::model::log::batch::News;
use crate::model::log::buffer::Buffer;
use crate::model::log::feed::{Command, Feed, Followed, Place, SINCE};
use crate::model::log::known::Known;
use crate::model::log::line::Millis;
use crate::model::log::source::{Name, State};
use crate::ops::clock::{Clock, Stamps};
use crate::ops::limit::Limiter;
use crate::ops::port::{Addresses, Follow, Tail};
use crate::ssh::server::{Server, shop};

/// Long enough for a slow machine; reached only where something hangs.
const STUCK: Duration = Duration::from_secs(60);

struct Machine;

impl Clock for Machine {
    #[expect(clippy::disallowed_methods, reason = "real connections are made in real time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

struct Rig {
    server: Server,
    commands: Commands,
}

impl Rig {
    async fn new() -> Self {
        let limiter = Limiter::new(Stamps::new(Arc::new(Machine)));
        let millis = Duration::from_millis;
        let patience = Patience { connection: STUCK, again: millis(50), longest: millis(200), quiet: millis(1_500) };
        Self { server: Server::start().await, commands: Commands::new(None, limiter).with_patience(patience) }
    }

    /// The same where nothing may come for so long only, and a connection takes a second at most.
    async fn hurried(quiet: Duration) -> Self {
        let mut rig = Self::new().await;
        let patience = Patience { connection: Duration::from_secs(1), quiet, ..rig.commands.patience };
        rig.commands = rig.commands.with_patience(patience);
        rig
    }

    fn follow(&self, what: Followed, goes_on: bool) -> BoxStream<'static, News> {
        self.follow_again(what, goes_on, Known::default())
    }

    /// Follows what an earlier reading has told these lines of.
    fn follow_again(&self, what: Followed, goes_on: bool, known: Known) -> BoxStream<'static, News> {
        let ssh = self.server.ssh("user_key");
        let at = Place::Host(Login { to: shop(), config: ssh.config, options: vec![] });
        let feed = Feed::Command(Command { title: "web".into(), at, what });
        let known = Arc::new([(Name::of_feed("web".into()), known)].into());
        self.commands.follow(Follow { feed, since: Millis(1_795_143_434_900), goes_on, numbers: Arc::default(), known })
    }
}

/// What was told, in a word each.
fn words(news: News) -> Vec<String> {
    match news {
        News::Found(id, name) => vec![format!("found {} {name}", id.0)],
        News::Lines(batch) => {
            batch.lines.into_iter().map(|line| format!("{} {}", line.source.0, String::from_utf8(line.text).unwrap())).collect()
        }
        News::Missing(gap) => vec![format!("gap {}", if gap.filled { "filled" } else { "open" })],
        News::Is(_, State::Failing(fault)) => vec![format!("failing: {fault}")],
        News::Is(_, state) => vec![state.word().to_owned()],
        News::Told(..) | News::Ended(_) | News::Happened(_) => vec![],
    }
}

/// What is told until something is.
async fn until(stream: &mut BoxStream<'static, News>, last: &str) -> Vec<String> {
    let mut told = Vec::new();
    while !told.iter().any(|word: &String| word.contains(last)) {
        let next = tokio::time::timeout(STUCK, stream.next()).await;
        let next = next.unwrap_or_else(|_| panic!("{last} never came: {told:?}"));
        told.extend(words(next.unwrap_or_else(|| panic!("it ended before {last}: {told:?}"))));
    }
    told
}

fn lines(told: &[String]) -> Vec<&str> {
    told.iter().filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(String::as_str).collect()
}

fn append(path: &Path, text: &str) {
    let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// A docker with two containers of the app and one of another, whose logs are files.
fn docker(rig: &Rig) {
    let app = rig.server.file("wit");
    std::fs::create_dir_all(app.join("deploy")).unwrap();
    let (app, home) = (app.canonicalize().unwrap(), rig.server.file("bin").parent().unwrap().to_owned());
    std::fs::create_dir_all(home.join("logs")).unwrap();
    let ps =
        format!("printf 'aaa\\twit-green-app-1\\t{0}/deploy\\nbbb\\twit-green-db-1\\t{0}\\nccc\\tother-1\\t{0}-pr-7\\n'", app.display());
    let log = home.join("logs");
    rig.server.program(
        "docker",
        &format!(
            "if [ -e {0}/away ]; then case $1$2 in ps-a) ;; *) touch {0}/missed; exit 1 ;; esac; fi
case $1 in ps) {ps} ;; inspect) echo true x ;; logs) echo \"$@\" >> {0}/asked; for id; do :; done; touch {0}/$id
case \"$*\" in *--follow*) echo $$ > {0}/$id.pid; exec tail -n +1 -f {0}/$id ;; *) [ -e {0}/slow ] && sleep 1; exec cat {0}/$id ;; esac ;; esac",
            log.display()
        ),
    );
    for (id, text) in [("aaa", "2026-11-20T02:57:15.5Z GET /a\tb\n"), ("bbb", "2026-11-20T02:57:16.25Z ready\n"), ("ccc", "x\n")] {
        std::fs::write(log.join(id), text).unwrap();
    }
}

#[tokio::test]
async fn the_containers_of_an_app_are_followed_by_its_folder_each_by_its_name() {
    let rig = Rig::new().await;
    docker(&rig);
    let folder: Arc<str> = rig.server.file("wit").to_str().unwrap().into();
    let told: Vec<News> =
        tokio::time::timeout(STUCK, rig.follow(Followed::Containers(Arc::clone(&folder)), false).collect()).await.unwrap();
    let times: Vec<i64> = told
        .iter()
        .filter_map(|news| if let News::Lines(batch) = news { Some(batch) } else { None })
        .flat_map(|batch| batch.lines.iter().map(|line| line.time.0))
        .collect();
    let told: Vec<String> = told.into_iter().flat_map(words).collect();
    let mut found: Vec<&str> = lines(&told);
    found.sort_by_key(|line| line[1..].to_owned());
    assert_eq!(found.iter().map(|line| &line[2..]).collect::<Vec<_>>(), ["GET /a\tb", "ready"], "{told:?}");
    assert!(told.iter().any(|word| word.ends_with("web wit-green-app-1")) && !told.iter().any(|word| word.contains("other-1")), "{told:?}");
    assert!(times.contains(&1_795_143_435_500) && times.contains(&1_795_143_436_250), "{times:?}");
    assert_eq!(told.last().map(String::as_str), Some("ended"));
    let asked = std::fs::read_to_string(rig.server.file("logs/asked")).unwrap();
    assert!(asked.lines().all(|asked| asked.starts_with("logs --timestamps --since 1795143434 ")), "{asked}");
    // And as they are written.
    let mut stream = rig.follow(Followed::Containers(folder), true);
    let _ = until(&mut stream, "ready").await;
    let log = rig.server.file("logs/aaa");
    append(&log, "2026-11-20T02:57:17Z later\n");
    let _ = until(&mut stream, "later").await;
}

#[tokio::test]
async fn a_container_is_followed_again_once_the_daemon_is_back_and_nothing_of_it_is_doubled() {
    let rig = Rig::new().await;
    docker(&rig);
    let folder: Arc<str> = rig.server.file("wit").to_str().unwrap().into();
    let mut stream = rig.follow(Followed::Containers(folder), true);
    let (mut buffer, mut texts) = (Buffer::default(), Vec::new());
    let mut read = async |what: &str| {
        while !texts.iter().any(|text: &String| text.contains(what)) {
            let news = tokio::time::timeout(STUCK, stream.next()).await.unwrap_or_else(|_| panic!("{what} never came: {texts:?}"));
            if let News::Lines(batch) = news.unwrap() {
                texts.extend(batch.lines.iter().map(|line| String::from_utf8(line.text.clone()).unwrap()));
                let _ = buffer.take(&batch);
            }
        }
    };
    read("GET").await;
    read("ready").await;
    // It goes away between two looks at what containers there are, so nothing but the logs ends.
    let logs = rig.server.file("logs");
    std::fs::write(logs.join("away"), "").unwrap();
    let pid = std::fs::read_to_string(logs.join("aaa.pid")).unwrap();
    assert!(std::process::Command::new("kill").arg(pid.trim()).status().unwrap().success());
    let missed = async {
        while !logs.join("missed").exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(STUCK, missed).await.expect("nobody looked for the container");
    append(&logs.join("aaa"), "2026-11-20T02:57:18Z while it was away\n");
    std::fs::remove_file(logs.join("away")).unwrap();
    read("while it was away").await;
    append(&logs.join("aaa"), "2026-11-20T02:57:19Z and after it\n");
    read("and after it").await;
    // What overlaps is told again, and known to be the same.
    assert_eq!(texts.iter().filter(|text| text.contains("GET")).count(), 2, "{texts:?}");
    assert_eq!(buffer.lines(), 4);
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_neither_live_nor_read_to_its_end() {
    let rig = Rig::hurried(Duration::from_millis(50)).await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = rig.server.file("silent_config");
    std::fs::write(&config, format!("Host shop\n HostName 127.0.0.1\n Port {}\n", silent.local_addr().unwrap().port())).unwrap();
    for goes_on in [false, true] {
        let at = Place::Host(Login { to: shop(), config: Some(config.clone()), options: vec![] });
        let feed = Feed::Command(Command { title: "web".into(), at, what: Followed::Line(format!("echo {SINCE}").as_str().into()) });
        let follow = Follow { feed, since: Millis(0), goes_on, numbers: Arc::default(), known: Arc::default() };
        let told: Vec<News> = tokio::time::timeout(STUCK, rig.commands.follow(follow).take(3).collect()).await.unwrap();
        let told: Vec<String> = told.into_iter().flat_map(words).collect();
        assert_eq!(told.len(), if goes_on { 3 } else { 2 }, "{told:?}");
        assert!(told[1..].iter().all(|word| word.starts_with("failing: there is no connection to shop")), "{told:?}");
    }
}

#[tokio::test]
async fn containers_that_are_slow_to_tell_what_they_wrote_are_waited_for() {
    let rig = Rig::hurried(Duration::from_millis(50)).await;
    docker(&rig);
    std::fs::write(rig.server.file("logs/slow"), "").unwrap();
    let folder: Arc<str> = rig.server.file("wit").to_str().unwrap().into();
    let told: Vec<News> = tokio::time::timeout(STUCK, rig.follow(Followed::Containers(folder), false).collect()).await.unwrap();
    let told: Vec<String> = told.into_iter().flat_map(words).collect();
    assert_eq!(lines(&told).len(), 2, "{told:?}");
}

#[tokio::test]
async fn a_line_of_the_future_does_not_decide_from_when_on_is_asked_after_a_break() {
    let rig = Rig::new().await;
    let asked = rig.server.file("asked");
    let line = format!("echo {{since}} >> {}; echo '2999-01-01T00:00:00Z wrong clock'; exit 1", asked.display());
    let mut stream = rig.follow(Followed::Line(line.as_str().into()), true);
    for _ in 0..2 {
        let _ = until(&mut stream, "failing").await;
    }
    let asked = std::fs::read_to_string(asked).unwrap();
    let since: Vec<i64> = asked.lines().map(|since| since.parse().unwrap()).collect();
    assert!(since[1] <= Machine.now().as_second(), "{since:?}");
}

#[tokio::test]
async fn lines_that_tell_no_time_are_told_once_though_a_moment_is_asked_for() {
    let rig = Rig::new().await;
    let log = rig.server.file("app.log");
    std::fs::write(&log, "Nov 20 one\nNov 20 two\n").unwrap();
    let line = format!("[ {{since}} -gt 0 ] && cat {}; exit 1", log.display());
    let mut stream = rig.follow(Followed::Line(line.as_str().into()), true);
    let mut told = until(&mut stream, "failing").await;
    told.extend(until(&mut stream, "failing").await);
    append(&log, "Nov 20 three\n");
    told.extend(until(&mut stream, "three").await);
    assert_eq!(lines(&told), ["0 Nov 20 one", "0 Nov 20 two", "0 Nov 20 three"], "{told:?}");
    assert!(!told.contains(&"gap open".to_owned()), "{told:?}");
}

#[tokio::test]
async fn what_an_earlier_reading_told_is_known_again_and_what_came_between_is_missing() {
    let rig = Rig::new().await;
    let log = rig.server.file("app.log");
    std::fs::write(&log, "one\ntwo\nthree\n").unwrap();
    let line = Followed::Line(format!("exec tail -n 200 -F {}", log.display()).as_str().into());
    let known = |lines: &[&str]| {
        let mut known = Known::default();
        for line in lines {
            known.note(line.as_bytes(), Millis(1_795_143_434_900), false);
        }
        known
    };
    let told = until(&mut rig.follow_again(line.clone(), true, known(&["zero", "one", "two"])), "three").await;
    assert_eq!((lines(&told), told.iter().any(|word| word.starts_with("gap"))), (vec!["0 three"], false), "{told:?}");
    let told = until(&mut rig.follow_again(line, true, known(&["long ago"])), "three").await;
    assert_eq!(lines(&told), ["0 one", "0 two", "0 three"]);
    assert!(told.contains(&"gap open".to_owned()), "{told:?}");
}

#[tokio::test]
async fn what_went_wrong_is_told_and_tried_again() {
    let rig = Rig::new().await;
    rig.server.program("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1");
    std::fs::create_dir(rig.server.file("empty")).unwrap();
    let folder: Arc<str> = rig.server.file("empty").to_str().unwrap().into();
    let mut stream = rig.follow(Followed::Containers(folder), true);
    let told = until(&mut stream, "failing").await;
    assert_eq!(told.last().unwrap(), "failing: the command on shop ended with exit code 4: Cannot connect to the Docker daemon");
    docker(&rig);
    let _ = until(&mut rig.follow(Followed::Containers(rig.server.file("wit").to_str().unwrap().into()), true), "ready").await;
    let told = until(&mut stream, "failing: the command on shop ended with exit code 5").await;
    assert!(told.last().unwrap().contains("no container was started from"), "{told:?}");
}

#[tokio::test]
async fn a_file_that_is_followed_again_is_told_on_from_where_it_was() {
    let rig = Rig::new().await;
    let (log, pid) = (rig.server.file("app.log"), rig.server.file("pid"));
    std::fs::write(&log, "one\ntwo\ntwo\n").unwrap();
    // Its parent is what guards it, and the parent of that is sshd.
    let line = format!("cut -d' ' -f4 /proc/$PPID/stat > {}; exec tail -n 200 -F {}", pid.display(), log.display());
    let mut stream = rig.follow(Followed::Line(line.as_str().into()), true);
    let told = until(&mut stream, "two").await;
    assert_eq!(lines(&told)[0], "0 one");
    // The connection breaks, and something is written before it stands again.
    append(&log, "three\n");
    let _ = until(&mut stream, "three").await;
    let sshd: i32 = std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
    assert!(std::process::Command::new("kill").arg("-KILL").arg(sshd.to_string()).status().unwrap().success());
    append(&log, "four\n");
    let told = until(&mut stream, "four").await;
    assert_eq!(lines(&told), ["0 four"], "{told:?}");
    assert!(told.contains(&"gap filled".to_owned()), "{told:?}");
}

#[tokio::test]
async fn nothing_goes_on_at_the_host_once_nobody_follows() {
    let rig = Rig::new().await;
    let (pipe, begun) = (rig.server.file("pipe"), rig.server.file("begun"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut held = tokio::net::unix::pipe::OpenOptions::new().open_receiver(&pipe).unwrap();
    // A silent command that never writes, with a child of its own.
    let line = format!("exec 5>{}; touch {}; echo begun; sleep 1000 | sleep 1000", pipe.display(), begun.display());
    let mut stream = rig.follow(Followed::Line(line.as_str().into()), true);
    let _ = until(&mut stream, "begun").await;
    drop(stream);
    let mut told = Vec::new();
    tokio::time::timeout(STUCK, tokio::io::AsyncReadExt::read_to_end(&mut held, &mut told)).await.expect("it goes on").unwrap();
}

struct Here;

impl Addresses for Here {
    #[expect(clippy::literal_string_with_formatting_args, reason = "a placeholder of the configuration's own")]
    fn fill<'a>(&'a self, _: &'a Site, text: &'a str, ids: &'a [InstanceId]) -> BoxFuture<'a, Result<Vec<(InstanceId, String)>, Fault>> {
        let filled = ids.iter().map(|id| (id.clone(), text.replace("{id}", id.as_str()))).collect();
        Box::pin(std::future::ready(Ok(filled)))
    }
}

#[tokio::test]
async fn instances_are_logged_in_to_where_they_are_reached_and_an_address_that_is_none_is_refused() {
    let rig = Rig::new().await;
    let commands = Commands { addresses: Some(Arc::new(Here)), ..rig.commands.clone() };
    let site = Site { connection: "main".into(), region: "us-west-2".into() };
    let followed = |ids: Vec<InstanceId>| {
        let at = Place::Instances { site: site.clone(), to: "{id}".into(), ids };
        let feed = Feed::Command(Command { title: "journal".into(), at, what: Followed::Line("echo x".into()) });
        commands.follow(Follow { feed, since: Millis(0), goes_on: false, numbers: Arc::default(), known: Arc::default() })
    };
    for (ids, why) in [
        (vec!["-oProxyCommand=touch /tmp/x".into()], "is no host to log in to"),
        (vec![], "no instances are known on which to run the command"),
    ] {
        let told: Vec<String> = followed(ids).collect::<Vec<News>>().await.into_iter().flat_map(words).collect();
        assert!(told.last().unwrap().contains(why), "{told:?}");
    }
    let told: Vec<String> =
        followed(vec!["no-such-host.invalid".into()]).collect::<Vec<News>>().await.into_iter().flat_map(words).collect();
    assert!(told.contains(&"found 1 journal no-such-host.invalid".to_owned()), "{told:?}");
    assert!(told.iter().any(|word| word.starts_with("failing: ")), "{told:?}");
}
