//! Dead seen from a place where the credential was never let in proves nothing, from arming to the recheck.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use doornail::clock::Tempo;

use crate::desk::{journal, only_entry, rulings};
use crate::own_platform::{Manner, doornail, project, said};

/// From here on the environment is used from there.
fn move_to(root: &Path, place: &str) {
    let file = root.join("doornail.yaml");
    let text = fs::read_to_string(&file).unwrap();
    let head = "  desk-live:\n";
    let (before, after) = text.split_once(head).unwrap();
    let after = match after.strip_prefix("    vantage: ") {
        Some(named) => named.split_once('\n').unwrap().1,
        None => after,
    };
    fs::write(&file, format!("{before}{head}    vantage: {place}\n{after}")).unwrap();
}

struct Armed {
    folder: tempfile::TempDir,
    run: PathBuf,
    /// Time runs faster, as what proves nothing is waited for.
    clock: String,
}

impl Armed {
    fn from(place: &str) -> Self {
        let folder = project(Manner::Sound);
        move_to(folder.path(), place);
        let file = folder.path().join("doornail.yaml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace("arm_within: 3s", "arm_within: 2m")).unwrap();
        let clock = format!("20@{}", jiff::Timestamp::now());
        let runs = folder.path().join("runs");
        let common = ["arm", "--supplier", "acme", "--env", "desk-live", "--confirm", "desk-live"];
        let output = {
            let mut arm = doornail(folder.path());
            arm.env("DOORNAIL_CLOCK", &clock).args(common).arg("--out").arg(&runs);
            arm.output().unwrap()
        };
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        Self { run: only_entry(&runs), folder, clock }
    }

    fn ended_and_verified(&self) -> Output {
        let now = self.clock.parse::<Tempo>().unwrap().now().to_string();
        fs::write(self.folder.path().join("revoked"), "").unwrap();
        doornail(self.folder.path())
            .env("DOORNAIL_CLOCK", &self.clock)
            .args(["verify", "--armed"])
            .arg(&self.run)
            .args(["--terminated-at", &now, "--ticket", "CHG-77", "--confirm", "desk-live"])
            .output()
            .unwrap()
    }

    fn recheck(&self) -> Output {
        let mut command = doornail(self.folder.path());
        command.env("DOORNAIL_CLOCK", &self.clock);
        command.arg("recheck").arg(&self.run).args(["--confirm", "desk-live"]).output().unwrap()
    }

    fn report(&self, name: &str) -> String {
        fs::read_to_string(self.run.join(name)).unwrap()
    }
}

fn holds(run: &Path, subject: &str) -> usize {
    let all = rulings(run);
    all.iter().filter(|(finding, on, _)| finding == "holds" && on == subject).count()
}

#[test]
fn every_verdict_and_every_report_names_its_vantage() {
    let armed = Armed::from("office");
    let output = armed.ended_and_verified();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let events = journal(&armed.run);
    let probed: Vec<_> = events.iter().filter(|event| event["event"] == "probed").collect();
    assert!(probed.len() > 3 && probed.iter().all(|event| event["vantage"] == "office"));
    for name in ["report.html", "report.md", "junit.xml", "summary.json"] {
        assert!(armed.report(name).contains("office"), "{name}");
    }
    assert!(said(&output).contains("Seen from          office"), "{}", said(&output));
}

#[test]
fn a_refusal_from_another_place_than_where_it_was_armed_is_inconclusive() {
    let armed = Armed::from("office");
    move_to(armed.folder.path(), "home");
    let proven = holds(&armed.run, "acme-token");
    let output = armed.ended_and_verified();
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert_eq!(holds(&armed.run, "acme-token"), proven, "{}", said(&output));
    assert!(said(&output).contains("refused where it was never let in"), "{}", said(&output));
}

#[test]
fn a_recheck_from_another_place_neither_confirms_nor_undoes_what_was_proven() {
    let armed = Armed::from("office");
    assert_eq!(armed.ended_and_verified().status.code(), Some(0));
    move_to(armed.folder.path(), "home");
    let output = armed.recheck();
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("refused where it was never let in"), "{}", said(&output));
    fs::remove_file(armed.folder.path().join("revoked")).unwrap();
    let output = armed.recheck();
    assert_eq!(output.status.code(), Some(1), "alive from anywhere is alive: {}", said(&output));
}
