//! A simulated cloud for one test, with its `/_sim/` interface.

use quarterdeck::aws::{Access, ConnectionSettings, Keys};
use quarterdeck::cli::World;
use quarterdeck::config::Settings;
use quarterdeck::shell::Ways;
use quarterdeck_sim::moment::{Moment, Present};
use quarterdeck_sim::{Options, Running, ScenarioSource};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A simulated cloud that runs for as long as this lives.
pub struct Sim {
    running: Running,
}

impl Sim {
    /// A world from a scenario's text.
    pub async fn of(text: &str, speed: f64) -> Self {
        Self::start(ScenarioSource::Text(text.to_owned()), speed).await
    }

    /// A built-in world.
    pub async fn built_in(name: &str) -> Self {
        Self::start(ScenarioSource::BuiltIn(name.to_owned()), 1.0).await
    }

    /// The demo's world, so many times faster than ours.
    pub async fn demo(speed: f64) -> Self {
        Self::start(ScenarioSource::BuiltIn("default".to_owned()), speed).await
    }

    /// The demo's world at a moment that does not pass, in milliseconds since 1970.
    pub async fn demo_at(millis: i64) -> Self {
        let present = Present::Held(Moment::from_millis(millis));
        Self { running: quarterdeck_sim::start(Options { present, ..Options::default() }).await.unwrap() }
    }

    async fn start(scenario: ScenarioSource, speed: f64) -> Self {
        let running = quarterdeck_sim::start(Options { scenario, speed, ..Options::default() }).await.unwrap();
        Self { running }
    }

    /// The ways into it, isolated from this machine's own configuration.
    pub fn connections(&self) -> Vec<ConnectionSettings> {
        let connection = |(number, (_, access_key, secret)): (usize, (String, String, String))| ConnectionSettings {
            connection: format!("sim-{number}").into(),
            access: Access { endpoint: Some(self.running.url()), keys: Some(Keys { access_key, secret, session: None }), isolated: true },
            ..ConnectionSettings::default_chain()
        };
        self.running.accounts().into_iter().enumerate().map(connection).collect()
    }

    /// The variables that lead a program into its first account.
    pub fn variables(&self) -> Vec<(String, String)> {
        let access = self.connections().swap_remove(0).access;
        let keys = access.keys.unwrap();
        let named = [
            ("AWS_ENDPOINT_URL", access.endpoint.unwrap()),
            ("AWS_ACCESS_KEY_ID", keys.access_key),
            ("AWS_SECRET_ACCESS_KEY", keys.secret),
        ];
        named.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    /// What goes with a built-in world, as the demo has it: the configuration, and the ways in.
    pub fn demonstrated(&self, name: &str) -> (Settings, Ways) {
        let settings = quarterdeck::config::parse(&self.configuration(name), "the world's configuration");
        let settings = settings.unwrap_or_else(|findings| panic!("{findings}"));
        let ways = quarterdeck::cli::demo::ways(&settings, &self.running);
        (settings, ways)
    }

    /// The text of that configuration.
    pub fn configuration(&self, name: &str) -> String {
        let world = World { scenario: Some(name.to_owned()), seed: None, speed: 1.0 };
        quarterdeck::cli::sim::configuration::of(&world, &self.running).text
    }

    /// Where it is, and the access key and the secret of its first account.
    pub fn account(&self) -> (String, String, String) {
        let (_, access_key, secret) = self.running.accounts().swap_remove(0);
        (self.running.url(), access_key, secret)
    }

    /// The access keys and secrets of its accounts, in their order.
    pub fn accounts(&self) -> Vec<(String, String)> {
        self.running.accounts().into_iter().map(|(_, access_key, secret)| (access_key, secret)).collect()
    }

    /// Where its GitHub is, and the token, where the world has repositories.
    pub fn github(&self) -> Option<(String, String)> {
        self.running.github()
    }

    /// Deletes a run of its GitHub, which goes only once it is cancelled.
    pub async fn delete_run(&self, repository: &str, run: u64) {
        let (_, token) = self.github().unwrap();
        let (path, token) = (format!("/repos/{repository}/actions/runs/{run}"), format!("authorization: Bearer {token}\r\n"));
        let _ = self.send("POST", &format!("{path}/cancel"), &token, "").await;
        let _ = self.send("DELETE", &path, &token, "").await;
    }

    /// Where its CircleCI is, and the token, where the world has projects.
    pub fn circleci(&self) -> Option<(String, String)> {
        self.running.circleci()
    }

    /// Runs a workflow of its CircleCI again, as somebody else would.
    pub async fn rerun_workflow(&self, id: &str) {
        let (_, token) = self.circleci().unwrap();
        let _ = self.send("POST", &format!("/api/v2/workflow/{id}/rerun"), &format!("circle-token: {token}\r\n"), "{}").await;
    }

    /// Writes to its GitHub, as somebody else at another desk would.
    pub async fn post_github(&self, path: &str, body: &Value) {
        let (_, token) = self.github().unwrap();
        let _ = self.send("POST", path, &format!("authorization: Bearer {token}\r\n"), &body.to_string()).await;
    }

    /// Asks its GitHub, whatever that answers.
    pub async fn get_github(&self, path: &str) {
        let (_, token) = self.github().unwrap();
        let mut stream = TcpStream::connect(self.running.addr()).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await.unwrap();
    }

    /// Asks its own interface.
    pub async fn get(&self, path: &str) -> Value {
        self.request("GET", path, "").await
    }

    /// The changes that it was asked for, in their order. To tell what an instance runs is a command as well, and no change.
    pub async fn changes(&self) -> Vec<String> {
        self.writes().await.into_iter().filter(|operation| operation != "SendCommand").collect()
    }

    /// Everything that it counts as a write, in its order.
    pub async fn writes(&self) -> Vec<String> {
        let told = self.get("/_sim/calls").await;
        let calls = told["calls"].as_array().unwrap().iter();
        calls.filter(|call| call["write"] == json!(true)).map(|call| call["operation"].as_str().unwrap().to_owned()).collect()
    }

    /// How an environment of this name is in truth.
    pub async fn truth(&self, name: &str) -> Value {
        let world = self.get("/_sim/world").await;
        let found = world["environments"].as_array().unwrap().iter().find(|row| row["name"] == json!(name));
        found.unwrap_or_else(|| panic!("{name} is not there")).clone()
    }

    /// The version that an environment of this name runs in truth.
    pub async fn version(&self, name: &str) -> String {
        self.truth(name).await["version"]["label"].as_str().unwrap().to_owned()
    }

    /// What of its read-only switch was tried: how many writes it has refused.
    pub async fn refused(&self) -> u64 {
        self.get("/_sim/read-only").await["refused"].as_u64().unwrap()
    }

    /// Tells its own interface.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        self.request("POST", path, &body.to_string()).await
    }

    /// Takes something back.
    pub async fn delete(&self, path: &str) {
        let _ = self.request("DELETE", path, "").await;
    }

    async fn request(&self, method: &str, path: &str, body: &str) -> Value {
        self.send(method, path, "", body).await
    }

    async fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Value {
        let mut stream = TcpStream::connect(self.running.addr()).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\n{headers}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let text = String::from_utf8(answer).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {head}");
        serde_json::from_str(body).unwrap_or(Value::Null)
    }
}
