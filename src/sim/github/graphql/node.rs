//! What a query can come to.
//!
//! Owns the names of the types and which of them stand for several.

use crate::environment::Name;
use crate::github::git::diff::FileDiff;
use crate::github::rest::checks::Check;
use crate::moment::Moment;

/// Something with fields. Repositories, commits and pull requests are places.
#[derive(Clone, Debug)]
pub enum Node {
    /// The query itself.
    Query,
    /// What a revert came to: the repository, and the two pull requests.
    Reverted {
        /// The repository.
        repository: usize,
        /// The one that is taken back.
        reverted: usize,
        /// The one that does it.
        made: usize,
        /// What the client calls its request.
        client: serde_json::Value,
    },
    /// What is left of the limit.
    RateLimit,
    /// An account.
    User(Name),
    /// A repository.
    Repository(usize),
    /// A branch, and its head; or a tag by its whole name, and its commit.
    Ref(usize, Name, usize),
    /// What a branch protection asks for, as anybody may see it.
    RefUpdateRule(usize),
    /// From one commit to another.
    Comparison(usize, usize, usize),
    /// A commit.
    Commit(usize, usize),
    /// Who wrote a commit, or committed it.
    GitActor(usize, usize, bool),
    /// A folder of a commit.
    Tree(usize, usize, String),
    /// What is in a folder.
    Entry(usize, usize, String),
    /// A file of a commit.
    Blob(usize, usize, String),
    /// A pull request.
    Pull(usize, usize),
    /// A commit of a pull request, as the pull request tells of it.
    Own(usize, usize),
    /// A file of a pull request.
    File(Box<FileDiff>),
    /// All checks and statuses of a commit.
    Rollup(usize, usize),
    /// A check run.
    CheckRun(Box<Check>),
    /// The suite of a check run.
    CheckSuite,
    /// The app that has reported a check run.
    App,
    /// A commit status: id, context, state, when.
    Status(u64, Name, &'static str, Moment),
    /// A part of a list.
    Connection(Box<Connection>),
    /// One of such a part, with its number.
    Edge(Box<Self>, usize),
    /// Where such a part is.
    PageInfo(Span),
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its type.
    pub kind: &'static str,
    /// What is in it.
    pub nodes: Vec<Node>,
    /// Where it is.
    pub span: Span,
}

/// Where a part of a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The number of its first item.
    pub from: usize,
    /// The number after its last.
    pub to: usize,
    /// How many there are in all.
    pub total: usize,
}

impl Node {
    /// Its type.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::Reverted { .. } => "RevertPullRequestPayload",
            Self::RateLimit => "RateLimit",
            Self::User(_) => "User",
            Self::Repository(_) => "Repository",
            Self::Ref(..) => "Ref",
            Self::RefUpdateRule(_) => "RefUpdateRule",
            Self::Comparison(..) => "Comparison",
            Self::Commit(..) => "Commit",
            Self::GitActor(..) => "GitActor",
            Self::Tree(..) => "Tree",
            Self::Entry(..) => "TreeEntry",
            Self::Blob(..) => "Blob",
            Self::Pull(..) => "PullRequest",
            Self::Own(..) => "PullRequestCommit",
            Self::File(_) => "PullRequestChangedFile",
            Self::Rollup(..) => "StatusCheckRollup",
            Self::CheckRun(_) => "CheckRun",
            Self::CheckSuite => "CheckSuite",
            Self::App => "App",
            Self::Status(..) => "StatusContext",
            Self::Connection(connection) => connection.kind,
            Self::Edge(node, _) => match **node {
                Self::Commit(..) => "CommitEdge",
                Self::Ref(..) => "RefEdge",
                Self::Pull(..) => "PullRequestEdge",
                Self::Own(..) => "PullRequestCommitEdge",
                Self::File(_) => "PullRequestChangedFileEdge",
                _ => "StatusCheckRollupContextEdge",
            },
            Self::PageInfo(_) => "PageInfo",
        }
    }

    /// Whether a fragment on that type is about it.
    pub fn is(&self, kind: &str) -> bool {
        match kind {
            "GitObject" => matches!(self, Self::Commit(..) | Self::Tree(..) | Self::Blob(..)),
            "StatusCheckRollupContext" => matches!(self, Self::CheckRun(_) | Self::Status(..)),
            "RequirableByPullRequest" => matches!(self, Self::CheckRun(_) | Self::Status(..)),
            "Actor" => matches!(self, Self::User(_)),
            "Node" => matches!(
                self,
                Self::User(_)
                    | Self::Repository(_)
                    | Self::Ref(..)
                    | Self::Commit(..)
                    | Self::Tree(..)
                    | Self::Blob(..)
                    | Self::Pull(..)
                    | Self::Rollup(..)
                    | Self::CheckRun(_)
                    | Self::Status(..)
            ),
            kind => self.kind() == kind,
        }
    }
}
