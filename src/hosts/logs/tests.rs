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
use crate::model::log::feed::{Command, Feed, Followed, Place};
use crate::model::log::line::Millis;
use crate::model::log::source::State;
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

    fn follow(&self, what: Followed, goes_on: bool) -> BoxStream<'static, News> {
        let ssh = self.server.ssh("user_key");
        let at = Place::Host(Login { to: shop(), config: ssh.config, options: vec![] });
        let feed = Feed::Command(Command { title: "web".into(), at, what });
        self.commands.follow(Follow { feed, since: Millis(1_795_143_434_900), goes_on, numbers: Arc::default() })
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
            "case $1 in ps) {ps} ;; inspect) echo x ;; logs) echo \"$@\" >> {0}/asked; for id; do :; done; touch {0}/$id; \
             case \"$*\" in *--follow*) exec tail -n +1 -f {0}/$id ;; *) exec cat {0}/$id ;; esac ;; esac",
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
        commands.follow(Follow { feed, since: Millis(0), goes_on: false, numbers: Arc::default() })
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
