//! The server as a client sees it: over a socket, well and badly behaved.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets what it did not expect should fail there and then")]

use std::time::Duration;

use quarterdeck_sim::moment::{Moment, Present};
use quarterdeck_sim::{Options, Running, ScenarioSource, start};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const WORLD: &str = r#"
[[environment]]
app = "shop"
name = "shop-prod"
region = "eu-west-1"
version = "v1"
instances = 4

[[environment]]
app = "shop"
name = "shop-staging"
region = "eu-west-1"
version = "v2"
health = "basic"
"#;

async fn serve() -> Running {
    let options = Options { scenario: ScenarioSource::Text(WORLD.to_owned()), ..Options::default() };
    start(options).await.unwrap()
}

/// Sends one request; what comes back, as far as it comes.
async fn send(running: &Running, head: &str, body: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(running.addr()).await?;
    let length = body.len();
    let text = format!("{head}\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

async fn aws(running: &Running, service: &str, body: &str) -> std::io::Result<String> {
    let key = &running.accounts()[0].1;
    let signature = "0".repeat(64);
    let head = format!(
        "POST / HTTP/1.1\r\nauthorization: AWS4-HMAC-SHA256 Credential={key}/20261120/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature={signature}"
    );
    send(running, &head, body).await
}

async fn fault(running: &Running, json: &str) {
    let answer = send(running, "POST /_sim/faults HTTP/1.1", json).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn it_lists_what_there_is() {
    let running = serve().await;
    let answer = aws(&running, "elasticbeanstalk", "Action=DescribeEnvironments").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("x-amzn-requestid: "), "{answer}");
    assert!(answer.contains("<EnvironmentName>shop-prod</EnvironmentName>"));
    assert_eq!(answer.matches("<HealthStatus>").count(), 1);
    let world = send(&running, "GET /_sim/world HTTP/1.1", "").await.unwrap();
    assert!(world.contains("\"key\":\"beanstalk:111122223333:eu-west-1:shop-prod\""), "{world}");
    let calls = send(&running, "GET /_sim/calls HTTP/1.1", "").await.unwrap();
    assert!(calls.contains("\"operation\":\"DescribeEnvironments\"") && calls.contains("\"status\":200"), "{calls}");
    running.stop().await;
}

#[tokio::test]
async fn rules_of_state_are_kept() {
    let running = serve().await;
    let update = "Action=UpdateEnvironment&EnvironmentName=shop-prod&VersionLabel=v2";
    let both = format!("{update}&OptionSettings.member.1.Namespace=a&OptionSettings.member.1.OptionName=b&OptionSettings.member.1.Value=c");
    let asked = |body: String| {
        let running = &running;
        async move { aws(running, "elasticbeanstalk", &body).await.unwrap() }
    };
    assert!(asked(both).await.contains("<Code>InvalidParameterCombination</Code>"));
    assert!(asked(update.replace("v2", "v9")).await.contains("No Application Version named &#39;v9&#39; found."));
    assert!(asked(update.to_owned()).await.contains("<Status>Updating</Status>"));
    assert!(
        asked(update.to_owned()).await.contains("Environment named shop-prod is in an invalid state for this operation. Must be Ready.")
    );
    let abort = "Action=AbortEnvironmentUpdate&EnvironmentName=shop-prod";
    assert!(asked(abort.to_owned()).await.starts_with("HTTP/1.1 200"));
    assert!(asked(abort.to_owned()).await.starts_with("HTTP/1.1 400"));
    running.stop().await;
}

#[tokio::test]
async fn a_signature_is_asked_for() {
    let running = serve().await;
    let bare = send(&running, "POST / HTTP/1.1", "Action=DescribeEnvironments").await.unwrap();
    assert!(bare.starts_with("HTTP/1.1 403") && bare.contains("MissingAuthenticationToken"), "{bare}");
    let garbled = send(&running, "POST / HTTP/1.1\r\nauthorization: AWS4-HMAC-SHA256 hm", "").await.unwrap();
    assert!(garbled.starts_with("HTTP/1.1 400") && garbled.contains("IncompleteSignature"), "{garbled}");
    running.stop().await;
}

#[tokio::test]
async fn it_misbehaves_as_asked() {
    let running = serve().await;
    let list = "Action=DescribeEnvironments";
    fault(&running, r#"{"operation":"DescribeEnvironments","kind":"reset"}"#).await;
    let reset = aws(&running, "elasticbeanstalk", list).await.unwrap_err();
    assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
    send(&running, "DELETE /_sim/faults HTTP/1.1", "").await.unwrap();
    fault(&running, r#"{"kind":"truncate","value":40}"#).await;
    let cut = aws(&running, "elasticbeanstalk", list).await.unwrap_or_default();
    assert_eq!(cut.split("\r\n\r\n").nth(1).map(str::len), Some(40), "{cut}");
    send(&running, "DELETE /_sim/faults/2 HTTP/1.1", "").await.unwrap();
    fault(&running, r#"{"kind":"throttle"}"#).await;
    let throttled = aws(&running, "elasticbeanstalk", list).await.unwrap();
    assert!(throttled.starts_with("HTTP/1.1 400") && throttled.contains("<Message>Rate exceeded</Message>"));
    send(&running, "DELETE /_sim/faults HTTP/1.1", "").await.unwrap();
    fault(&running, r#"{"kind":"unreachable"}"#).await;
    let silent = tokio::time::timeout(Duration::from_millis(200), aws(&running, "elasticbeanstalk", list)).await;
    assert!(silent.is_err());
    running.stop().await;
}

#[tokio::test]
async fn a_lost_answer_was_a_call_all_the_same() {
    let running = serve().await;
    fault(&running, r#"{"operation":"RestartAppServer","kind":"lost-answer"}"#).await;
    let restart = "Action=RestartAppServer&EnvironmentName=shop-prod";
    assert!(aws(&running, "elasticbeanstalk", restart).await.is_err());
    let world = send(&running, "GET /_sim/world HTTP/1.1", "").await.unwrap();
    assert!(world.contains("\"kind\":\"restart\""), "{world}");
    running.stop().await;
}

#[tokio::test]
async fn read_only_refuses_and_counts() {
    let running = serve().await;
    send(&running, "POST /_sim/read-only HTTP/1.1", r#"{"on":true}"#).await.unwrap();
    let refused = aws(&running, "elasticbeanstalk", "Action=RestartAppServer&EnvironmentName=shop-prod").await.unwrap();
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    let told = send(&running, "GET /_sim/read-only HTTP/1.1", "").await.unwrap();
    assert!(told.ends_with(r#"{"on":true,"refused":1}"#), "{told}");
    running.stop().await;
}

#[tokio::test]
async fn only_loopback_is_bound() {
    let options = Options { listen: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
    let refused = start(options).await.unwrap_err().to_string();
    assert!(refused.contains("loopback only"), "{refused}");
}

#[tokio::test]
async fn a_present_that_is_held_is_that_of_every_service() {
    let held = Moment::parse("2026-01-05T09:00:00Z").unwrap();
    let options = Options { speed: 100.0, present: Present::Held(held), ..Options::default() };
    let running = start(options).await.unwrap();
    let before = send(&running, "GET /_sim/world HTTP/1.1", "").await.unwrap();
    assert!(aws(&running, "elasticbeanstalk", "Action=DescribeEnvironments").await.unwrap().starts_with("HTTP/1.1 200"));
    for path in ["/user", "/api/v2/me"] {
        let answer = send(&running, &format!("GET {path} HTTP/1.1"), "").await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
    let host = running.hosts().swap_remove(0).2;
    let mut stream = TcpStream::connect(host.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    assert_ne!(stream.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    let after = send(&running, "GET /_sim/world HTTP/1.1", "").await.unwrap();
    assert!(before == after, "the world went on");
    let calls = send(&running, "GET /_sim/calls HTTP/1.1", "").await.unwrap();
    let moments: Vec<&str> = calls.split("\"at\":\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(moments, ["2026-01-05T09:00:00.000Z"; 4]);
    running.stop().await;
}
