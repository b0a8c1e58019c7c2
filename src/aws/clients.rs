//! The SDK's clients: one set for each (connection, region), made when first needed.
//!
//! Owns how a connection is authenticated and where its calls go. Nothing is
//! read (no profile file, no trust roots, no metadata service) before the
//! first call. The SDK's own retries are off: they would bypass the budgets.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::identity::IdentityCache;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::identity::ResolveCachedIdentity;
use aws_types::service_config::ServiceConfigKey;
use tokio::time::Instant;

use super::connection::{Access, ConnectionSettings, Keys};
use super::kept::Kept;
use super::logs::PlainHost;
use super::profiles::MfaDevice;
use super::sent::Departures;
use super::whole::WholeAnswers;
use super::{chain, fetch, http, local, profiles};
use crate::model::id::{AccountId, Connection, Region};
use crate::ops::limit::Limiter;

/// How soon after they were read the profile files may be read again.
const RENEW_AFTER: Duration = Duration::from_secs(3);
/// Where to ask when nobody named a region.
const FALLBACK_REGION: &str = "us-east-1";

/// Every client of the program. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Clients {
    inner: Arc<Inner>,
}

struct Inner {
    ways: Mutex<HashMap<Connection, Arc<Way>>>,
    /// Who writes through a connection, where that is another than who reads. Nothing opens one before something is sent.
    writers: HashMap<Connection, Arc<Way>>,
    http: SharedHttpClient,
    limiter: Limiter,
}

impl Clients {
    /// Clients for these connections, which find credentials out of these
    /// budgets. Reads and connects nothing yet.
    #[must_use]
    pub fn new(connections: impl IntoIterator<Item = ConnectionSettings>, limiter: Limiter) -> Self {
        let http = http::shared();
        let way = |settings| Arc::new(Way::new(settings, &http, &limiter));
        let (mut ways, mut writers) = (HashMap::new(), HashMap::new());
        for settings in connections {
            let connection = settings.connection.clone();
            writers.extend(settings.writer().map(|settings| (connection.clone(), way(settings))));
            ways.insert(connection, way(settings));
        }
        Self { inner: Arc::new(Inner { ways: Mutex::new(ways), writers, http, limiter }) }
    }

    /// A connection. One that nobody configured is the profile of its name.
    pub(super) fn way(&self, connection: &Connection) -> Arc<Way> {
        let mut ways = self.inner.ways.lock().unwrap_or_else(PoisonError::into_inner);
        let way = ways.entry(connection.clone()).or_insert_with(|| {
            let profile = Some(connection.as_str()).filter(|name| *name != "default").map(str::to_owned);
            let settings = ConnectionSettings { connection: connection.clone(), profile, ..ConnectionSettings::default_chain() };
            Arc::new(Way::new(settings, &self.inner.http, &self.inner.limiter))
        });
        let way = Arc::clone(way);
        drop(ways);
        way
    }

    /// Who writes through a connection, where that is another than who reads.
    pub(super) fn writer(&self, connection: &Connection) -> Option<Arc<Way>> {
        self.inner.writers.get(connection).cloned()
    }

    /// The region in which questions about a connection's whole account are asked:
    /// the environment's, else the profile's, else its first configured one, else us-east-1.
    pub async fn home_region(&self, connection: &Connection) -> Region {
        self.way(connection).open().await.home.clone()
    }
}

/// One connection with what was made for it.
pub(super) struct Way {
    settings: ConnectionSettings,
    http: SharedHttpClient,
    /// What fetches from elsewhere.
    fetcher: SharedHttpConnector,
    /// What finds credentials: every call it makes passes a budget by itself.
    chain: SharedHttpClient,
    opened: tokio::sync::Mutex<Option<Arc<Opened>>>,
    generation: AtomicU64,
    account: Mutex<Option<AccountId>>,
    /// Held while the account is being asked for, so that it is asked for once.
    pub(super) asking: tokio::sync::Mutex<()>,
}

