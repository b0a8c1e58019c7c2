//! Container images as a registry keeps them.
//!
//! Owns manifests, their digests, and which tag stands for which. A digest is
//! that of the manifest's text, as it is everywhere.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::chance::hash;
use crate::environment::{Name, Place};
use crate::moment::Moment;

/// The media type of an image.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The media type of an index: one image for each architecture.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The architectures that an index has an image of.
pub const ARCHITECTURES: [&str; 2] = ["amd64", "arm64"];

/// An image, or an index.
#[derive(Clone, Debug)]
pub struct Image {
    /// `sha256:` and the digest of the manifest.
    pub digest: Name,
    /// The manifest.
    pub manifest: String,
    /// Its media type.
    pub media: &'static str,
    /// The commit that it was built from.
    pub commit: Name,
    /// When it was pushed.
    pub pushed: Moment,
    /// How many bytes its layers have.
    pub size: u64,
    /// Its tags; those of what an index holds are none.
    pub tags: Vec<Name>,
    /// The architecture, of what an index holds.
    pub architecture: Option<&'static str>,
}

/// A repository of images.
#[derive(Clone, Debug)]
pub struct ImageRepository {
    /// Whose and where.
    pub place: Place,
    /// Its name.
    pub name: Name,
    /// When it was made.
    pub created: Moment,
    /// Its images, in the order in which they were pushed.
    pub images: Vec<Image>,
    /// Its own tags, as a resource.
    pub tags: Vec<(String, String)>,
    /// What is pushed to it is an index with an image for each architecture.
    pub index: bool,
}

impl ImageRepository {
    /// The address that images are pulled from, without a tag.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("{}.dkr.ecr.{}.amazonaws.com/{}", self.place.account, self.place.region, self.name)
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:ecr:{}:{}:repository/{}", self.place.region, self.place.account, self.name)
    }

    /// The image that a tag stands for.
    #[must_use]
    pub fn tagged(&self, tag: &str) -> Option<&Image> {
        self.images.iter().find(|image| image.tags.iter().any(|known| **known == *tag))
    }

    /// Pushes what was built from a commit; a tag stands for one image at a time.
    pub fn push(&mut self, commit: &Name, tags: &[Name], at: Moment) {
        for image in &mut self.images {
            image.tags.retain(|tag| !tags.contains(tag));
        }
        let mut top = if self.index {
            let parts = ARCHITECTURES.map(|architecture| image(commit, Some(architecture), at));
            let top = index(commit, &parts, at);
            for part in parts {
                self.keep(part);
            }
            top
        } else {
            image(commit, None, at)
        };
        top.tags = tags.to_vec();
        self.keep(top);
    }

    /// Keeps an image; the same one pushed once more is the same, and gains tags.
    fn keep(&mut self, image: Image) {
        match self.images.iter_mut().find(|known| known.digest == image.digest) {
            Some(known) => known.tags.extend(image.tags),
            None => self.images.push(image),
        }
    }
}

/// `sha256:` and the digest of a text.
#[must_use]
pub fn digest(text: &str) -> String {
    let hex: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// What was built from a commit, for one architecture or for the only one.
fn image(commit: &Name, architecture: Option<&'static str>, pushed: Moment) -> Image {
    let of = architecture.unwrap_or("amd64");
    let size = 80_000_000 + hash(commit) % 40_000_000;
    let layer = |name: &str| digest(&format!("{name} of {commit} for {of}"));
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": layer("config"), "size": 6_200 },
        "layers": [
            { "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest(&format!("base for {of}")), "size": size - 9_000_000 },
            { "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": layer("application"), "size": 9_000_000 },
        ],
    })
    .to_string();
    let digest = digest(&manifest).into();
    Image { digest, manifest, media: MANIFEST, commit: Arc::clone(commit), pushed, size, tags: Vec::new(), architecture }
}

fn index(commit: &Name, parts: &[Image], pushed: Moment) -> Image {
    let manifests: Vec<serde_json::Value> = parts
        .iter()
        .map(|part| {
            let platform = serde_json::json!({ "architecture": part.architecture, "os": "linux" });
            serde_json::json!({ "mediaType": part.media, "digest": &*part.digest, "size": part.manifest.len(), "platform": platform })
        })
        .collect();
    let manifest = serde_json::json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests }).to_string();
    let digest = digest(&manifest).into();
    let size = parts.iter().map(|part| part.size).sum();
    Image { digest, manifest, media: INDEX, commit: Arc::clone(commit), pushed, size, tags: Vec::new(), architecture: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(index: bool) -> ImageRepository {
        let place = Place { account: "111122223333".into(), region: "us-west-1".into() };
        ImageRepository { place, name: "shop".into(), created: Moment::from_millis(0), images: Vec::new(), tags: Vec::new(), index }
    }

    #[test]
    fn a_tag_stands_for_one_image_and_an_image_may_have_several() {
        let mut shop = repository(false);
        for (at, commit) in [(1, "aaa"), (2, "bbb")] {
            shop.push(&commit.into(), &[commit.into(), "latest".into()], Moment::from_millis(at));
        }
        let tags: Vec<Vec<&str>> = shop.images.iter().map(|image| image.tags.iter().map(|tag| &**tag).collect()).collect();
        assert_eq!(tags, [vec!["aaa"], vec!["bbb", "latest"]]);
        // The same commit once more is the same image.
        shop.push(&"aaa".into(), &["again".into()], Moment::from_millis(3));
        assert_eq!(shop.images.len(), 2);
        assert_eq!(&*shop.tagged("again").unwrap().commit, "aaa");
    }

    #[test]
    fn an_index_has_the_tags_and_its_images_have_none() {
        let mut shop = repository(true);
        shop.push(&"aaa".into(), &["aaa".into()], Moment::from_millis(1));
        let media: Vec<(&str, usize)> = shop.images.iter().map(|image| (image.media, image.tags.len())).collect();
        assert_eq!(media, [(MANIFEST, 0), (MANIFEST, 0), (INDEX, 1)]);
        let index = shop.tagged("aaa").unwrap();
        assert!(shop.images[..2].iter().all(|part| index.manifest.contains(&*part.digest)));
        assert_eq!(*index.digest, *digest(&index.manifest));
    }
}
