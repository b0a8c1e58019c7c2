//! The configured ways into AWS: whose credentials, where to, which regions.
//!
//! Values only: what they lead to is made in [`super::clients`].

use std::fmt;
use std::time::Duration;

use crate::model::account::{Role, Writing};
use crate::model::id::{Connection, Region};

/// An access key that was handed in, not found.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// The access key's id.
    pub access_key: String,
    /// The secret.
    pub secret: String,
    /// The session token of temporary keys.
    pub session: Option<String>,
}

// The secret reaches no log.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

/// How a connection reaches AWS, where it is not as the environment and the profile files say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Access {
    /// Where every service is, such as `http://127.0.0.1:5000`.
    pub endpoint: Option<String>,
    /// The access key.
    pub keys: Option<Keys>,
    /// Whether nothing may be read from the environment, the home folder or a metadata service.
    pub isolated: bool,
}

/// One configured way into AWS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConnectionSettings {
    /// Its name.
    pub connection: Connection,
    /// The profile; `None` is the default credential chain.
    pub profile: Option<String>,
    /// The regions to read; `None` is every enabled one.
    pub regions: Option<Vec<Region>>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// The program that renews its credentials, with its arguments; the AWS command line's own where empty.
    pub login: Vec<String>,
    /// How it reaches AWS.
    pub access: Access,
    /// The role that is assumed with those credentials.
    pub role: Option<Role>,
    /// Who writes, where that is another than who reads.
    pub writing: Option<Writing>,
}

/// How long an answer may take where nobody said.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the making of a connection may take at most.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);
/// How long finding credentials may take at least: a person may have to touch a key.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(9);

impl ConnectionSettings {
    /// The default credential chain, all regions.
    #[must_use]
    pub fn default_chain() -> Self {
        let connection = Connection::from("default");
        Self {
            connection,
            profile: None,
            regions: None,
            timeout: ANSWER_TIMEOUT,
            login: Vec::new(),
            access: Access::default(),
            role: None,
            writing: None,
        }
    }

    /// The way in of who writes, where that is another. It has budgets of its own until it is known to lead into the
    /// same account, and a role is assumed with what this one begins with, not with the role that reads.
    #[must_use]
    pub fn writer(&self) -> Option<Self> {
        let connection = Connection::from(format!("{} (writes)", self.connection));
        let way = Self { connection, role: None, writing: None, ..self.clone() };
        Some(match self.writing.clone()? {
            // Keys that were handed in are not the profile's, and what renews the reader's credentials does not renew its.
            Writing::Profile(profile) => {
                let access = Access { keys: None, ..self.access.clone() };
                Self { profile: Some(profile.to_string()), login: Vec::new(), access, ..way }
            }
            Writing::Role(role) => Self { role: Some(role), ..way },
        })
    }

    /// The commands that renew its credentials, of which a fault names the one that does; none where no command does.
    /// Where no profile signs on, `aws configure` comes before the sign-on, which would find nothing to log in to.
    #[must_use]
    pub fn login_commands(&self, has_sign_on: bool) -> Vec<Vec<String>> {
        let renewal = self.renewal();
        let sign_on: &[&str] = match &renewal {
            Renewal::Command { .. } => return vec![self.login.clone()],
            Renewal::Profile(name) => &["aws", "sso", "login", "--profile", name],
            Renewal::Chain => &["aws", "sso", "login"],
            Renewal::Keys | Renewal::Environment => return Vec::new(),
        };
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let configure = if has_sign_on { None } else { Some(renewal.configure()) };
        configure.into_iter().chain([words(sign_on), renewal.with_code()]).collect()
    }

    /// Whether its credentials are a profile's.
    pub(super) fn is_by_profile(&self) -> bool {
        matches!(self.found(), Renewal::Profile(_) | Renewal::Chain)
    }

    /// How long the making of a connection may take.
    pub(super) fn connect_timeout(&self) -> Duration {
        self.timeout.min(CONNECT_TIMEOUT)
    }

    /// How long finding credentials may take: not less where answers are wanted
    /// soon, or a role that takes two seconds to assume could never be assumed.
    pub(super) fn credentials_timeout(&self) -> Duration {
        self.timeout.max(CREDENTIALS_TIMEOUT)
    }
}

/// Whose credentials a connection uses, and how a person renews them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Renewal {
    /// Keys that were handed in.
    Keys,
    /// Keys in the environment: a running program never sees new ones.
    Environment,
    /// A profile.
    Profile(String),
    /// Whatever the default chain finds.
    Chain,
    /// Whatever is found, once this command has been run.
    Command {
        /// Whose credentials they are.
        whose: String,
        /// The command, as a person would type it.
        command: String,
    },
}