impl Way {
    fn new(settings: ConnectionSettings, shared: &SharedHttpClient, limiter: &Limiter) -> Self {
        let http = if settings.access.isolated { http::isolated() } else { shared.clone() };
        Self {
            chain: chain::metered(http.clone(), limiter.clone(), settings.connection.clone()),
            fetcher: http::fetcher(!settings.access.isolated),
            settings,
            http,
            opened: tokio::sync::Mutex::default(),
            generation: AtomicU64::new(0),
            account: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// Fetches what is at an address that an API has told, without credentials: at most so much, within the time of an
    /// answer.
    ///
    /// # Errors
    /// Why not, as a part of a sentence. Whoever has the address may have what is there, so nothing repeats it.
    pub(super) async fn fetch(&self, address: &str) -> Result<Vec<u8>, String> {
        // Without TLS only where nothing leaves this machine or a test's network.
        if !address.starts_with("https://") && !local::is_literal(address) {
            return Err("its address is not one over TLS".to_owned());
        }
        let fetching = fetch::fetch(&self.fetcher, address);
        tokio::time::timeout(self.settings.timeout, fetching).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }

    /// When it is at an address, as its server says, within the time of an answer. No credentials are sent.
    ///
    /// # Errors
    /// Why it does not say, as a part of a sentence.
    pub(super) async fn date(&self, address: &str) -> Result<String, String> {
        let asking = fetch::date(&self.fetcher, address);
        tokio::time::timeout(self.settings.timeout, asking).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }

    pub(super) const fn settings(&self) -> &ConnectionSettings {
        &self.settings
    }

    /// The account, once something showed it.
    pub(super) fn account(&self) -> Option<AccountId> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers the account that answered to these credentials. What those answer late that were found anew since,
    /// tells nothing of the ones that are used now.
    pub(super) fn remember(&self, account: &AccountId, seen: &Opened) {
        // The counter stands one past the newest.
        if self.generation.load(Ordering::Relaxed) != seen.generation + 1 {
            return;
        }
        let mut known = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref() != Some(account) {
            *known = Some(account.clone());
        }
    }

    /// The connection's configuration, read now if it has not been.
    pub(super) async fn open(&self) -> Arc<Opened> {
        let mut opened = self.opened.lock().await;
        if let Some(opened) = opened.as_ref() {
            return Arc::clone(opened);
        }
        // Boxed: everything that opens a connection would be as large as this.
        let (config, mfa) = Box::pin(self.find()).await;
        let fresh = Arc::new(Opened::new(config, mfa, self.generation.fetch_add(1, Ordering::Relaxed)));
        *self.account.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *opened = Some(Arc::clone(&fresh));
        fresh
    }

    /// The configuration, and the MFA device that it asks for.
    async fn find(&self) -> (SdkConfig, Option<MfaDevice>) {
        let config = if self.settings.access.isolated { self.isolated() } else { self.discovered().await };
        let mfa = if self.settings.is_by_profile() { profiles::mfa_device(self.settings.profile.as_deref()).await } else { None };
        let config = self.with_kept(config, mfa.as_ref());
        // The chain has its client by now; the services' calls pass their budgets before they get here.
        (self.assumed(config).await.into_builder().http_client(self.http.clone()).build(), mfa)
    }

    /// Has the credentials found anew before the next call: those of `seen` have expired or were not there.
    ///
    /// The SDK keeps both profile files and credentials without an expiry; so
    /// all is thrown away. Not more often than every few seconds: where a
    /// hundred calls fail at once, one reading of the files serves them all.
    pub(super) async fn renew(&self, seen: &Opened) {
        let same = |now: &mut Arc<Opened>| now.generation == seen.generation && now.at.elapsed() >= RENEW_AFTER;
        if self.opened.lock().await.take_if(same).is_some() {
            // New credentials may be another account's.
            *self.account.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// A configuration made of nothing but the settings.
    fn isolated(&self) -> SdkConfig {
        let Access { endpoint, keys, isolated: _ } = &self.settings.access;
        let mut builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_types::region::Region::new(self.first_region().to_owned()))
            .http_client(self.chain.clone())
            .identity_cache(identity_cache(&self.settings))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts(&self.settings))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .use_fips(false)
            .use_dual_stack(false);
        builder.set_endpoint_url(endpoint.clone());
        builder.set_credentials_provider(keys.as_ref().map(credentials));
        builder.build()
    }

    /// A configuration as the environment and the profile files have it.
    async fn discovered(&self) -> SdkConfig {
        let Access { endpoint, keys, isolated: _ } = &self.settings.access;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(self.region_chain())
            .http_client(self.chain.clone())
            .identity_cache(identity_cache(&self.settings))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts(&self.settings))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Ok(name) = AppName::new("quarterdeck") {
            loader = loader.app_name(name);
        }
        if let Some(endpoint) = endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some(profile) = &self.settings.profile {
            loader = loader.profile_name(profile).credentials_provider(self.profile_credentials(profile).await);
        }
        if let Some(keys) = keys {
            loader = loader.credentials_provider(credentials(keys));
        }
        loader.load().await
    }

    /// The same with what the AWS command line has got for a role that wants a code, where it has.
    fn with_kept(&self, found: SdkConfig, mfa: Option<&MfaDevice>) -> SdkConfig {
        let source = found.clone().into_builder().http_client(self.chain.clone()).time_source(SystemTimeSource::new()).build();
        let (Some(kept), Some(usual)) = (mfa.and_then(|mfa| Kept::of(mfa, &source)), found.credentials_provider()) else {
            return found;
        };
        let chain = CredentialsProviderChain::first_try("kept", kept).or_else("usual", usual);
        found.into_builder().credentials_provider(SharedCredentialsProvider::new(chain)).build()
    }

    /// The same with the credentials of the role, where one is configured: what was found so far assumes it. That is
    /// asked for when first needed, and again before it runs out.
    async fn assumed(&self, source: SdkConfig) -> SdkConfig {
        let Some(role) = &self.settings.role else { return source };
        let source = source.into_builder().http_client(self.chain.clone()).time_source(SystemTimeSource::new()).build();
        let mut provider = AssumeRoleProvider::builder(&*role.arn).session_name(&*role.session).configure(&source);
        if let Some(id) = &role.external_id {
            provider = provider.external_id(&**id);
        }
        let provider = SharedCredentialsProvider::new(provider.build().await);
        source.into_builder().credentials_provider(provider).build()
    }

    /// The credentials of a named profile, and nothing else: the SDK's chain
    /// would prefer keys in the environment to the profile that was asked for.
    async fn profile_credentials(&self, profile: &str) -> ProfileFileCredentialsProvider {
        let region = self.region_chain().region().await;
        let config = ProviderConfig::without_region()
            .with_region(region)
            .with_http_client(self.chain.clone())
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_retry_config(RetryConfig::disabled())
            .with_timeout_config(timeouts(&self.settings));
        ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build()
    }

    /// The SDK's own chain goes on to the metadata service, which costs seconds where there is none.
    fn region_chain(&self) -> RegionProviderChain {
        let mut profile = ProfileFileRegionProvider::builder();
        if let Some(name) = &self.settings.profile {
            profile = profile.profile_name(name);
        }
        RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
            .or_else(profile.build())
            .or_else(aws_types::region::Region::new(self.first_region().to_owned()))
    }

    fn first_region(&self) -> &str {
        self.settings.regions.as_ref().and_then(|regions| regions.first()).map_or(FALLBACK_REGION, Region::as_str)
    }
}

fn credentials(keys: &Keys) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(&keys.access_key, &keys.secret, keys.session.clone(), None, "quarterdeck"))
}

