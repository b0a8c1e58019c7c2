//! Where the token comes from, and that it goes nowhere but into a request.

use std::fmt;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::Mutex;

/// How long a command may take to print a token: it may ask a keyring.
const PATIENCE: Duration = Duration::from_secs(10);

/// GitHub's own host, for which `gh auth token` needs no name.
const HOME: &str = "api.github.com";

/// A token, or the way to find one. Its `Debug` never shows it, and it is found only when a call needs it.
#[derive(Clone)]
pub struct Token {
    source: Source,
    found: Arc<Mutex<Option<Secret>>>,
}

#[derive(Clone)]
enum Source {
    /// From an environment variable, or handed in.
    Known(Secret),
    /// What this program prints; run without a shell.
    Command(Vec<String>),
    /// What `gh auth token` prints.
    Gh,
    /// Nobody said where.
    Nowhere,
}

/// A token's text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.source {
            Source::Known(_) => "Token(known)",
            Source::Command(_) => "Token(from a command)",
            Source::Gh => "Token(from gh)",
            Source::Nowhere => "Token(none)",
        })
    }
}

/// Why there is no token. Nothing that a command printed is in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lack {
    /// This program could not be started.
    NotFound(String),
    /// It ended badly.
    Failed(String),
    /// It did not end.
    Slow(String),
    /// What it printed cannot be a token.
    NoToken(String),
    /// The one that was handed in cannot be one.
    Unusable,
    /// Nobody said where one is.
    Nowhere,
}

impl Token {
    /// A token that is known already.
    #[must_use]
    pub fn known(text: &str) -> Self {
        Self::of(Source::Known(Secret(text.trim().into())))
    }

    /// The configured command's, else that of `GITHUB_TOKEN` or `GH_TOKEN`, else what `gh auth token` prints.
    ///
    /// `command` is a program with its arguments; `variable` tells the environment.
    pub fn find(command: Option<Vec<String>>, variable: impl Fn(&str) -> Option<String>) -> Self {
        if let Some(command) = command.filter(|command| !command.is_empty()) {
            return Self::of(Source::Command(command));
        }
        let set = ["GITHUB_TOKEN", "GH_TOKEN"].into_iter().filter_map(variable).find(|text| !text.trim().is_empty());
        set.map_or_else(|| Self::of(Source::Gh), |text| Self::known(&text))
    }

    /// The configured command's, else that of the first of these variables that is set, else none.
    pub fn named(command: Option<Vec<String>>, variables: &[&str], variable: impl Fn(&str) -> Option<String>) -> Self {
        if let Some(command) = command.filter(|command| !command.is_empty()) {
            return Self::of(Source::Command(command));
        }
        let set = variables.iter().filter_map(|name| variable(name)).find(|text| !text.trim().is_empty());
        set.map_or_else(|| Self::of(Source::Nowhere), |text| Self::known(&text))
    }

    fn of(source: Source) -> Self {
        Self { source, found: Arc::default() }
    }

    /// The token, found at the first call and kept until it is refused. `host` is the API's.
    pub(crate) async fn get(&self, host: &str) -> Result<Secret, Lack> {
        let command = match &self.source {
            Source::Known(secret) if is_token(secret.text()) => return Ok(secret.clone()),
            Source::Known(_) => return Err(Lack::Unusable),
            Source::Command(command) => command.clone(),
            Source::Gh => gh(host),
            Source::Nowhere => return Err(Lack::Nowhere),
        };
        // Held meanwhile, so that one command runs for all that wait.
        let mut found = self.found.lock().await;
        if let Some(secret) = found.as_ref() {
            return Ok(secret.clone());
        }
        let secret = printed(&command).await?;
        *found = Some(secret.clone());
        Ok(secret)
    }

    /// Forgets a token that was refused: a person may have renewed it where it comes from.
    pub(crate) async fn refused(&self, secret: &Secret) {
        let mut found = self.found.lock().await;
        if found.as_ref() == Some(secret) {
            *found = None;
        }
    }
}

