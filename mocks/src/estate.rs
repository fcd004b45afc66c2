//! The estate: all platforms with the bundled population, each behind its servers.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use wiremock::MockServer;

use crate::lines;
use crate::links::Links;
use crate::platforms::{self, Registration, Variables};
use crate::server::{self, Cell, Served};
use crate::{Fault, Now, OidcKnobs};

/// One line a platform.
const PLATFORMS: &[Registration] = &[
    platforms::auth0::REGISTRATION,
    platforms::aws::REGISTRATION,
    platforms::entra::REGISTRATION,
    platforms::freshdesk::REGISTRATION,
    platforms::front::REGISTRATION,
    platforms::github::REGISTRATION,
    platforms::gitlab::REGISTRATION,
    platforms::google_workspace::REGISTRATION,
    platforms::gorgias::REGISTRATION,
    platforms::helpscout::REGISTRATION,
    platforms::hubspot::REGISTRATION,
    platforms::intercom::REGISTRATION,
    platforms::jira_service_management::REGISTRATION,
    platforms::keycloak::REGISTRATION,
    platforms::mailbox::REGISTRATION,
    platforms::oauth_oidc::REGISTRATION,
    platforms::okta::REGISTRATION,
    platforms::salesforce::REGISTRATION,
    platforms::scim::REGISTRATION,
    platforms::sendgrid::REGISTRATION,
    platforms::servicenow::REGISTRATION,
    platforms::shopify::REGISTRATION,
    platforms::slack::REGISTRATION,
    #[cfg(feature = "ssh")]
    platforms::ssh::REGISTRATION,
    platforms::stripe::REGISTRATION,
    platforms::twilio::REGISTRATION,
    platforms::web_console::REGISTRATION,
    platforms::webhook_inbound::REGISTRATION,
    platforms::zendesk::REGISTRATION,
];

/// Every bundled platform, running on loopback with its own state.
///
/// Two estates share nothing: each scenario has its own.
pub struct Estate {
    servers: Vec<MockServer>,
    /// Those that speak in lines. They end with the estate.
    others: Vec<lines::Server>,
    /// Those that speak SSH. They end with the estate.
    #[cfg(feature = "ssh")]
    shells: Vec<platforms::ssh::server::Server>,
    links: Arc<Links>,
    variables: Variables,
    now: Now,
}

impl Estate {
    /// Starts one server per logical server of the platforms that are `wanted` by name, on free loopback
    /// ports, and fills in the population. Whoever wants all of them has some fifty servers to start and
    /// to stop.
    pub async fn start(now: Now, wanted: impl Fn(&str) -> bool) -> Self {
        Self::start_on(now, wanted, BTreeMap::new()).await
    }

    /// Does the same with some of the servers on sockets of the caller's, by the variable that names each.
    pub async fn start_on(
        now: Now,
        wanted: impl Fn(&str) -> bool,
        mut sockets: BTreeMap<String, TcpListener>,
    ) -> Self {
        let mut estate = Self {
            servers: Vec::new(),
            others: Vec::new(),
            #[cfg(feature = "ssh")]
            shells: Vec::new(),
            links: Arc::default(),
            variables: Variables::new(),
            now,
        };
        for registration in PLATFORMS.iter().filter(|known| wanted(known.name)) {
            estate.add(registration, &mut sockets).await;
        }
        estate
    }

