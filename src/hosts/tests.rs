use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rustls::RootCertStore;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::http::{Prober as Http, Trust};
use crate::model::catalogue::{Catalogue, Selector, Tier};
use crate::model::clock::{Stamp, Timestamp};
use crate::model::destination::Destination;
use crate::model::fault::{Fault, FaultKind};
use crate::model::forge::{Allowance, News, Report, Topic};
use crate::model::health::{HealthSource, Level};
use crate::model::host::{HealthPage, Host, HostedApp, Login, Previews, Probe};
use crate::model::id::{EnvironmentKey, Login as Person, PullNumber, Repository};
use crate::model::preview::{Preview, PreviewList};
use crate::model::probe::Expectation;
use crate::model::sighting::{Coverage, Observation, Question, Reading, Scope, Sighting};
use crate::model::version::VersionSource;
use crate::model::write::{Look, Sent, Sight, Write};
use crate::ops::clock::{Clock, Stamps};
use crate::ops::limit::Limiter;
use crate::ops::port::{Ask, Forge, Prober as _, Source as _};
use crate::ssh::server::Server;
use crate::{Hosts, Probes};

/// Long enough for a slow machine.
const AMPLE: Duration = Duration::from_secs(60);

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_000_000).unwrap()
    }
}

fn limiter() -> Limiter {
    Limiter::new(Stamps::new(Arc::new(Fixed)))
}

fn http() -> Http {
    Http::new(Trust::Only(Arc::new(RootCertStore::empty())))
}

fn app(name: &str, health: Option<String>, previews: bool) -> HostedApp {
    HostedApp {
        name: name.into(),
        tier: Tier::Production,
        health: health.map(|address| HealthPage { address: address.into(), expected: Expectation::Usual }),
        path: None,
        deployment: "production".into(),
        alerts: None,
        previews: previews.then(|| Previews { repository: "towlion/wit".into(), page: "/health".into(), shares_secrets: true }),
    }
}

fn host(login: Option<Login>, folder: Option<&Path>, apps: Vec<HostedApp>) -> Host {
    Host { name: "tow-1".into(), login, folder: folder.map(|folder| folder.to_str().unwrap().into()), apps }
}

fn login(server: &Server) -> Login {
    let ssh = server.ssh("user_key");
    Login { to: Destination::new("shop").unwrap(), config: ssh.config, options: Vec::new() }
}

/// A repository with one commit: its hash.
fn repository(path: &Path) -> String {
    std::fs::create_dir_all(path).unwrap();
    let git = |arguments: &[&str]| {
        let told =
            Command::new("git").current_dir(path).args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(arguments).output();
        let told = told.unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        String::from_utf8(told.stdout).unwrap()
    };
    git(&["init", "-q"]);
    git(&["commit", "-q", "--allow-empty", "-m", "first"]);
    git(&["rev-parse", "HEAD"]).trim().to_owned()
}

async fn ask(hosts: &Hosts, connection: &str, ask: Ask) -> Observation {
    let scope = hosts.scopes().unwrap().into_iter().find(|scope| scope.connection.as_str() == connection).unwrap();
    hosts.read(Arc::new(scope), ask).await
}

fn seen(observation: Observation) -> Sighting {
    match observation {
        Observation::Seen(sighting) => sighting,
        Observation::Failed(failure) => panic!("{failure:?}"),
    }
}

fn failed(observation: Observation) -> Fault {
    match observation {
        Observation::Failed(failure) => failure.fault,
        Observation::Seen(sighting) => panic!("{sighting:?}"),
    }
}

fn names(sighting: &Sighting) -> Vec<String> {
    sighting.readings.iter().map(|(key, _)| key.to_string()).collect()
}

fn reading<'s>(sighting: &'s Sighting, name: &str) -> &'s Reading {
    &sighting.readings.iter().find(|(key, _)| key.name.as_str() == name).unwrap().1
}

fn key(name: &str) -> EnvironmentKey {
    format!("host:tow-1:-:{name}").parse().unwrap()
}

