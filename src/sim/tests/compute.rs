//! EC2 and Elastic Load Balancing as a client sees them: real filters, pages, refusals.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets what it did not expect should fail there and then")]

use quarterdeck_sim::{Options, Running, ScenarioSource, start};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const WORLD: &str = r#"
[[environment]]
app = "till"
name = "till-prod"
region = "eu-west-1"
version = "v1"
instances = 2

[[target-group]]
name = "shop-prod"
region = "eu-west-1"
protocol = "HTTP"
tags = { Project = "shop" }

[[target-group.instance]]
count = 3
commit = "1111111111111111111111111111111111111111"
tags = { environment = "production" }

[[instance]]
name = "mongo"
region = "eu-west-1"
protected = true
tags = { Environment = "production" }

[[instance]]
name = "unwell"
region = "eu-west-1"
target_groups = ["shop-prod"]
answers = "503"
tags = { environment = "Production" }

[[image-repository]]
name = "till"
region = "eu-west-1"
index = true

[[image-repository.image]]
commit = "1111111111111111111111111111111111111111"
pushed = "-3d"
tags = ["latest", "old"]

[[image-repository.image]]
commit = "2222222222222222222222222222222222222222"
pushed = "-2d"
tags = ["latest"]

[[instance]]
name = "till-1"
region = "eu-west-1"
image = "till"
tag = "latest"
commit = "1111111111111111111111111111111111111111"
files = { "/srv/version" = "v7\n" }

[[instance]]
name = "alone"
region = "eu-west-1"
managed = false

[[elastic-ip]]
ip = "203.0.113.9"
region = "eu-west-1"

[[elastic-ip]]
ip = "203.0.113.10"
region = "eu-west-1"
instance = "mongo"
"#;

async fn serve() -> Running {
    let options = Options { scenario: ScenarioSource::Text(WORLD.to_owned()), ..Options::default() };
    start(options).await.unwrap()
}

async fn send(running: &Running, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(running.addr()).await.unwrap();
    let length = body.len();
    let text = format!("{head}\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn aws(running: &Running, service: &str, body: &str) -> String {
    let key = &running.accounts()[0].1;
    let signature = "0".repeat(64);
    let head = format!(
        "POST / HTTP/1.1\r\nauthorization: AWS4-HMAC-SHA256 Credential={key}/20261120/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature={signature}"
    );
    send(running, &head, body).await
}

/// A call of a service that speaks JSON: the status line and the answer.
async fn json(running: &Running, service: &str, target: &str, body: &str) -> (String, Value) {
    let key = &running.accounts()[0].1;
    let signature = "0".repeat(64);
    let head = format!(
        "POST / HTTP/1.1\r\nx-amz-target: {target}\r\nauthorization: AWS4-HMAC-SHA256 Credential={key}/20261120/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature={signature}"
    );
    let answer = send(running, &head, body).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-type: application/x-amz-json-1.1"), "{head}");
    (head.split(' ').nth(1).unwrap().to_owned(), serde_json::from_str(body).unwrap())
}

async fn ecr(running: &Running, operation: &str, body: &str) -> (String, Value) {
    json(running, "ecr", &format!("AmazonEC2ContainerRegistry_V20150921.{operation}"), body).await
}

async fn ssm(running: &Running, operation: &str, body: &str) -> (String, Value) {
    json(running, "ssm", &format!("AmazonSSM.{operation}"), body).await
}

/// What stands in each `<tag>` of an answer.
fn texts(answer: &str, tag: &str) -> Vec<String> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    answer.split(&open).skip(1).filter_map(|rest| Some(rest.split(&close).next()?.to_owned())).collect()
}

