//! A repository as a whole: its branch, the newest commit, the workflows that deploy.
//!
//! One query tells it all. As long as the branch stays where it is nothing can
//! have changed, and a conditional request about the branch costs no quota.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::Value;

use super::asking::Asking;
use super::call::encoded;
use super::error::Trouble;
use super::graph::{Answer, Graph, ask, halves};
use super::soft::{list, soft};
use super::workflow::{Catalogue, MOST, library, manuals, pipelines};
use crate::model::commit::RequiredCheck;
use crate::model::forge::News;
use crate::model::id::{Repository, Sha};
use crate::model::pipeline::Overview;

const WORKFLOWS: &str = ".github/workflows";
/// Where some teams keep what each deploying job deploys to.
const CATALOGUE: &str = ".cookiecutter/includes/.github/workflows/environments.json";

const FRAGMENTS: &str = "fragment folder on Tree { entries { name object { ... on Blob { text isTruncated } } } }
fragment file on Blob { text isTruncated }
";

/// After so many looks at the branch alone, all is read again: the default branch may be another one by now.
const LOOKS: u32 = 240;

/// What was told before, of each repository.
#[derive(Default)]
pub struct Known(Mutex<HashMap<Repository, Seen>>);

#[derive(Clone)]
struct Seen {
    /// Which branch was asked for.
    asked: Option<Arc<str>>,
    branch: Arc<str>,
    head: Sha,
    looks: u32,
}

impl Known {
    /// The branch that is deployed, as far as it is known.
    pub fn branch(&self, repository: &Repository) -> Option<Arc<str>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(repository).map(|seen| Arc::clone(&seen.branch))
    }

    fn look(&self, repository: &Repository, asked: Option<&Arc<str>>) -> Option<Seen> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = known.get_mut(repository).filter(|seen| seen.asked.as_ref() == asked)?;
        seen.looks += 1;
        (seen.looks <= LOOKS).then(|| seen.clone())
    }

    fn saw(&self, repository: &Repository, asked: Option<&Arc<str>>, overview: &Overview) {
        let seen = Seen { asked: asked.cloned(), branch: Arc::clone(&overview.branch), head: overview.head.clone(), looks: 0 };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(repository.clone(), seen);
    }
}

#[derive(Deserialize)]
struct RawBranch {
    commit: RawCommit,
}

#[derive(Deserialize)]
struct RawCommit {
    sha: String,
}

#[derive(Deserialize)]
struct RawRef {
    name: String,
    target: RawTarget,
    #[serde(rename = "refUpdateRule", default, deserialize_with = "soft")]
    protection: Option<RawProtection>,
}

/// What a branch protection asks for: of it, who does not administer the repository sees this.
#[derive(Deserialize)]
struct RawProtection {
    #[serde(rename = "requiredStatusCheckContexts", default, deserialize_with = "list")]
    required: Vec<String>,
}

#[derive(Deserialize)]
struct RawTarget {
    oid: String,
}

#[derive(Deserialize, Default)]
struct RawTree {
    #[serde(default, deserialize_with = "list")]
    entries: Vec<RawEntry>,
}

#[derive(Deserialize)]
struct RawEntry {
    name: String,
    #[serde(default, deserialize_with = "soft")]
    object: Option<RawBlob>,
}

#[derive(Deserialize)]
struct RawBlob {
    #[serde(default, deserialize_with = "soft")]
    text: Option<String>,
    #[serde(rename = "isTruncated", default, deserialize_with = "soft")]
    cut: Option<bool>,
}

/// The overview, or that it is the same as before.
pub async fn overview(asking: &mut Asking<'_>, known: &Known, repository: &Repository, branch: Option<Arc<str>>) -> Result<News, Trouble> {
    if let Some(seen) = known.look(repository, branch.as_ref())
        && stands(asking, repository, &seen).await?
    {
        return Ok(News::Same);
    }
    let one = [Wanted { repository, branch: branch.as_ref(), name: String::new() }];
    let graph = ask(asking, &query(&one), variables(&one)?).await?;
    one.first().map_or(Err(Trouble::NoRepository), |one| take(&graph, known, one))
}

/// The overviews of several repositories with one query, in their order. None of them is taken for the same as before.
pub async fn overviews(
    asking: &mut Asking<'_>,
    known: &Known,
    repositories: &[(Repository, Option<Arc<str>>)],
) -> Result<Vec<Result<News, Trouble>>, Trouble> {
    let named = repositories.iter().enumerate();
    let wanted: Vec<Wanted<'_>> =
        named.map(|(place, (repository, branch))| Wanted { repository, branch: branch.as_ref(), name: place.to_string() }).collect();
    let mut answer = Answer::to(asking, &query(&wanted), variables(&wanted)?).await?;
    Ok(wanted.iter().map(|one| take(&answer.part(&one.root())?, known, one)).collect())
}

/// A repository that a query asks for, and what its names there end with.
struct Wanted<'w> {
    repository: &'w Repository,
    branch: Option<&'w Arc<str>>,
    name: String,
}

impl Wanted<'_> {
    fn root(&self) -> String {
        format!("repository{}", self.name)
    }
}

