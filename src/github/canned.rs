//! A server with canned answers, so that tests run the real client on raw bodies.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{GitHub, GitHubSettings, Token};
use crate::model::clock::Timestamp;
use crate::model::fault::Fault;
use crate::model::forge::{News, Topic};
use crate::model::id::Repository;
use crate::ops::clock::{Clock, Stamps};
use crate::ops::limit::Limiter;
use crate::ops::port::Forge;

/// One answer.
#[derive(Clone)]
pub enum Reply {
    /// Status, further headers, body.
    With(u16, String, String),
    /// The announced length is longer than the body; status, further headers, body.
    Cut(u16, String, String),
    /// The connection is reset.
    Reset,
    /// There is no answer.
    Silence,
}

/// A 200 with this JSON.
pub fn json(body: impl fmt::Display) -> Reply {
    with(200, &[], body)
}

/// A 200 with this JSON and an `ETag`.
pub fn tagged(etag: &str, body: impl fmt::Display) -> Reply {
    with(200, &[("etag", &format!("\"{etag}\""))], body)
}

/// An answer with these headers. `HOST` in them is the server's own address.
pub fn with(status: u16, headers: &[(&str, &str)], body: impl fmt::Display) -> Reply {
    let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    Reply::With(status, headers, format!("{body}"))
}

/// One request, as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET /repos/o/r HTTP/1.1` and the headers.
    pub head: String,
    pub body: String,
}

impl Asked {
    /// `GET /repos/o/r`.
    pub fn line(&self) -> &str {
        self.head.split(" HTTP/").next().unwrap()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = |line: &&str| line.split(':').next().is_some_and(|own| own.eq_ignore_ascii_case(name));
        Some(self.head.lines().skip(1).find(same)?.split_once(':')?.1.trim())
    }
}

/// The server; it answers in the given order and repeats the last answer.
pub struct Canned {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Canned {
    pub async fn serve(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (log, host) = (Arc::clone(&asked), url.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let number = log.lock().unwrap().len();
                let reply = replies.get(number).or(replies.last()).unwrap().clone();
                answer(stream, reply, &log, &host).await;
            }
        });
        Self { url, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// `GET /repos/o/r` of every request so far.
    pub fn lines(&self) -> Vec<String> {
        self.asked().iter().map(|asked| asked.line().to_owned()).collect()
    }
}

async fn answer(mut stream: TcpStream, reply: Reply, log: &Mutex<Vec<Asked>>, host: &str) {
    let asked = request(&mut stream).await;
    log.lock().unwrap().push(asked);
    let head = |status: u16, headers: &str, length: usize| {
        let headers = headers.replace("HOST", host);
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n")
    };
    let text = match reply {
        Reply::With(304, headers, _) => head(304, &headers, 0),
        Reply::With(status, headers, body) => head(status, &headers, body.len()) + &body,
        Reply::Cut(status, headers, body) => head(status, &headers, body.len() + 100) + &body,
        Reply::Reset => {
            stream.set_zero_linger().unwrap();
            return;
        }
        Reply::Silence => std::future::pending().await,
    };
    // A client that has given up is no failure of the server's.
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn request(stream: &mut TcpStream) -> Asked {
    let mut read = Vec::new();
    let mut part = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let asked = Asked { head: head.to_owned(), body: body.to_owned() };
            if body.len() >= asked.header("content-length").map_or(0, |length| length.parse().unwrap()) {
                return asked;
            }
        }
        let count = stream.read(&mut part).await.unwrap();
        assert!(count > 0, "the client hung up");
        read.extend_from_slice(&part[..count]);
    }
}

pub struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_000).unwrap()
    }
}

/// The adapter on a canned server.
pub struct Rig {
    pub server: Canned,
    pub limiter: Limiter,
    pub github: GitHub,
    pub repository: Repository,
}

impl Rig {
    pub async fn new(replies: Vec<Reply>) -> Self {
        Self::at(replies, "").await
    }

    /// With the API below a path.
    pub async fn at(replies: Vec<Reply>, path: &str) -> Self {
        // Patient where an answer comes, however busy the machine is.
        let silent = replies.iter().any(|reply| matches!(reply, Reply::Silence));
        let server = Canned::serve(replies).await;
        let base = format!("{}{path}", server.url);
        let stamps = Stamps::new(Arc::new(Fixed));
        let limiter = Limiter::new(stamps.clone());
        let mut settings = GitHubSettings::new(Some(base), Token::known("secret-of-the-test"));
        settings.timeout = if silent { Duration::from_millis(500) } else { Duration::from_secs(30) };
        let github = GitHub::new(settings, limiter.clone(), stamps);
        Self { server, limiter, github, repository: "o/r".into() }
    }

    pub async fn read(&self, topic: Topic) -> Result<News, Fault> {
        let report = self.github.ask(self.repository.clone(), topic, None).await;
        assert_eq!(self.limiter.calls().total, self.server.asked().len() as u64, "each request is counted once");
        report.news
    }

    pub async fn see(&self, topic: Topic) -> News {
        self.read(topic).await.unwrap_or_else(|fault| panic!("{fault:?}"))
    }

    pub async fn fail(&self, topic: Topic) -> Fault {
        match self.read(topic).await {
            Err(fault) => fault,
            Ok(news) => panic!("{news:?}"),
        }
    }
}
