//! What the kernel promises to platforms, and what each fault of revocation does to it.

use super::*;
use crate::population::Supplier;
use crate::times::from_epoch;

const HOUR: Duration = Duration::from_secs(3600);

fn start() -> SystemTime {
    from_epoch(1_000_000)
}

fn kernel(fault: Option<Fault>) -> Kernel {
    let mut kernel = Kernel::new("test");
    for supplier in Supplier::ALL {
        let id = supplier.lower();
        kernel.add(Principal::new("user", id, &supplier.email("maya")).of(supplier));
        let token = Credential::new("token", id, id).of(id).hidden_by(id, INACTIVE);
        kernel.issue(token, start());
    }
    kernel.set_fault(fault);
    kernel
}

fn alive(kernel: &Kernel, secret: &str, now: SystemTime) -> bool {
    kernel.authenticate("token", secret, now).is_ok()
}

fn revoke_acme(kernel: &mut Kernel) {
    let key = kernel.find("token", "acme").unwrap();
    kernel.revoke(key, Cause::Action, start());
}

#[test]
fn a_mask_hides_and_reactivation_brings_back() {
    let mut kernel = kernel(None);
    kernel.set_state("acme", State::Suspended, start());
    let key = kernel.find("token", "acme").unwrap();
    assert_eq!(kernel.standing(key, start()), Standing::Masked(State::Suspended));
    assert!(kernel.exists(key, start()), "a masked token is still listed");
    kernel.set_state("acme", State::Active, start() + HOUR);
    assert!(alive(&kernel, "acme", start() + HOUR));
}

#[test]
fn a_revoked_token_stays_revoked_after_reactivation() {
    let mut kernel = kernel(None);
    revoke_acme(&mut kernel);
    kernel.set_state("acme", State::Suspended, start());
    kernel.set_state("acme", State::Active, start());
    assert!(!alive(&kernel, "acme", start() + HOUR));
    assert!(alive(&kernel, "globex", start() + HOUR));
}

#[test]
fn revoke_does_nothing_spares_tokens_states_and_passwords() {
    let mut kernel = kernel(Some(Fault::RevokeDoesNothing));
    revoke_acme(&mut kernel);
    kernel.set_state("acme", State::Deactivated, start());
    assert!(kernel.replace_secret("token", "acme", "new", start()).is_none());
    assert!(alive(&kernel, "acme", start() + HOUR));
    assert!(!alive(&kernel, "new", start() + HOUR));
    assert_eq!(kernel.principal("acme").unwrap().state(), State::Active);
}

#[test]
fn survives_deactivation_shows_the_state_but_hides_nothing() {
    let mut kernel = kernel(Some(Fault::SurvivesDeactivation));
    kernel.set_state("acme", State::Deactivated, start());
    kernel.revoke_where(Cause::Deactivation, start(), |c| c.is_of("acme"));
    assert_eq!(kernel.principal("acme").unwrap().state(), State::Deactivated);
    assert!(alive(&kernel, "acme", start()));
    revoke_acme(&mut kernel);
    assert!(!alive(&kernel, "acme", start()));
}

#[test]
fn slow_death_delays_revocations_and_masks() {
    let mut kernel = kernel(Some(Fault::SlowDeath(HOUR)));
    revoke_acme(&mut kernel);
    kernel.set_state("globex", State::Suspended, start());
    for secret in ["acme", "globex"] {
        assert!(alive(&kernel, secret, start() + HOUR - Duration::from_secs(1)));
        assert!(!alive(&kernel, secret, start() + HOUR));
    }
}

#[test]
fn what_comes_back_was_dead_in_between() {
    let mut kernel = kernel(Some(Fault::ComesBack(HOUR)));
    revoke_acme(&mut kernel);
    kernel.set_state("globex", State::Suspended, start());
    for secret in ["acme", "globex"] {
        assert!(!alive(&kernel, secret, start()));
        assert!(alive(&kernel, secret, start() + HOUR));
    }
}