fn identity_cache(settings: &ConnectionSettings) -> impl ResolveCachedIdentity + 'static {
    IdentityCache::lazy().load_timeout(settings.credentials_timeout()).build()
}

/// The read timeout is that of an answer. The operation's includes finding
/// credentials: with the answer's alone, those that take longer would never be
/// found, and a slow credential process would be taken for a slow region.
fn timeouts(settings: &ConnectionSettings) -> TimeoutConfig {
    let all = settings.timeout + settings.credentials_timeout();
    TimeoutConfig::builder()
        .connect_timeout(settings.connect_timeout())
        .read_timeout(settings.timeout)
        .operation_attempt_timeout(all)
        .operation_timeout(all)
        .build()
}

/// A connection's configuration once it was read, with the clients made from it.
pub(super) struct Opened {
    config: SdkConfig,
    /// Where questions about the whole account are asked.
    pub(super) home: Region,
    /// The MFA device that the profile asks for a code of.
    pub(super) mfa: Option<MfaDevice>,
    generation: u64,
    at: Instant,
    beanstalk: Mutex<HashMap<Region, aws_sdk_elasticbeanstalk::Client>>,
    balancing: Mutex<HashMap<Region, aws_sdk_elasticloadbalancingv2::Client>>,
    compute: Mutex<HashMap<Region, aws_sdk_ec2::Client>>,
    images: Mutex<HashMap<Region, aws_sdk_ecr::Client>>,
    commands: Mutex<HashMap<Region, aws_sdk_ssm::Client>>,
    scaling: Mutex<HashMap<Region, aws_sdk_autoscaling::Client>>,
    logs: Mutex<HashMap<Region, aws_sdk_cloudwatchlogs::Client>>,
}

