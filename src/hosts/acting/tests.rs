use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc::UnboundedReceiver;

use super::Acting;
use crate::model::clock::Timestamp;
use crate::model::compute::{Site, TargetGroups, Template, VersionMeans};
use crate::model::destination::Destination;
use crate::model::fault::FaultKind;
use crate::model::host::Login;
use crate::model::id::{AppName, Connection, Region};
use crate::model::operation::action::{Action, Copied, Place, Way};
use crate::model::operation::evidence::{Baseline, Begun, Mark, Observed, Outcome, Receipt};
use crate::model::operation::plan::{OnFailure, Times};
use crate::model::pattern::NamePattern;
use crate::model::rolling::Rolling;
use crate::ops::clock::{Clock, Stamps};
use crate::ops::limit::Limiter;
use crate::ops::output::{Outputs, Written};
use crate::ops::port::Platform as _;
use crate::ssh::server::{Server, shop};

/// Long enough for a slow machine; reached only where something hangs.
const STUCK: Duration = Duration::from_secs(60);

/// A clock that stands until it is moved.
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// A host on loopback, and who acts there.
struct Rig {
    server: Server,
    acting: Acting,
    clock: Arc<Hands>,
    written: UnboundedReceiver<Written>,
    /// What was taken out of that.
    text: String,
}

impl Rig {
    async fn new() -> Self {
        let server = Server::start().await;
        let ssh = server.ssh("user_key");
        let login = Login { to: shop(), config: ssh.config, options: ssh.options };
        let (acting, clock, written) = acting([login], Duration::from_secs(30));
        Self { server, acting, clock, written, text: String::new() }
    }

    async fn before(&self, action: &Action) -> Baseline {
        self.acting.before(place(), action.clone()).await.unwrap()
    }

    async fn begin(&self, action: &Action, mark: &str) -> Begun {
        self.acting.begin(place(), action.clone(), Mark(mark.into())).await
    }

    async fn look(&self, action: &Action, mark: &str, receipt: Option<Receipt>) -> Observed {
        let baseline = Baseline { at: Timestamp::from_second(0).ok(), ..Baseline::default() };
        self.acting.observe(place(), action.clone(), Mark(mark.into()), baseline, receipt).await.unwrap()
    }