#[tokio::test]
async fn a_server_tells_what_lives_there_and_what_runs_with_one_login() {
    let server = Server::start().await;
    let folder = server.file("apps");
    let head = repository(&folder.join("wit"));
    repository(&folder.join("wit-pr-7"));
    std::fs::create_dir_all(folder.join("two words")).unwrap();
    std::fs::write(folder.join("wit/.deploy-slot"), "blue\n").unwrap();
    server.program("docker", r"printf 'wit-blue\twit-blue-app-1\trunning\tUp 2 hours (healthy)\t2999-01-01 00:00:00 +0000 UTC\n'");
    let limiter = limiter();
    let hosts =
        Hosts::new(&[host(Some(login(&server)), Some(&folder), vec![app("wit", None, false)])], AMPLE, http(), None, limiter.clone());
    let listing = seen(ask(&hosts, "tow-1", Ask::Listing).await);
    assert_eq!(names(&listing), ["host:tow-1:-:wit", "host:tow-1:-:wit-pr-7"]);
    assert_eq!(listing.coverage, Coverage::Complete);
    let identity = reading(&listing, "wit-pr-7").identity.as_ref().unwrap();
    assert_eq!((identity.pull, identity.tier, identity.app.as_str()), (Some(PullNumber(7)), Some(Tier::Preview), "wit"));
    assert!(identity.answers.holds(Question::Versions));
    let versions = seen(ask(&hosts, "tow-1", Ask::Versions(key("wit"))).await);
    let told = reading(&versions, "wit");
    let stated = told.version.as_ref().unwrap();
    assert_eq!((stated.sha.as_ref().unwrap().as_str(), stated.source), (head.as_str(), VersionSource::SshCommand));
    assert_eq!(told.instances.as_ref().unwrap().healthy(), Some(1));
    assert_eq!(told.health.as_ref().map(|health| (health.level, health.source)), Some((Level::Ok, HealthSource::Containers)));
    assert_eq!(limiter.calls().total, 1, "one login for both questions");
}

#[tokio::test]
async fn containers_that_are_older_than_what_is_checked_out_do_not_run_it() {
    let server = Server::start().await;
    let folder = server.file("apps");
    repository(&folder.join("wit"));
    server.program("docker", r"printf 'wit\twit-app-1\trunning\tUp 9 years\t2017-01-01 00:00:00 +0000 UTC\n'");
    let hosts = Hosts::new(&[host(Some(login(&server)), Some(&folder), vec![app("wit", None, false)])], AMPLE, http(), None, limiter());
    let versions = seen(ask(&hosts, "tow-1", Ask::Versions(key("wit"))).await);
    let told = reading(&versions, "wit");
    assert_eq!(told.version, None);
    let health = told.health.as_ref().unwrap();
    assert_eq!(health.level, Level::Warning);
    assert!(health.causes[0].ends_with("the containers were made before: what they run is older"), "{:?}", health.causes);
}

#[tokio::test]
async fn what_the_server_does_not_tell_is_unknown_with_its_reason() {
    let server = Server::start().await;
    server.forget();
    let folder = server.file("apps");
    let hosts = Hosts::new(&[host(Some(login(&server)), Some(&folder), vec![app("wit", None, false)])], AMPLE, http(), None, limiter());
    let listing = seen(ask(&hosts, "tow-1", Ask::Listing).await);
    assert_eq!(names(&listing), ["host:tow-1:-:wit"], "what is declared is there all the same");
    assert!(matches!(&listing.coverage, Coverage::Except(fault) if fault.kind == FaultKind::Denied), "{:?}", listing.coverage);
    let fault = failed(ask(&hosts, "tow-1", Ask::Versions(key("wit"))).await);
    assert!(fault.sentence.starts_with("the host key of shop is not known to ssh"), "{fault}");
    // Where nobody may log in, nothing is asked, and all that is declared is all that there is.
    let silent = Hosts::new(&[host(None, None, vec![app("wit", None, false)])], AMPLE, http(), None, limiter());
    let listing = seen(ask(&silent, "tow-1", Ask::Listing).await);
    assert_eq!(listing.coverage, Coverage::Complete);
    assert!(!reading(&listing, "wit").identity.as_ref().unwrap().answers.holds(Question::Versions));
}