/// Makes a service's configuration from the connection's: another region, departures noted, and none of
/// AWS's naming rules where the endpoint is not AWS's. Of a service that answers in XML whole answers only:
/// JSON that breaks off is no JSON.
macro_rules! service_config {
    ($opened:expr, $service:ident, $id:literal, $region:expr) => {
        service_config!(json $opened, $service, $id, $region).interceptor(WholeAnswers)
    };
    (json $opened:expr, $service:ident, $id:literal, $region:expr) => {{
        let region = aws_types::region::Region::new($region.as_str().to_owned());
        let mut builder = $service::config::Builder::from(&$opened.config).region(region).interceptor(Departures);
        let endpoint = $opened.endpoint($id);
        if endpoint.as_deref().is_some_and(local::is_literal) {
            builder = builder.use_fips(false).use_dual_stack(false);
        }
        builder.set_endpoint_url(endpoint);
        builder
    }};
}

/// The client of a region, made when it is first needed.
fn made<T: Clone>(clients: &Mutex<HashMap<Region, T>>, region: &Region, make: impl FnOnce() -> T) -> T {
    clients.lock().unwrap_or_else(PoisonError::into_inner).entry(region.clone()).or_insert_with(make).clone()
}

impl Opened {
    fn new(config: SdkConfig, mfa: Option<MfaDevice>, generation: u64) -> Self {
        let home = Region::from(config.region().map_or(FALLBACK_REGION, AsRef::as_ref));
        Self {
            config,
            home,
            mfa,
            generation,
            at: Instant::now(),
            beanstalk: Mutex::default(),
            balancing: Mutex::default(),
            compute: Mutex::default(),
            images: Mutex::default(),
            commands: Mutex::default(),
            scaling: Mutex::default(),
            logs: Mutex::default(),
        }
    }

    /// Where a service is, if not where AWS has it.
    ///
    /// By the SDK's own rule, and one name more: in a profile's `services`
    /// section AWS documents `elastic_beanstalk`, the SDK reads `elastic-beanstalk`.
    pub(super) fn endpoint(&self, service: &str) -> Option<String> {
        let everywhere = self.config.endpoint_url().map(str::to_owned);
        if self.config.get_origin("endpoint_url").is_client_config() {
            return everywhere;
        }
        let named = |service: &str| {
            let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
            self.config.service_config()?.load_config(key.ok()?).filter(|found| everywhere.as_ref() != Some(found))
        };
        named(service).or_else(|| named(&service.replace(' ', "_"))).or_else(|| everywhere.clone())
    }

    /// The client of Elastic Beanstalk in a region.
    pub(super) fn beanstalk(&self, region: &Region) -> aws_sdk_elasticbeanstalk::Client {
        made(&self.beanstalk, region, || {
            let config = service_config!(self, aws_sdk_elasticbeanstalk, "Elastic Beanstalk", region);
            aws_sdk_elasticbeanstalk::Client::from_conf(config.build())
        })
    }

    /// The client of Elastic Load Balancing in a region.
    pub(super) fn balancing(&self, region: &Region) -> aws_sdk_elasticloadbalancingv2::Client {
        made(&self.balancing, region, || {
            let config = service_config!(self, aws_sdk_elasticloadbalancingv2, "Elastic Load Balancing v2", region);
            aws_sdk_elasticloadbalancingv2::Client::from_conf(config.build())
        })
    }

