//! Apps on hosts as whoever visits them sees them.

#![expect(clippy::unwrap_used, reason = "a test that meets what it did not expect should fail there and then")]

use std::net::SocketAddr;

use quarterdeck_sim::{Options, Running, ScenarioSource, start};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const WORLD: &str = r#"
[[host]]
name = "one"

[[host.app]]
name = "wit"
commit = "1111111111111111111111111111111111111111"
version = "/version"
pages = { "/heartbeat" = "204", "/heartbeat-db" = "503", "/old" = "redirect", "/cut" = "reset", "/odd" = "garbage" }

[[host.app]]
name = "wit-pr-7"
app = "wit"
commit = "2222222222222222222222222222222222222222"
answers = "500"

[[repository]]
name = "towlion/wit"

[[repository.commit]]
number = 7
title = "Open"
at = "-1h"
files = { "a.py" = "A = 1\n" }
comment = [{ body = "Preview deployed: {host:wit-pr-7}", at = "-50m" }]
"#;

async fn serve() -> Running {
    let options = Options { scenario: ScenarioSource::Text(WORLD.to_owned()), ..Options::default() };
    start(options).await.unwrap()
}

/// Asks for a path at an address: the answer as far as it comes.
async fn get(url: &str, path: &str) -> std::io::Result<String> {
    request(url, &format!("GET {path} HTTP/1.1"), "").await
}

async fn request(url: &str, line: &str, body: &str) -> std::io::Result<String> {
    let address: SocketAddr = url.strip_prefix("http://").unwrap().parse().unwrap();
    let mut stream = TcpStream::connect(address).await?;
    let text = format!("{line}\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn url(running: &Running, name: &str) -> String {
    running.hosts().into_iter().find(|(_, known, _)| known == name).unwrap().2
}

fn json(answer: &str) -> Value {
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn each_app_answers_at_an_address_of_its_own() {
    let running = serve().await;
    let (wit, preview) = (url(&running, "wit"), url(&running, "wit-pr-7"));
    assert_ne!(wit, preview);
    let well = get(&wit, "/health").await.unwrap();
    assert!(well.starts_with("HTTP/1.1 200") && well.ends_with("{\"status\":\"ok\"}"), "{well}");
    assert_eq!(json(&get(&wit, "/version").await.unwrap())["commit"], "1111111111111111111111111111111111111111");
    for (path, status) in
        [("/heartbeat", "204"), ("/heartbeat-db", "503"), ("/old", "302"), ("/odd", "200"), ("/none", "404"), ("/", "200")]
    {
        let answer = get(&wit, path).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
    }
    assert!(get(&wit, "/old").await.unwrap().contains(&format!("location: {wit}/login")));
    assert!(get(&wit, "/cut").await.is_err());
    assert!(get(&preview, "/health").await.unwrap().starts_with("HTTP/1.1 500"));
    running.stop().await;
}

#[tokio::test]
async fn the_truth_names_the_address_and_a_comment_does_too() {
    let running = serve().await;
    let preview = url(&running, "wit-pr-7");
    let world = json(&get(&running.url(), "/_sim/world").await.unwrap());
    let rows = world["environments"].as_array().unwrap();
    let row = rows.iter().find(|row| row["key"] == "host:one:-:wit-pr-7").unwrap();
    assert_eq!((row["platform"].as_str(), row["account"].as_str(), &row["region"]), (Some("host"), Some("one"), &Value::Null));
    assert_eq!((row["url"].as_str(), row["tier"].as_str(), row["app"].as_str()), (Some(preview.as_str()), Some("preview"), Some("wit")));
    assert_eq!((row["health"]["level"].as_str(), row["instances"]["healthy"].as_u64()), (Some("severe"), Some(0)));
    let (base, token) = running.github().unwrap();
    let line = format!("GET /repos/towlion/wit/issues/7/comments HTTP/1.1\r\nauthorization: Bearer {token}");
    let comments = json(&request(&base, &line, "").await.unwrap());
    assert_eq!(comments[0]["body"], format!("Preview deployed: {preview}"));
    running.stop().await;
}

#[tokio::test]
async fn faults_and_calls_know_the_service_host() {
    let running = serve().await;
    let wit = url(&running, "wit");
    for (fault, expected) in [
        (r#"{"service":"host","kind":"status","value":502}"#, Some("HTTP/1.1 502")),
        (r#"{"service":"host","account":"one","operation":"GET /health","kind":"garbage"}"#, Some("HTTP/1.1 200")),
        (r#"{"service":"host","account":"two","kind":"reset"}"#, Some("HTTP/1.1 200")),
        (r#"{"service":"host","kind":"reset"}"#, None),
    ] {
        let number = json(&request(&running.url(), "POST /_sim/faults HTTP/1.1", fault).await.unwrap())["id"].clone();
        let answer = get(&wit, "/health").await;
        assert_eq!(answer.ok().map(|answer| answer[..12].to_owned()).as_deref(), expected, "{fault}");
        request(&running.url(), &format!("DELETE /_sim/faults/{number} HTTP/1.1"), "").await.unwrap();
    }
    let calls = json(&get(&running.url(), "/_sim/calls").await.unwrap());
    let calls = calls["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 4);
    assert_eq!((calls[0]["service"].as_str(), calls[0]["operation"].as_str()), (Some("host"), Some("GET /health")));
    assert_eq!(
        (&calls[0]["status"], calls[0]["account"].as_str(), &calls[0]["write"]),
        (&Value::from(502), Some("one"), &Value::Bool(false))
    );
    assert_eq!(calls[3]["status"], Value::Null);
    running.stop().await;
}
