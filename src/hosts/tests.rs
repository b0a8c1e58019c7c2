use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
use crate::model::preview::{Place, Preview, PreviewList};
use crate::model::probe::Expectation;
use crate::model::sighting::{Coverage, Observation, Question, Reading, Scope, Sighting};
use crate::model::version::VersionSource;
use crate::model::write::{Look, Sent, Sight, Write};
use crate::ops::clock::{Clock, Stamps};
use crate::ops::limit::Limiter;
use crate::ops::port::{Ask, Forge, ProbeTarget, Prober as _, Source as _};
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
        migration_step: "migrat".into(),
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
    server.program("docker", r"printf 'wit-blue\t\twit-blue-app-1\trunning\tUp 2 hours (healthy)\t2999-01-01 00:00:00 +0000 UTC\n'");
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
    assert_eq!(names(&versions), ["host:tow-1:-:wit", "host:tow-1:-:wit-pr-7"], "and for all that live there");
    assert_eq!(limiter.calls().total, 1, "one login for both questions");
    // Who asks again wants to know what has changed since.
    let again = seen(ask(&hosts, "tow-1", Ask::Versions(key("wit"))).await);
    assert!(again.stamp > versions.stamp);
    assert_eq!(limiter.calls().total, 2);
    // Between two logins what is declared is told anew, and of the rest nothing.
    let told = seen(ask(&hosts, "tow-1", Ask::Listing).await);
    assert_eq!((names(&told).len(), &told.coverage), (2, &Coverage::Complete), "what the second login told");
    let between = seen(ask(&hosts, "tow-1", Ask::Listing).await);
    assert!(between.stamp > told.stamp);
    assert_eq!((names(&between), &between.coverage), (vec!["host:tow-1:-:wit".to_owned()], &Coverage::Partial));
    assert_eq!(limiter.calls().total, 2);
}

#[tokio::test]
async fn containers_that_are_older_than_what_is_checked_out_do_not_run_it() {
    let server = Server::start().await;
    let folder = server.file("apps");
    repository(&folder.join("wit"));
    server.program("docker", r"printf 'wit\t\twit-app-1\trunning\tUp 9 years\t2017-01-01 00:00:00 +0000 UTC\n'");
    let hosts = Hosts::new(&[host(Some(login(&server)), Some(&folder), vec![app("wit", None, false)])], AMPLE, http(), None, limiter());
    let versions = seen(ask(&hosts, "tow-1", Ask::Versions(key("wit"))).await);
    let told = reading(&versions, "wit");
    assert_eq!(told.version, None);
    let health = told.health.as_ref().unwrap();
    assert_eq!(health.level, Level::Warning);
    assert!(health.causes[0].ends_with("on tow-1, and the containers were made before: what they run is older"), "{:?}", health.causes);
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
    pages_by(move |_| (status, body)).await
}

/// The same, by the head of the request.
async fn pages_by(answer: impl Fn(&str) -> (&'static str, &'static str) + Send + 'static) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let (status, body) = answer(&String::from_utf8(head).unwrap());
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    format!("http://{address}")
}