    /// The client of EC2 in a region.
    pub(super) fn compute(&self, region: &Region) -> aws_sdk_ec2::Client {
        made(&self.compute, region, || aws_sdk_ec2::Client::from_conf(service_config!(self, aws_sdk_ec2, "EC2", region).build()))
    }

    /// The client of ECR in a region.
    pub(super) fn images(&self, region: &Region) -> aws_sdk_ecr::Client {
        made(&self.images, region, || aws_sdk_ecr::Client::from_conf(service_config!(json self, aws_sdk_ecr, "ECR", region).build()))
    }

    /// The client of Systems Manager in a region.
    pub(super) fn commands(&self, region: &Region) -> aws_sdk_ssm::Client {
        made(&self.commands, region, || aws_sdk_ssm::Client::from_conf(service_config!(json self, aws_sdk_ssm, "SSM", region).build()))
    }

    /// The client of Auto Scaling in a region.
    pub(super) fn scaling(&self, region: &Region) -> aws_sdk_autoscaling::Client {
        made(&self.scaling, region, || {
            aws_sdk_autoscaling::Client::from_conf(service_config!(self, aws_sdk_autoscaling, "Auto Scaling", region).build())
        })
    }

    /// The client of CloudWatch Logs in a region.
    pub(super) fn logs(&self, region: &Region) -> aws_sdk_cloudwatchlogs::Client {
        let make = || service_config!(json self, aws_sdk_cloudwatchlogs, "CloudWatch Logs", region).interceptor(PlainHost).build();
        made(&self.logs, region, || aws_sdk_cloudwatchlogs::Client::from_conf(make()))
    }

    /// The client of STS where the account's questions are asked.
    pub(super) fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::from_conf(service_config!(self, aws_sdk_sts, "STS", self.home).build())
    }

    /// The client of EC2 where the account's questions are asked.
    pub(super) fn ec2(&self) -> aws_sdk_ec2::Client {
        self.compute(&self.home)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canned::limiter;

    fn isolated(endpoint: &str) -> Arc<Way> {
        let keys = Keys { access_key: "A".into(), secret: "hush".into(), session: None };
        let access = Access { endpoint: Some(endpoint.to_owned()), keys: Some(keys), isolated: true };
        let settings = ConnectionSettings { access, ..ConnectionSettings::default_chain() };
        assert!(!format!("{settings:?}").contains("hush"), "secrets are not logged");
        Clients::new([settings], limiter()).way(&Connection::from("default"))
    }

    #[tokio::test(start_paused = true)]
    async fn expired_credentials_are_read_again_but_not_at_every_call() {
        let way = isolated("http://127.0.0.1:1");
        let first = way.open().await;
        way.remember(&AccountId::from("111122223333"), &first);
        way.renew(&first).await;
        assert!(Arc::ptr_eq(&first, &way.open().await), "they were read just now");
        tokio::time::advance(RENEW_AFTER).await;
        way.renew(&first).await;
        let second = way.open().await;
        assert!(!Arc::ptr_eq(&first, &second));
        assert_eq!(way.account(), None, "new credentials may be another account's");
        way.remember(&AccountId::from("111122223333"), &first);
        assert_eq!(way.account(), None, "a late answer to the old ones");
        way.remember(&AccountId::from("444455556666"), &second);
        assert_eq!(way.account(), Some("444455556666".into()));
        // A hundred late answers to the old credentials do not throw the new ones away.
        tokio::time::advance(RENEW_AFTER).await;
        way.renew(&first).await;
        assert!(Arc::ptr_eq(&second, &way.open().await));
    }

    #[tokio::test]
    async fn a_connection_that_nobody_configured_is_the_profile_of_its_name() {
        let clients = Clients::new([], limiter());
        assert_eq!(clients.way(&Connection::from("work")).settings().profile.as_deref(), Some("work"));
        assert_eq!(clients.way(&Connection::from("default")).settings().profile, None);
    }

    #[tokio::test]
    async fn an_endpoint_that_was_handed_in_is_that_of_every_service() {
        let opened = isolated("http://127.0.0.1:1").open().await;
        for service in ["Elastic Beanstalk", "EC2", "STS"] {
            assert_eq!(opened.endpoint(service).as_deref(), Some("http://127.0.0.1:1"));
        }
        assert_eq!(opened.home.as_str(), FALLBACK_REGION);
    }
}
