//! Asks the machines of a cloud what runs on them: over SSH, or for a page of theirs.

use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::http::{Page, Prober as Http};
use crate::model::clock::Stamp;
use crate::model::compute::Site;
use crate::model::fault::{Fault, FaultKind};
use crate::model::host::Login;
use crate::ops::limit::{BudgetKey, Limiter};
use crate::ops::port::{Inquiry, Machines as Port};
use crate::ssh::{Command, Limits, Ssh};

/// How long a command may take beyond the connection.
const ANSWER: Duration = Duration::from_secs(10);
/// How much a machine may say before its version.
const MOST: usize = 64 * 1024;
/// How many characters of a line are a version.
const LONGEST: usize = 300;

/// Asks machines.
pub struct Machines {
    http: Http,
    ssh: Ssh,
    patience: Duration,
    limiter: Limiter,
}

impl Machines {
    /// Waits for a connection, or for a page, for no longer than `patience`.
    #[must_use]
    pub fn new(http: Http, patience: Duration, limiter: Limiter) -> Self {
        Self { http, ssh: Ssh { patience, ..Ssh::default() }, patience, limiter }
    }

    async fn inquire(&self, site: Site, inquiry: Inquiry) -> (Stamp, Result<String, Fault>) {
        let api = match &inquiry {
            Inquiry::Command { .. } => "ssh",
            Inquiry::Page { .. } => "http",
        };
        // Paces what is asked of one place; no API's quota is spent.
        let stamp = self.limiter.pass(&BudgetKey { connection: site.connection, region: Some(site.region), api }).await;
        let told = match inquiry {
            Inquiry::Command { to, command } => self.run(to, &command).await,
            Inquiry::Page { address, key } => self.page(&address, key.as_deref()).await,
        };
        (stamp, told)
    }

    async fn run(&self, Login { to, config, options }: Login, command: &str) -> Result<String, Fault> {
        let limits = Limits { time: self.patience + ANSWER, bytes: MOST };
        let ssh = Ssh { config, options, ..self.ssh.clone() };
        let told = ssh.run(&to, &Command::new("sh").arg("-c").arg(command), limits).await.map_err(|error| error.fault())?;
        last_line(&told.text()).ok_or_else(|| Fault::new(FaultKind::Malformed, format!("the command on {to} printed nothing")))
    }

    async fn page(&self, address: &str, key: Option<&str>) -> Result<String, Fault> {
        let page = Page::new(address).map_err(|why| Fault::new(FaultKind::Refused, format!("{address} cannot be asked: {why}")))?;
        let malformed = |what: &str| Fault::new(FaultKind::Malformed, format!("{address} {what}"));
        let answer =
            self.http.get(&page, self.patience).await.map_err(|none| none.fault(&format!("{} of {}", page.word(), page.host())))?;
        if answer.status != 200 {
            let sentence = format!("{address} answers with {}: its version is asked for with version_url", answer.status);
            return Err(Fault::new(FaultKind::Failed, sentence));
        }
        let body = String::from_utf8_lossy(&answer.body);
        let Some(key) = key else { return last_line(&body).ok_or_else(|| malformed("answers with nothing")) };
        let told: serde_json::Value = serde_json::from_str(&body).map_err(|_| malformed("answers with something that is not JSON"))?;
        let told = key.split('.').try_fold(&told, |within, part| within.get(part)).and_then(serde_json::Value::as_str);
        told.and_then(last_line).ok_or_else(|| malformed(&format!("has no text under the key {key}: correct version_key")))
    }
}

/// The last line that says anything.
fn last_line(text: &str) -> Option<String> {
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    Some(last.chars().take(LONGEST).collect())
}

impl Port for Machines {
    fn ask(&self, site: Site, inquiry: Inquiry) -> BoxFuture<'_, (Stamp, Result<String, Fault>)> {
        Box::pin(self.inquire(site, inquiry))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::http::Trust;
    use crate::model::clock::Timestamp;
    use crate::ops::clock::{Clock, Stamps};
    use crate::ssh::server::{Server, shop};

    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    fn machines() -> Machines {
        let limiter = Limiter::new(Stamps::new(Arc::new(Fixed)));
        Machines::new(Http::new(Trust::Machine), Duration::from_secs(5), limiter)
    }

