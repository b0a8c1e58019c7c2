//! A server with canned answers, so that tests run the real SDKs on raw bodies.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Access, Account, Beanstalk, Clients, ConnectionSettings, Keys};
use crate::model::clock::Timestamp;
use crate::model::id::{Connection, Platform, Region};
use crate::model::sighting::{Observation, Scope, Sighting};
use crate::ops::clock::{Clock, Stamps};
use crate::ops::limit::Limiter;
use crate::ops::port::{Ask, Source};

/// One answer.
#[derive(Clone)]
pub enum Reply {
    /// Status, content type, body.
    Http(u16, &'static str, String),
    /// Status, further headers, body.
    With(u16, &'static str, String),
    /// The announced length is longer than the body.
    Cut(String),
    /// The connection is reset.
    Reset,
    /// There is no answer.
    Silence,
}

/// A 200 with this XML.
pub fn xml(body: impl Into<String>) -> Reply {
    Reply::Http(200, "text/xml", body.into())
}

/// An awsQuery error.
pub fn error(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    );
    Reply::Http(status, "text/xml", body)
}

/// The server; it answers in the given order and repeats the last answer.
pub struct Canned {
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

/// What a request asks for.
pub struct Asked {
    /// The region that it is signed for.
    pub region: String,
    /// Such as `DescribeInstances`.
    pub operation: String,
    /// Its body.
    pub body: String,
}

impl Asked {
    fn read(head: &str, body: &str) -> Self {
        let target = head.lines().find_map(|line| line.to_ascii_lowercase().starts_with("x-amz-target:").then(|| line.rsplit('.').next()));
        let action = body.split('&').find_map(|part| part.strip_prefix("Action="));
        let operation = action.or_else(|| target.flatten().map(str::trim)).unwrap_or_default();
        let region = head.split_once("Credential=").and_then(|(_, scope)| scope.split('/').nth(2)).unwrap_or_default();
        Self { region: region.to_owned(), operation: operation.to_owned(), body: body.to_owned() }
    }
}

impl Canned {
    /// One that answers each request by what it asks for, several at once.
    pub async fn by(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (log, reply) = (Arc::clone(&asked), Arc::new(reply));
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (log, reply) = (Arc::clone(&log), Arc::clone(&reply));
                tokio::spawn(async move {
                    let (head, body) = request(&mut stream).await;
                    let asked = Asked::read(&head, &body);
                    log.lock().unwrap().push(format!("{} {}", asked.region, asked.operation));
                    send(&mut stream, reply(&asked)).await;
                });
            }
        });
        Self { url, asked }
    }

    pub async fn serve(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let number = log.lock().unwrap().len();
                let reply = replies.get(number).or(replies.last()).unwrap().clone();
                answer(stream, reply, &log).await;
            }
        });
        Self { url, asked }
    }

    /// The requests so far: their bodies, or what they asked for where and what.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(mut stream: TcpStream, reply: Reply, log: &Mutex<Vec<String>>) {
    if matches!(reply, Reply::Reset) {
        stream.readable().await.unwrap();
        log.lock().unwrap().push(String::new());
        // Closing with unread bytes resets the connection.
        return;
    }
    let (_, body) = request(&mut stream).await;
    log.lock().unwrap().push(body);
    send(&mut stream, reply).await;
}

async fn send(stream: &mut TcpStream, reply: Reply) {
    if matches!(reply, Reply::Silence) {
        std::future::pending::<()>().await;
    }
    let head = |status: u16, headers: &str, length: usize| {
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n")
    };
    let text = match reply {
        Reply::Http(status, kind, body) => head(status, &format!("content-type: {kind}\r\n"), body.len()) + &body,
        Reply::With(status, headers, body) => head(status, headers, body.len()) + &body,
        Reply::Cut(body) => head(200, "", body.len() + 100) + &body,
        Reply::Reset | Reply::Silence => String::new(),
    };
    stream.write_all(text.as_bytes()).await.unwrap();
    let _ = stream.shutdown().await;
}

/// The head and the body of a request.
async fn request(stream: &mut TcpStream) -> (String, String) {
    let mut read = Vec::new();
    let mut part = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
            if body.len() >= length.map_or(0, |length| length.trim().parse().unwrap()) {
                return (head.to_owned(), body.to_owned());
            }
        }
        let count = stream.read(&mut part).await.unwrap();
        assert!(count > 0, "the client hung up");
        read.extend_from_slice(&part[..count]);
    }
}

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// Full budgets, and no waiting for turns.
pub fn limiter() -> Limiter {
    let limiter = Limiter::new(Stamps::new(Arc::new(Fixed)));
    limiter.space_turns(Duration::ZERO);
    limiter
}

/// Adapters on a canned server.
pub struct Rig {
    pub server: Canned,
    pub limiter: Limiter,
    pub clients: Clients,
    pub beanstalk: Beanstalk,
    pub account: Account,
    pub connection: Connection,
}

impl Rig {
    pub async fn new(replies: Vec<Reply>) -> Self {
        Self::with_regions(replies, None).await
    }

    pub async fn with_regions(replies: Vec<Reply>, regions: Option<Vec<Region>>) -> Self {
        Self::with(replies, |settings| settings.regions = regions).await
    }

    /// With other settings of the connection.
    pub async fn with(replies: Vec<Reply>, change: impl FnOnce(&mut ConnectionSettings)) -> Self {
        let server = Canned::serve(replies).await;
        let keys =
            Keys { access_key: "AKIDEXAMPLE".into(), secret: "secret-of-the-test".into(), session: Some("session-of-the-test".into()) };
        let access = Access { endpoint: Some(server.url.clone()), keys: Some(keys), isolated: true };
        let connection = Connection::from("test");
        let mut settings = ConnectionSettings { connection: connection.clone(), access, ..ConnectionSettings::default_chain() };
        change(&mut settings);
        let limiter = limiter();
        let clients = Clients::new([settings], limiter.clone());
        let beanstalk = Beanstalk::new(clients.clone(), limiter.clone());
        let account = Account::new(clients.clone(), limiter.clone());
        Self { server, limiter, clients, beanstalk, account, connection }
    }

    pub async fn read(&self, ask: Ask) -> Observation {
        let (connection, region) = (self.connection.clone(), Some(Region::from("us-west-1")));
        let scope = Scope { platform: Platform::Beanstalk, connection, region };
        let told = self.beanstalk.read(Arc::new(scope), ask).await;
        assert_eq!(self.limiter.calls().total, self.server.asked().len() as u64, "one request for each pass");
        told
    }

    pub async fn see(&self, ask: Ask) -> Sighting {
        match self.read(ask).await {
            Observation::Seen(sighting) => sighting,
            Observation::Failed(failure) => panic!("{:?}", failure.fault),
        }
    }

    pub async fn fail(&self, ask: Ask) -> crate::model::fault::Fault {
        match self.read(ask).await {
            Observation::Seen(sighting) => panic!("{sighting:?}"),
            Observation::Failed(failure) => failure.fault,
        }
    }
}