fn gh(host: &str) -> Vec<String> {
    // In the cloud of a company, `api.SUB.ghe.com` is the API of `SUB.ghe.com`.
    let host = host.strip_prefix("api.").filter(|rest| rest.ends_with(".ghe.com")).unwrap_or(host);
    let words: &[&str] = if host == HOME { &["gh", "auth", "token"] } else { &["gh", "auth", "token", "--hostname", host] };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Whether a text may stand in a header as a token.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= 4_096 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

async fn printed(command: &[String]) -> Result<Secret, Lack> {
    let (program, arguments) = command.split_first().ok_or_else(|| Lack::NotFound(String::new()))?;
    let name = || program.clone();
    let mut command = Command::new(program);
    // What it complains of may repeat what it read.
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let ended = tokio::time::timeout(PATIENCE, command.output()).await.map_err(|_| Lack::Slow(name()))?;
    let output = ended.map_err(|_| Lack::NotFound(name()))?;
    if !output.status.success() {
        return Err(Lack::Failed(name()));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| Lack::NoToken(name()))?;
    let text = text.trim();
    is_token(text).then(|| Secret(text.into())).ok_or_else(|| Lack::NoToken(name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_first_of_command_and_variables_is_taken_and_never_shown() {
        let both = |name: &str| Some(format!("secret-of-{name}"));
        let found = Token::find(None, both);
        assert!(matches!(&found.source, Source::Known(secret) if secret.text() == "secret-of-GITHUB_TOKEN"));
        let second = Token::find(None, |name| (name == "GH_TOKEN").then(|| "secret-of-gh ".to_owned()));
        assert!(matches!(&second.source, Source::Known(secret) if secret.text() == "secret-of-gh"));
        assert!(matches!(Token::find(Some(words("pass show x")), both).source, Source::Command(_)));
        assert!(matches!(Token::find(None, |_| Some(String::new())).source, Source::Gh));
        assert!(!format!("{found:?} {:?}", found.source_secret()).contains("secret"));
        assert_eq!(gh("ghe.example.com").last().map(String::as_str), Some("ghe.example.com"));
        assert_eq!(gh("api.sub.ghe.com").last().map(String::as_str), Some("sub.ghe.com"));
        assert_eq!(gh(HOME), ["gh", "auth", "token"]);
    }

    impl Token {
        fn source_secret(&self) -> Option<&Secret> {
            match &self.source {
                Source::Known(secret) => Some(secret),
                Source::Command(_) | Source::Gh | Source::Nowhere => None,
            }
        }
    }

    #[tokio::test]
    async fn a_command_runs_once_until_its_token_is_refused() {
        let folder = std::env::temp_dir().join(format!("quarterdeck-token-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let script = format!("echo x >> {0}/runs; echo token-$(wc -l < {0}/runs)", folder.display());
        let token = Token::find(Some(vec!["sh".into(), "-c".into(), script]), |_| None);
        let first = token.get(HOME).await.unwrap();
        assert_eq!((first.text(), token.get(HOME).await.unwrap().text()), ("token-1", "token-1"));
        token.refused(&first).await;
        assert_eq!(token.get(HOME).await.unwrap().text(), "token-2");
        // One that is no longer in use is refused late: nothing is forgotten.
        token.refused(&first).await;
        assert_eq!(token.get(HOME).await.unwrap().text(), "token-2");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[tokio::test]
    async fn what_goes_wrong_with_a_command_is_told_without_its_words() {
        for (command, lack) in [
            ("/nowhere/at-all", Lack::NotFound("/nowhere/at-all".into())),
            ("false", Lack::Failed("false".into())),
            ("true", Lack::NoToken("true".into())),
            ("echo two words", Lack::NoToken("echo".into())),
        ] {
            assert_eq!(Token::find(Some(words(command)), |_| None).get(HOME).await, Err(lack), "{command}");
        }
        assert_eq!(Token::known("two\nlines").get(HOME).await, Err(Lack::Unusable));
    }
}
