//! What a rehearsal makes can be rechecked: it is kept in the run's folder, sealed, and nowhere in clear.

use std::collections::BTreeSet;
use std::fs;

use age::secrecy::ExposeSecret as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::cli_real::changed;
use crate::desk::{Ran, rulings};
use crate::rehearsal::place::{Place, REHEARSE};

struct Kept {
    place: Place,
    identity: String,
}

impl Kept {
    /// A place whose run keeps what it makes.
    fn new(platforms: &[&str], scale: u32) -> Self {
        let place = Place::new(platforms, scale);
        let identity = age::x25519::Identity::generate();
        let head = format!(
            "fingerprint_key: env:FINGERPRINTS\nsealed_to: {}\nunseal: env:UNSEAL\nenvironments:",
            identity.to_public()
        );
        changed(&place.desk, "doornail.yaml", "environments:", &head);
        Self { place, identity: identity.to_string().expose_secret().to_owned() }
    }

    fn run(&self, arguments: &[&str], with_identity: bool) -> Ran {
        let mut variables = self.place.variables();
        variables.push(("FINGERPRINTS", "a key of fingerprints"));
        if with_identity {
            variables.push(("UNSEAL", &self.identity));
        }
        self.place.desk.run_with(arguments, &variables)
    }

    fn recheck(&self) -> Ran {
        let run = self.place.desk.run_folder();
        self.run(&["recheck", run.to_str().unwrap(), "--confirm", "sandbox"], true)
    }

    /// Every secret that was shown to a platform and that no administrator holds.
    fn shown(&self) -> BTreeSet<String> {
        let admins: Vec<&String> = self.place.mocks.variables.values().collect();
        let sent = self.place.sent();
        let bearers = sent.iter().flat_map(|text| {
            text.lines().filter_map(|line| {
                let (name, value) = line.split_once(": Bearer ")?;
                name.eq_ignore_ascii_case("authorization").then(|| value.trim().to_owned())
            })
        });
        let passwords = sent.iter().flat_map(|text| {
            text.split("\"password\":\"")
                .skip(1)
                .filter_map(|rest| Some(rest.split('"').next()?.to_owned()))
        });
        let all = bearers.chain(passwords).filter(|secret| !admins.contains(&secret));
        all.filter(|secret| secret.len() > 8).collect()
    }
}

#[test]
fn a_rehearsal_is_rechecked_with_what_it_kept_and_nothing_is_in_clear() {
    let kept = Kept::new(&["gitlab", "okta", "zendesk"], 200);
    let ran = kept.run(&REHEARSE, false);
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
    assert!(!ran.stdout.contains("cannot be rechecked"), "{}", ran.whole());
    let run = kept.place.desk.run_folder();
    let refused = kept.run(&["recheck", run.to_str().unwrap(), "--confirm", "sandbox"], false);
    assert_eq!(refused.code, Some(2), "{}", refused.whole());
    assert!(refused.stderr.contains("doornail.yaml: unseal"), "{}", refused.whole());
    let before = kept.place.sent().len();
    let again = kept.recheck();
    // Whoever stood by was removed as well: that all is refused is no proof without one who is let in.
    assert_eq!(again.code, Some(3), "{}", again.whole());
    assert!(again.stdout.contains("removed with the rehearsal"), "{}", again.whole());
    let probes = &kept.place.sent()[before..];
    assert!(probes.len() >= 3, "{probes:?}");
    let shown = kept.shown();
    assert!(shown.len() >= 4, "{}", shown.len());
    let mut files = 0;
    for entry in fs::read_dir(&run).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        files += 1;
        for secret in &shown {
            for form in [secret.clone(), STANDARD.encode(secret)] {
                let found = bytes.windows(form.len()).any(|part| part == form.as_bytes());
                assert!(!found, "a secret is in clear");
            }
        }
    }
    assert!(files >= 6 && run.join("sealed-1.age").is_file());
    let checked = kept.place.run(&["verify-journal", run.to_str().unwrap()]);
    assert_eq!(checked.code, Some(0), "{}", checked.whole());
}

#[test]
fn what_a_rehearsal_made_and_that_comes_back_later_is_a_revenant() {
    let seed = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    fs::write(seed.path(), "faults: {gitlab: 'comes-back:4000'}\n").unwrap();
    let kept =
        Kept::new(&["gitlab", "okta", "zendesk", "--seed", seed.path().to_str().unwrap()], 300);
    let ran = kept.run(&REHEARSE, false);
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
    // A little more than an hour of the mocks'.
    let found = (0..60).map(|_| kept.recheck()).find(|again| again.code == Some(1));
    let found = found.expect("it never came back");
    let found_all = rulings(&kept.place.desk.run_folder());
    let back = |(finding, subject, _): &(String, String, String)| {
        finding == "revenant" && subject == "gl-token"
    };
    assert!(found_all.iter().any(back), "{}", found.whole());
}

#[test]
fn without_a_recipient_the_reports_say_what_cannot_be_rechecked() {
    let place = Place::new(&["gitlab", "okta", "zendesk"], 300);
    let ran = place.run(&REHEARSE);
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
    assert!(ran.stdout.contains("cannot be rechecked, as the reports say: "), "{}", ran.whole());
    let run = place.desk.run_folder();
    for file in ["report.html", "report.md", "summary.json"] {
        let text = fs::read_to_string(run.join(file)).unwrap();
        assert!(text.contains("doornail.yaml names no"), "{file}");
    }
    assert!(!run.join("sealed-1.age").exists());
}
