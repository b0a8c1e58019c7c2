//! ECR: which commit an image was built from, by its tags.
//!
//! A digest is the image itself and keeps its meaning, so that is remembered. A tag that is no commit may have been
//! moved: it tells what runs only if that has not happened since the instance was launched.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_ecr::types::{DescribeImagesFilter, ImageDetail, ImageIdentifier, TagStatus};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::super::call::{Answer, Line, Operation, Wire};
use super::super::told::moment;
use super::image_tags::{self, Named};
use super::pages;
use crate::model::clock::Timestamp;
use crate::model::compute::ImageRepository;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{Connection, Sha};

/// For how long it is remembered what a tag stands for, or that a digest stands for nothing.
const FRESH: Duration = Duration::from_secs(60);
/// How soon the indexes of a repository are looked through again.
const INDEXES_PAUSE: Duration = Duration::from_secs(300);
/// How many indexes are looked through, the newest first.
const MOST_INDEXES: usize = 30;
/// The media types of a manifest that lists others: one image for each architecture.
const INDEXES: [&str; 2] = ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

/// Asks ECR about images. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Images {
    wire: Wire,
    memory: Arc<Mutex<HashMap<(Connection, ImageRepository), Memory>>>,
}

#[derive(Default)]
struct Memory {
    /// What the digest of an image stands for; looked up again where it stood for nothing.
    digests: HashMap<String, (Instant, Option<Sha>)>,
    /// What tags stand for.
    tags: HashMap<String, (Instant, Option<Tagged>)>,
    /// What the images of indexes stand for, and when that was looked up.
    children: HashMap<String, Sha>,
    searched_at: Option<Instant>,
}

/// The image of a tag.
#[derive(Clone)]
struct Tagged {
    commit: Option<Sha>,
    pushed_at: Option<Timestamp>,
}

impl Images {
    pub fn new(wire: Wire) -> Self {
        Self { wire, memory: Arc::default() }
    }

    /// The commit of what an instance runs that has run since then; none where it cannot be told.
    pub async fn commit(
        &self,
        line: &Line,
        repository: &ImageRepository,
        named: &Named,
        since: Option<Timestamp>,
    ) -> Result<Option<Sha>, Fault> {
        if let Some(commit) = named.commit() {
            return Ok(Some(commit));
        }
        let there = self.wire.line(&line.connection, Some(&repository.region)).await;
        let mut memory = self.memory.lock().await;
        let known = memory.entry((line.connection.clone(), repository.clone())).or_default();
        match named {
            Named::Digest(digest) => self.of_digest(&there, repository, digest, known).await,
            Named::Tag(tag) => {
                let told = self.of_tag(&there, repository, tag, known).await?;
                let stood = |told: &Tagged| told.pushed_at.zip(since).is_some_and(|(pushed, since)| pushed <= since);
                Ok(told.filter(stood).and_then(|told| told.commit))
            }
        }
    }

    async fn of_digest(&self, line: &Line, repository: &ImageRepository, digest: &str, known: &mut Memory) -> Result<Option<Sha>, Fault> {
        let now = Instant::now();
        if let Some((at, commit)) = known.digests.get(digest)
            && (commit.is_some() || now.saturating_duration_since(*at) < FRESH)
        {
            return Ok(commit.clone());
        }
        let id = ImageIdentifier::builder().image_digest(digest).build();
        let mut commit = self.image(line, repository, id).await?.and_then(|told| image_tags::commit(told.image_tags()));
        if commit.is_none() {
            // The images in an index carry no tags: the index does.
            self.read_indexes(line, repository, known, now).await?;
            commit = known.children.get(digest).cloned();
        }
        known.digests.insert(digest.to_owned(), (now, commit.clone()));
        Ok(commit)
    }

    async fn of_tag(&self, line: &Line, repository: &ImageRepository, tag: &str, known: &mut Memory) -> Result<Option<Tagged>, Fault> {
        let now = Instant::now();
        if let Some((at, told)) = known.tags.get(tag)
            && now.saturating_duration_since(*at) < FRESH
        {
            return Ok(told.clone());
        }
        let id = ImageIdentifier::builder().image_tag(tag).build();
        let told = self.image(line, repository, id).await?;
        let told = told.map(|told| Tagged { commit: image_tags::commit(told.image_tags()), pushed_at: moment(told.image_pushed_at()) });
        known.tags.insert(tag.to_owned(), (now, told.clone()));
        Ok(told)
    }

    /// One image; none where the repository does not have it (any more).
    async fn image(&self, line: &Line, repository: &ImageRepository, id: ImageIdentifier) -> Result<Option<ImageDetail>, Fault> {
        let send = line.opened.images(&line.region).describe_images().repository_name(&*repository.name).image_ids(id).send();
        match self.wire.call(line, operation("DescribeImages", repository), send).await.told {
            Ok(told) => Ok(told.image_details.unwrap_or_default().into_iter().next()),
            Err(fault) if fault.kind == FaultKind::Missing && !fault.sentence.contains("RepositoryNotFound") => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Looks up which images the tagged indexes hold.
    async fn read_indexes(&self, line: &Line, repository: &ImageRepository, known: &mut Memory, now: Instant) -> Result<(), Fault> {
        if known.searched_at.is_some_and(|at| now.saturating_duration_since(at) < INDEXES_PAUSE) {
            return Ok(());
        }
        let mut indexes = self.indexes(line, repository).await?;
        indexes.sort_by_key(|told| std::cmp::Reverse(told.image_pushed_at().map(aws_smithy_types::DateTime::secs)));
        indexes.truncate(MOST_INDEXES);
        known.searched_at = Some(now);
        if indexes.is_empty() {
            return Ok(());
        }
        let id = |told: &ImageDetail| ImageIdentifier::builder().set_image_digest(told.image_digest.clone()).build();
        let ask = line.opened.images(&line.region).batch_get_image().repository_name(&*repository.name);
        let ask = ask.set_image_ids(Some(indexes.iter().map(id).collect()));
        let ask = ask.set_accepted_media_types(Some(INDEXES.map(str::to_owned).to_vec()));
        let told = self.wire.call(line, operation("BatchGetImage", repository), ask.send()).await.told?;
        for image in told.images() {
            let digest = image.image_id().and_then(|id| id.image_digest());
            let index = indexes.iter().find(|told| told.image_digest() == digest);
            let Some(commit) = index.and_then(|told| image_tags::commit(told.image_tags())) else { continue };
            known.children.extend(children(image.image_manifest()).into_iter().map(|child| (child, commit.clone())));
        }
        Ok(())
    }

    async fn indexes(&self, line: &Line, repository: &ImageRepository) -> Result<Vec<ImageDetail>, Fault> {
        let operation = operation("DescribeImages", repository);
        let client = line.opened.images(&line.region);
        let pages = pages::all(line, operation, |token| {
            let tagged = DescribeImagesFilter::builder().tag_status(TagStatus::Tagged).build();
            let ask = client.describe_images().repository_name(&*repository.name).filter(tagged).set_next_token(token);
            Box::pin(async move {
                let Answer { stamp, told } = self.wire.call(line, operation, ask.send()).await;
                Answer { stamp, told: told.map(|page| (page.image_details.unwrap_or_default(), page.next_token)) }
            })
        });
        let is_index = |told: &ImageDetail| told.image_manifest_media_type().is_some_and(|kind| INDEXES.contains(&kind));
        Ok(pages.await.told?.into_iter().filter(is_index).collect())
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
