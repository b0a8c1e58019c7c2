//! ECR: which commit an image was built from, by its tags.
//!
//! A digest is the image itself and keeps its meaning, so that is remembered. A tag that is no commit may have been
//! moved: ECR tells where it stands now and when that image was pushed, never when the tag came there. So what such a
//! tag tells of an instance is a conclusion, and is told as one.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use aws_sdk_ecr::types::{ImageDetail, ImageIdentifier};
use tokio::time::Instant;

use super::super::call::{Answer, Line, Operation, Wire};
use super::super::told::moment;
use super::image_tags::{self, Named};
use super::pages;
use super::shards::Shards;
use crate::model::clock::{Timestamp, seconds_since};
use crate::model::compute::ImageRepository;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{Connection, Sha};

/// For how long it is remembered what a tag stands for, or that a digest stands for nothing.
const FRESH: Duration = Duration::from_secs(60);
/// For how long it is remembered which indexes a repository has.
const INDEXES_FRESH: Duration = Duration::from_secs(300);
/// For how long nobody asks again after a failure: the machines of an environment are looked up one behind the other.
const FAILED: Duration = Duration::from_secs(4);
/// By how many seconds the clocks of this machine and of AWS may differ.
const SKEW: u64 = 600;
/// How many images one page tells, and how many one question may name (ECR's API reference, "DescribeImages",
/// "BatchGetImage").
const PAGE: i32 = 1_000;
const MOST_ASKED: usize = 100;
/// The media types of a manifest that lists others: one image for each architecture.
const INDEXES: [&str; 2] = ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

/// What ECR tells of what an instance runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Resolved {
    /// The image itself was built from this commit.
    Image(Sha),
    /// The tag stands for an image of this commit, and has not been seen to stand anywhere else since the launch.
    Tag(Sha),
    /// Nothing.
    Nothing,
}

/// Asks ECR about images. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Images {
    wire: Wire,
    memory: Shards<(Connection, ImageRepository), Memory>,
}

#[derive(Default)]
struct Memory {
    /// What the digest of an image stands for; looked up again where it stood for nothing.
    digests: HashMap<String, (Instant, Option<Sha>)>,
    /// What the images of indexes stand for.
    children: HashMap<String, Sha>,
    /// The indexes that were opened.
    opened: HashSet<String>,
    /// All images, as they were listed last.
    catalogue: Option<Catalogue>,
    /// The latest launch of an instance that anybody asked for.
    latest: Option<Timestamp>,
    /// Why ECR could not be asked, a moment ago.
    failed: Option<(Instant, Fault)>,
}

impl Memory {
    /// The commit of a digest that was looked up before.
    fn remembered(&self, named: &Named) -> Option<Sha> {
        match named {
            Named::Digest(digest) => self.digests.get(digest)?.1.clone(),
            Named::Tag(_) => None,
        }
    }
}

/// What there is in a repository, as far as it matters here.
struct Catalogue {
    at: Instant,
    /// When that was by this machine's clock.
    asked_at: Timestamp,
    /// The latest launch that was known then, by the clock of AWS.
    latest: Option<Timestamp>,
    /// When the last image was pushed.
    newest: Option<Timestamp>,
    /// The images of tags that are no commits.
    tags: HashMap<String, Tagged>,
    /// The indexes whose tags are a commit.
    indexes: Vec<Index>,
}

/// The image of a tag.
struct Tagged {
    commit: Option<Sha>,
    pushed_at: Option<Timestamp>,
}

/// A manifest that lists others.
struct Index {
    digest: String,
    commit: Sha,
    pushed_at: Option<Timestamp>,
}

impl Catalogue {
    fn of(asked_at: Timestamp, latest: Option<Timestamp>, images: Vec<ImageDetail>) -> Self {
        let mut catalogue = Self { at: Instant::now(), asked_at, latest, newest: None, tags: HashMap::new(), indexes: Vec::new() };
        for image in images {
            let pushed_at = moment(image.image_pushed_at());
            catalogue.newest = catalogue.newest.max(pushed_at);
            let commit = image_tags::commit(image.image_tags());
            for tag in image.image_tags().iter().filter(|tag| image_tags::is_moving(tag)) {
                catalogue.tags.insert(tag.clone(), Tagged { commit: commit.clone(), pushed_at });
            }
            let is_index = image.image_manifest_media_type().is_some_and(|kind| INDEXES.contains(&kind));
            if let Some((digest, commit)) = image.image_digest.zip(commit).filter(|_| is_index) {
                catalogue.indexes.push(Index { digest, commit, pushed_at });
            }
        }
        catalogue
    }