/// A forge that tells of these pull requests.
struct Told(Result<PreviewList, Fault>);

impl Forge for Told {
    fn viewer(&self) -> BoxFuture<'_, Result<Person, Fault>> {
        async { Ok("ada".into()) }.boxed()
    }

    fn ask(&self, repository: Repository, topic: Topic, _: Option<Arc<str>>) -> BoxFuture<'_, Report> {
        assert_eq!(topic, Topic::Previews);
        let stamp = Stamp { asked_at: Timestamp::from_second(900_000).unwrap(), sequence: 1 };
        let news = self.0.clone().map(News::Previews);
        async move { Report { repository, topic, stamp, news } }.boxed()
    }

    fn overviews(&self, _: Vec<(Repository, Option<Arc<str>>)>) -> BoxFuture<'_, Vec<Report>> {
        async { Vec::new() }.boxed()
    }

    fn look(&self, _: Repository, _: Look) -> BoxFuture<'_, Result<Sight, Fault>> {
        async { Err(Fault::new(FaultKind::Refused, "nothing is looked at here")) }.boxed()
    }

    fn write(&self, _: Repository, _: Write) -> BoxFuture<'_, Sent> {
        async { Sent::Refused(Fault::new(FaultKind::Refused, "nothing is written here")) }.boxed()
    }

    fn allowance(&self) -> Option<Allowance> {
        None
    }
}

/// A server of pages that answers everything with this status line and body.
async fn pages(status: &'static str, body: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    format!("http://{address}")
}

fn pull(number: u64, is_open: bool, url: Option<&str>) -> Preview {
    let closed_at = (!is_open).then(|| Timestamp::from_second(900_000 - 3 * 3_600).unwrap());
    Preview { pull: PullNumber(number), title: "Add x".into(), author: Some("ada".into()), is_open, closed_at, url: url.map(Arc::from) }
}

fn warnings(reading: &Reading) -> Vec<(Level, String)> {
    let identity = reading.identity.as_ref().unwrap();
    identity.warnings.iter().map(|warning| (warning.level, warning.sentence.to_string())).collect()
}

