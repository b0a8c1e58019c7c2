//! A small world with a repository, and a client that knows nothing of it.

use std::path::PathBuf;
use std::time::Duration;

use quarterdeck_sim::{Options, Running, ScenarioSource, start};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A shop with staging and production in two regions; a run waits for both.
pub const WORLD: &str = include_str!("shop.toml");

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub text: String,
    pub body: Value,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<String> {
        let line = self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.map(str::to_owned)
    }
}

/// A simulated cloud and the way into its GitHub.
pub struct Server {
    running: Running,
    token: String,
}

impl Server {
    pub async fn start(world: &str, speed: f64) -> Self {
        Self::of(Options { scenario: ScenarioSource::Text(world.to_owned()), speed, ..Options::default() }).await
    }

    pub async fn with_git(world: &str, git: &str) -> Self {
        Self::of(Options { scenario: ScenarioSource::Text(world.to_owned()), git: git.into(), ..Options::default() }).await
    }

    pub async fn built_in(name: &str) -> Self {
        Self::of(Options { scenario: ScenarioSource::BuiltIn(name.to_owned()), ..Options::default() }).await
    }

    async fn of(options: Options) -> Self {
        let running = start(options).await.unwrap();
        let token = running.github().map(|(_, token)| token).unwrap_or_default();
        Self { running, token }
    }

    pub fn address(&self) -> String {
        self.running.addr().to_string()
    }

    pub fn folder(&self) -> Option<PathBuf> {
        self.running.folder()
    }

    /// Sends one request; what comes back, as far as it comes.
    pub async fn raw(&self, head: &str, body: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(self.running.addr()).await?;
        let (length, host) = (body.len(), self.running.addr());
        let text = format!("{head}\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.write_all(text.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    pub async fn send(&self, method: &str, path: &str, header: &str, body: &str) -> std::io::Result<Answer> {
        let header = if header.is_empty() { String::new() } else { format!("\r\n{header}") };
        let head = format!("{method} {path} HTTP/1.1\r\nauthorization: Bearer {}{header}", self.token);
        let answer = self.raw(&head, body).await?;
        let (head, text) = answer.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        let body = serde_json::from_str(text).unwrap_or(Value::Null);
        Ok(Answer { status, head: head.to_owned(), text: text.to_owned(), body })
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "", "").await.unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, "content-type: application/json", &body.to_string()).await.unwrap()
    }

    /// Its own interface.
    pub async fn sim(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, path, "", &body).await.unwrap().body
    }

    pub async fn world(&self) -> Value {
        self.sim("GET", "/_sim/world", &Value::Null).await
    }

    /// The run that waits.
    pub async fn waiting(&self, repository: &str) -> u64 {
        let runs = self.get(&format!("/repos/{repository}/actions/runs?status=waiting")).await.body;
        runs["workflow_runs"][0]["id"].as_u64().unwrap()
    }

    /// The truth about a run.
    pub async fn row(&self, id: u64) -> Value {
        run(&self.world().await, id).clone()
    }

    /// The world once something holds in it.
    pub async fn until(&self, holds: impl Fn(&Value) -> bool + Sync) -> Value {
        let look = async {
            loop {
                let world = self.world().await;
                if holds(&world) {
                    return world;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), look).await.unwrap()
    }

    pub async fn stop(self) {
        self.running.stop().await;
    }
}

/// The truth about a run.
pub fn run(world: &Value, id: u64) -> &Value {
    world["runs"].as_array().unwrap().iter().find(|run| run["id"] == id).unwrap()
}

/// The truth about an environment.
pub fn environment<'a>(world: &'a Value, name: &str, region: &str) -> &'a Value {
    world["environments"].as_array().unwrap().iter().find(|row| row["name"] == name && row["region"] == region).unwrap()
}
