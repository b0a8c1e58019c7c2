//! ECR: image repositories, their images, and what tags stand for.
//!
//! Owns the JSON shapes and the refusals. What an image is, `registry` says.

use serde_json::{Value, json};

use super::json::{Answered, Body, page, seconds};
use super::{Call, Fault};
use crate::registry::{Image, ImageRepository};
use crate::world::World;

/// Answers a call.
///
/// # Errors
///
/// What ECR refuses it with.
pub fn answer(world: &World, call: &Call<'_>) -> Answered {
    match call.operation {
        "DescribeRepositories" => repositories(world, call),
        "DescribeImages" => images(world, call),
        "ListImages" => list(world, call),
        "BatchGetImage" => manifests(world, call),
        "ListTagsForResource" => tags(world, call),
        other => Err(Fault::unknown_json_operation(other)),
    }
}

fn here<'a>(world: &'a World, call: &'a Call<'_>) -> impl Iterator<Item = &'a ImageRepository> {
    world.registry.iter().filter(|repository| repository.place == call.place)
}

/// The repository of that name. ECR tells of its own registry only.
fn named<'a>(world: &'a World, call: &'a Call<'_>, name: &str) -> Result<&'a ImageRepository, Fault> {
    let registry = call.body.text("registryId").unwrap_or(&call.place.account);
    let found = here(world, call).find(|repository| *repository.name == *name && registry == &*call.place.account);
    found.ok_or_else(|| {
        let sentence = format!("The repository with name '{name}' does not exist in the registry with id '{registry}'");
        Fault::new(400, "RepositoryNotFoundException", sentence)
    })
}

fn asked<'a>(world: &'a World, call: &'a Call<'_>) -> Result<&'a ImageRepository, Fault> {
    named(world, call, call.body.text("repositoryName").ok_or_else(|| Fault::invalid_json("repositoryName"))?)
}

fn repositories(world: &World, call: &Call<'_>) -> Answered {
    let names = call.body.texts("repositoryNames");
    let found: Vec<&ImageRepository> = if names.is_empty() {
        here(world, call).collect()
    } else {
        names.into_iter().map(|name| named(world, call, name)).collect::<Result<_, _>>()?
    };
    let (page, next) = page(call, "image-repositories", &found, "maxResults", "nextToken", 100)?;
    let rows: Vec<Value> = page
        .iter()
        .map(|repository| {
            json!({
                "repositoryArn": repository.arn(),
                "registryId": &*repository.place.account,
                "repositoryName": &*repository.name,
                "repositoryUri": repository.uri(),
                "createdAt": seconds(repository.created),
                "imageTagMutability": "MUTABLE",
                "imageScanningConfiguration": { "scanOnPush": false },
                "encryptionConfiguration": { "encryptionType": "AES256" },
            })
        })
        .collect();
    Ok(Body::with(json!({ "repositories": rows }), "nextToken", next))
}

/// An image by what a request calls it.
struct Wanted<'a> {
    digest: Option<&'a str>,
    tag: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn all(call: &'a Call<'_>) -> Vec<Self> {
        let read =
            |id: &'a Value| Self { digest: id.get("imageDigest").and_then(Value::as_str), tag: id.get("imageTag").and_then(Value::as_str) };
        call.body.list("imageIds").iter().map(read).collect()
    }

    fn is(&self, image: &Image) -> bool {
        let by_digest = self.digest.is_none_or(|digest| *image.digest == *digest);
        let by_tag = self.tag.is_none_or(|tag| image.tags.iter().any(|known| **known == *tag));
        (self.digest.is_some() || self.tag.is_some()) && by_digest && by_tag
    }

    fn missing(&self, repository: &ImageRepository) -> Fault {
        let word = |part: Option<&str>| part.unwrap_or("null").to_owned();
        let sentence = format!(
            "The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist within the repository with name '{}' in the registry with id '{}'",
            word(self.digest),
            word(self.tag),
            repository.name,
            repository.place.account
        );
        Fault::new(400, "ImageNotFoundException", sentence)
    }
}

