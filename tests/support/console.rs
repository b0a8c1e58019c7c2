//! The console without a screen on a simulated cloud: the real adapters, schedules and reducers.

use std::time::Duration;

use quarterdeck::cli::session::{Session, is_compared};
use quarterdeck::config;
use quarterdeck::forge::Way;
use quarterdeck::github::{GitHubSettings, Token};
use quarterdeck::locks;
use quarterdeck::operations;
use quarterdeck::ops::audit::Audit;
use quarterdeck::shell::Ways;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::Value;

use super::sim::Sim;
use super::stage::{lettered, text};

/// Long enough for any machine; what takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(120);

/// A session with this configuration that has read all that it wants to know.
pub async fn settled(sim: &Sim, configuration: &str) -> Session {
    let (_, token) = sim.github().unwrap();
    settled_as(sim, configuration, &token).await
}

/// The same with this token.
pub async fn settled_as(sim: &Sim, configuration: &str, token: &str) -> Session {
    let settings = config::parse(configuration, "the test's configuration").unwrap_or_else(|findings| panic!("{findings}"));
    let (url, _) = sim.github().unwrap();
    let github = Way { settings: GitHubSettings::new(Some(url), Token::known(token)), audit: Ok(Audit::nowhere()) };
    let locks = locks::Way { keeping: locks::Keeping::Memory, audit: Ok(Audit::nowhere()) };
    let mut session = Session::over(&settings, Ways { connections: sim.connections(), github: Some(github), locks, operations: nowhere() });
    until(&mut session, is_compared).await;
    session
}

/// A session that begins no operation has no place for any.
fn nowhere() -> operations::Way {
    operations::Way { keeping: Err("no operation is begun here".to_owned()), audit: Ok(Audit::nowhere()) }
}

/// Waits until this holds.
pub async fn until(session: &mut Session, holds: impl Fn(&quarterdeck::app::state::State) -> bool) {
    assert!(session.until(PATIENCE, holds).await, "{:?}", session.state.github);
}

/// What is on the screen.
pub fn screen(session: &Session) -> String {
    let size = session.state.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.width, size.height));
    let _ = quarterdeck::ui::screen::draw(&session.state, &lettered(), buffer.area, &mut buffer);
    text(&buffer)
}

/// Calls to the simulated GitHub.
#[derive(Clone, Default, Debug)]
pub struct Calls {
    /// By REST, answered with something new.
    pub rest: Vec<String>,
    /// By REST, answered with 304.
    pub same: Vec<String>,
    /// Queries.
    pub graph: usize,
    /// The number of the last call of all.
    pub last: u64,
}

impl Calls {
    /// Those after the call of this number.
    pub async fn since(sim: &Sim, last: u64) -> Self {
        let told = sim.get(&format!("/_sim/calls?since={last}")).await;
        let mut calls = Self { last, ..Self::default() };
        for call in told["calls"].as_array().unwrap() {
            calls.last = calls.last.max(call["seq"].as_u64().unwrap());
            calls.count(call);
        }
        calls
    }

    fn count(&mut self, call: &Value) {
        let operation = call["operation"].as_str().unwrap();
        match (call["service"].as_str(), operation, call["status"].as_u64()) {
            (Some("github"), "POST /graphql", _) => self.graph += 1,
            (Some("github"), _, Some(304)) => self.same.push(operation.to_owned()),
            (Some("github"), _, _) => self.rest.push(operation.to_owned()),
            _ => {}
        }
    }

    /// How many there were, of any kind.
    pub fn total(&self) -> usize {
        self.rest.len() + self.same.len() + self.graph
    }
}
