//! Changes that somebody else approves: nothing is sent without the approval of exactly this run, and none of its steps
//! begins outside the window.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doornail::approval::{Approver, message};
use doornail::secret::Secret;

use crate::cli_real::{ACT, Doorbell, SECRETS, changed, project};
use crate::desk::{Desk, Ran, journal, only_entry};
use crate::own_platform::{LEAVE, Manner, doornail, said};

fn key(seed: u8) -> (String, String) {
    let private = STANDARD.encode([seed; 32]);
    let public = Approver::new(&Secret::new(private.as_str())).unwrap().public().unwrap();
    (private, public.to_string())
}

/// An approver, an operator, and a window from now for so long.
fn change(approver: u8, operator: u8, from: i64, to: i64) -> String {
    let now = jiff::Timestamp::now();
    let at = |seconds| {
        let at = now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
        at.strftime("%FT%TZ").to_string()
    };
    let (from, to) = (at(from), at(to));
    let (approver, operator) = (key(approver).1, key(operator).1);
    format!(
        "change: {{ticket: C-1042, window: {{from: '{from}', to: '{to}'}}, approver: '{approver}', operator: '{operator}'}}"
    )
}

const PLAN: [&str; 9] = [
    "plan",
    "--env",
    "sandbox",
    "--supplier",
    "acme",
    "--terminate",
    "acme",
    "--out-plan",
    "plan.json",
];

/// A project whose environment asks for an approval, at a door that nobody may knock at.
fn guarded(bell: &Doorbell, change: &str) -> Desk {
    let desk = project(&bell.address(), "127.0.0.1");
    changed(&desk, "doornail.yaml", "    safety:", &format!("    {change}\n    safety:"));
    desk
}

/// Plans, and approves with this key.
fn approve(desk: &Desk, seed: u8) -> Ran {
    let planned = desk.run(&PLAN);
    assert_eq!(planned.code, Some(0), "{}", planned.whole());
    let private = key(seed).0;
    desk.run_with(&["approve", "plan.json", "--key", "env:APPROVER"], &[("APPROVER", &private)])
}

fn act(desk: &Desk) -> Ran {
    desk.run_with(&[&ACT[..], &["--approval", "plan.json.approval"]].concat(), &SECRETS)
}

fn refused(ran: &Ran, bell: &Doorbell, why: &str) {
    assert_eq!(ran.code, Some(2), "{}", ran.whole());
    assert!(ran.stderr.contains(why), "{why}\n{}", ran.whole());
    bell.assert_silent();
}

const HOUR: i64 = 3600;

#[test]
fn without_an_approval_nothing_is_sent() {
    let bell = Doorbell::new();
    let desk = guarded(&bell, &change(1, 2, -HOUR, HOUR));
    refused(&desk.run_with(&ACT, &SECRETS), &bell, "the change C-1042 is not approved");
    let ran = act(&desk);
    refused(&ran, &bell, "the approval cannot be read");
    desk.write("plan.json.approval", "yes\n");
    refused(&act(&desk), &bell, "this is no approval");
    assert!(!desk.path().join("doornail-runs").exists());
}

#[test]
fn whatever_is_changed_voids_the_approval() {
    for (file, from, to) in [
        ("suppliers/acme.yaml", "9001", "9002"),
        ("suppliers/globex.yaml", "9101", "9102"),
        ("procedures/end.yaml", "for: every credential", "for: acme-token"),
        ("features/end.feature", "within 1 minute", "within 2 minutes"),
        ("doornail.yaml", "127.0.0.1]", "127.0.0.1, localhost]"),
        ("platforms/zendesk.yaml", "", "# mine\n"),
    ] {
        let bell = Doorbell::new();
        let desk = guarded(&bell, &change(1, 2, -HOUR, HOUR));
        let approved = approve(&desk, 1);
        assert_eq!(approved.code, Some(0), "{}", approved.whole());
        if from.is_empty() {
            let own = concat!(env!("CARGO_MANIFEST_DIR"), "/src/platforms/zendesk.yaml");
            desk.write(file, &(to.to_owned() + &fs::read_to_string(own).unwrap()));
        } else {
            changed(&desk, file, from, to);
        }
        refused(&act(&desk), &bell, "it does not approve what this run would do");
    }
}

#[test]
fn an_approval_is_of_one_end_and_of_no_other() {
    let bell = Doorbell::new();
    let desk = guarded(&bell, &change(1, 2, -HOUR, HOUR));
    approve(&desk, 1);
    let rehearsed = [
        &ACT[..5],
        &["--tags", "not @x", "--approval", "plan.json.approval", "--terminate", "acme"],
    ];
    refused(&desk.run_with(&rehearsed.concat(), &SECRETS), &bell, "does not approve");
    // The plan of a rehearsal ends nobody.
    let planned = desk.run(&[&PLAN[..5], &PLAN[7..]].concat());
    assert!(planned.stdout.contains("plan.json: plan sha256:"), "{}", planned.whole());
    let private = key(1).0;
    desk.run_with(&["approve", "plan.json", "--key", "env:APPROVER"], &[("APPROVER", &private)]);
    refused(&act(&desk), &bell, "does not approve");
}