/// The images that a filter on tags lets through.
fn filtered<'a>(repository: &'a ImageRepository, call: &Call<'_>) -> Result<Vec<&'a Image>, Fault> {
    let tagged = match call.body.within("filter").text("tagStatus") {
        None | Some("ANY") => None,
        Some("TAGGED") => Some(true),
        Some("UNTAGGED") => Some(false),
        Some(_) => return Err(Fault::invalid_json("filter.tagStatus")),
    };
    Ok(repository.images.iter().filter(|image| tagged.is_none_or(|tagged| image.tags.is_empty() != tagged)).collect())
}

fn images(world: &World, call: &Call<'_>) -> Answered {
    let repository = asked(world, call)?;
    let wanted = Wanted::all(call);
    let mut next = None;
    let found: Vec<&Image> = if wanted.is_empty() {
        let all = filtered(repository, call)?;
        let (here, token) = page(call, "images", &all, "maxResults", "nextToken", 100)?;
        next = token;
        here.to_vec()
    } else {
        if ["maxResults", "nextToken", "filter"].iter().any(|key| call.body.has(key)) {
            let sentence = "Invalid parameter: 'imageIds' cannot be combined with 'maxResults', 'nextToken' or 'filter'";
            return Err(Fault::new(400, "InvalidParameterException", sentence));
        }
        let mut found: Vec<&Image> = Vec::new();
        for id in &wanted {
            let image = repository.images.iter().find(|image| id.is(image)).ok_or_else(|| id.missing(repository))?;
            // Two tags of one image are one image.
            if !found.iter().any(|known| known.digest == image.digest) {
                found.push(image);
            }
        }
        found
    };
    let rows: Vec<Value> = found.into_iter().map(|image| detail(repository, image)).collect();
    Ok(Body::with(json!({ "imageDetails": rows }), "nextToken", next))
}

fn detail(repository: &ImageRepository, image: &Image) -> Value {
    let mut row = json!({
        "registryId": &*repository.place.account,
        "repositoryName": &*repository.name,
        "imageDigest": &*image.digest,
        "imageSizeInBytes": image.size,
        "imagePushedAt": seconds(image.pushed),
        "imageManifestMediaType": image.media,
    });
    // An image without tags has no list of them, not an empty one.
    if let Some(row) = row.as_object_mut().filter(|_| !image.tags.is_empty()) {
        row.insert(String::from("imageTags"), json!(image.tags.iter().map(|tag| &**tag).collect::<Vec<_>>()));
    }
    row
}

fn list(world: &World, call: &Call<'_>) -> Answered {
    let repository = asked(world, call)?;
    let mut ids = Vec::new();
    for image in filtered(repository, call)? {
        if image.tags.is_empty() {
            ids.push(json!({ "imageDigest": &*image.digest }));
        }
        ids.extend(image.tags.iter().map(|tag| json!({ "imageDigest": &*image.digest, "imageTag": &**tag })));
    }
    let (page, next) = page(call, "image-ids", &ids, "maxResults", "nextToken", 100)?;
    Ok(Body::with(json!({ "imageIds": page }), "nextToken", next))
}

fn manifests(world: &World, call: &Call<'_>) -> Answered {
    let repository = asked(world, call)?;
    let wanted = Wanted::all(call);
    if wanted.is_empty() || wanted.len() > 100 {
        return Err(Fault::invalid_json("imageIds"));
    }
    let (mut images, mut failures) = (Vec::new(), Vec::new());
    for id in &wanted {
        let asked = json!({ "imageDigest": id.digest, "imageTag": id.tag });
        match repository.images.iter().find(|image| id.is(image)) {
            Some(image) => images.push(json!({
                "registryId": &*repository.place.account,
                "repositoryName": &*repository.name,
                "imageId": Body::without_nulls(json!({ "imageDigest": &*image.digest, "imageTag": id.tag })),
                "imageManifest": image.manifest,
                "imageManifestMediaType": image.media,
            })),
            None => failures.push(json!({
                "imageId": Body::without_nulls(asked),
                "failureCode": "ImageNotFound",
                "failureReason": "Requested image not found",
            })),
        }
    }
    Ok(json!({ "images": images, "failures": failures }))
}

fn tags(world: &World, call: &Call<'_>) -> Answered {
    let arn = call.body.text("resourceArn").ok_or_else(|| Fault::invalid_json("resourceArn"))?;
    let name = arn.split_once(":repository/").map_or(arn, |(_, name)| name);
    let repository = named(world, call, name)?;
    let tags: Vec<Value> = repository.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    Ok(json!({ "tags": tags }))
}
