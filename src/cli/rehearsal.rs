//! What a run on a real environment may make, and whether that is anything: a rehearsal of nothing proves
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use doornail::drill::canary::{Ground, Plan};
use doornail::id::{ProcedureId, SupplierId};
use doornail::probe::Site;
use doornail::steps::{Features, Project};

use super::load;

/// Where canaries of these suppliers can be made; why not, if nothing of one can be.
///
/// # Errors
/// If it could touch more than what it makes, or makes more than is allowed.
pub(super) fn rehearsal(
    project: &Project,
    environment: &str,
    suppliers: &BTreeSet<SupplierId>,
    features: &Features,
) -> anyhow::Result<Result<Ground, String>> {
    let ground = ground(project, environment)?;
    let most = load::environment(project, environment)?.safety.max_credentials;
    let mut all = 0;
    for supplier in suppliers.iter().filter_map(|id| project.inventory.supplier(id)) {
        let plan = Plan::new(supplier, &project.catalogue, &ground, "plan");
        if plan.supplier.credentials.is_empty() {
            let why = plan.left_out.iter().next();
            let why = why.map_or_else(String::new, |(id, why)| format!(" ({id}: {why})"));
            return Ok(Err(format!(
                "nothing of {0} can be rehearsed{why}; its real access would be ended: add --terminate {0}",
                supplier.supplier
            )));
        }
        all += plan.canaries.len();
    }
    if all > most {
        bail!(
            "{all} canaries would be made, {most} are allowed; nothing was sent\n  hint: raise \
             `safety.max_credentials` in doornail.yaml, or drill a smaller part"
        );
    }
    for name in load::procedure_names(features) {
        let procedure = project.inventory.procedure(&ProcedureId::new(name));
        if procedure.is_some_and(|procedure| !procedure.is_drill_safe()) {
            bail!(
                "the procedure `{name}` has commands, and nothing says that they touch only the supplier they \
                 are given; nothing was sent\n  hint: add `drill_safe: true` to it if so, or end real access \
                 with --terminate"
            );
        }
    }
    Ok(Ok(ground))
}

/// The platforms of an environment that have somebody to make canaries as.
pub(super) fn ground(project: &Project, environment: &str) -> anyhow::Result<Ground> {
    let environment = load::environment(project, environment)?;
    let mut sites = BTreeMap::new();
    for (platform, settings) in &environment.platforms {
        let (Some(description), Some(_)) = (project.catalogue.get(platform), &settings.mint) else {
            continue;
        };
        let site = Site::new(description, settings.base_url.clone(), &settings.parameters)?;
        sites.insert(platform.clone(), site.parameters);
    }
    Ok(Ground { sites, seats: environment.safety.max_paid_seats })
}
