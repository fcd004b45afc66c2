//! The bundled population of the provider.

use std::time::SystemTime;

use super::{API_TOKEN, GROUP, Knobs, OAUTH, PASSWORD, SESSION, SESSION_LIFE, TOKEN, Target, USER};
use crate::identity::{Credential, INACTIVE, Kernel, Principal};
use crate::platforms::Variables;
use crate::population::{ALNUM, Supplier, secret};

impl Target {
    /// Makes the provider and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let mut target = Self { kernel: Kernel::new("scim"), knobs: Knobs::default() };
        let mut variables = Variables::new();
        target.kernel.add(Principal::new(USER, "user-OURSADMIN", "admin@ours.example"));
        let value = secret("SCIM_ADMIN_TOKEN", "scim_", 40, ALNUM);
        let token = Credential::new(TOKEN, "scim-OURSADMIN", &value)
            .of("user-OURSADMIN")
            .with("admin", "yes")
            .scope("read write");
        target.kernel.issue(token, now);
        variables.insert("SCIM_ADMIN_TOKEN".into(), value);
        for supplier in Supplier::ALL {
            target.seed_supplier(supplier, &mut variables, now);
        }
        (target, variables)
    }

    fn seed_supplier(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let up = supplier.upper();
        let mut put = |name: &str, length| {
            let variable = format!("{up}_SCIM_{name}");
            let prefix = match name.rsplit('_').next() {
                Some("TOKEN") if name.starts_with("DIRECTORY") => "scim_",
                Some("TOKEN") => "pat_",
                Some("PASSWORD") => "Pw-",
                _ => "",
            };
            let value = secret(&variable, prefix, length, ALNUM);
            variables.insert(variable, value.clone());
            value
        };
        let id = |who: &str| format!("user-{up}{who}");
        let (maya, leo, sync) = (id("MAYA"), id("LEO"), id("SYNC"));
        for (id, who) in [(&maya, "maya"), (&leo, "leo"), (&sync, "sync")] {
            let user = Principal::new(USER, id, &supplier.email(who)).of(supplier);
            self.kernel.add(user.with("external", format!("idp-{up}-{who}")));
        }
        let group = format!("group-{up}");
        let mut members = Principal::new(GROUP, &group, &group).of(supplier);
        members.name = format!("{} agents", supplier.lower());
        self.kernel.add(members.with("members", format!("{maya} {leo} {sync}")));
        // A supplier's own provisioning: it may write, so it can wake an account.
        for (name, number, scope) in
            [("DIRECTORY_TOKEN", 1, "read write"), ("DIRECTORY_READ_TOKEN", 2, "read")]
        {
            let value = put(name, 40);
            let token = Credential::new(TOKEN, &format!("scim-{up}{number}"), &value);
            self.kernel.issue(token.supplier(Some(supplier)).scope(scope), now);
        }
        for (user, who) in [(&maya, "MAYA"), (&leo, "LEO"), (&sync, "SYNC")] {
            let value = put(&format!("{who}_TOKEN"), 36);
            let token = Credential::new(API_TOKEN, &format!("pat-{up}{who}"), &value);
            self.kernel.issue(token.of(user), now);
        }
        let value = put("MAYA_OAUTH", 48);
        let grant = Credential::new(OAUTH, &format!("oauth-{up}MAYA"), &value).of(&maya);
        self.kernel.issue(grant, now);
        let value = put("MAYA_SESSION", 40);
        let session = Credential::new(SESSION, &format!("session-{up}MAYA"), &value);
        self.kernel.issue(session.of(&maya).expires(now + SESSION_LIFE), now);
        let value = put("MAYA_PASSWORD", 18);
        let password = Credential::new(PASSWORD, &maya, &value).of(&maya);
        self.kernel.issue(password.hidden_by(&maya, INACTIVE), now);
    }
}