const WELL: (&str, &str) = ("200 OK", r#"{"status":"ok"}"#);

/// An app that says how it is, and has no other page.
async fn healthy() -> String {
    pages_by(|head| if head.starts_with("GET /health ") { WELL } else { ("404 Not Found", "") }).await
}

fn pull(number: u64, is_open: bool, url: Option<&str>) -> Preview {
    let closed_at = (!is_open).then(|| Timestamp::from_second(900_000 - 3 * 3_600).unwrap());
    Preview {
        pull: PullNumber(number),
        title: "Add x".into(),
        author: Some("ada".into()),
        is_open,
        closed_at,
        place: url.map_or(Place::Nowhere, |url| Place::At(url.into())),
        version: None,
    }
}

fn warnings(reading: &Reading) -> Vec<(Level, String)> {
    let identity = reading.identity.as_ref().unwrap();
    identity.warnings.iter().map(|warning| (warning.level, warning.sentence.to_string())).collect()
}

fn previewing(forge: Told) -> Hosts {
    Hosts::new(&[host(None, None, vec![app("wit", None, true)])], AMPLE, http(), Some(Arc::new(forge)), limiter())
}

async fn listed(each: Vec<Preview>, is_complete: bool) -> Sighting {
    seen(ask(&previewing(Told(Ok(PreviewList { each, is_complete }))), "tow-1 previews", Ask::Listing).await)
}

#[tokio::test]
async fn every_open_pull_request_with_a_preview_is_an_environment_and_so_is_what_is_left_of_one_that_is_over() {
    let up = healthy().await;
    let gone = pages("502 Bad Gateway", "").await;
    let sha = crate::model::id::Sha::new(&"8".repeat(40)).unwrap();
    let version = Some(crate::model::version::Stated::commit(VersionSource::GitHubDeployment, sha.clone()));
    let deployed = Preview { version, ..pull(8, true, Some(&up)) };
    let each = vec![deployed, pull(9, true, None), pull(5, false, Some(&up)), pull(4, false, Some(&gone))];
    let listing = listed(each, true).await;
    assert_eq!(names(&listing), ["host:tow-1:-:wit-pr-8", "host:tow-1:-:wit-pr-5"]);
    assert_eq!((listing.stamp.sequence, &listing.coverage), (1, &Coverage::Complete));
    let open = reading(&listing, "wit-pr-8");
    assert_eq!(open.identity.as_ref().unwrap().url.as_deref(), Some(up.as_str()));
    assert_eq!(open.version.as_ref().unwrap().sha.as_ref(), Some(&sha));
    let told = warnings(open);
    assert!(
        matches!(told.as_slice(), [(Level::Info, secrets)] if secrets.starts_with("this preview has the secrets of production")),
        "{told:?}"
    );
    // That it is an orphan, its pull request's state tells.
    assert_eq!(reading(&listing, "wit-pr-5").identity.as_ref().unwrap().pull, Some(PullNumber(5)));
}

/// A proxy in front may answer for everything: that proves no preview.
#[tokio::test]
async fn what_answers_for_everything_is_no_proof_that_a_preview_is_there() {
    let welcome = pages("200 OK", "<html>Welcome</html>").await;
    let listing = listed(vec![pull(5, false, Some(&welcome))], true).await;
    assert_eq!((names(&listing), &listing.coverage), (vec![], &Coverage::Complete), "it is the proxy that answers");
    for odd in [pages(WELL.0, WELL.1).await, pages_by(|head| ("200 OK", if head.starts_with("GET /health ") { "a" } else { "b" })).await] {
        let listing = listed(vec![pull(5, false, Some(&odd))], true).await;
        assert_eq!(names(&listing), [""; 0]);
        let Coverage::Except(fault) = &listing.coverage else { panic!("{:?}", listing.coverage) };
        assert!(fault.sentence.starts_with("whether the previews of #5 of towlion/wit are still there is not known"), "{fault}");
    }
}

/// A preview of a pull request that is over was there. What it answers next proves that it is gone, or nothing.
#[tokio::test(start_paused = true)]
async fn what_was_proven_to_be_there_stays_until_it_is_proven_to_be_gone() {
    for (next, stays) in [(("503 Service Unavailable", "starting"), true), (("401 Unauthorized", ""), true), (("404 Not Found", ""), false)]
    {
        let (is_over, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let later = Arc::clone(&over);
        let up = pages_by(move |head| match (head.starts_with("GET /health "), later.load(Ordering::Relaxed)) {
            (true, false) => WELL,
            (true, true) => next,
            (false, _) => ("404 Not Found", ""),
        })
        .await;
        let lists = Lists { is_later: Arc::clone(&is_over), first: vec![pull(5, false, Some(&up))] };
        let hosts = Hosts::new(&[host(None, None, vec![app("wit", None, true)])], AMPLE, http(), Some(Arc::new(lists)), limiter());
        assert_eq!(names(&seen(ask(&hosts, "tow-1 previews", Ask::Listing).await)), ["host:tow-1:-:wit-pr-5"]);
        // Then it is not among those that were closed last any more.
        is_over.store(true, Ordering::Relaxed);
        over.store(true, Ordering::Relaxed);
        tokio::time::advance(Duration::from_secs(61)).await;
        let listing = seen(ask(&hosts, "tow-1 previews", Ask::Listing).await);
        assert_eq!(names(&listing).len(), usize::from(stays), "{next:?}");
        assert_eq!(listing.coverage == Coverage::Complete, !stays, "{:?}", listing.coverage);
    }
}

/// A forge that lists these pull requests, and later none.
struct Lists {
    is_later: Arc<AtomicBool>,
    first: Vec<Preview>,
}

impl Forge for Lists {
    fn viewer(&self) -> BoxFuture<'_, Result<Person, Fault>> {
        std::future::pending().boxed()
    }

    fn ask(&self, repository: Repository, topic: Topic, about: Option<Arc<str>>) -> BoxFuture<'_, Report> {
        let each = if self.is_later.load(Ordering::Relaxed) { Vec::new() } else { self.first.clone() };
        let told = Told(Ok(PreviewList { each, is_complete: true }));
        async move { told.ask(repository, topic, about).await }.boxed()
    }

    fn overviews(&self, _: Vec<(Repository, Option<Arc<str>>)>) -> BoxFuture<'_, Vec<Report>> {
        std::future::pending().boxed()
    }

    fn look(&self, _: Repository, _: Look) -> BoxFuture<'_, Result<Sight, Fault>> {
        std::future::pending().boxed()
    }

    fn write(&self, _: Repository, _: Write) -> BoxFuture<'_, Sent> {
        std::future::pending().boxed()
    }

    fn allowance(&self) -> Option<Allowance> {
        None
    }
}

