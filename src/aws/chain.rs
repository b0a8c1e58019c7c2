//! What the credential chain sends passes the budgets too.
//!
//! Assuming a role or signing on calls STS and SSO: calls like any other, made
//! by the SDK on its own. They belong to no region that is read; they are
//! counted with what is asked of the account as a whole. The metadata service
//! of this machine or container is part of the machine: not limited, not counted.

use std::fmt;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use crate::model::id::Connection;
use crate::ops::limit::{BudgetKey, Limiter};

/// The APIs that hand out credentials, as the SDK's user agent names them, and their signing names.
const APIS: [(&str, &str); 3] = [("sts", "sts"), ("sso", "awsssoportal"), ("ssooidc", "sso-oauth")];

/// The HTTP client for finding a connection's credentials.
pub fn metered(inner: SharedHttpClient, limiter: Limiter, connection: Connection) -> SharedHttpClient {
    SharedHttpClient::new(Metered { inner, meter: Meter { limiter, connection } })
}

#[derive(Clone)]
struct Meter {
    limiter: Limiter,
    connection: Connection,
}

struct Metered<T> {
    inner: T,
    meter: Meter,
}

impl<T> fmt::Debug for Metered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metered").field("connection", &self.meter.connection).finish_non_exhaustive()
    }
}

impl HttpClient for Metered<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Metered { inner, meter: self.meter.clone() })
    }
}

impl HttpConnector for Metered<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(api) = api(&request) else { return self.inner.call(request) };
        let (inner, Meter { limiter, connection }) = (self.inner.clone(), self.meter.clone());
        HttpConnectorFuture::new(async move {
            let key = BudgetKey { connection, region: None, api };
            let _ = limiter.pass(&key).await;
            limiter.sent(&key);
            inner.call(request).await
        })
    }
}

/// Which API a request is for, by its client's own word: `… api/sts#1.124.0 …`.
fn api(request: &HttpRequest) -> Option<&'static str> {
    let agent = request.headers().get("x-amz-user-agent")?;
    let named = agent.split_ascii_whitespace().find_map(|word| word.strip_prefix("api/"))?;
    let name = named.split(['#', '/']).next()?;
    APIS.iter().find(|(known, _)| *known == name).map(|(_, signing)| *signing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canned::{Canned, Reply, limiter, xml};
    use crate::http;

    const ASSUMED: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
        <AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>\
        </Credentials></AssumeRoleResult></AssumeRoleResponse>";

    #[tokio::test]
    async fn assuming_a_role_is_a_call_like_any_other() {
        let server = Canned::serve(vec![xml(ASSUMED)]).await;
        let (limiter, connection) = (limiter(), Connection::from("work"));
        let keys = aws_credential_types::Credentials::new("A", "s", None, None, "test");
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_types::region::Region::new("us-west-1"))
            .endpoint_url(&server.url)
            .credentials_provider(keys)
            .http_client(metered(http::isolated(), limiter.clone(), connection.clone()))
            .build();
        let send = || aws_sdk_sts::Client::from_conf(config.clone()).assume_role().role_arn("arn").role_session_name("s").send();
        send().await.unwrap();
        send().await.unwrap();
        assert_eq!(server.asked().len(), 2);
        assert_eq!((limiter.calls().total, limiter.calls_to(&connection, None)), (2, 2));
    }

    #[tokio::test]
    async fn this_machine_s_own_metadata_is_no_call() {
        let server = Canned::serve(vec![Reply::Http(404, "text/plain", String::new())]).await;
        let limiter = limiter();
        let config = aws_config::provider_config::ProviderConfig::without_region().with_http_client(metered(
            http::isolated(),
            limiter.clone(),
            Connection::from("work"),
        ));
        let metadata = aws_config::imds::Client::builder().configure(&config).endpoint(&server.url).unwrap().build();
        assert!(metadata.get("/latest/meta-data/iam").await.is_err());
        assert!(!server.asked().is_empty());
        assert_eq!(limiter.calls().total, 0);
    }
}