    async fn ask(inquiry: Inquiry) -> Result<String, String> {
        let site = Site { connection: "test".into(), region: "us-west-2".into() };
        machines().ask(site, inquiry).await.1.map_err(|fault| fault.sentence.to_string())
    }

    /// What is told of a page that answers so.
    async fn page(status: &'static str, body: &'static str, key: Option<&str>) -> Result<String, String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/version", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4_096]).await.unwrap();
            let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        ask(Inquiry::Page { address, key: key.map(Arc::from) }).await
    }

    #[tokio::test]
    async fn a_page_tells_its_version_or_why_it_does_not() {
        assert_eq!(page("200 OK", "  v7 \n\n", None).await, Ok("v7".to_owned()));
        assert_eq!(page("200 OK", "{\"build\": {\"commit\": \"8a52aea\"}}", Some("build.commit")).await, Ok("8a52aea".to_owned()));
        for (status, body, key, why) in [
            ("200 OK", "{\"build\": 7}", Some("build"), "has no text under the key build: correct version_key"),
            ("200 OK", "v7", Some("build"), "answers with something that is not JSON"),
            ("200 OK", "", None, "answers with nothing"),
            ("404 Not Found", "v7", None, "answers with 404"),
        ] {
            let told = page(status, body, key).await.unwrap_err();
            assert!(told.contains(why), "{told}");
        }
        assert!(ask(Inquiry::Page { address: "ftp://x".into(), key: None }).await.unwrap_err().contains("cannot be asked"));
    }

    /// The server, as this configuration has it.
    fn login(ssh: Ssh) -> Login {
        Login { to: shop(), config: ssh.config, options: ssh.options }
    }

    /// A real sshd, and the configuration of ssh that is named for it: what the command prints last is the version.
    #[tokio::test]
    async fn a_command_tells_its_version_over_ssh_or_why_it_does_not() {
        let server = Server::start().await;
        let all = login(server.ssh("user_key"));
        let ask = async |to: &Login, command: &str| {
            let site = Site { connection: "test".into(), region: "us-west-2".into() };
            let inquiry = Inquiry::Command { to: to.clone(), command: command.into() };
            machines().ask(site, inquiry).await.1.map_err(|fault| (fault.kind, fault.sentence.to_string()))
        };
        assert_eq!(ask(&all, "echo login banner; printf ' v7 \\n\\n'").await, Ok("v7".to_owned()));
        // Quotes and what is in them reach the machine's shell as they are written in the configuration.
        assert_eq!(ask(&all, "printf '%s\\n' '{{json .RepoDigests}}' | cut -c 3-6").await, Ok("json".to_owned()));
        for (command, kind, says) in [
            ("true", FaultKind::Malformed, "the command on shop printed nothing"),
            ("echo no such container >&2; exit 3", FaultKind::Failed, "no such container"),
        ] {
            let (told, sentence) = ask(&all, command).await.unwrap_err();
            assert!(told == kind && sentence.contains(says), "{told:?}: {sentence}");
        }
        let stranger = login(server.ssh("other_key"));
        assert_eq!(ask(&stranger, "echo v7").await.unwrap_err().0, FaultKind::Denied);
        let all = login(server.ssh("user_key"));
        // An option counts as well, and one that is wrong is said by ssh.
        let elsewhere = Login { options: vec!["HostKeyAlias=elsewhere".to_owned()], ..all.clone() };
        assert!(ask(&elsewhere, "echo v7").await.unwrap_err().1.contains("host key"));
        server.forget();
        let (kind, sentence) = ask(&all, "echo v7").await.unwrap_err();
        assert!(kind == FaultKind::Denied && sentence.contains("host key"), "{sentence}");
    }
}