#[tokio::test]
async fn a_list_of_previews_is_complete_only_if_all_that_may_tell_of_one_was_read() {
    let up = healthy().await;
    let unread = Preview { place: Place::Unread, ..pull(8, true, None) };
    let listing = listed(vec![unread, pull(7, true, Some(&up))], true).await;
    assert_eq!(names(&listing), ["host:tow-1:-:wit-pr-7"]);
    assert!(matches!(&listing.coverage, Coverage::Except(fault) if fault.sentence.starts_with("of #8 of towlion/wit not all comments")));
    let cut = listed(vec![pull(7, true, Some(&up))], false).await;
    assert!(matches!(&cut.coverage, Coverage::Except(fault) if fault.sentence.contains("more open pull requests than are read")));
    let refused = previewing(Told(Err(Fault::new(FaultKind::Denied, "the token may not"))));
    assert_eq!(failed(ask(&refused, "tow-1 previews", Ask::Listing).await).kind, FaultKind::Denied);
}

/// A forge that never answers.
struct Silent;

impl Forge for Silent {
    fn viewer(&self) -> BoxFuture<'_, Result<Person, Fault>> {
        std::future::pending().boxed()
    }

    fn ask(&self, _: Repository, _: Topic, _: Option<Arc<str>>) -> BoxFuture<'_, Report> {
        std::future::pending().boxed()
    }

    fn overviews(&self, _: Vec<(Repository, Option<Arc<str>>)>) -> BoxFuture<'_, Vec<Report>> {
        std::future::pending().boxed()
    }

    fn look(&self, _: Repository, _: Look) -> BoxFuture<'_, Result<Sight, Fault>> {
        std::future::pending().boxed()
    }

    fn write(&self, _: Repository, _: Write) -> BoxFuture<'_, Sent> {
        std::future::pending().boxed()
    }

    fn allowance(&self) -> Option<Allowance> {
        None
    }
}

