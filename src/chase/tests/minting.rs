//! Bystanders that mint what controls others.

use super::*;
use crate::platform::schema::Derivation;

/// `b` mints `b/access`, which controls `s`; gives the moments at which `b` was asked over twelve hours.
async fn asked_of_the_minting(
    script: impl Fn(&str, u64) -> char + Send + Sync + 'static,
) -> Vec<u64> {
    let mut stand = stand("", script);
    let description = description("600/min", "");
    let mut kind = description.credentials.values().next().unwrap().clone();
    kind.derives.push(Derivation {
        kind: KindId::new("access"),
        channel: "rest".into(),
        secret: BTreeMap::new(),
    });
    let minted = Enlisted { from: Some("m".into()), ..facts("m/access", Role::Bystander) };
    let suspect = Enlisted { bystanders: vec!["m/access".into()], ..facts("t", Role::Suspect) };
    for facts in [facts("m", Role::Bystander), minted, suspect] {
        stand.ledger.record(Event::Enlisted(Box::new(facts)));
    }
    let polite = description.polite;
    let minting = Newcomer { held: held("m", Role::Bystander), kind: kind.clone(), polite };
    stand.chase.follow(&minting);
    kind.derives.clear();
    for (id, role) in [("m/access", Role::Bystander), ("t", Role::Suspect)] {
        stand.chase.follow(&Newcomer { held: held(id, role), kind: kind.clone(), polite });
    }
    drive_until(&mut stand, 12 * 3600).await;
    asked(&stand, "m")
}

fn widest(asked: &[u64]) -> u64 {
    asked.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap()
}

#[tokio::test]
async fn what_a_bystander_minted_is_renewed_as_long_as_it_is_wanted_as_a_control() {
    let alive = asked_of_the_minting(|_, _| 'a').await;
    assert!(widest(&alive) <= RENEW_BYSTANDERS.as_secs(), "{}", widest(&alive));
    let dead = asked_of_the_minting(|who, at| if who == "t" && at > 60 { 'd' } else { 'a' }).await;
    assert!(widest(&dead) > 3600, "nobody needs it any more: {}", widest(&dead));
    assert!(dead.len() < alive.len() / 2);
}
