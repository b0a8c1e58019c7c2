//! The listener: connections in, answers out, well or badly as asked.
//!
//! Owns sockets and HTTP: sizes, resets, answers that are cut. Never knows what
//! a request means; [`crate::desk::Desk`] does.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

use crate::circleci;
use crate::desk::{Answer, Asked, Delivery, Desk};
use crate::github::serve;

/// No request of these APIs is larger.
const LARGEST_BODY: usize = 2 * 1024 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a connection may be idle. Long, so that a client which keeps one
/// for its next request does not find it closed just then.
const IDLE: Duration = Duration::from_mins(15);

/// Accepts connections until the task is aborted.
/// `site` is the app on a host whose port it is.
pub async fn listen(listener: TcpListener, desk: Arc<Desk>, site: Option<usize>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let desk = Arc::clone(&desk);
                    connections.spawn(connection(stream, peer, desk, site));
                }
                // Out of file handles, most likely: some will be closed soon.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, _peer: SocketAddr, desk: Arc<Desk>, site: Option<usize>) {
    // An answer goes out as one; waiting for more would only slow it.
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let wire = Wire { stream, reset: Arc::clone(&reset) };
    let service = service_fn(move |request| answer(Arc::clone(&desk), Arc::clone(&reset), request, site));
    // How a connection ends is the client's affair, or our own doing.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .serve_connection(TokioIo::new(wire), service)
        .await;
}

/// Why a connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is reset on request")]
struct Reset;

async fn answer(
    desk: Arc<Desk>,
    reset: Arc<AtomicBool>,
    request: Request<Incoming>,
    site: Option<usize>,
) -> Result<Response<Payload>, Reset> {
    let (parts, body) = request.into_parts();
    let collected = tokio::time::timeout(PATIENCE, Limited::new(body, LARGEST_BODY).collect()).await;
    let body = match collected {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => {
            return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large."));
        }
        Err(_) => {
            return Ok(plain(StatusCode::REQUEST_TIMEOUT, "The request took too long to arrive."));
        }
    };
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let asked = Asked {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or(""),
        authorization: header("authorization"),
        amz_target: header("x-amz-target"),
        accept: header("accept").unwrap_or(""),
        if_none_match: header("if-none-match"),
        circle_token: header("circle-token"),
        host: header("host").unwrap_or("127.0.0.1"),
        body: &body,
    };
    let answer = match site {
        Some(slot) => desk.answer_host(slot, &asked),
        None if circleci::serve::is_ours(asked.path) => circleci::serve::answer(&desk, &asked),
        None if serve::is_ours(asked.path) => serve::answer(&desk, &asked).await,
        None => desk.answer(&asked),
    };
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    match answer.delivery {
        Delivery::Whole => Ok(respond(answer, None)),
        Delivery::Cut(bytes) => Ok(respond(answer, Some(bytes))),
        Delivery::Tail(session, bytes) => Ok(stream(answer, Tail::new(desk, session, bytes))),
        Delivery::Never => std::future::pending().await,
        Delivery::Reset => {
            reset.store(true, Ordering::SeqCst);
            Err(Reset)
        }
    }
}

fn plain(status: StatusCode, sentence: &'static str) -> Response<Payload> {
    let mut response = Response::new(Payload::whole(Bytes::from_static(sentence.as_bytes())));
    *response.status_mut() = status;
    response
}

fn respond(mut answer: Answer, cut: Option<usize>) -> Response<Payload> {
    let body = Bytes::from(std::mem::take(&mut answer.body));
    let length = body.len();
    let payload = match cut {
        Some(bytes) if bytes < length => Payload::cut(body.slice(..bytes)),
        Some(_) | None => Payload::whole(body),
    };
    let mut response = headed(answer, payload);
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}

/// An answer that goes on: nobody knows how long it will be.
fn stream(answer: Answer, tail: Tail) -> Response<Payload> {
    headed(answer, Payload::Tail(tail))
}

fn headed(answer: Answer, payload: Payload) -> Response<Payload> {
    let mut response = Response::new(payload);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    if !answer.request_id.is_empty()
        && let Ok(id) = HeaderValue::from_str(&answer.request_id)
    {
        headers.insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    response
}

/// The body of an answer, whole or cut short.
enum Payload {
    Whole(Option<Bytes>),
    Cut(Option<Bytes>, Pin<Box<Sleep>>),
    Tail(Tail),
}

impl Payload {
    const fn whole(bytes: Bytes) -> Self {
        Self::Whole(Some(bytes))
    }

    fn cut(bytes: Bytes) -> Self {
        // What was promised and sent has to leave before the connection closes.
        Self::Cut(Some(bytes), Box::pin(tokio::time::sleep(Duration::from_millis(30))))
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Reset;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Reset>>> {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Cut(bytes, rest) => match bytes.take().filter(|bytes| !bytes.is_empty()) {
                Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                None => rest.as_mut().poll(context).map(|()| Some(Err(Reset))),
            },
            Self::Tail(tail) => tail.poll(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            Self::Cut(..) | Self::Tail(_) => SizeHint::default(),
        }
    }
}

/// A live tail: a piece of the answer whenever there is one and the connection takes it.
///
/// A reader that is slow is not asked for: what has waited too long by then, the session has dropped.
struct Tail {
    desk: Arc<Desk>,
    session: u64,
    /// How many bytes may still leave before the connection breaks.
    left: Option<usize>,
    over: bool,
    rest: Pin<Box<Sleep>>,
}

impl Tail {
    fn new(desk: Arc<Desk>, session: u64, left: Option<usize>) -> Self {
        Self { desk, session, left, over: false, rest: Box::pin(tokio::time::sleep(Duration::ZERO)) }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Reset>>> {
        loop {
            if self.rest.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            if self.left == Some(0) {
                return Poll::Ready(Some(Err(Reset)));
            }
            if self.over {
                return Poll::Ready(None);
            }
            let Some(told) = self.desk.tail(self.session) else { return Poll::Ready(None) };
            self.over = told.next.is_none();
            let wait = told.next.map_or(0, |next| next.since(self.desk.now()).max(1));
            self.rest = Box::pin(tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())));
            let mut frames = Bytes::from(told.frames);
            if let Some(left) = &mut self.left {
                frames.truncate(*left);
                *left -= frames.len();
                if *left == 0 {
                    // What was sent has to leave before the connection closes.
                    self.rest = Box::pin(tokio::time::sleep(Duration::from_millis(30)));
                }
            }
            if !frames.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(frames))));
            }
        }
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.desk.end_tail(self.session);
    }
}

/// A connection that can be reset: closed with RST instead of FIN.
struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.load(Ordering::SeqCst) {
            // With no time to linger the close that follows sends a RST.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[std::io::IoSlice<'_>]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }
}
