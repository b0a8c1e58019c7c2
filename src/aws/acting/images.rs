//! Images in a registry of ECR: whether one has been built.

use aws_sdk_ecr::types::ImageIdentifier;

use super::{Acting, Api, done, failed, operation};
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::Region;
use crate::model::operation::action::Place;
use crate::model::operation::evidence::Observed;

impl Acting {
    pub(super) async fn see_image(&self, place: &Place, region: &Region, repository: &str, tag: &str) -> Result<Observed, Fault> {
        let line = self.line(place, Some(region)).await?;
        let id = ImageIdentifier::builder().image_tag(tag).build();
        let ask = line.opened.images(&line.region).describe_images().repository_name(repository).image_ids(id);
        let told = match self.wire.ask(&line, operation(Api::Images, "DescribeImages", repository), || ask.clone().send()).await.told {
            Ok(told) => told,
            // The repository or the tag: the service says which.
            Err(fault) if fault.kind == FaultKind::Missing => {
                return Ok(failed(format!(
                    "{region} has no image {repository}:{tag} ({fault}): wait until it is built, or choose another"
                )));
            }
            Err(fault) => return Err(fault),
        };
        let Some(image) = told.image_details().first() else {
            return Ok(failed(format!("{region} has no image {repository}:{tag}: wait until it is built, or choose another")));
        };
        Ok(done(format!("{repository}:{tag} is {}", image.image_digest().unwrap_or("in the registry"))))
    }
}