#[test]
fn the_first_revocation_kills_the_bystander_only_under_its_fault() {
    for (fault, bystander) in [(None, true), (Some(Fault::KillsBystander), false)] {
        let mut by_revocation = kernel(fault);
        revoke_acme(&mut by_revocation);
        assert_eq!(alive(&by_revocation, "globex", start()), bystander);
        let mut by_state = kernel(fault);
        by_state.set_state("acme", State::Suspended, start());
        assert_eq!(alive(&by_state, "globex", start()), bystander);
    }
}

#[test]
fn a_state_that_ends_no_credential_does_not_use_up_the_fault() {
    let mut kernel = kernel(Some(Fault::KillsBystander));
    let bare = Principal::new("user", "bare", "bare@acme.example").of(Supplier::Acme);
    kernel.add(bare);
    kernel.set_state("bare", State::Deleted, start());
    assert!(alive(&kernel, "globex", start()));
    revoke_acme(&mut kernel);
    assert!(!alive(&kernel, "globex", start()));
}

#[test]
fn rotation_is_not_stopped_by_faults() {
    let mut kernel = kernel(Some(Fault::RevokeDoesNothing));
    let key = kernel.find("token", "acme").unwrap();
    kernel.revoke(key, Cause::Protocol, start());
    assert!(!alive(&kernel, "acme", start()));
}

#[test]
fn a_planted_token_outlives_sweeps_but_not_its_own_revocation_or_its_fault() {
    let mut kernel = kernel(Some(Fault::ExtraToken));
    let extra = Credential::new("token", "extra", "extra").of("acme").hidden_by("acme", INACTIVE);
    let key = kernel.plant(extra, start());
    kernel.set_state("acme", State::Deleted, start());
    kernel.revoke_where(Cause::Deactivation, start(), |c| c.is_of("acme"));
    assert!(alive(&kernel, "extra", start()));
    assert_eq!(kernel.kept("token", start()).len(), 2);
    kernel.set_fault(None);
    assert_eq!(kernel.standing(key, start()), Standing::Expired);
}

#[test]
fn a_replaced_password_leaves_only_the_new_one() {
    let mut kernel = kernel(None);
    kernel.replace_secret("token", "acme", "new", start()).unwrap();
    assert_eq!(kernel.authenticate_as("token", "acme", "acme", start()), Err(Standing::Revoked));
    assert!(kernel.authenticate_as("token", "acme", "new", start()).is_ok());
    assert_eq!(kernel.kept("token", start()).len(), 2);
}

#[test]
fn a_switched_off_token_can_be_switched_on() {
    let mut kernel = kernel(None);
    let key = kernel.find("token", "acme").unwrap();
    kernel.set_enabled(key, false, start());
    assert_eq!(kernel.standing(key, start()), Standing::Disabled);
    kernel.set_enabled(key, true, start() + HOUR);
    assert!(alive(&kernel, "acme", start() + HOUR));
}

#[test]
fn another_identity_is_of_another_supplier() {
    let kernel = kernel(Some(Fault::OtherIdentity));
    assert_eq!(kernel.presented("acme").unwrap().id, "globex");
    assert_eq!(kernel.presented("globex").unwrap().id, "acme");
}

#[test]
fn a_reactivation_cancels_what_was_still_pending() {
    let mut kernel = kernel(Some(Fault::SlowDeath(HOUR)));
    kernel.set_state("acme", State::Suspended, start());
    kernel.set_state("acme", State::Active, start() + HOUR / 2);
    assert!(alive(&kernel, "acme", start() + HOUR * 2));
}

#[test]
fn an_asynchronous_revocation_waits_and_an_earlier_one_wins() {
    let mut kernel = kernel(None);
    let key = kernel.find("token", "acme").unwrap();
    kernel.revoke_later(key, Cause::Action, start(), HOUR);
    assert!(alive(&kernel, "acme", start() + HOUR / 2));
    kernel.revoke(key, Cause::Action, start() + HOUR / 2);
    assert!(!alive(&kernel, "acme", start() + HOUR / 2));
}