async fn names(running: &Running, filters: &str) -> Vec<String> {
    let answer = aws(running, "ec2", &format!("Action=DescribeInstances{filters}")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    texts(&answer, "item")
        .iter()
        .filter_map(|item| item.split("<key>Name</key><value>").nth(1)?.split('<').next().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn tags_are_case_exact_and_filters_join() {
    let running = serve().await;
    let of = |key: &str, value: &str| format!("&Filter.1.Name=tag:{key}&Filter.1.Value.1={value}");
    assert_eq!(names(&running, &of("environment", "production")).await, ["shop-prod-1", "shop-prod-2", "shop-prod-3"]);
    assert_eq!(names(&running, &of("Environment", "production")).await, ["mongo"]);
    assert_eq!(names(&running, &of("environment", "?roduction")).await.len(), 4);
    let both = format!(
        "{}&Filter.1.Value.2=Production&Filter.2.Name=instance-state-name&Filter.2.Value.1=running",
        of("environment", "production")
    );
    assert_eq!(names(&running, &both).await.len(), 4);
    let none = format!("{}&Filter.2.Name=instance-state-name&Filter.2.Value.1=stopped", of("environment", "production"));
    assert_eq!(names(&running, &none).await, Vec::<String>::new());
    // Those of Elastic Beanstalk stand in the same list.
    assert_eq!(names(&running, "&Filter.1.Name=tag-key&Filter.1.Value.1=elasticbeanstalk:environment-name").await.len(), 2);
    assert_eq!(names(&running, "").await.len(), 9);
    running.stop().await;
}

#[tokio::test]
async fn pages_hold_all_instances_once_and_ids_take_no_pages() {
    let running = serve().await;
    let mut found = Vec::new();
    let mut token = String::new();
    loop {
        let answer = aws(&running, "ec2", &format!("Action=DescribeInstances&MaxResults=5{token}")).await;
        found.extend(texts(&answer, "instanceId"));
        let Some(next) = texts(&answer, "nextToken").pop() else { break };
        token = format!("&NextToken={next}");
    }
    assert_eq!(found.len(), 9);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 9);
    let id = &found[0];
    let refused = aws(&running, "ec2", &format!("Action=DescribeInstances&InstanceId.1={id}&MaxResults=5")).await;
    assert!(refused.contains("<Code>InvalidParameterCombination</Code>"), "{refused}");
    let unknown = aws(&running, "ec2", "Action=DescribeInstances&InstanceId.1=i-0123456789abcdef0").await;
    assert!(unknown.contains("<Code>InvalidInstanceID.NotFound</Code>"), "{unknown}");
    running.stop().await;
}

/// The ARN of the target group.
async fn group(running: &Running) -> String {
    let answer = aws(running, "elasticloadbalancing", "Action=DescribeTargetGroups&Names.member.1=shop-prod").await;
    assert_eq!(texts(&answer, "Port"), ["8000"]);
    texts(&answer, "TargetGroupArn")[0].clone()
}

async fn states(running: &Running, group: &str) -> Vec<String> {
    let answer = aws(running, "elasticloadbalancing", &format!("Action=DescribeTargetHealth&TargetGroupArn={group}")).await;
    texts(&answer, "State")
}

#[tokio::test]
async fn target_health_tells_states_with_their_reasons() {
    let running = serve().await;
    let group = group(&running).await;
    assert_eq!(states(&running, &group).await, ["healthy", "healthy", "healthy", "unhealthy"]);
    let answer = aws(&running, "elasticloadbalancing", &format!("Action=DescribeTargetHealth&TargetGroupArn={group}")).await;
    assert_eq!(texts(&answer, "Reason"), ["Target.ResponseCodeMismatch"]);
    assert_eq!(texts(&answer, "Description"), ["Health checks failed with these codes: [503]"]);
    let first = texts(&answer, "Id")[0].clone();
    let taken =
        aws(&running, "elasticloadbalancing", &format!("Action=DeregisterTargets&TargetGroupArn={group}&Targets.member.1.Id={first}"))
            .await;
    assert!(taken.starts_with("HTTP/1.1 200") && taken.contains("<DeregisterTargetsResult></DeregisterTargetsResult>"), "{taken}");
    assert_eq!(states(&running, &group).await, ["draining", "healthy", "healthy", "unhealthy"]);
    aws(&running, "elasticloadbalancing", &format!("Action=RegisterTargets&TargetGroupArn={group}&Targets.member.1.Id={first}")).await;
    assert_eq!(states(&running, &group).await[0], "initial");
    let asked = format!("Action=DescribeTargetHealth&TargetGroupArn={group}&Targets.member.1.Id={first}&Targets.member.1.Port=9");
    let answer = aws(&running, "elasticloadbalancing", &asked).await;
    assert_eq!((texts(&answer, "State"), texts(&answer, "Reason")), (vec!["unused".to_owned()], vec!["Target.NotRegistered".to_owned()]));
    let unknown = aws(&running, "elasticloadbalancing", &format!("Action=DescribeTargetHealth&TargetGroupArn={group}0")).await;
    assert!(unknown.contains("<Code>TargetGroupNotFound</Code>"), "{unknown}");
    running.stop().await;
}

#[tokio::test]
async fn a_listener_leads_from_the_load_balancer_to_the_group() {
    let running = serve().await;
    let group = group(&running).await;
    let answer = aws(&running, "elasticloadbalancing", &format!("Action=DescribeTargetGroups&TargetGroupArns.member.1={group}")).await;
    let balancer = texts(&answer, "LoadBalancerArns")[0].replace("<member>", "").replace("</member>", "");
    assert!(balancer.contains(":loadbalancer/app/shop-prod/"), "{balancer}");
    let listeners = aws(&running, "elasticloadbalancing", &format!("Action=DescribeListeners&LoadBalancerArn={balancer}")).await;
    assert_eq!(texts(&listeners, "TargetGroupArn")[0], group);
    let tags = aws(&running, "elasticloadbalancing", &format!("Action=DescribeTags&ResourceArns.member.1={group}")).await;
    assert_eq!((texts(&tags, "Key"), texts(&tags, "Value")), (vec!["Project".to_owned()], vec!["shop".to_owned()]));
    let delay = aws(&running, "elasticloadbalancing", &format!("Action=DescribeTargetGroupAttributes&TargetGroupArn={group}")).await;
    assert!(delay.contains("<Key>deregistration_delay.timeout_seconds</Key><Value>300</Value>"), "{delay}");
    running.stop().await;
}

#[tokio::test]
async fn what_is_launched_together_shares_a_reservation_and_the_protected_stay() {
    let running = serve().await;
    let tags = "TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=environment&TagSpecification.1.Tag.1.Value=staging";
    let launched = aws(&running, "ec2", &format!("Action=RunInstances&ImageId=ami-1&MinCount=2&MaxCount=2&{tags}")).await;
    let ids = texts(&launched, "instanceId");
    assert_eq!((ids.len(), texts(&launched, "reservationId").len()), (2, 1));
    let filter = "Action=DescribeInstances&Filter.1.Name=tag:environment&Filter.1.Value.1=staging";
    let seen = aws(&running, "ec2", filter).await;
    assert_eq!((texts(&seen, "instanceId"), texts(&seen, "reservationId").len()), (ids.clone(), 1));
    let ended = aws(&running, "ec2", &format!("Action=TerminateInstances&InstanceId.1={}", ids[0])).await;
    assert_eq!(texts(&ended, "name"), ["shutting-down", "pending"]);
    let mongo = aws(&running, "ec2", "Action=DescribeInstances&Filter.1.Name=tag:Name&Filter.1.Value.1=mongo").await;
    let kept = aws(&running, "ec2", &format!("Action=TerminateInstances&InstanceId.1={}", texts(&mongo, "instanceId")[0])).await;
    assert!(kept.contains("<Code>OperationNotPermitted</Code>"), "{kept}");
    assert_eq!(texts(&mongo, "ipAddress"), ["203.0.113.10"]);
    running.stop().await;
}

#[tokio::test]
async fn an_address_points_to_an_instance_or_is_free() {
    let running = serve().await;
    let all = aws(&running, "ec2", "Action=DescribeAddresses").await;
    assert_eq!((texts(&all, "publicIp").len(), texts(&all, "associationId").len()), (2, 1));
    let free = texts(&all, "allocationId")[0].clone();
    let instance = aws(&running, "ec2", "Action=DescribeInstances&Filter.1.Name=tag:Name&Filter.1.Value.1=unwell").await;
    let instance = texts(&instance, "instanceId")[0].clone();
    aws(&running, "ec2", &format!("Action=AssociateAddress&AllocationId={free}&InstanceId={instance}")).await;
    let seen = aws(&running, "ec2", &format!("Action=DescribeInstances&InstanceId.1={instance}")).await;
    assert_eq!(texts(&seen, "ipAddress"), ["203.0.113.9"]);
    running.stop().await;
}

#[tokio::test]
async fn the_truth_has_a_row_for_a_target_group() {
    let running = serve().await;
    let world = send(&running, "GET /_sim/world HTTP/1.1", "").await;
    assert!(world.contains("\"key\":\"target-group:111122223333:eu-west-1:shop-prod\""), "{world}");
    assert!(world.contains("\"label\":\"1111111111111111111111111111111111111111\""), "{world}");
    running.stop().await;
}

#[tokio::test]
async fn a_tag_leads_to_a_digest_and_the_digest_to_all_tags() {
    let running = serve().await;
    let (_, all) = ecr(&running, "DescribeImages", r#"{"repositoryName":"till"}"#).await;
    let details = all["imageDetails"].as_array().unwrap();
    // Two indexes with tags, each with an image for two architectures without.
    assert_eq!(details.len(), 6);
    assert_eq!(details.iter().filter(|image| image.get("imageTags").is_some()).count(), 2);
    let (_, latest) = ecr(&running, "DescribeImages", r#"{"repositoryName":"till","imageIds":[{"imageTag":"latest"}]}"#).await;
    let image = &latest["imageDetails"][0];
    assert_eq!(image["imageTags"], serde_json::json!(["2222222222222222222222222222222222222222", "latest"]));
    assert_eq!(image["imageManifestMediaType"], "application/vnd.oci.image.index.v1+json");
    let digest = image["imageDigest"].as_str().unwrap();
    let by_digest = format!(r#"{{"repositoryName":"till","imageIds":[{{"imageDigest":"{digest}"}}]}}"#);
    let (_, same) = ecr(&running, "BatchGetImage", &by_digest).await;
    let manifest: Value = serde_json::from_str(same["images"][0]["imageManifest"].as_str().unwrap()).unwrap();
    let part = manifest["manifests"][0]["digest"].as_str().unwrap();
    assert!(details.iter().any(|image| image["imageDigest"] == part && image.get("imageTags").is_none()));
    let (_, tagged) = ecr(&running, "ListImages", r#"{"repositoryName":"till","filter":{"tagStatus":"TAGGED"}}"#).await;
    assert_eq!(tagged["imageIds"].as_array().unwrap().len(), 4);
    running.stop().await;
}

#[tokio::test]
async fn pages_of_images_hold_each_once_and_what_is_missing_is_said() {
    let running = serve().await;
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let (_, page) = ecr(&running, "DescribeImages", &format!(r#"{{"repositoryName":"till","maxResults":4{token}}}"#)).await;
        seen.extend(page["imageDetails"].as_array().unwrap().iter().map(|image| image["imageDigest"].to_string()));
        let Some(next) = page.get("nextToken") else { break };
        token = format!(r#","nextToken":{next}"#);
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((seen.len(), count), (6, 6));
    for (operation, body, code) in [
        ("DescribeImages", r#"{"repositoryName":"till","imageIds":[{"imageTag":"never"}]}"#, "ImageNotFoundException"),
        ("DescribeImages", r#"{"repositoryName":"shop"}"#, "RepositoryNotFoundException"),
        ("DescribeImages", r#"{"repositoryName":"till","imageIds":[{"imageTag":"old"}],"maxResults":2}"#, "InvalidParameterException"),
        ("PutImage", "{}", "UnknownOperationException"),
        ("DescribeImages", "no json", "SerializationException"),
    ] {
        let (status, answer) = ecr(&running, operation, body).await;
        assert_eq!((status.as_str(), answer["__type"].as_str()), ("400", Some(code)), "{answer}");
    }
    running.stop().await;
}

/// The id of the instance of that name.
async fn id_of(running: &Running, name: &str) -> String {
    let answer = aws(running, "ec2", &format!("Action=DescribeInstances&Filter.1.Name=tag:Name&Filter.1.Value.1={name}")).await;
    texts(&answer, "instanceId")[0].clone()
}

/// Sends a command and waits until it is over.
async fn told(running: &Running, instance: &str, line: &str) -> Value {
    let asked =
        serde_json::json!({ "DocumentName": "AWS-RunShellScript", "InstanceIds": [instance], "Parameters": { "commands": [line] } });
    let (_, sent) = ssm(running, "SendCommand", &asked.to_string()).await;
    let id = sent["Command"]["CommandId"].as_str().unwrap();
    let asked = serde_json::json!({ "CommandId": id, "InstanceId": instance }).to_string();
    loop {
        let (_, answer) = ssm(running, "GetCommandInvocation", &asked).await;
        if matches!(answer["Status"].as_str(), Some("Success" | "Failed")) {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_command_tells_which_image_an_instance_runs() {
    let running = serve().await;
    let instance = id_of(&running, "till-1").await;
    let answer = told(&running, &instance, "docker inspect --format '{{.Config.Image}} {{.Image}}' till").await;
    let text = answer["StandardOutputContent"].as_str().unwrap();
    let (image, digest) = text.trim().split_once(' ').unwrap();
    assert_eq!(image, "111122223333.dkr.ecr.eu-west-1.amazonaws.com/till:latest");
    // `latest` has moved on since: the digest still says what runs.
    let by_digest = format!(r#"{{"repositoryName":"till","imageIds":[{{"imageDigest":"{digest}"}}]}}"#);
    let (_, found) = ecr(&running, "DescribeImages", &by_digest).await;
    assert_eq!(found["imageDetails"][0]["imageTags"], serde_json::json!(["1111111111111111111111111111111111111111", "old"]));
    let unknown = told(&running, &instance, "kubectl get pods").await;
    assert_eq!((unknown["Status"].as_str(), unknown["ResponseCode"].as_i64()), (Some("Failed"), Some(127)));
    assert!(unknown["StandardErrorContent"].as_str().unwrap().starts_with("sh: line 1: kubectl: command not found"));
    running.stop().await;
}

#[tokio::test]
async fn what_is_not_managed_gets_no_command() {
    let running = serve().await;
    let instance = id_of(&running, "alone").await;
    let asked =
        serde_json::json!({ "DocumentName": "AWS-RunShellScript", "InstanceIds": [instance], "Parameters": { "commands": ["echo"] } });
    let (status, answer) = ssm(&running, "SendCommand", &asked.to_string()).await;
    assert_eq!((status.as_str(), answer["__type"].as_str()), ("400", Some("InvalidInstanceId")));
    let (_, known) = ssm(&running, "DescribeInstanceInformation", "{}").await;
    let ids: Vec<&str> =
        known["InstanceInformationList"].as_array().unwrap().iter().map(|row| row["InstanceId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 6);
    assert!(!ids.contains(&instance.as_str()));
    running.stop().await;
}

#[tokio::test]
async fn faults_of_json_services_have_their_own_words() {
    let running = serve().await;
    for (kind, code) in [("throttle", "ThrottlingException"), ("denied", "AccessDeniedException"), ("expired", "ExpiredTokenException")] {
        send(&running, "DELETE /_sim/faults HTTP/1.1", "").await;
        send(&running, "POST /_sim/faults HTTP/1.1", &format!(r#"{{"service":"ecr","operation":"DescribeImages","kind":"{kind}"}}"#)).await;
        let (status, answer) = ecr(&running, "DescribeImages", r#"{"repositoryName":"till"}"#).await;
        assert_eq!((status.as_str(), answer["__type"].as_str()), ("400", Some(code)));
    }
    running.stop().await;
}