fn take(graph: &Graph, known: &Known, wanted: &Wanted<'_>) -> Result<News, Trouble> {
    let overview = read(graph, wanted.branch.is_some())?;
    known.saw(wanted.repository, wanted.branch, &overview);
    Ok(News::Overview(Box::new(overview)))
}

/// Whether the branch is where it was. One that is gone is not: then all is read again.
async fn stands(asking: &mut Asking<'_>, repository: &Repository, seen: &Seen) -> Result<bool, Trouble> {
    let url = format!("{}/branches/{}", asking.caller.home(repository)?, encoded(&seen.branch));
    let told = asking.page(repository, &url, |body| Ok(serde_json::from_slice::<RawBranch>(body)?.commit.sha)).await;
    match told {
        Ok(page) => Ok(page.value.eq_ignore_ascii_case(seen.head.as_str())),
        Err(Trouble::Refused(refusal)) if refusal.status == 404 => Ok(false),
        Err(trouble) => Err(trouble),
    }
}

fn query(wanted: &[Wanted<'_>]) -> String {
    let (mut parameters, mut parts) = (Vec::new(), String::new());
    for one in wanted {
        let name = &one.name;
        for parameter in ["owner", "name", "workflows", "catalogue"] {
            parameters.push(format!("${parameter}{name}: String!"));
        }
        let head = if one.branch.is_some() {
            parameters.push(format!("$branch{name}: String!"));
            format!("ref(qualifiedName: $branch{name})")
        } else {
            "defaultBranchRef".to_owned()
        };
        // Writing to a text cannot fail.
        let _ = writeln!(
            parts,
            "  {root}: repository(owner: $owner{name}, name: $name{name}) {{
    head: {head} {{ name target {{ oid }} refUpdateRule {{ requiredStatusCheckContexts }} }}
    workflows: object(expression: $workflows{name}) {{ ...folder }}
    catalogue: object(expression: $catalogue{name}) {{ ...file }}
  }}",
            root = one.root()
        );
    }
    format!("query Overview({}) {{\n{parts}}}\n{FRAGMENTS}", parameters.join(", "))
}

fn variables(wanted: &[Wanted<'_>]) -> Result<Value, Trouble> {
    let mut variables = serde_json::Map::new();
    for one in wanted {
        let (owner, name) = halves(one.repository)?;
        let at = one.branch.map_or_else(|| "HEAD".to_owned(), |branch| format!("refs/heads/{branch}"));
        let mut add = |variable: &str, value: String| variables.insert(format!("{variable}{}", one.name), Value::String(value));
        add("owner", owner.to_owned());
        add("name", name.to_owned());
        add("workflows", format!("{at}:{WORKFLOWS}"));
        add("catalogue", format!("{at}:{CATALOGUE}"));
        if one.branch.is_some() {
            add("branch", at);
        }
    }
    Ok(Value::Object(variables))
}

fn read(graph: &Graph, named: bool) -> Result<Overview, Trouble> {
    // A workflow that could not be told is not one that is not there.
    if ["head", "workflows", "catalogue"].iter().any(|part| graph.lacks(&[part])) {
        return Err(Trouble::Query(graph.complaint()));
    }
    let part = |name: &str| graph.repository.get(name).filter(|value| !value.is_null());
    let Some(head) = part("head") else {
        return Err(if named { Trouble::NoBranch } else { Trouble::Empty });
    };
    let head = RawRef::deserialize(head).map_err(|_| Trouble::Garbled("its branch has no commit".into()))?;
    let sha = Sha::new(&head.target.oid).ok_or_else(|| Trouble::Garbled("its newest commit has no hash".into()))?;
    let tree = part("workflows").and_then(|tree| RawTree::deserialize(tree).ok()).unwrap_or_default();
    let catalogue = part("catalogue").and_then(|blob| whole(RawBlob::deserialize(blob).ok()));
    let catalogue = catalogue.map(|text| Catalogue::new(&text)).unwrap_or_default();
    let is_yaml = |entry: &RawEntry| std::path::Path::new(&entry.name).extension().is_some_and(|end| end == "yml" || end == "yaml");
    let files = tree.entries.into_iter().filter(is_yaml).map(|entry| (format!("{WORKFLOWS}/{}", entry.name), whole(entry.object)));
    let files: Vec<(String, Option<String>)> = files.collect();
    let library = library(files.iter().take(MOST).filter_map(|(path, text)| Some((path.clone(), text.clone()?))));
    // What is not told of is not taken for a workflow that deploys nothing.
    let unread = files.iter().filter(|(path, _)| !library.contains_key(path)).map(|(path, _)| path.as_str().into()).collect();
    let pipelines = pipelines(&library, &head.name, &catalogue);
    let required = head.protection.into_iter().flat_map(|protection| protection.required).map(RequiredCheck::from).collect();
    Ok(Overview { branch: head.name.into(), head: sha, required, pipelines, unread, manual: manuals(&library) })
}

/// The text of a file, if all of it was told.
fn whole(blob: Option<RawBlob>) -> Option<String> {
    blob.filter(|blob| blob.cut != Some(true))?.text
}