#[tokio::test]
async fn a_server_s_own_environments_do_not_wait_for_github() {
    let server = Server::start().await;
    let folder = server.file("apps");
    repository(&folder.join("wit-pr-7"));
    server.program("docker", "echo cannot connect >&2; exit 1");
    let forge: Arc<dyn Forge> = Arc::new(Silent);
    let declared = vec![app("wit", None, true)];
    let hosts = Hosts::new(&[host(Some(login(&server)), Some(&folder), declared)], AMPLE, http(), Some(forge), limiter());
    let asks_github = ask(&hosts, "tow-1 previews", Ask::Listing);
    let listing = tokio::select! {
        listing = ask(&hosts, "tow-1", Ask::Listing) => seen(listing),
        other = asks_github => panic!("{other:?}"),
    };
    assert_eq!(names(&listing), ["host:tow-1:-:wit", "host:tow-1:-:wit-pr-7"]);
    assert_eq!(listing.coverage, Coverage::Complete);
    let versions = seen(ask(&hosts, "tow-1", Ask::Versions(key("wit-pr-7"))).await);
    let health = reading(&versions, "wit-pr-7").health.as_ref().unwrap();
    assert_eq!((health.level, &*health.causes[0]), (Level::Unknown, "the containers on tow-1 are not known: cannot connect"));
}

async fn looked(probes: &Probes, name: &str, url: Option<&str>) -> Observation {
    let scope = Scope { platform: crate::model::id::Platform::Host, connection: "tow-1".into(), region: None };
    probes.look(Arc::new(scope), key(name), target(name, url)).await
}

fn target(name: &str, url: Option<&str>) -> ProbeTarget {
    ProbeTarget { url: url.map(Arc::from), group: name.into(), tier: None }
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
        app("half", Some(format!("{up}/health")), false),
    ];
    let only_both = Selector { names: vec![crate::model::pattern::NamePattern::new("both")], ..Selector::default() };
    let probe = |environments, apps: &[&str], page: String| Probe {
        environments,
        apps: apps.iter().map(|app| (*app).into()).collect(),
        tiers: vec![],
        platforms: vec![],
        page: page.into(),
        expected: Expectation::Usual,
    };
    let of_app = probe(Selector::default(), &["half"], "http://nowhere.invalid/db".into());
    let probe = probe(only_both, &[], format!("{odd}/_status"));
    let catalogue = Catalogue { hosts: vec![host(None, None, apps)], probes: vec![probe, of_app], ..Catalogue::default() };
    let probes = Probes::new(Arc::new(catalogue), http(), AMPLE, limiter());
    assert_eq!(
        ["up", "silent", "up-pr-1", "gap-pr-1", "other"].map(|name| probes.probes(&key(name), &target(name, None))),
        [true, false, true, false, false]
    );
    let health = |observation| seen(observation).readings.remove(0).1.health.unwrap();
    let told = health(looked(&probes, "up", None).await);
    assert_eq!((told.level, told.source, told.word, told.causes.len()), (Level::Ok, HealthSource::Probe, None, 0));
    let told = health(looked(&probes, "gap", None).await);
    assert_eq!((told.level, told.word.as_deref()), (Level::Severe, Some("502")));
    // Beside the gap something else is wrong: that is no gap alone.
    let told = health(looked(&probes, "both", None).await);
    assert_eq!((told.level, told.word, told.causes.len()), (Level::Severe, None, 2));
    // A page of which nothing is known may hide anything, and is told.
    let told = health(looked(&probes, "half", None).await);
    assert_eq!((told.level, told.causes.len()), (Level::Unknown, 1));
    assert!(told.causes[0].starts_with("GET /db of nowhere.invalid: the name nowhere.invalid is not known"), "{:?}", told.causes);
    assert_eq!(health(looked(&probes, "up-pr-1", Some(&up)).await).level, Level::Ok);
    let unknown = failed(looked(&probes, "nowhere", None).await);
    assert!(unknown.sentence.starts_with("GET /health of nowhere.invalid: the name nowhere.invalid is not known"), "{unknown}");
    assert!(failed(looked(&probes, "up-pr-1", None).await).sentence.starts_with("where it is reached is not known"));
}
