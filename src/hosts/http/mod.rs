//! Asks for one page, once: a fresh connection each time, since a probe is about the connection too.
//!
//! Owns the way there (name, connection, proxy, TLS) and the reading of the answer, each within the
//! one time that a probe has. Redirects are told, not followed: a page that sends elsewhere has not
//! said how it is, and where it leads is not for a probe to visit. What the answer means is
//! `model::probe`'s.

mod connect;
mod error;
mod page;
mod trust;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

pub use error::{Doubt, NoAnswer, Reached};
pub use page::{BadPage, Page};
pub use trust::Trust;

use connect::Way;
use error::Stage;

use crate::model::probe::Answer;

/// How much of a body is read.
pub const MOST_BODY: usize = 64 * 1024;

/// How much of an answer's head is taken; hyper refuses more.
const MOST_HEAD: usize = 32 * 1024;

/// Asks for pages.
#[derive(Clone)]
pub struct Prober {
    way: Arc<Way>,
}

impl Prober {
    /// One that goes directly or through the proxy that the environment names, and trusts these.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self { way: Arc::new(Way::new(trust)) }
    }

    /// Asks for a page. All of it, from the name to the end of the body, takes no longer than `time`.
    ///
    /// # Errors
    /// Where no whole answer came, by the stage that was reached.
    pub async fn get(&self, page: &Page, time: Duration) -> Result<Answer, NoAnswer> {
        let stage = Stage::default();
        match tokio::time::timeout(time, self.ask(page, &stage)).await {
            Ok(answer) => answer,
            Err(_) => Err(NoAnswer::Late { stage: stage.reached(), limit: time }),
        }
    }

    async fn ask(&self, page: &Page, stage: &Stage) -> Result<Answer, NoAnswer> {
        let stream = self.way.connect(page).await?;
        stage.set(Reached::Connection);
        if !page.is_secret() {
            return exchange(stream, page, stage).await;
        }
        exchange(self.way.secure(stream, page).await?, page, stage).await
    }
}

/// Sends the request and reads the answer.
async fn exchange<S>(stream: S, page: &Page, stage: &Stage) -> Result<Answer, NoAnswer>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    stage.set(Reached::Request);
    let builder = http1::Builder::new().max_buf_size(MOST_HEAD).to_owned();
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(|error| NoAnswer::broken(&error))?;
    let answered = async {
        let response = sender.send_request(page.request()?).await.map_err(|error| NoAnswer::broken(&error))?;
        stage.set(Reached::Answer);
        read(response).await
    };
    // Driven here, not in a task: when the time is over nothing of the connection is left.
    let driven = async {
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = answered => answer,
        () = driven => Err(NoAnswer::Broken("the connection ended".to_owned())),
    }
}

async fn read(response: http::Response<Incoming>) -> Result<Answer, NoAnswer> {
    let status = response.status().as_u16();
    let location = response.headers().get(http::header::LOCATION).map(|to| String::from_utf8_lossy(to.as_bytes()).into());
    let (mut body, mut incoming, mut is_cut) = (Vec::new(), response.into_body(), false);
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame.map_err(|error| NoAnswer::broken(&error))?.into_data() else { continue };
        let room = MOST_BODY.saturating_sub(body.len()).min(data.len());
        body.extend_from_slice(data.get(..room).unwrap_or_default());
        if room < data.len() {
            is_cut = true;
            break;
        }
    }
    Ok(Answer { status, location, body, is_cut })
}

type Request = http::Request<Empty<Bytes>>;