#[tokio::test]
async fn every_open_pull_request_with_a_preview_is_an_environment_and_those_left_over_are_orphans() {
    let up = pages("200 OK", r#"{"status":"ok"}"#).await;
    let gone = pages("502 Bad Gateway", "").await;
    let each = vec![pull(8, true, Some(&up)), pull(9, true, None), pull(5, false, Some(&up)), pull(4, false, Some(&gone))];
    let forge: Arc<dyn Forge> = Arc::new(Told(Ok(PreviewList { each, is_complete: true })));
    let hosts = Hosts::new(&[host(None, None, vec![app("wit", None, true)])], AMPLE, http(), Some(forge), limiter());
    let listing = seen(ask(&hosts, "tow-1 previews", Ask::Listing).await);
    assert_eq!(names(&listing), ["host:tow-1:-:wit-pr-8", "host:tow-1:-:wit-pr-5"]);
    assert_eq!((listing.stamp.sequence, &listing.coverage), (1, &Coverage::Complete));
    let open = reading(&listing, "wit-pr-8");
    assert_eq!(open.identity.as_ref().unwrap().url.as_deref(), Some(up.as_str()));
    let told = warnings(open);
    assert!(
        matches!(told.as_slice(), [(Level::Info, secrets)] if secrets.starts_with("this preview has the secrets of production")),
        "{told:?}"
    );
    let orphan = warnings(reading(&listing, "wit-pr-5"));
    assert_eq!(
        orphan[0],
        (Level::Warning, "orphan: pull request #5 (Add x, by ada) was closed 3h ago, and its preview is still there".into())
    );
}

#[tokio::test]
async fn a_folder_of_a_pull_request_that_is_not_open_is_an_orphan_only_if_all_open_ones_are_known() {
    let server = Server::start().await;
    let folder = server.file("apps");
    repository(&folder.join("wit-pr-7"));
    server.program("docker", "echo cannot connect >&2; exit 1");
    for (is_complete, orphan) in [(true, true), (false, false)] {
        let list = PreviewList { each: vec![pull(8, true, None)], is_complete };
        let forge: Arc<dyn Forge> = Arc::new(Told(Ok(list)));
        let declared = vec![app("wit", None, true)];
        let hosts = Hosts::new(&[host(Some(login(&server)), Some(&folder), declared)], AMPLE, http(), Some(forge), limiter());
        let listing = seen(ask(&hosts, "tow-1", Ask::Listing).await);
        let is_orphan =
            warnings(reading(&listing, "wit-pr-7")).iter().any(|(_, sentence)| sentence.starts_with("orphan: pull request #7 was closed"));
        assert_eq!(is_orphan, orphan);
        assert_eq!(names(&seen(ask(&hosts, "tow-1 previews", Ask::Listing).await)), [""; 0]);
    }
    let refused: Arc<dyn Forge> = Arc::new(Told(Err(Fault::new(FaultKind::Denied, "the token may not"))));
    let hosts = Hosts::new(&[host(None, None, vec![app("wit", None, true)])], AMPLE, http(), Some(refused), limiter());
    assert_eq!(failed(ask(&hosts, "tow-1 previews", Ask::Listing).await).kind, FaultKind::Denied);
}

async fn looked(probes: &Probes, name: &str, url: Option<&str>) -> Observation {
    let scope = Scope { platform: crate::model::id::Platform::Host, connection: "tow-1".into(), region: None };
    probes.look(Arc::new(scope), key(name), url.map(Arc::from)).await
}

#[tokio::test]
async fn environments_are_asked_for_the_pages_that_were_declared() {
    let (up, gap, odd) = (pages("200 OK", r#"{"status":"ok"}"#).await, pages("502 Bad Gateway", "").await, pages("200 OK", "<html>").await);
    let apps = vec![
        app("up", Some(format!("{up}/health")), true),
        app("gap", Some(format!("{gap}/health")), false),
        app("both", Some(format!("{gap}/health")), false),
        app("nowhere", Some("http://nowhere.invalid/health".into()), false),
        app("silent", None, false),
    ];
    let only_both = Selector { names: vec![crate::model::pattern::NamePattern::new("both")], ..Selector::default() };
    let probe = Probe { environments: only_both, page: format!("{odd}/_status").into(), expected: Expectation::Usual };
    let catalogue = Catalogue { hosts: vec![host(None, None, apps)], probes: vec![probe], ..Catalogue::default() };
    let probes = Probes::new(Arc::new(catalogue), http(), AMPLE, limiter());
    assert_eq!(["up", "silent", "up-pr-1", "gap-pr-1", "other"].map(|name| probes.probes(&key(name))), [true, false, true, false, false]);
    let health = |observation| seen(observation).readings.remove(0).1.health.unwrap();
    let told = health(looked(&probes, "up", None).await);
    assert_eq!((told.level, told.source, told.word, told.causes.len()), (Level::Ok, HealthSource::Probe, None, 0));
    let told = health(looked(&probes, "gap", None).await);
    assert_eq!((told.level, told.word.as_deref()), (Level::Severe, Some("502")));
    // Beside the gap something else is wrong: that is no gap alone.
    let told = health(looked(&probes, "both", None).await);
    assert_eq!((told.level, told.word, told.causes.len()), (Level::Severe, None, 2));
    assert_eq!(health(looked(&probes, "up-pr-1", Some(&up)).await).level, Level::Ok);
    let unknown = failed(looked(&probes, "nowhere", None).await);
    assert!(unknown.sentence.starts_with("GET /health of nowhere.invalid: the name nowhere.invalid is not known"), "{unknown}");
    assert!(failed(looked(&probes, "up-pr-1", None).await).sentence.starts_with("where it is reached is not known"));
}