    /// Whether it was read after a launch: one that was not does not tell what was pushed between.
    fn is_after(&self, launched: Option<Timestamp>) -> bool {
        let is_long_ago = |launched: Timestamp| seconds_since(launched, self.asked_at) > SKEW;
        launched.is_none_or(|launched| self.latest.is_some_and(|latest| launched <= latest) || is_long_ago(launched))
    }

    /// The commit that a tag stood for when an instance was launched.
    ///
    /// Only where its image was there then and nothing was pushed since that image: what was pushed in between may
    /// have had the tag before it came back. A tag that was put back without a push is not seen.
    fn stood(&self, tag: &str, launched: Option<Timestamp>) -> Option<Sha> {
        let told = self.tags.get(tag)?;
        let is_newest = told.pushed_at.is_some() && told.pushed_at == self.newest;
        let was_there = told.pushed_at.zip(launched).is_some_and(|(pushed, launched)| pushed <= launched);
        told.commit.clone().filter(|_| is_newest && was_there)
    }
}

impl Images {
    pub fn new(wire: Wire) -> Self {
        Self { wire, memory: Shards::default() }
    }

    /// What an instance runs that was launched then and says this of itself.
    pub async fn resolve(
        &self,
        line: &Line,
        repository: &ImageRepository,
        named: &Named,
        launched: Option<Timestamp>,
    ) -> Result<Resolved, Fault> {
        let there = self.wire.line(&line.connection, Some(&repository.region)).await;
        let mut known = self.memory.hold((line.connection.clone(), repository.clone())).await;
        if let Some(commit) = known.remembered(named) {
            return Ok(Resolved::Image(commit));
        }
        if let Some((_, fault)) = known.failed.as_ref().filter(|(at, _)| at.elapsed() < FAILED) {
            return Err(fault.clone());
        }
        let told = self.look_up(&there, repository, named, launched, &mut known).await;
        known.failed = told.as_ref().err().map(|fault| (Instant::now(), fault.clone()));
        told
    }

    async fn look_up(
        &self,
        line: &Line,
        repository: &ImageRepository,
        named: &Named,
        launched: Option<Timestamp>,
        known: &mut Memory,
    ) -> Result<Resolved, Fault> {
        let told = match named {
            Named::Digest(digest) => self.of_digest(line, repository, digest, known).await?.map(Resolved::Image),
            Named::Tag(tag) => {
                known.catalogue.take_if(|catalogue| !catalogue.is_after(launched));
                known.latest = known.latest.max(launched);
                self.catalogue(line, repository, known, FRESH).await?.stood(tag, launched).map(Resolved::Tag)
            }
        };
        Ok(told.unwrap_or(Resolved::Nothing))
    }

    async fn of_digest(&self, line: &Line, repository: &ImageRepository, digest: &str, known: &mut Memory) -> Result<Option<Sha>, Fault> {
        // One that stands for a commit was remembered before anybody was asked.
        if known.digests.get(digest).is_some_and(|(at, _)| at.elapsed() < FRESH) {
            return Ok(None);
        }
        let mut commit = None;
        if let Some(image) = self.image(line, repository, digest).await? {
            commit = image_tags::commit(image.image_tags());
            if commit.is_none() {
                // The images in an index carry no tags: the index does.
                commit = self.of_index(line, repository, digest, moment(image.image_pushed_at()), known).await?;
            }
        }
        known.digests.insert(digest.to_owned(), (Instant::now(), commit.clone()));
        Ok(commit)
    }