#[test]
fn only_the_approver_approves_and_never_the_operator() {
    let bell = Doorbell::new();
    let desk = guarded(&bell, &change(1, 2, -HOUR, HOUR));
    for (seed, why) in [(2, "this is the key of the operator"), (3, "is to be approved by")] {
        let ran = approve(&desk, seed);
        assert_eq!(ran.code, Some(2), "{}", ran.whole());
        assert!(ran.stderr.contains(why), "{}", ran.whole());
        assert!(!desk.path().join("plan.json.approval").exists());
    }
    // Nor by a signature that was made elsewhere.
    let hash = doornail::journal::chain::digest(&fs::read(desk.path().join("plan.json")).unwrap());
    let operator = Approver::new(&Secret::new(key(2).0)).unwrap();
    desk.write("plan.json.approval", &operator.approve(&hash));
    refused(&act(&desk), &bell, "it does not approve");
    for same in [guarded(&bell, &change(1, 1, -HOUR, HOUR)), {
        let desk = guarded(&bell, &change(1, 2, -HOUR, HOUR));
        desk.write("key.pub", &key(2).1);
        changed(&desk, "doornail.yaml", &key(1).1, "file:key.pub");
        desk
    }] {
        refused(&same.run_with(&ACT, &SECRETS), &bell, "the operator's own");
    }
}

#[test]
fn outside_the_window_nothing_is_sent() {
    for (from, to) in [(HOUR, 2 * HOUR), (-2 * HOUR, -HOUR)] {
        let bell = Doorbell::new();
        let desk = guarded(&bell, &change(1, 2, from, to));
        approve(&desk, 1);
        refused(&act(&desk), &bell, "which is not now");
    }
}

/// A desk of our own, whose change is approved with a tool of one's own; and what came of its end.
fn ended(window: i64, steps: &str) -> (std::process::Output, tempfile::TempDir) {
    let folder = crate::own_platform::project(Manner::Sound);
    let root = folder.path();
    let file = root.join("doornail.yaml");
    let text = fs::read_to_string(&file).unwrap();
    let change = change(1, 2, -HOUR, window);
    fs::write(&file, text.replace("    safety:", &format!("    {change}\n    safety:"))).unwrap();
    if !steps.is_empty() {
        let steps = steps.replace("ROOT", &root.display().to_string());
        fs::write(root.join("procedures/end.yaml"), format!("procedure: end\nsteps:\n{steps}"))
            .unwrap();
    }
    let plan = root.join("plan.json");
    let planned = doornail(root)
        .args([
            "plan",
            "--env",
            "desk-live",
            "--supplier",
            "acme",
            "--terminate",
            "acme",
            "--out-plan",
        ])
        .arg(&plan)
        .output()
        .unwrap();
    assert_eq!(planned.status.code(), Some(0), "{}", said(&planned));
    let approval = root.join("approval");
    fs::write(&approval, signed_elsewhere(&plan)).unwrap();
    let mut command = doornail(root);
    command.args(["run", "--env", "desk-live"]).args(LEAVE).arg("--approval").arg(&approval);
    (command.arg("--out").arg(root.join("runs")).output().unwrap(), folder)
}

/// The same signature, made with nothing of doornail's but the documented bytes.
fn signed_elsewhere(plan: &Path) -> String {
    let hash = doornail::journal::chain::digest(&fs::read(plan).unwrap());
    let bytes = format!("doornail-approval/1\n{hash}\n");
    assert_eq!(bytes.as_bytes(), message(&hash));
    let pair = ring::signature::Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
    STANDARD.encode(pair.sign(bytes.as_bytes()))
}

#[test]
fn an_approved_change_is_carried_out_and_the_reports_say_by_whom_it_was_approved() {
    let (output, folder) = ended(HOUR, "");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let run = only_entry(&folder.path().join("runs"));
    let change = &journal(&run)[0]["change"];
    assert_eq!(change["ticket"], "C-1042");
    assert_eq!(change["approver"], key(1).1.as_str());
    let hash = change["plan"].as_str().unwrap().to_owned();
    for file in ["report.html", "report.md", "summary.json", "junit.xml"] {
        let text = fs::read_to_string(run.join(file)).unwrap();
        assert!(text.contains(&hash) && text.contains("C-1042"), "{file}");
    }
}

#[test]
fn a_window_that_closes_keeps_further_steps_from_beginning() {
    let closed = jiff::Timestamp::now().as_second() + 31;
    let steps = format!(
        "  - {{command: [sh, -c, 'until [ $(date +%s) -gt {closed} ]; do sleep 0.2; done']}}\n  - {{command: [touch, \
         ROOT/late]}}\n"
    );
    let (output, folder) = ended(30, &steps);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "the token works on: {said}");
    assert!(!folder.path().join("late").exists(), "{said}");
    assert!(
        said.contains("not done: run touch (acme): the window of the change is closed"),
        "{said}"
    );
    assert!(said.contains("what was left of it was not carried out"), "{said}");
}
