use std::time::Duration;

use super::server::{Server, shop};
use super::{Command, Failure, Limits, Ssh, SshError};
use crate::model::destination::Destination;
use crate::model::fault::FaultKind;

/// Long enough for a slow machine; reached only where something hangs.
const STUCK: Duration = Duration::from_secs(60);

fn sh(script: &'static str) -> Command {
    Command::script(script)
}

async fn run(ssh: &Ssh, command: Command) -> Result<String, SshError> {
    let limits = Limits { time: STUCK, ..Limits::default() };
    ssh.run(&shop(), &command, limits).await.map(|output| output.text().into_owned())
}

#[tokio::test]
async fn a_command_runs_at_a_real_server_by_the_user_s_own_configuration() {
    let server = Server::start().await;
    let ssh = server.ssh("user_key");
    assert_eq!(run(&ssh, sh("printf '%s' \"$1\"").arg("it's $(id); a \"word\"\n")).await.unwrap(), "it's $(id); a \"word\"\n");
    let output = ssh.run(&shop(), &sh("echo told; echo said >&2"), Limits { time: STUCK, ..Limits::default() }).await.unwrap();
    assert_eq!((output.bytes.as_slice(), output.said.as_str()), (b"told\n".as_slice(), "said\n"));
    assert_eq!(run(&ssh, sh("cat; test -t 0 || echo no terminal")).await.unwrap(), "no terminal\n");
}

#[tokio::test]
async fn a_command_that_fails_is_told_by_its_last_line() {
    let server = Server::start().await;
    let error = run(&server.ssh("user_key"), sh("echo one >&2; echo the disk is full >&2; exit 7")).await.unwrap_err();
    assert_eq!(error.to_string(), "the command on shop ended with exit code 7: the disk is full");
    assert!(error.may_have_run());
    assert_eq!(error.fault().kind, FaultKind::Failed);
}

#[tokio::test]
async fn a_host_that_is_unknown_or_has_another_key_is_not_spoken_to() {
    let server = Server::start().await;
    let ssh = server.ssh("user_key");
    server.forget();
    let unknown = run(&ssh, sh("echo")).await.unwrap_err();
    assert_eq!(unknown.failure, Failure::UnknownHostKey("shop".into()));
    assert_eq!((unknown.fault().kind, unknown.may_have_run()), (FaultKind::Denied, false));
    server.know("other_key");
    assert_eq!(run(&ssh, sh("echo")).await.unwrap_err().failure, Failure::ChangedHostKey("shop".into()));
    assert!(std::fs::read_to_string(server.file("known_hosts")).unwrap().lines().count() == 1, "nothing is written there");
}

#[tokio::test]
async fn who_is_not_let_in_is_told_so() {
    let server = Server::start().await;
    let denied = run(&server.ssh("other_key"), sh("echo")).await.unwrap_err();
    assert_eq!(denied.failure, Failure::PermissionDenied("shop".into()));
    assert!(!denied.may_have_run());
}

#[tokio::test]
async fn where_nobody_listens_or_no_name_leads_is_told() {
    let nobody = Ssh { config: Some("/dev/null".into()), options: vec!["Port=1".into()], ..Ssh::default() };
    let limits = Limits { time: STUCK, ..Limits::default() };
    let error = nobody.run(&Destination::new("127.0.0.1").unwrap(), &sh("echo"), limits).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no connection to host 127.0.0.1 port 1: connection refused");
    let error = nobody.run(&Destination::new("nowhere.invalid").unwrap(), &sh("echo"), limits).await.unwrap_err();
    assert_eq!(error.failure, Failure::NoSuchHost("nowhere.invalid".into()));
    let missing = Ssh { program: "no-such-ssh".into(), ..Ssh::default() };
    let error = missing.run(&shop(), &sh("echo"), limits).await.unwrap_err();
    assert_eq!((error.failure, error.to.as_str()), (Failure::NotInstalled, "shop"));
    let wrong = Ssh { options: vec!["Nonsense=1".into()], ..nobody };
    let error = wrong.run(&shop(), &sh("echo"), limits).await.unwrap_err();
    assert!(matches!(&error.failure, Failure::BadSetup(line) if line.contains("nonsense")), "{error}");
}

#[tokio::test]
async fn a_command_is_ended_where_it_tells_too_much_or_takes_too_long() {
    let server = Server::start().await;
    let ssh = server.ssh("user_key");
    let limits = Limits { time: STUCK, bytes: 100_000 };
    let error = ssh.run(&shop(), &sh("yes"), limits).await.unwrap_err();
    assert_eq!(error.failure, Failure::TooMuch { to: "shop".into(), limit: 100_000 });
    let limits = Limits { time: Duration::from_millis(300), bytes: 10 };
    let error = ssh.run(&shop(), &sh("while echo >&2; do sleep 1; done"), limits).await.unwrap_err();
    assert_eq!(error.to_string(), "shop did not finish within 0.3 s");
    assert_eq!((error.fault().kind, error.may_have_run()), (FaultKind::Unreachable, true));
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_it_open_what_the_command_did() {
    let server = Server::start().await;
    let error = run(&server.ssh("user_key"), sh("kill -KILL $PPID")).await.unwrap_err();
    assert!(matches!(error.failure, Failure::Lost { .. }), "{error}");
    assert!(error.may_have_run());
}

#[tokio::test]
async fn lines_come_one_by_one_and_the_end_comes_last() {
    let server = Server::start().await;
    let ssh = server.ssh("user_key");
    let mut lines = ssh.stream(&shop(), &sh("echo one; echo two; while sleep 1; do echo; done")).unwrap();
    for expected in ["one", "two"] {
        let line = tokio::time::timeout(STUCK, lines.next()).await.unwrap().unwrap().unwrap();
        assert_eq!((line.text.as_str(), line.is_cut), (expected, false));
    }
    tokio::time::timeout(STUCK, lines.stop()).await.unwrap();
    let mut lines = ssh.stream(&shop(), &sh("printf last; echo no such container >&2; exit 4")).unwrap();
    assert_eq!(lines.next().await.unwrap().unwrap().text, "last");
    for _ in 0..2 {
        let error = lines.next().await.unwrap_err().to_string();
        assert_eq!(error, "the command on shop ended with exit code 4: no such container");
    }
    let mut lines = ssh.stream(&shop(), &sh("echo well")).unwrap();
    assert_eq!(lines.next().await.unwrap().unwrap().text, "well");
    assert_eq!((lines.next().await.unwrap(), lines.next().await.unwrap()), (None, None));
}

#[tokio::test]
async fn no_option_and_no_configuration_makes_ssh_ask_or_forward() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::write(&config, "Host *\n BatchMode no\n ForwardAgent yes\n ControlMaster auto\n RequestTTY force\n LocalForward 1 x:1\n")
        .unwrap();
    let ssh = Ssh { config: Some(config), options: vec!["BatchMode=no".into(), "User=deploy".into()], ..Ssh::default() };
    let mut arguments = ssh.arguments(&shop(), &Command::new("-G"));
    assert_eq!(arguments[arguments.len() - 3..], ["--", "shop", "-G"]);
    arguments.insert(0, "-G".into());
    let told = std::process::Command::new("ssh").args(arguments).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    for line in ["batchmode yes", "forwardagent no", "controlmaster false", "requesttty false", "clearallforwardings yes", "user deploy"] {
        assert!(told.lines().any(|told| told == line), "{line} is not in\n{told}");
    }
}
