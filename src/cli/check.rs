//! `doornail check`: reads everything a run would read, and says what is wrong. Sends nothing.

use std::collections::BTreeSet;
use std::path::Path;

use super::load;
use super::options::CheckOptions;
use super::output::Output;

pub(crate) fn check(options: &CheckOptions, root: &Path, output: &Output) -> anyhow::Result<u8> {
    let project = load::project(root)?;
    let features = load::features(&options.features, root)?;
    if !features.lint.problems.is_empty() {
        let problems: Vec<String> =
            features.lint.problems.iter().map(ToString::to_string).collect();
        anyhow::bail!("{}", problems.join("\n"));
    }
    load::procedures(&project, &features)?;
    for error in &features.lint.undefined {
        output.note(format!("error: {error}"));
    }
    let credentials: usize =
        project.inventory.suppliers.values().map(|(_, supplier)| supplier.credentials.len()).sum();
    output.line(format!(
        "{} platforms, {} suppliers with {credentials} credentials, {} procedures, {} environments{}",
        project.catalogue.iter().count(),
        project.inventory.suppliers.len(),
        project.inventory.procedures.len(),
        project.config.environments.len(),
        if project.bundled { " (the bundled estate)" } else { "" },
    ));
    output.line(format!("{} feature files, {} scenarios", features.files.len(), features.count()));
    let tags: BTreeSet<String> = features.tags();
    output.line(format!("tags: {}", tags.into_iter().collect::<Vec<_>>().join(" ")));
    if !features.lint.undefined.is_empty() || features.count() == 0 {
        return Ok(4);
    }
    Ok(0)
}