    /// Gives every platform there is, started or not, with the variables that name its servers.
    pub fn known() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
        PLATFORMS.iter().map(|known| (known.name, known.servers))
    }

    async fn add(
        &mut self,
        registration: &Registration,
        sockets: &mut BTreeMap<String, TcpListener>,
    ) {
        let mut urls = platforms::Urls::new();
        let (mut servers, mut others) = (Vec::new(), Vec::new());
        #[cfg(feature = "ssh")]
        let mut shells = Vec::new();
        for variable in registration.servers {
            if let Some(scheme) = lines::scheme(variable) {
                let listening = lines::listen(sockets.remove(*variable), scheme);
                let (socket, address) = listening.unwrap_or_else(|error| panic!("{error}"));
                urls.insert(*variable, address.clone());
                self.variables.insert((*variable).to_owned(), address);
                others.push((*variable, socket));
                continue;
            }
            #[cfg(feature = "ssh")]
            if platforms::ssh::REGISTRATION.servers.contains(variable) {
                let listening = lines::listen(sockets.remove(*variable), "ssh");
                let (socket, address) = listening.unwrap_or_else(|error| panic!("{error}"));
                urls.insert(*variable, address.clone());
                self.variables.insert((*variable).to_owned(), address);
                shells.push((*variable, socket));
                continue;
            }
            let server = server::listen(sockets.remove(*variable)).await;
            urls.insert(*variable, server.uri());
            self.variables.insert((*variable).to_owned(), server.uri());
            servers.push((*variable, server));
        }
        let (platform, variables) = (registration.seed)(&urls, (self.now)());
        self.variables.extend(variables);
        self.links.add(registration.name, Cell::new(platform));
        for (variable, server) in servers {
            let (links, now) = (Arc::clone(&self.links), Arc::clone(&self.now));
            server::serve(&server, variable, registration.name, links, now).await;
            self.servers.push(server);
        }
        for (variable, socket) in others {
            let (links, now) = (Arc::clone(&self.links), Arc::clone(&self.now));
            let serving = lines::serve(socket, variable, registration.name, links, now);
            self.others.push(serving.unwrap_or_else(|error| panic!("{error}")));
        }
        #[cfg(feature = "ssh")]
        for (variable, socket) in shells {
            let (links, now) = (Arc::clone(&self.links), Arc::clone(&self.now));
            let name = registration.name;
            let serving = platforms::ssh::server::serve(socket, variable, name, links, now);
            self.shells.push(serving.unwrap_or_else(|error| panic!("{error}")));
        }
    }

    /// Gives base URLs and every secret of the population, by name.
    #[must_use]
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// Gives the names of the platforms, as the other methods take them.
    pub fn platforms(&self) -> impl Iterator<Item = &'static str> {
        self.links.platforms().into_iter()
    }

    /// From now on users of one platform are provisioned to another: who is switched off upstream is
    /// switched off downstream so much later, by the downstream platform's own means; who is switched on
    /// again, likewise. What is done without a login is nobody's to provision, and stays.
    ///
    /// # Errors
    /// Says which platform is not there.
    pub fn provision(
        &self,
        upstream: &str,
        downstream: &str,
        delay: Duration,
    ) -> Result<(), String> {
        self.links.provision(upstream, downstream, delay)
    }

    /// From now on what is provisioned to a platform is answered with 200, and nothing happens.
    ///
    /// # Errors
    /// If nothing is provisioned there.
    pub fn break_provisioning(&self, downstream: &str) -> Result<(), String> {
        self.links.break_provisioning(downstream)
    }

    /// From now on a job switches on again, each night at that time of day in UTC, every account at a
    /// platform that is on now: its list was made now, and nobody keeps it.
    ///
    /// # Errors
    /// If there is no such platform.
    pub fn sync_nightly(&self, downstream: &str, at: Duration) -> Result<(), String> {
        self.links.sync_nightly(downstream, at, (self.now)())
    }

    /// Does what a human does in an admin console that no API offers.
    ///
    /// # Errors
    /// Says which platform, action or object is unknown. A broken console (a fault) is no error.
    pub fn by_hand(&self, platform: &str, action: &str, object: &str) -> Result<(), String> {
        let now = (self.now)();
        let done = self.links.with(platform, now, |cell| cell.by_hand(action, object, now));
        done.unwrap_or_else(|| Err(format!("no platform {platform:?}")))
    }

    /// Breaks a platform, or mends it with `None`. Revocations that have happened stay as they are.
    ///
    /// # Panics
    /// If there is no such platform: a sabotage that hits nothing would let its test pass.
    pub fn set_fault(&self, platform: &str, fault: Option<Fault>) {
        self.set_broken(platform, fault, Duration::ZERO);
    }

    /// Breaks a platform some time from now. Only faults of its answers wait; those of the revocation
    /// itself are set at once.
    ///
    /// # Panics
    /// If there is no such platform: a sabotage that hits nothing would let its test pass.
    pub fn break_after(&self, platform: &str, fault: Fault, sound_for: Duration) {
        self.set_broken(platform, Some(fault), sound_for);
    }

    fn set_broken(&self, platform: &str, fault: Option<Fault>, sound_for: Duration) {
        let now = (self.now)();
        let set = |cell: &mut Cell| cell.set_fault(fault, now, now + sound_for);
        let done = self.links.with(platform, now, set);
        done.unwrap_or_else(|| panic!("no platform {platform:?} to break"));
    }

    /// Sets how the generic OpenID server behaves where the RFCs leave it open.
    pub fn set_oidc_knobs(&self, knobs: &OidcKnobs) {
        for platform in self.platforms() {
            let set = |cell: &mut Cell| cell.platform().set_oidc_knobs(knobs);
            self.links.with(platform, (self.now)(), set);
        }
    }

    /// Gives the last requests a platform served, oldest first; empty for an unknown platform.
    #[must_use]
    pub fn requests(&self, platform: &str) -> Vec<Served> {
        self.links.with(platform, (self.now)(), |cell| cell.served()).unwrap_or_default()
    }

    /// Stops all servers, one at a time.
    pub async fn shutdown(self) {
        for server in self.servers {
            drop(server);
            // wiremock's `Drop` blocks on a tokio lock: many of them in one poll spend the task's
            // budget and spin for ever.
            tokio::task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;

    fn get(base: &str, path: &str, header: &str) -> String {
        let address = base.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{header}\r\n");
        stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    async fn estate() -> Estate {
        let wanted = ["okta", "oauth-oidc", "slack", "zendesk"];
        let now = Arc::new(|| crate::times::from_epoch(1_790_000_000));
        Estate::start(now, |name| wanted.contains(&name)).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_request_travels_through_socket_fault_and_log() {
        let estate = estate().await;
        let url = estate.variables()["OKTA_URL"].clone();
        let header = format!("Authorization: SSWS {}", estate.variables()["ACME_OKTA_MAYA_SSWS"]);
        let alive = get(&url, "/api/v1/users/me?x=1", &header);
        assert!(alive.starts_with("HTTP/1.1 200") && alive.contains("maya@acme.example"));
        assert!(alive.to_lowercase().contains("content-type: application/json\r\n"));
        for (fault, status) in [
            (Fault::Everything404, "404"),
            (Fault::Everything200, "200"),
            (Fault::Everything401, "401"),
            (Fault::RateLimited, "429"),
            (Fault::BlockPage, "403"),
            (Fault::Unavailable, "503"),
            (Fault::HtmlWith200, "200"),
            (Fault::RedirectToLogin, "302"),
        ] {
            estate.set_fault("okta", Some(fault));
            let broken = get(&url, "/api/v1/users/me", &header);
            assert!(broken.starts_with(&format!("HTTP/1.1 {status}")), "{}", fault.name());
            assert!(!broken.contains("maya@acme.example"), "{}", fault.name());
        }
        estate.set_fault("okta", None);
        assert!(get(&url, "/nowhere", &header).contains("x-mock: no-route"));
        let served = estate.requests("okta");
        assert_eq!(served.len(), 10);
        assert_eq!((served[0].target.as_str(), served[0].status), ("/api/v1/users/me?x=1", 200));
        assert_eq!(served[9].status, 501);
        estate.shutdown().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_platform_starts_and_says_501_to_what_it_does_not_know() {
        for registration in PLATFORMS {
            let now = Arc::new(|| crate::times::from_epoch(1_790_000_000));
            let estate = Estate::start(now, |name| name == registration.name).await;
            assert_eq!(estate.platforms().collect::<Vec<_>>(), [registration.name]);
            let speaks_http = |name: &&&str| estate.variables()[**name].starts_with("http://");
            for server in registration.servers.iter().filter(speaks_http) {
                let answer =
                    get(&estate.variables()[*server], "/no-such-route-here", "User-Agent: x\r\n");
                assert!(answer.contains("x-mock: no-route"), "{server}: {answer}");
            }
            let each = |supplier: &str| {
                let names = estate.variables().keys();
                names.filter(|name| name.starts_with(&format!("{supplier}_"))).count()
            };
            assert_eq!(each("ACME"), each("GLOBEX"), "{}", registration.name);
            assert!(each("ACME") > 0, "{}", registration.name);
            estate.shutdown().await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_on_a_socket_of_the_callers_answers_there_and_the_others_elsewhere() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let now = Arc::new(|| crate::times::from_epoch(1_790_000_000));
        let sockets = BTreeMap::from([("OKTA_RESOURCE_URL".to_owned(), socket)]);
        let estate = Estate::start_on(now, |name| name == "okta", sockets).await;
        let url = &estate.variables()["OKTA_RESOURCE_URL"];
        assert_eq!(*url, format!("http://{address}"));
        assert_ne!(estate.variables()["OKTA_URL"], *url);
        assert!(get(url, "/whoami", "User-Agent: x\r\n").starts_with("HTTP/1.1 401"));
        estate.shutdown().await;
    }

    #[test]
    fn every_known_platform_and_server_has_one_name() {
        let names: Vec<&str> = Estate::known().map(|(name, _)| name).collect();
        assert_eq!(names.len(), PLATFORMS.len());
        let mut servers: Vec<&str> = Estate::known().flat_map(|(_, all)| all).copied().collect();
        let count = servers.len();
        servers.sort_unstable();
        servers.dedup();
        assert_eq!(servers.len(), count);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn two_estates_have_the_same_secrets_and_separate_state() {
        let (one, other) = (estate().await, estate().await);
        let secrets = |estate: &Estate| -> Vec<String> {
            let named = estate.variables().iter().filter(|(name, _)| !name.ends_with("_URL"));
            named.map(|(_, value)| value.clone()).collect()
        };
        assert_eq!(secrets(&one), secrets(&other));
        assert!(one.by_hand("oauth-oidc", "disable_user", "maya@acme.example").is_ok());
        assert!(one.by_hand("okta", "no_such_action", "x").is_err());
        assert!(one.by_hand("nothing", "x", "x").is_err());
        one.shutdown().await;
        other.shutdown().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_variable_of_the_population_is_there_for_both_suppliers() {
        let estate = estate().await;
        let shared = "ZENDESK_URL ZENDESK_ADMIN_TOKEN OKTA_URL OKTA_RESOURCE_URL OKTA_ADMIN_TOKEN \
            SLACK_URL SLACK_ADMIN_TOKEN OAUTH_OIDC_URL OAUTH_OIDC_API_URL OAUTH_OIDC_JWT_API_URL \
            OAUTH_OIDC_ADMIN_CLIENT_ID OAUTH_OIDC_ADMIN_CLIENT_SECRET";
        let each = "ZENDESK_SHARED_PASSWORD ZENDESK_SHARED_SESSION ZENDESK_API_TOKEN \
            ZENDESK_LEGACY_ACCESS ZENDESK_LEO_ACCESS ZENDESK_MAYA_ACCESS ZENDESK_MAYA_REFRESH \
            ZENDESK_CLIENT_SECRET OKTA_MAYA_SSWS OKTA_LEO_SSWS OKTA_MAYA_PASSWORD \
            OKTA_MAYA_SESSION OKTA_CLIENT_ID OKTA_CLIENT_SECRET OKTA_MAYA_REFRESH \
            OKTA_MAYA_ACCESS OKTA_LEO_ACCESS SLACK_MAYA_TOKEN SLACK_LEO_TOKEN SLACK_BOT_TOKEN \
            SLACK_APP_TOKEN SLACK_WEBHOOK_PATH SLACK_MAYA_SESSION SLACK_MAYA_COOKIE \
            SLACK_CLIENT_ID SLACK_CLIENT_SECRET OAUTH_OIDC_CLIENT_ID OAUTH_OIDC_CLIENT_SECRET \
            OAUTH_OIDC_MAYA_REFRESH OAUTH_OIDC_MAYA_ACCESS OAUTH_OIDC_MAYA_JWT OAUTH_OIDC_LEO_REFRESH OAUTH_OIDC_MAYA_SESSION";
        let of = |s: &str| each.split_whitespace().map(|n| format!("{s}_{n}")).collect::<Vec<_>>();
        let shared = shared.split_whitespace().map(str::to_owned);
        for name in shared.chain(of("ACME")).chain(of("GLOBEX")) {
            let value = estate.variables().get(&name);
            assert!(value.is_some_and(|v| !v.is_empty()), "{name} is missing");
        }
        estate.shutdown().await;
    }
}