impl Renewal {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Keys => "this connection".to_owned(),
            Self::Environment => "the environment (AWS_ACCESS_KEY_ID)".to_owned(),
            Self::Profile(name) => format!("profile {name}"),
            Self::Chain => "the default profile".to_owned(),
            Self::Command { whose, .. } => whose.clone(),
        }
    }

    /// What asks for an MFA code, and keeps what it gets with it: any call of the AWS command line does.
    pub(super) fn with_code(&self) -> Vec<String> {
        let call = ["aws", "sts", "get-caller-identity"].map(str::to_owned);
        match self {
            Self::Profile(name) => call.into_iter().chain(["--profile".to_owned(), name.clone()]).collect(),
            Self::Keys | Self::Environment | Self::Chain | Self::Command { .. } => call.to_vec(),
        }
    }

    /// What asks for keys, and puts them in place.
    fn configure(&self) -> Vec<String> {
        let call = ["aws", "configure"].map(str::to_owned).to_vec();
        match self {
            Self::Profile(name) => call.into_iter().chain(["--profile".to_owned(), name.clone()]).collect(),
            Self::Keys | Self::Environment | Self::Chain | Self::Command { .. } => call,
        }
    }

    /// What to do where there never were any.
    pub(super) fn first_time(&self) -> String {
        match self {
            Self::Keys => "start again with an access key".to_owned(),
            Self::Environment => "set AWS_SECRET_ACCESS_KEY as well, then start again".to_owned(),
            Self::Profile(name) => format!("run `aws configure --profile {name}` or `aws sso login --profile {name}`"),
            Self::Chain => "run `aws configure` or `aws sso login`, or set AWS_PROFILE".to_owned(),
            Self::Command { command, .. } => format!("run `{command}`"),
        }
    }

    /// What to do where they have run out.
    pub(super) fn again(&self) -> String {
        match self {
            Self::Keys => "start again with new keys".to_owned(),
            Self::Environment => "start again with new keys, or use a profile, which is read anew".to_owned(),
            Self::Profile(name) => format!("run `aws sso login --profile {name}` or put new keys into the profile; reading then goes on"),
            Self::Chain => "run `aws sso login` or put new keys in place; reading then goes on".to_owned(),
            Self::Command { command, .. } => format!("run `{command}`; reading then goes on"),
        }
    }
}

impl ConnectionSettings {
    pub(super) fn renewal(&self) -> Renewal {
        let found = self.found();
        let is_outside = !matches!(found, Renewal::Keys);
        if is_outside && !self.login.is_empty() {
            return Renewal::Command { whose: found.name(), command: self.login.join(" ") };
        }
        found
    }

    /// Where credentials are found, whatever renews them.
    fn found(&self) -> Renewal {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        if self.access.keys.is_some() || self.access.isolated {
            Renewal::Keys
        } else if let Some(profile) = &self.profile {
            Renewal::Profile(profile.clone())
        } else if set("AWS_ACCESS_KEY_ID").is_some() {
            Renewal::Environment
        } else {
            set("AWS_PROFILE").map_or(Renewal::Chain, Renewal::Profile)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_renews_credentials_is_what_the_sentence_says() {
        let profile = ConnectionSettings { profile: Some("work".into()), ..ConnectionSettings::default_chain() };
        let commands: Vec<String> = profile.login_commands(true).iter().map(|command| command.join(" ")).collect();
        assert_eq!(commands, ["aws sso login --profile work", "aws sts get-caller-identity --profile work"]);
        assert!(profile.renewal().again().contains("`aws sso login --profile work`"));
        // The first of those that the sentence names is the one that can work.
        let fresh = profile.login_commands(false).remove(0).join(" ");
        assert!(fresh == "aws configure --profile work" && profile.renewal().first_time().contains(&format!("`{fresh}`")));
        let own = ConnectionSettings { login: vec!["saml2aws".into(), "login".into()], ..profile };
        assert_eq!(own.login_commands(false), vec![own.login.clone()]);
        assert_eq!(own.renewal().again(), "run `saml2aws login`; reading then goes on");
        assert_eq!((own.renewal().first_time(), own.renewal().name()), ("run `saml2aws login`".into(), "profile work".into()));
        let keys = ConnectionSettings { access: Access { isolated: true, ..Access::default() }, ..own };
        assert_eq!(keys.login_commands(false), Vec::<Vec<String>>::new(), "keys that were handed in are renewed by nobody here");
    }

    #[test]
    fn who_writes_with_a_profile_is_not_renewed_by_the_login_of_who_reads() {
        let login = vec!["saml2aws".to_owned(), "login".to_owned()];
        let writing = Some(Writing::Profile("deployer".into()));
        let reader = ConnectionSettings { profile: Some("work".into()), login, writing, ..ConnectionSettings::default_chain() };
        let writer = reader.writer().unwrap();
        assert_eq!(writer.renewal(), Renewal::Profile("deployer".into()));
        assert!(writer.renewal().again().contains("`aws sso login --profile deployer`"), "{}", writer.renewal().again());
        let role = Role { arn: "arn:aws:iam::111122223333:role/deployer".into(), external_id: None, session: "quarterdeck".into() };
        let by_role = ConnectionSettings { writing: Some(Writing::Role(role)), ..reader };
        let again = by_role.writer().unwrap().renewal().again();
        assert!(again.contains("`saml2aws login`"), "the role is assumed with the reader's own credentials: {again}");
    }
}
