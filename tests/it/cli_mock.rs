//! `doornail mock serve`: what it says before it serves, and how it serves and stops.

use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use crate::desk::Desk;
use crate::serving::Serving;

#[test]
fn its_help_has_an_example() {
    insta::assert_snapshot!(Desk::new().run(&["mock", "serve", "--help"]).whole(), @r#"
    exit 0
    --- stdout
    Serves mocks on loopback until a signal, and prints their addresses and secrets.

    Each run begins with the same population and the same secrets: two suppliers, acme and globex, and
    an administrator. Nothing outside this machine is reached or can reach them.

    Example: doornail mock serve zendesk slack > mocks.env   (elsewhere: . ./mocks.env)

    Usage: doornail mock serve [OPTIONS] [PLATFORM]...

    Arguments:
      [PLATFORM]...
              The platforms; all by default

    Options:
          --seed <FILE>
              How they begin: a YAML file with any of `faults: {zendesk: survives-deactivation}`,
              `by_hand: [{platform: zendesk, action: delete_api_token, object: "501"}]`, `listen:
              {ZENDESK_URL: 127.0.0.1:[PORT]}`

          --format <FORM>
              How the variables are printed: lines for a shell, or one JSON object
              
              [default: env]
              [possible values: env, json]

          --clock-scale <N>
              How many times as fast as real time the mocks' time runs, up to 100000. A drill on them
              keeps their time if DOORNAIL_CLOCK is set as printed
              
              [default: 1]

          --project <DIR>
              The project folder: suppliers/, procedures/, platforms/, features/, doornail.yaml
              
              [env: DOORNAIL_PROJECT=]
              [default: .]

          --color <WHEN>
              Colour: by default only on a terminal, and not if NO_COLOR is set
              
              [default: auto]
              [possible values: auto, always, never]

      -h, --help
              Print help (see a summary with '-h')
    "#);
}

#[test]
fn an_unknown_platform_is_answered_with_the_known_ones() {
    let ran = Desk::new().run(&["mock", "serve", "okta", "zendesc"]);
    insta::assert_snapshot!(ran.whole(), @"
    exit 2
    --- stderr
    error: unknown platform `zendesc`
      hint: did you mean `zendesk`? known: auth0, aws, entra, freshdesk, front, github, gitlab, google-workspace, gorgias, helpscout, hubspot, intercom, jira-service-management, keycloak, mailbox, oauth-oidc, okta, salesforce, scim, sendgrid, servicenow, shopify, slack, ssh, stripe, twilio, web-console, webhook-inbound, zendesk
    ");
}

#[test]
fn a_clock_cannot_stand_still_or_run_too_fast() {
    for scale in ["0", "100001", "-1", "fast"] {
        let ran = Desk::new().run(&["mock", "serve", "okta", "--clock-scale", scale]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.whole());
    }
}

#[test]
fn a_broken_seed_file_is_refused_before_anything_is_served() {
    let desk = Desk::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let taken = format!("listen:\n  OKTA_URL: {address}\n");
    let seeds = [
        "faults: {okta: everything-404}\nlisten_on: {}\n",
        "listen:\n  OKTA_URL: 127.0.0.1:81230\n",
        "listen:\n  OKTA_URL: 0.0.0.0:8123\n",
        "listen:\n  ZENDESK_URL: 127.0.0.1:8123\n",
        "faults:\n  okta: everything-40\n",
        "faults: {zendesk: everything-404}\n",
        "by_hand:\n- {platform: okta, action: deactivate, object: x}\n",
        "by_hand: [{platform: okta, action: deactivate}]\n",
        "faults: [okta]\n",
        &taken,
    ];
    let said = seeds.map(|seed| {
        desk.write("seed.yaml", seed);
        let ran = desk.run(&["mock", "serve", "okta", "--seed", "seed.yaml"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.whole());
        let seed = seed.replace(&address, "127.0.0.1:[PORT]");
        format!("{seed}{}", ran.whole())
    });
    insta::assert_snapshot!(said.join("\n"));
    let ran = desk.run(&["mock", "serve", "--seed", "nowhere.yaml"]);
    insta::assert_snapshot!(ran.whole(), @"
    exit 2
    --- stderr
    error: nowhere.yaml: cannot be read
      hint: name a seed file
      caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn it_answers_where_it_says_until_it_is_stopped() {
    for (signal, code) in [("-TERM", 143), ("-INT", 130)] {
        let serving = Serving::start(&Desk::new(), &["okta", "slack"]);
        let names: Vec<&str> = serving.variables.keys().map(String::as_str).collect();
        assert!(names.contains(&"SLACK_URL") && !names.contains(&"ZENDESK_URL"), "{names:?}");
        let header = format!("Authorization: SSWS {}", serving.variables["ACME_OKTA_MAYA_SSWS"]);
        let answer = serving.get("OKTA_URL", "/api/v1/users/me", &header);
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("maya@acme.example"));
        let address = serving.address("OKTA_URL");
        assert_eq!(serving.stop(signal), Some(code));
        assert!(TcpStream::connect(&address).is_err());
        TcpListener::bind(&address).unwrap();
    }
}

#[test]
fn a_seed_breaks_a_platform_does_deeds_by_hand_and_fixes_an_address() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let desk = Desk::with(&[(
        "seed.yaml",
        &format!(
            "faults: {{okta: everything-404, slack@3600: everything-404}}\n\
             by_hand: [{{platform: zendesk, action: delete_api_token, object: \"501\"}}]\n\
             listen: {{ZENDESK_URL: \"{free}\"}}\n"
        ),
    )]);
    let serving = Serving::start(&desk, &["okta", "slack", "zendesk", "--seed", "seed.yaml"]);
    assert_eq!(serving.address("ZENDESK_URL"), free.to_string());
    assert!(serving.get("OKTA_URL", "/api/v1/users/me", "A: b").starts_with("HTTP/1.1 404 "));
    let basic = |supplier: &str| {
        let who = format!("maya@{}.example/token", supplier.to_lowercase());
        let token = &serving.variables[&format!("{supplier}_ZENDESK_API_TOKEN")];
        let both = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            format!("{who}:{token}"),
        );
        serving.get("ZENDESK_URL", "/api/v2/users/me.json", &format!("Authorization: Basic {both}"))
    };
    assert!(basic("ACME").starts_with("HTTP/1.1 401 "), "{}", basic("ACME"));
    assert!(basic("GLOBEX").starts_with("HTTP/1.1 200 "), "{}", basic("GLOBEX"));
    let bot = format!("Authorization: Bearer {}", serving.variables["ACME_SLACK_BOT_TOKEN"]);
    assert!(serving.get("SLACK_URL", "/api/auth.test", &bot).contains("U0ACMEBOT"));
}

#[test]
fn the_mocks_time_runs_as_fast_as_is_said() {
    let serving = Serving::start(&Desk::new(), &["okta", "--clock-scale", "100000"]);
    let token = &serving.variables["ACME_OKTA_LEO_ACCESS"];
    let header = format!("Authorization: Bearer {token}");
    // It lives for an hour, which is over in 36 ms.
    std::thread::park_timeout(std::time::Duration::from_millis(200));
    let answer = serving.get("OKTA_URL", "/oauth2/v1/userinfo", &header);
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[test]
fn a_shell_reads_what_it_prints() {
    let mut process = Desk::new()
        .command(&["mock", "serve", "salesforce"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The shell reads until it has seen the name it waits for, which is the last one.
    let script = "while IFS= read -r line; do printf '%s\\n' \"$line\"; \
        case $line in 'export SALESFORCE_URL='*) break;; esac; done";
    let lines = Command::new("sh")
        .args(["-c", script])
        .stdin(process.stdout.take().unwrap())
        .output()
        .unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    let lines = String::from_utf8(lines.stdout).unwrap();
    let script = format!("{lines}printf %s \"$ACME_SALESFORCE_JWT_KEY\"");
    let read = Command::new("sh").args(["-c", &script]).output().unwrap();
    let key = String::from_utf8(read.stdout).unwrap();
    assert!(key.starts_with("-----BEGIN ") && key.trim_end().ends_with("-----"), "{lines}");
    assert!(key.lines().count() > 10, "{lines}");
}