    /// Looks until this can be told.
    async fn until(&self, action: &Action, mark: &str, is_told: impl Fn(&Observed) -> bool + Send + Sync) -> Observed {
        let looking = async {
            loop {
                let seen = self.look(action, mark, Some(Receipt::default())).await;
                if is_told(&seen) {
                    return seen;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(STUCK, looking).await.unwrap()
    }

    async fn end(&self, action: &Action, mark: &str) -> Outcome {
        match self.until(action, mark, |seen| matches!(seen, Observed::Ended(_))).await {
            Observed::Ended(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    /// Has another program called for ssh; what was called before.
    fn use_program(&mut self, program: PathBuf) -> PathBuf {
        std::mem::replace(&mut self.acting.logins.get_mut(&shop()).unwrap().program, program)
    }

    fn home(&self, name: &str) -> PathBuf {
        self.server.file("home").join(name)
    }

    /// All that was written so far.
    fn text(&mut self) -> String {
        while let Ok(more) = self.written.try_recv() {
            assert_eq!(more.from, self.text.len() as u64, "nothing is left out and nothing told twice");
            self.text.push_str(&more.text);
        }
        self.text.clone()
    }

    /// Looks until so much was written.
    async fn until_written(&mut self, action: &Action, mark: &str, text: &str) {
        let looking = async {
            while self.text() != text {
                self.look(action, mark, Some(Receipt::default())).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(STUCK, looking).await.unwrap();
    }
}

fn acting(logins: impl IntoIterator<Item = Login>, patience: Duration) -> (Acting, Arc<Hands>, UnboundedReceiver<Written>) {
    let clock = Arc::new(Hands(AtomicI64::new(1)));
    let stamps = Stamps::new(Arc::clone(&clock) as Arc<dyn Clock>);
    let (outputs, written) = Outputs::new(stamps.clone());
    let limiter = Limiter::new(stamps);
    (Acting::new(logins, patience, limiter, outputs), clock, written)
}

fn place() -> Place {
    Place { environment: "host:shop:-:app".parse().unwrap(), id: None, instance: None, connection: None, writer: None }
}

fn run_for(command: &str, limit: Duration) -> Action {
    Action::Run { way: Way::Ssh(shop()), command: command.to_owned(), limit }
}

fn run(command: &str) -> Action {
    run_for(command, Duration::from_secs(600))
}

fn failed(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Failed(sentence) => sentence,
        Outcome::Done(sentence) => panic!("{sentence}"),
    }
}

/// A declaration whose machines are logged in to by one text, each through a bastion of its own.
fn group(region: &str, name: &str, bastion: &str) -> TargetGroups {
    let login = Template { to: "ops@{private_ip}".into(), config: None, options: vec![format!("ProxyJump={bastion}")] };
    let rolling = Rolling {
        command: "deploy {tag}".into(),
        files: Vec::new(),
        folder: None,
        login: Some(login),
        drift: None,
        workflows: Vec::new(),
        at_once: 1,
        minimum_healthy: 1,
        on_failure: OnFailure::Stop,
        times: Times::default(),
    };
    TargetGroups {
        site: Site { connection: Connection::from("growl"), region: Region::from(region) },
        name: NamePattern::new(name),
        app: AppName::from("growl"),
        tier: None,
        version: VersionMeans::default(),
        environment: None,
        environment_file: None,
        rolling: Some(rolling),
    }
}

#[test]
fn one_address_in_two_networks_is_reached_as_its_own_target_group_says() {
    let to = Destination::new("ops@10.0.0.5").unwrap();
    let own = Login { to: to.clone(), config: None, options: vec!["ProxyJump=host".to_owned()] };
    let (acting, _, _written) = acting([own], STUCK);
    let acting = acting.with_groups(&[group("us-west-1", "growl-*", "dev"), group("us-west-2", "growl-prod", "prod")]);
    let options = |key: &str| {
        let place = Place {
            environment: key.parse().unwrap(),
            id: None,
            instance: None,
            connection: Some(Connection::from("growl")),
            writer: None,
        };
        acting.ssh(&place, &to).options.clone()
    };
    assert_eq!(options("target-group:123456789012:us-west-1:growl-dev"), ["ProxyJump=dev"]);
    assert_eq!(options("target-group:123456789012:us-west-2:growl-prod"), ["ProxyJump=prod"]);
    // Of a group that nobody has declared the user's own configuration tells more than that of another one.
    assert!(options("target-group:123456789012:us-west-2:other").is_empty());
    assert_eq!(options("host:shop:-:app"), ["ProxyJump=host"]);
}

#[tokio::test]
async fn a_command_runs_on_while_nobody_looks_and_what_it_writes_is_told_once() {
    let mut rig = Rig::new().await;
    let command = run("echo one; while [ ! -e \"$HOME/go\" ]; do sleep 0.05; done; echo \"it's two\" >&2; umask; exit 3");
    rig.before(&command).await;
    assert!(matches!(rig.begin(&command, "1.run").await, Begun::Accepted(_)));
    let has_begun = |seen: &Observed| matches!(seen, Observed::Underway(_));
    rig.until_written(&command, "1.run", "one\n").await;
    rig.until(&command, "1.run", has_begun).await;
    std::fs::write(rig.home("go"), "").unwrap();
    let outcome = rig.end(&command, "1.run").await;
    // What it wrote is in no verdict: that is kept, and may hold a secret.
    assert_eq!(failed(&outcome), "the command on shop ended with exit code 3");
    // The umask is the login's own, not that of the notes.
    assert_eq!(rig.text(), "one\nit's two\n0022\n");
    // Another console, or this one after a crash, reads all of it again.
    let (again, _, mut written) = acting([login(&rig.server)], STUCK);
    let seen = again.observe(place(), command, Mark("1.run".into()), Baseline::default(), None).await.unwrap();
    assert!(matches!(seen, Observed::Ended(Outcome::Failed(_))));
    assert_eq!(written.recv().await.unwrap().text, "one\nit's two\n0022\n");
}

fn login(server: &Server) -> Login {
    let ssh = server.ssh("user_key");
    Login { to: shop(), config: ssh.config, options: ssh.options }
}

#[tokio::test]
async fn the_same_mark_runs_once_whoever_begins_it_and_how_often() {
    let rig = Rig::new().await;
    let command = run("echo ran >>\"$HOME/ran\"");
    let (first, second) = tokio::join!(rig.begin(&command, "1.run"), rig.begin(&command, "1.run"));
    assert!(matches!((first, second), (Begun::Accepted(_), Begun::Accepted(_))));
    assert_eq!(rig.end(&command, "1.run").await, Outcome::Done("the command on shop ended with exit code 0".into()));
    assert!(matches!(rig.begin(&command, "1.run").await, Begun::Accepted(_)));
    assert!(matches!(rig.begin(&command, "2.run").await, Begun::Accepted(_)));
    rig.end(&command, "2.run").await;
    assert_eq!(std::fs::read_to_string(rig.home("ran")).unwrap(), "ran\nran\n");
}

#[tokio::test]
async fn a_command_whose_connection_was_cut_is_found_running_and_then_ended() {
    let rig = Rig::new().await;
    // The connection ends right after the command was started: the parent of the script's shell is the server's end of it.
    rig.server.program("find", "kill -KILL \"$(ps -o ppid= -p $PPID | tr -d ' ')\"");
    let command = run("while [ ! -e \"$HOME/go\" ]; do sleep 0.05; done; echo ran >>\"$HOME/ran\"");
    match rig.begin(&command, "1.run").await {
        Begun::Unclear(fault) => assert_eq!(fault.kind, FaultKind::Unreachable),
        other => panic!("{other:?}"),
    }
    std::fs::remove_file(rig.server.file("bin/find")).unwrap();
    let running = |seen: &Observed| matches!(seen, Observed::Underway(progress) if progress.note.as_deref() == Some("it runs on shop"));
    rig.until(&command, "1.run", running).await;
    std::fs::write(rig.home("go"), "").unwrap();
    assert!(matches!(rig.end(&command, "1.run").await, Outcome::Done(_)));
    assert_eq!(std::fs::read_to_string(rig.home("ran")).unwrap(), "ran\n");
}

#[tokio::test]
async fn what_nothing_shows_was_not_begun_once_it_cannot_be_on_its_way_any_more() {
    let rig = Rig::new().await;
    let command = run("true");
    assert!(matches!(rig.look(&command, "1.run", None).await, Observed::Unclear(_)));
    rig.clock.0.store(15, Ordering::Relaxed);
    assert_eq!(rig.look(&command, "1.run", None).await, Observed::NotBegun);
    // What the host has taken may run, whether or not its notes can be read.
    let gone = rig.look(&command, "1.run", Some(Receipt::default())).await;
    assert!(matches!(gone, Observed::Unclear(sentence) if sentence.contains("its folder is not there")));
    // What is so old has no notes any more: begun again, it would run a second time.
    rig.clock.0.store(i64::try_from(Mark::KEPT.as_secs()).unwrap(), Ordering::Relaxed);
    let old = rig.look(&command, "1.run", None).await;
    assert!(matches!(old, Observed::Unclear(sentence) if sentence.contains("too long ago to tell")));
}

#[tokio::test]
async fn a_command_that_takes_too_long_is_ended_there_with_what_it_has_started() {
    let mut rig = Rig::new().await;
    let pipe = rig.home("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut held = tokio::net::unix::pipe::OpenOptions::new().open_receiver(&pipe).unwrap();
    // What it has started holds the pipe, and not the shell.
    let command = run_for("sh -c 'exec 3>\"$HOME/pipe\"; echo pulling; while :; do sleep 1; done'; echo never", Duration::from_secs(3));
    rig.begin(&command, "1.run").await;
    let outcome = rig.end(&command, "1.run").await;
    assert_eq!(failed(&outcome), "the command on shop did not end within 3 s, and was ended there");
    let mut told = Vec::new();
    tokio::time::timeout(STUCK, held.read_to_end(&mut told)).await.expect("what the command has started goes on").unwrap();
    assert_eq!(rig.text(), "pulling\n", "it held the pipe");
}

#[tokio::test]
async fn a_command_goes_on_without_what_watches_it_and_has_failed_once_it_was_ended_too() {
    let mut rig = Rig::new().await;
    let command = run("echo here; while [ ! -e \"$HOME/go\" ]; do sleep 0.05; done; echo there; exec sleep 600");
    rig.begin(&command, "1.run").await;
    rig.until_written(&command, "1.run", "here\n").await;
    let noted = |name: &str| std::fs::read_to_string(rig.home(".local/state/quarterdeck/1.run").join(name)).unwrap();
    let (supervisor, shell) = (noted("pid").split(' ').next().unwrap().to_owned(), noted("child").trim().to_owned());
    // With its group, in which what minds the limit is; the command leads another.
    kill_group(&supervisor);
    assert!(matches!(rig.look(&command, "1.run", Some(Receipt::default())).await, Observed::Underway(_)));
    std::fs::write(rig.home("go"), "").unwrap();
    rig.until_written(&command, "1.run", "here\nthere\n").await;
    assert!(matches!(rig.look(&command, "1.run", Some(Receipt::default())).await, Observed::Underway(_)), "it runs still");
    kill_group(&shell);
    let outcome = rig.end(&command, "1.run").await;
    assert!(failed(&outcome).starts_with("the command on shop runs no more, and nothing tells how it ended"), "{outcome:?}");
}

fn kill_group(leader: &str) {
    assert!(std::process::Command::new("kill").args(["-KILL", "--", &format!("-{leader}")]).status().unwrap().success());
}

#[tokio::test]
async fn where_the_home_cannot_be_written_a_folder_of_the_user_s_own_is_used_and_never_both() {
    let rig = Rig::new().await;
    std::fs::write(rig.home(".local"), "no folder").unwrap();
    let mark = format!("test-{}", rig.server.file("").file_name().unwrap().to_str().unwrap().trim_start_matches('.'));
    let command = run("echo ran >>\"$HOME/ran\"");
    assert!(matches!(rig.begin(&command, &mark).await, Begun::Accepted(_)));
    rig.end(&command, &mark).await;
    std::fs::remove_file(rig.home(".local")).unwrap();
    assert!(matches!(rig.begin(&command, &mark).await, Begun::Accepted(_)));
    rig.end(&command, &mark).await;
    assert_eq!(std::fs::read_to_string(rig.home("ran")).unwrap(), "ran\n");
    let id = std::process::Command::new("id").arg("-u").output().unwrap();
    let folder = PathBuf::from(format!("/tmp/quarterdeck-{}", String::from_utf8(id.stdout).unwrap().trim()));
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    std::fs::remove_dir_all(folder.join(&mark)).unwrap();
}

fn copy(files: &[(PathBuf, &str)]) -> Action {
    let copied = files.iter().map(|(from, to)| Copied { from: from.clone(), to: (*to).to_owned() });
    Action::Copy(shop(), copied.collect())
}

#[tokio::test]
async fn files_arrive_whole_under_any_name_with_their_permissions() {
    let rig = Rig::new().await;
    let (plain, program) = (rig.server.file("Makefile"), rig.server.file("deploy.sh"));
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    std::fs::write(&plain, &bytes).unwrap();
    std::fs::write(&program, "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let hostile = "-rf it's \"$(touch pwned)\" `id`; \n*";
    let absolute = rig.server.file("absolute");
    std::fs::write(rig.home("deploy.sh"), "what was there").unwrap();
    let action = copy(&[(plain.clone(), hostile), (program, "~/deploy.sh"), (plain, absolute.to_str().unwrap())]);
    let baseline = rig.before(&action).await;
    assert!(baseline.at.is_some());
    let Begun::Accepted(receipt) = rig.begin(&action, "1.copy").await else { panic!("it was not copied") };
    assert_eq!(rig.look(&action, "1.copy", Some(receipt)).await, Observed::Ended(Outcome::Done("all 3 files are on shop".into())));
    // Where the answer was lost, the host tells the same.
    assert_eq!(rig.look(&action, "1.copy", None).await, Observed::Ended(Outcome::Done("all 3 files are on shop".into())));
    assert_eq!(std::fs::read(rig.home(hostile)).unwrap(), bytes);
    assert_eq!(std::fs::read(absolute).unwrap(), bytes);
    assert_eq!(std::fs::read_to_string(rig.home("deploy.sh")).unwrap(), "#!/bin/sh\n");
    assert_eq!(std::fs::metadata(rig.home("deploy.sh")).unwrap().permissions().mode() & 0o777, 0o755);
    let mut names: Vec<_> = std::fs::read_dir(rig.home("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [hostile, ".local", "deploy.sh"], "nothing else was made");
}

#[tokio::test]
async fn what_cannot_be_put_there_is_refused_and_leaves_what_was_there() {
    let rig = Rig::new().await;
    let file = rig.server.file("Makefile");
    std::fs::write(&file, "all:").unwrap();
    std::fs::create_dir(rig.home("folder")).unwrap();
    for (to, why) in [("folder", "is a folder: name the file in it"), ("none/Makefile", "could not be put on shop as none/Makefile")] {
        match rig.begin(&copy(&[(file.clone(), to)]), "1.copy").await {
            Begun::Refused(fault) => assert!(fault.sentence.contains(why), "{fault}"),
            other => panic!("{other:?}"),
        }
    }
    let missing = copy(&[(rig.server.file("none"), "x")]);
    let fault = rig.acting.before(place(), missing).await.unwrap_err();
    assert!(fault.sentence.contains("none cannot be copied: No such file"), "{fault}");
    let folder = rig.acting.before(place(), copy(&[(rig.home("folder"), "x")])).await.unwrap_err();
    assert!(folder.sentence.ends_with("it is no file"), "{folder}");
}

#[tokio::test]
async fn what_was_put_there_before_one_that_was_refused_is_named() {
    let rig = Rig::new().await;
    let file = rig.server.file("Makefile");
    std::fs::write(&file, "all:").unwrap();
    std::fs::create_dir(rig.home("folder")).unwrap();
    match rig.begin(&copy(&[(file.clone(), "Makefile"), (file, "folder")]), "1.copy").await {
        Begun::Refused(fault) => assert!(fault.sentence.ends_with("name the file in it; put there before it: Makefile"), "{fault}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(std::fs::read_to_string(rig.home("Makefile")).unwrap(), "all:");
}

#[tokio::test]
async fn a_copy_behind_which_ssh_itself_fails_is_looked_for_whatever_ssh_says() {
    let mut rig = Rig::new().await;
    let file = rig.server.file("Makefile");
    std::fs::write(&file, "all:").unwrap();
    // The file is in its place; then ssh ends with its own code, and words that nobody has foreseen.
    let broken = rig.server.file("ssh");
    let script =
        "#!/bin/sh\nssh \"$@\"\necho 'ssh_dispatch_run_fatal: Connection to 10.0.0.1 port 22: incorrect signature' >&2\nexit 255\n";
    std::fs::write(&broken, script).unwrap();
    std::fs::set_permissions(&broken, std::fs::Permissions::from_mode(0o755)).unwrap();
    let action = copy(&[(file, "Makefile")]);
    let usual = rig.use_program(broken);
    assert!(matches!(rig.begin(&action, "1.copy").await, Begun::Unclear(_)));
    rig.use_program(usual);
    assert_eq!(rig.look(&action, "1.copy", None).await, Observed::Ended(Outcome::Done("the file is on shop".into())));
}

#[tokio::test]
async fn a_copy_whose_connection_was_cut_leaves_what_was_there_and_may_be_begun_again() {
    let rig = Rig::new().await;
    let file = rig.server.file("Makefile");
    std::fs::write(&file, vec![b'x'; 100_000]).unwrap();
    std::fs::write(rig.home("Makefile"), "what was there").unwrap();
    rig.server.program("cat", "kill -KILL \"$(ps -o ppid= -p $PPID | tr -d ' ')\"; exec /bin/cat \"$@\"");
    let action = copy(&[(file, "Makefile")]);
    assert!(matches!(rig.begin(&action, "1.copy").await, Begun::Unclear(_)));
    std::fs::remove_file(rig.server.file("bin/cat")).unwrap();
    assert!(matches!(rig.look(&action, "1.copy", None).await, Observed::Unclear(_)));
    rig.clock.0.store(15, Ordering::Relaxed);
    assert_eq!(rig.look(&action, "1.copy", None).await, Observed::NotBegun);
    assert_eq!(std::fs::read_to_string(rig.home("Makefile")).unwrap(), "what was there");
    assert!(matches!(rig.begin(&action, "1.copy").await, Begun::Accepted(_)));
    assert_eq!(std::fs::read(rig.home("Makefile")).unwrap().len(), 100_000);
    assert_eq!(rig.look(&action, "1.copy", None).await, Observed::Ended(Outcome::Done("the file is on shop".into())));
}

#[tokio::test]
async fn a_host_is_reached_or_says_why_not() {
    let rig = Rig::new().await;
    let reached = Action::Reached(Way::Ssh(shop()));
    assert_eq!(rig.look(&reached, "1.reached", None).await, Observed::Ended(Outcome::Done("shop answers".into())));
    rig.server.forget();
    let unknown = rig.look(&reached, "1.reached", None).await;
    assert!(matches!(unknown, Observed::Ended(Outcome::Failed(sentence)) if sentence.contains("connect once by hand")));
}

#[tokio::test]
async fn a_host_that_hangs_holds_up_nothing_for_longer_than_its_patience() {
    // It takes connections and says nothing.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = Destination::new("127.0.0.1").unwrap();
    let options = vec![format!("Port={}", listener.local_addr().unwrap().port())];
    let login = Login { to: to.clone(), config: Some("/dev/null".into()), options };
    let (acting, _, _written) = acting([login], Duration::from_secs(1));
    let action = Action::Run { way: Way::Ssh(to), command: "true".into(), limit: STUCK };
    match acting.begin(place(), action.clone(), Mark("1.run".into())).await {
        Begun::Refused(fault) => assert_eq!(fault.kind, FaultKind::Unreachable),
        other => panic!("{other:?}"),
    }
    let fault = acting.observe(place(), action, Mark("1.run".into()), Baseline::default(), None).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreachable);
}

#[tokio::test]
async fn what_is_not_done_over_ssh_and_marks_that_are_no_file_s_names_are_refused() {
    let rig = Rig::new().await;
    for action in [Action::Restart, Action::Run { way: Way::Ssm, command: "true".into(), limit: STUCK }] {
        assert!(matches!(rig.begin(&action, "1.x").await, Begun::Refused(fault) if fault.kind == FaultKind::Unsupported));
    }
    assert!(matches!(rig.begin(&run("true"), "../x").await, Begun::Refused(fault) if fault.sentence.contains("mark")));
    let no_time = rig.acting.before(place(), run_for("true", Duration::ZERO)).await.unwrap_err();
    assert!(no_time.sentence.contains("no time to run"));
}