    /// One image; none where the repository does not have it (any more).
    async fn image(&self, line: &Line, repository: &ImageRepository, digest: &str) -> Result<Option<ImageDetail>, Fault> {
        let id = ImageIdentifier::builder().image_digest(digest).build();
        let send = line.opened.images(&line.region).describe_images().repository_name(&*repository.name).image_ids(id).send();
        match self.wire.call(line, operation("DescribeImages", repository), send).await.told {
            Ok(told) => Ok(told.image_details.unwrap_or_default().into_iter().next()),
            Err(fault) if fault.kind == FaultKind::Missing && !fault.sentence.contains("RepositoryNotFound") => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// The commit of the index that lists an image which was pushed then.
    ///
    /// An index is pushed right after its images: those whose moments are nearest are opened, as many as one call
    /// takes. So it does not matter how many a repository holds.
    async fn of_index(
        &self,
        line: &Line,
        repository: &ImageRepository,
        digest: &str,
        pushed_at: Option<Timestamp>,
        known: &mut Memory,
    ) -> Result<Option<Sha>, Fault> {
        if let Some(commit) = known.children.get(digest) {
            return Ok(Some(commit.clone()));
        }
        self.catalogue(line, repository, known, INDEXES_FRESH).await?;
        let listed = known.catalogue.iter().flat_map(|catalogue| &catalogue.indexes);
        let mut indexes: Vec<&Index> = listed.filter(|index| !known.opened.contains(&index.digest)).collect();
        let apart = |index: &Index| match index.pushed_at.zip(pushed_at) {
            Some((own, other)) => own.duration_since(other).abs().as_millis(),
            None => i128::MAX,
        };
        indexes.sort_by_key(|index| apart(index));
        let wanted: HashMap<String, Sha> =
            indexes.into_iter().take(MOST_ASKED).map(|index| (index.digest.clone(), index.commit.clone())).collect();
        self.open(line, repository, wanted, known).await?;
        Ok(known.children.get(digest).cloned())
    }

    /// Looks up which images these indexes list.
    async fn open(&self, line: &Line, repository: &ImageRepository, wanted: HashMap<String, Sha>, known: &mut Memory) -> Result<(), Fault> {
        if wanted.is_empty() {
            return Ok(());
        }
        let id = |digest: &String| ImageIdentifier::builder().image_digest(digest).build();
        let ask = line.opened.images(&line.region).batch_get_image().repository_name(&*repository.name);
        let ask = ask.set_image_ids(Some(wanted.keys().map(id).collect()));
        let ask = ask.set_accepted_media_types(Some(INDEXES.map(str::to_owned).to_vec()));
        let told = self.wire.call(line, operation("BatchGetImage", repository), ask.send()).await.told?;
        for image in told.images() {
            let Some((digest, commit)) = image.image_id().and_then(|id| wanted.get_key_value(id.image_digest()?)) else { continue };
            known.opened.insert(digest.clone());
            known.children.extend(children(image.image_manifest()).into_iter().map(|child| (child, commit.clone())));
        }
        Ok(())
    }

    /// What there is in a repository, as it was no longer ago than this.
    async fn catalogue<'k>(
        &self,
        line: &Line,
        repository: &ImageRepository,
        known: &'k mut Memory,
        no_older: Duration,
    ) -> Result<&'k Catalogue, Fault> {
        let fresh = known.catalogue.take().filter(|catalogue| catalogue.at.elapsed() < no_older);
        let catalogue = match fresh {
            Some(fresh) => fresh,
            None => Catalogue::of(self.wire.stamp().asked_at, known.latest, self.all(line, repository).await?),
        };
        Ok(known.catalogue.insert(catalogue))
    }

    async fn all(&self, line: &Line, repository: &ImageRepository) -> Result<Vec<ImageDetail>, Fault> {
        let operation = operation("DescribeImages", repository);
        let client = line.opened.images(&line.region);
        let pages = pages::all(line, operation, |token| {
            let ask = client.describe_images().repository_name(&*repository.name).max_results(PAGE).set_next_token(token);
            Box::pin(async move {
                let Answer { stamp, told } = self.wire.call(line, operation, ask.send()).await;
                Answer { stamp, told: told.map(|page| (page.image_details.unwrap_or_default(), page.next_token)) }
            })
        });
        pages.await.told
    }
}

fn operation<'a>(name: &'static str, repository: &'a ImageRepository) -> Operation<'a> {
    Operation { api: "ecr", service: "ECR", name, about: Some(&repository.name), in_turn: false }
}

/// The digests that an index lists; a text that is no index lists none.
fn children(manifest: Option<&str>) -> Vec<String> {
    let index: Option<serde_json::Value> = manifest.and_then(|text| serde_json::from_str(text).ok());
    let listed = index.as_ref().and_then(|index| index.get("manifests")?.as_array());
    let digests = listed.into_iter().flatten().filter_map(|child| child.get("digest")?.as_str());
    digests.map(str::to_owned).collect()
}
