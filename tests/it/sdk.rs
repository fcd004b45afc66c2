//! The programs of `tests/live/sdk/` against `doornail mock serve`: platforms' own SDKs offboard somebody
//! as they would anywhere, with another base URL. Each has mocks of its own, in another process.
//!
//! `tests/live/sdk.sh install DIR` installs the SDKs; `DOORNAIL_SDK_DIR=DIR` says where they are.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::desk::{Desk, Ran};
use crate::rehearsal::place::{Place, REHEARSE, of_the_supplier};
use crate::serving::Serving;

/// The slowest waits ten seconds for a key to go.
const LIMIT: Duration = Duration::from_secs(180);

#[test]
#[ignore = "needs the platforms' SDKs: .ci/run installs them"]
fn zenpy_offboards_from_zendesk() {
    insta::assert_snapshot!(shown("zendesk", "zendesk.py"), @"
    a user is created once; the second attempt is APIException 422 RecordInvalid
    users are listed to the end over several pages, and searched
    Maya's OAuth token works, and the API token with her e-mail
    a token never issued is APIException 401 invalid_token; what an agent may not is 403 Forbidden
    suspended: her OAuth token is 401 invalid_token, her e-mail 401 Couldn't authenticate you
    SURVIVES: the API token she knows, with anybody else's e-mail
    SURVIVES: the OAuth token itself; it is back when the suspension is lifted
    deleted: her token is refused, the second deletion is RecordNotFoundException
    SURVIVES: the API token; the other supplier is untouched
    ");
}

#[test]
#[ignore = "needs the platforms' SDKs: .ci/run installs them"]
fn slack_sdk_offboards_from_slack() {
    insta::assert_snapshot!(shown("slack", "slack.py"), @"
    a user is created once by SCIM; the second attempt is 409 with errors.code
    members are listed to the end over several pages, people searched by SCIM
    user token, browser session, bot token, app-level token and webhook work
    a token never issued is SlackApiError invalid_auth; what a token may not is missing_scope
    sessions reset: the browser is SlackApiError invalid_auth; SURVIVES: the user token
    deactivated by SCIM: her user token is SlackApiError token_revoked
    SURVIVES: bot token, webhook and app-level token of an app she installed, as the audit log says
    uninstalled: bot SlackApiError account_inactive, webhook 404 no_service; SURVIVES: the app-level token
    a token that revokes itself is token_revoked; the other supplier is otherwise untouched
    ");
}

#[test]
#[ignore = "needs the platforms' SDKs: .ci/run installs them"]
fn slack_web_api_for_node_offboards_from_slack() {
    insta::assert_snapshot!(shown("slack", "slack.mjs"), @"
    members are listed to the end over several pages
    tokens of user, bot and app work; refusals: invalid_auth, missing_scope
    SURVIVES a reset of sessions: the user token
    revoked: token_revoked; SURVIVES: the bot token of the app she installed
    uninstalled: account_inactive, token_revoked; SURVIVES: the app-level token; the other supplier is untouched
    ");
}

#[test]
#[ignore = "needs the platforms' SDKs: .ci/run installs them"]
fn simple_salesforce_offboards_from_salesforce() {
    insta::assert_snapshot!(shown("salesforce", "salesforce.py"), @"
    a user is created, read and queried; SalesforceMalformedRequest, SalesforceResourceNotFound
    access token, password login and the bridge's client credentials work
    a token never issued is SalesforceExpiredSession INVALID_SESSION_ID, a wrong password SalesforceAuthenticationFailed INVALID_LOGIN, what a user may not SalesforceRefusedRequest
    frozen: no new login, SalesforceAuthenticationFailed; SURVIVES: open session and access token
    SURVIVES: the password; unfrozen she logs in again
    deactivated: SalesforceExpiredSession on both, SalesforceAuthenticationFailed on login
    SURVIVES: the bridge under its integration user, and the shared login
    SURVIVES: the grant; re-activated, its refresh token mints again
    the grant is revoked by its DeleteToken: nothing of it is left
    the other supplier is untouched
    ");
}

#[test]
#[ignore = "needs the platforms' SDKs: .ci/run installs them"]
fn boto3_offboards_from_aws() {
    insta::assert_snapshot!(shown("aws", "aws.py"), @"
    a user is created once, then EntityAlreadyExistsException; users are listed over several pages
    a new key works after a moment, as the user it was made for
    key, session token and assumed role name their principal
    refusals: InvalidClientTokenId, SignatureDoesNotMatch, AccessDenied, NoSuchEntityException
    switched off: the key is InvalidClientTokenId after seconds; SURVIVES: its session
    a user who has anything left is DeleteConflictException
    key, password, second factor, policies, then the user: all deleted
    SURVIVES: the session that was minted from the deleted key of the deleted user
    SURVIVES: the assumed role, when the trust is closed
    the other supplier is untouched
    ");
}

/// A rehearsal in real time of a runbook with boto3, with this after the supplier's name.
fn rehearsed(more: &str) -> (Place, Ran) {
    let place = Place::new(&["aws"], 1);
    let folder = std::env::var("DOORNAIL_SDK_DIR").expect("DOORNAIL_SDK_DIR: see .ci/run");
    let runbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/sdk/runbook_aws.py");
    place.desk.write(
        "procedures/contract-end.yaml",
        &format!(
            "procedure: contract-end\ndrill_safe: true\nsteps:\n  - {{command: ['{folder}/venv/bin/python', '{}', \
             '{{{{ supplier }}}}'{more}], secrets: [aws], kills: [aws.access_key]}}\n",
            runbook.display()
        ),
    );
    place.desk.write(
        "features/end.feature",
        "Feature: The contract ends\n  Scenario: Planned end\n    Given the supplier \"acme\"\n    And a bystander \
         on every platform\n    And every credential of the supplier is proven to work\n    When the supplier is \
         terminated with the procedure \"contract-end\"\n    Then every key stops working within 40 seconds\n    \
         And every bystander still works\n",
    );
    let ran = place.run(&REHEARSE);
    assert_eq!(place.left(), Vec::<String>::new(), "{}", ran.whole());
    (place, ran)
}

#[test]
#[ignore = "needs the platforms' SDKs: .ci/run installs them"]
fn a_boto3_runbook_is_the_procedure_under_test() {
    let (place, ran) = rehearsed("");
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
    assert_eq!(of_the_supplier(&place.sent()), Vec::new());
    let (place, ran) = rehearsed(", forgets-keys");
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
    assert!(ran.stdout.contains("was to end it, and did not"), "{}", ran.whole());
    assert_eq!(of_the_supplier(&place.sent()), Vec::new());
}

#[test]
#[ignore = "needs the platforms' SDKs: .ci/run installs them"]
fn stripe_python_ends_keys() {
    insta::assert_snapshot!(shown("stripe", "stripe_keys.py"), @"
    keys and webhook endpoints are created, and listed to the end over several pages
    secret keys, the Connect token and the supplier's platform by header work
    a key never issued is AuthenticationError, a restricted one PermissionError, an unknown object InvalidRequestError resource_missing
    SURVIVES: the old key of a roll with overlap, beside the new one
    SURVIVES for seconds: an expired key; then AuthenticationError api_key_expired
    SURVIVES: every other key that was handed over, and that of her command line
    deauthorized: PermissionError account_invalid, its token AuthenticationError, its refresh token InvalidGrantError
    SURVIVES: handed-over keys; an endpoint is deleted once; the other supplier is untouched
    ");
}

#[test]
#[ignore = "needs the platforms' SDKs: .ci/run installs them"]
fn stripe_node_ends_keys() {
    insta::assert_snapshot!(shown("stripe", "stripe.mjs"), @"
    keys and webhook endpoints are created and listed
    keys work, and the supplier's own platform by header
    refusals: StripeAuthenticationError, StripePermissionError, StripeInvalidRequestError resource_missing
    SURVIVES: the old key of a roll with overlap, beside the new one
    an expired key is StripeAuthenticationError api_key_expired, after seconds
    SURVIVES: handed-over keys; an endpoint is deleted once; the other supplier is untouched
    ");
}

/// What a program says it has shown. A claim that does not hold ends it with another code than 0.
fn shown(platform: &str, program: &str) -> String {
    let installed = std::env::var_os("DOORNAIL_SDK_DIR").unwrap_or_else(|| {
        panic!("no SDKs: run tests/live/sdk.sh install DIR, set DOORNAIL_SDK_DIR=DIR")
    });
    let desk = Desk::new();
    let serving = Serving::start(&desk, &[platform]);
    // Neither settings nor credentials of the developer's are in its reach.
    let process = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/sdk.sh"))
        .arg("run")
        .arg(installed)
        .arg(program)
        .current_dir(desk.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", desk.path())
        .envs(&serving.variables)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (ended, stdout, stderr) = within(LIMIT, process);
    assert!(ended, "{program} failed\n{stdout}\n{stderr}");
    stdout
}

/// Whether it succeeded in time, and what it said; a pipe holds more than it ever says.
fn within(limit: Duration, mut process: Child) -> (bool, String, String) {
    let began = Instant::now();
    while process.try_wait().unwrap().is_none() {
        if began.elapsed() > limit {
            // The script has become the program itself, so nothing else is left to end.
            process.kill().unwrap();
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let output = process.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}
