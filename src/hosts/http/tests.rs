use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{Doubt, MOST_BODY, NoAnswer, Page, Prober, Reached, Trust};
use crate::model::health::Level;
use crate::model::probe::{Answer, Expectation};

/// Long enough for a slow machine; reached only where something hangs.
const AMPLE: Duration = Duration::from_secs(60);
/// For what never comes.
const SHORT: Duration = Duration::from_millis(400);

/// Serves every connection with this; tells the address.
async fn serve<F>(answer: impl Fn(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    address.to_string()
}

async fn read_head(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap_or(0));
        assert!(head.len() < 10_000);
    }
    String::from_utf8(head).unwrap()
}

/// Answers every request with these bytes and closes.
async fn canned(answer: &'static [u8]) -> String {
    serve(move |mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(answer).await;
    })
    .await
}

fn prober() -> Prober {
    Prober::new(Trust::Only(Arc::new(RootCertStore::empty())))
}

async fn get(address: &str, time: Duration) -> Result<Answer, NoAnswer> {
    prober().get(&Page::new(&format!("http://{address}/health?x=1")).unwrap(), time).await
}

#[tokio::test]
async fn an_answer_is_read_with_its_status_and_body() {
    let address = serve(|mut stream| async move {
        let head = read_head(&mut stream).await;
        let body = serde_json::json!({ "status": "ok", "asked": head }).to_string();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    let answer = get(&address, AMPLE).await.unwrap();
    let body = String::from_utf8(answer.body.clone()).unwrap();
    assert_eq!((answer.status, answer.is_cut), (200, false));
    assert!(body.contains("GET /health?x=1 HTTP/1.1") && body.to_lowercase().contains(&format!("host: {address}")), "{body}");
    assert_eq!(answer.judged("GET /health", &Expectation::Usual).level, Level::Ok);
}

#[tokio::test]
async fn redirects_are_told_and_not_followed() {
    let visited = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = Arc::clone(&visited);
    let elsewhere = serve(move |_| {
        seen.store(true, std::sync::atomic::Ordering::SeqCst);
        async {}
    })
    .await;
    let address = serve(move |mut stream| {
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/login\r\nContent-Length: 0\r\n\r\n");
        async move {
            read_head(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    })
    .await;
    let answer = get(&address, AMPLE).await.unwrap();
    assert_eq!(answer.status, 302);
    assert!(answer.location.as_deref().unwrap().ends_with("/login"));
    assert_eq!(answer.judged("GET /health", &Expectation::Usual).level, Level::Warning);
    assert!(!visited.load(std::sync::atomic::Ordering::SeqCst));
}

#[tokio::test]
async fn a_body_without_end_is_cut() {
    let address = serve(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[b'x'; 4_096]).await.is_ok() {}
    })
    .await;
    let answer = get(&address, AMPLE).await.unwrap();
    assert_eq!((answer.body.len(), answer.is_cut), (MOST_BODY, true));
    let verdict = answer.judged("GET /health", &Expectation::Usual);
    assert!(verdict.level == Level::Warning && verdict.cause.as_ref().unwrap().contains("goes on for longer"), "{verdict:?}");
}

#[tokio::test]
async fn who_hangs_at_any_stage_is_told_by_that_stage() {
    let silent = serve(|stream| async move {
        let _held = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let late = |stage| NoAnswer::Late { stage, limit: SHORT };
    assert_eq!(get(&silent, SHORT).await.unwrap_err(), late(Reached::Request));
    let secret = Page::new(&format!("https://{silent}/")).unwrap();
    assert_eq!(prober().get(&secret, SHORT).await.unwrap_err(), late(Reached::Connection));
    let dripping = serve(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").await;
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let dripped = get(&dripping, SHORT).await.unwrap_err();
    assert_eq!(dripped, late(Reached::Answer));
    assert_eq!(dripped.judged("GET /health").unwrap().level, Level::Severe);
    assert_eq!(late(Reached::Nothing).judged("GET /health"), None);
}

#[tokio::test]
async fn resets_refusals_and_what_is_no_http_are_told() {
    let reset = serve(|mut stream| async move {
        read_head(&mut stream).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    assert!(matches!(get(&reset, AMPLE).await.unwrap_err(), NoAnswer::Broken(_)));
    let cut = canned(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"status\":").await;
    assert!(matches!(get(&cut, AMPLE).await.unwrap_err(), NoAnswer::Broken(_)));
    let other = canned(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").await;
    let told = get(&other, AMPLE).await.unwrap_err().to_string();
    assert!(told.starts_with("the answer broke off: it is no HTTP"), "{told}");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let nobody = listener.local_addr().unwrap().to_string();
    drop(listener);
    let refused = get(&nobody, AMPLE).await.unwrap_err();
    assert_eq!(refused, NoAnswer::Refused("127.0.0.1".into()));
    assert_eq!(refused.judged("GET /health").unwrap().level, Level::Severe);
}

#[tokio::test]
async fn a_name_that_leads_nowhere_says_nothing_of_health() {
    let page = Page::new("http://nowhere.invalid/health").unwrap();
    let unknown = prober().get(&page, AMPLE).await.unwrap_err();
    assert_eq!(unknown, NoAnswer::NoSuchName("nowhere.invalid".into()));
    assert_eq!(unknown.judged("GET /health"), None);
}

/// An authority, and a server with a certificate that it has signed.
struct Authority {
    key: KeyPair,
    params: CertificateParams,
    roots: Arc<RootCertStore>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let mut roots = RootCertStore::empty();
        roots.add(params.self_signed(&key).unwrap().der().clone()).unwrap();
        Self { key, params, roots: Arc::new(roots) }
    }

    async fn serve(&self, change: impl FnOnce(&mut CertificateParams)) -> String {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &Issuer::from_params(&self.params, &self.key)).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let address = serve(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                read_head(&mut stream).await;
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
                let _ = stream.shutdown().await;
            }
        })
        .await;
        address.rsplit_once(':').unwrap().1.to_owned()
    }
}

#[tokio::test]
async fn a_certificate_is_held_against_its_time_its_name_and_its_issuer() {
    let authority = Authority::new("ours");
    let trusting = Prober::new(Trust::Only(Arc::clone(&authority.roots)));
    let page = |port: &str| Page::new(&format!("https://localhost:{port}/heartbeat")).unwrap();
    let good = page(&authority.serve(|_| ()).await);
    let answer = trusting.get(&good, AMPLE).await.unwrap();
    assert_eq!((answer.status, answer.judged("GET /heartbeat", &Expectation::Usual).level), (204, Level::Ok));
    let doubt = |why| NoAnswer::Certificate { host: "localhost".into(), why };
    let expired = page(&authority.serve(|params| params.not_after = rcgen::date_time_ymd(2020, 1, 1)).await);
    let told = trusting.get(&expired, AMPLE).await.unwrap_err();
    assert_eq!(told, doubt(Doubt::Expired));
    assert_eq!(told.to_string(), "the certificate of localhost has expired: renew it");
    assert_eq!(told.judged("GET /").unwrap().level, Level::Severe);
    let later = page(&authority.serve(|params| params.not_before = rcgen::date_time_ymd(2999, 1, 1)).await);
    assert_eq!(trusting.get(&later, AMPLE).await.unwrap_err(), doubt(Doubt::NotYet));
    let other = |params: &mut CertificateParams| {
        params.subject_alt_names = vec![rcgen::SanType::DnsName("shop.example.com".try_into().unwrap())];
    };
    assert_eq!(trusting.get(&page(&authority.serve(other).await), AMPLE).await.unwrap_err(), doubt(Doubt::OtherName));
    let stranger = Prober::new(Trust::Only(Authority::new("theirs").roots));
    let told = stranger.get(&good, AMPLE).await.unwrap_err();
    assert_eq!(told, doubt(Doubt::UnknownIssuer));
    assert_eq!(told.judged("GET /").unwrap().level, Level::Degraded);
    let plain = serve(|mut stream| async move {
        let _ = stream.read_u8().await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let told = trusting.get(&Page::new(&format!("https://{plain}/")).unwrap(), AMPLE).await.unwrap_err();
    assert!(matches!(told, NoAnswer::Tls { .. } | NoAnswer::Broken(_)), "{told}");
}
