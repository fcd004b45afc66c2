//! Bystanders that mint what controls others.

use super::*;
use crate::platform::schema::Derivation;

/// `m` mints `m/access`, which controls `t`; plays twelve hours. There is `b` as well, which mints nothing.
async fn played(script: impl Fn(&str, u64) -> char + Send + Sync + 'static) -> Stand {
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
    for (id, role) in [("m/access", Role::Bystander), ("t", Role::Suspect)] {
        // A suspect may mint as well.
        kind.derives.retain(|_| role == Role::Suspect);
        stand.chase.follow(&Newcomer { held: held(id, role), kind: kind.clone(), polite });
    }
    drive_until(&mut stand, 12 * 3600).await;
    stand
}

fn widest(asked: &[u64]) -> u64 {
    asked.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap()
}

#[tokio::test]
async fn what_a_bystander_minted_is_renewed_as_long_as_it_is_wanted_as_a_control() {
    let stand = played(|_, _| 'a').await;
    let minting = asked(&stand, "m");
    assert!(widest(&minting) <= RENEW_BYSTANDERS.as_secs(), "{}", widest(&minting));
    for idle in ["b", "m/access", "t"] {
        assert!(widest(&asked(&stand, idle)) > 1_200, "{idle} is asked too often");
    }
    let stand = played(|who, at| if who == "t" && at > 60 { 'd' } else { 'a' }).await;
    let unwanted = asked(&stand, "m");
    assert!(widest(&unwanted) > 3600, "nobody needs it any more: {}", widest(&unwanted));
}

#[tokio::test]
async fn what_is_measured_is_asked_more_often_than_what_is_watched() {
    let stand = played(|_, _| 'a').await;
    let (suspect, bystander) = (asked(&stand, "s").len(), asked(&stand, "b").len());
    assert!(suspect > 2 * bystander, "{suspect} and {bystander}");
}
