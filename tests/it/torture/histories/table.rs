//! The table of histories.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doornail::claim::{Expectation, Finding};

use super::{Ask, History, Then, Who, World};
use crate::torture::say::*;
use crate::torture::wire::{Deed, Reply};

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: u64 = 24 * 3600;

fn history(name: &'static str, then: &[Then], world: World) -> History {
    History {
        name,
        channel: "rest",
        bystander: true,
        token: None,
        moves: None,
        world,
        then: then.to_vec(),
        says: "",
    }
}

/// The suspect is dead a quarter of an hour after the termination.
const fn dead(demand: Finding) -> Then {
    Then { expects: Expectation::Dead, of: Who::Suspect, within: 900, demand }
}

const fn dead_within(within: u64, demand: Finding) -> Then {
    Then { expects: Expectation::Dead, of: Who::Suspect, within, demand }
}

/// It stays so for a day.
const fn stays(demand: Finding) -> Then {
    Then { expects: Expectation::NoReturn, of: Who::Suspect, within: DAY, demand }
}

const fn contained(demand: Finding) -> Then {
    Then { expects: Expectation::Contained, of: Who::Suspect, within: 900, demand }
}

const fn unharmed(demand: Finding) -> Then {
    Then { expects: Expectation::Unharmed, of: Who::Bystander, within: 0, demand }
}

fn let_in() -> Reply {
    json(200, ME)
}

fn refused() -> Reply {
    json(401, REFUSED)
}

fn wall() -> Reply {
    html(403, LOGIN)
}

/// The suspect's answers; a bystander is let in.
fn suspect(ask: Ask<'_>, answer: fn(Ask<'_>) -> Reply) -> Reply {
    if ask.who == Who::Bystander || ask.at < 0 { let_in() } else { answer(ask) }
}

/// Everybody's answers from the termination on.
fn everybody(ask: Ask<'_>, answer: fn(Ask<'_>) -> Reply) -> Reply {
    if ask.at < 0 { let_in() } else { answer(ask) }
}

fn either(alive: bool) -> Reply {
    if alive { let_in() } else { refused() }
}

/// A JWT that ends ten minutes after the termination.
fn ends_by_itself() -> String {
    let ends: jiff::Timestamp = "2026-01-05T09:11:00Z".parse().unwrap();
    let claims = URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{}}}", ends.as_second()));
    format!("eyJhbGciOiJub25lIn0.{claims}.c2ln")
}

pub(super) fn histories() -> Vec<History> {
    use Finding::*;
    vec![
        history(
            "it dies at once, and for good",
            &[dead(Holds), stays(Holds), unharmed(Holds)],
            |ask| suspect(ask, |_| refused()),
        ),
        history(
            "the revocation answers 200 and does nothing",
            &[dead(Survivor), stays(Survivor)],
            |_| let_in(),
        ),
        history("the documented propagation is true", &[dead(Holds)], |ask| {
            suspect(ask, |ask| either(ask.at < 10 * MINUTE))
        }),
        history("the documented propagation is wrong", &[dead(Survivor)], |ask| {
            suspect(ask, |ask| either(ask.at < 20 * MINUTE))
        }),
        history("the deadline lies in the dark", &[dead_within(900, NotConfirmed)], |ask| {
            suspect(ask, |ask| {
                if ask.at < 899 {
                    wall()
                } else if ask.at < 901 {
                    html(503, LOGIN)
                } else {
                    refused()
                }
            })
        }),
        history("it works at the very deadline", &[dead(Survivor)], |ask| {
            suspect(ask, |ask| either(ask.at <= 900))
        }),
        history("a cache expires late, but in time", &[dead_within(3600, Holds)], |ask| {
            suspect(ask, |ask| either(ask.at < 31 * MINUTE))
        }),
        history(
            "an access token outlives the user's deactivation by its hour",
            &[dead(Survivor), dead_within(7200, Holds)],
            |ask| suspect(ask, |ask| either(ask.at < HOUR)),
        ),
        history(
            "a session survives as if nothing had been done",
            &[dead_within(3600, Survivor)],
            |_| let_in(),
        ),
        history(
            "re-activation brings it back after six hours",
            &[dead(Holds), stays(Revenant)],
            |ask| suspect(ask, |ask| either(ask.at > 6 * HOUR)),
        ),
        history("it comes back for a night", &[dead(Holds), stays(Revenant)], |ask| {
            suspect(ask, |ask| either((8 * HOUR..16 * HOUR).contains(&ask.at)))
        }),
        history("it is only masked", &[dead(Holds)], |ask| {
            suspect(ask, |_| json(401, r#"{"error":"user_disabled"}"#))
        })
        .says("reversible"),
        history("its time is up before anybody revokes it", &[dead(Holds)], |ask| {
            suspect(ask, |ask| either(ask.at < 10 * MINUTE))
        })
        .token(ends_by_itself())
        .says("expired by itself"),
        history("one of three replicas still accepts", &[dead(Survivor)], |ask| {
            suspect(ask, |ask| either(ask.count % 3 == 2))
        }),
        history("two of three replicas still accept", &[dead(Survivor)], |ask| {
            suspect(ask, |ask| either(ask.count % 3 > 0))
        }),
        history("the replicas agree after ten minutes", &[dead(Holds)], |ask| {
            suspect(ask, |ask| either(ask.count % 3 == 2 && ask.at < 10 * MINUTE))
        }),
        history("it flaps at every probe", &[dead(Survivor)], |ask| {
            suspect(ask, |ask| either(ask.count % 2 == 1))
        }),
        history("it flaps, and is refused at the deadline by chance", &[dead(Survivor)], |ask| {
            suspect(ask, |ask| either(ask.at != 900 && ask.count % 2 == 0))
        }),
        history("a state clings to the connection", &[dead(Holds)], |ask| {
            suspect(ask, |ask| either(ask.on_connection > 0))
        }),
        history(
            "everybody is refused from the termination on",
            &[dead(NotConfirmed), unharmed(BystanderHarmed)],
            |ask| everybody(ask, |_| refused()),
        ),
        history(
            "everybody is refused for two minutes, then only the suspect",
            &[dead(Holds), unharmed(Holds)],
            |ask| everybody(ask, |ask| either(ask.who == Who::Bystander && ask.at >= 2 * MINUTE)),
        ),
        history(
            "everybody is refused for ten minutes, and nothing was revoked",
            &[dead(Survivor), unharmed(Holds)],
            |ask| everybody(ask, |ask| either(ask.at >= 10 * MINUTE)),
        ),
        history(
            "everybody is refused, some hours after the death",
            &[dead(Holds), stays(NotConfirmed)],
            |ask| everybody(ask, |ask| either(ask.who == Who::Bystander && ask.at < 3 * HOUR)),
        ),
        history("a wall for everybody from minute two on", &[dead(NotConfirmed)], |ask| {
            everybody(ask, |ask| if ask.at < 2 * MINUTE { let_in() } else { wall() })
        }),
        history("a wall for the suspect alone", &[dead(NotConfirmed)], |ask| {
            suspect(ask, |_| wall())
        }),
        history("a wall in 200 for the suspect alone", &[dead(NotConfirmed)], |ask| {
            suspect(ask, |_| html(200, LOGIN))
        }),
        history(
            "a wall for an hour, and nothing was revoked",
            &[dead(NotConfirmed), dead_within(7200, Survivor)],
            |ask| everybody(ask, |ask| if ask.at < HOUR { wall() } else { let_in() }),
        ),
        history("limits for ever, asking for a year", &[dead(NotConfirmed)], |ask| {
            everybody(ask, |_| json_with(429, &[("retry-after", "31536000")], REFUSED))
        }),
        history("limits for five minutes, then dead", &[dead(Holds)], |ask| {
            everybody(ask, |ask| {
                if ask.at < 5 * MINUTE {
                    json_with(429, &[("retry-after", "20")], REFUSED)
                } else {
                    either(ask.who == Who::Bystander)
                }
            })
        }),
        history("one limit, from a clock a year ahead", &[dead_within(7200, Holds)], |ask| {
            everybody(ask, |ask| {
                if ask.at < 5 {
                    json_with(429, &[("retry-after", "Tue, 05 Jan 2027 09:00:00 GMT")], "{}")
                } else {
                    either(ask.who == Who::Bystander)
                }
            })
        }),
        history("a bystander that is limited for ever", &[dead(NotConfirmed)], |ask| {
            everybody(ask, |ask| if ask.who == Who::Bystander { bare(429, &[]) } else { refused() })
        }),
        history(
            "a bystander that is limited for five minutes",
            &[dead(Holds), unharmed(Holds)],
            |ask| {
                everybody(ask, |ask| {
                    if ask.who == Who::Suspect {
                        refused()
                    } else if ask.at < 5 * MINUTE {
                        bare(429, &[])
                    } else {
                        let_in()
                    }
                })
            },
        ),
        history(
            "a bystander dies with the suspect an hour later",
            &[dead(Holds), stays(NotConfirmed), unharmed(BystanderHarmed)],
            |ask| everybody(ask, |ask| either(ask.who == Who::Bystander && ask.at < HOUR)),
        ),
        history("a bystander's name changes", &[dead(ControlFailed)], |ask| {
            everybody(ask, |ask| {
                if ask.who == Who::Suspect {
                    refused()
                } else {
                    json(200, r#"{"user":{"id":"u-2","email":"leo@acme.example"}}"#)
                }
            })
        }),
        history("the token answers for somebody else", &[dead(ControlFailed)], |ask| {
            suspect(ask, |_| json(200, r#"{"user":{"id":"u-2","email":"leo@acme.example"}}"#))
        }),
        history("the token leaves its user a guest", &[dead(NotConfirmed)], |ask| {
            suspect(ask, |_| json(200, r#"{"user":{"id":null}}"#))
        }),
        history("servers in trouble for ever", &[dead(NotConfirmed)], |ask| {
            everybody(ask, |_| json(503, REFUSED))
        }),
        history("resets for ever", &[dead(NotConfirmed)], |ask| {
            everybody(ask, |_| deeds([Deed::Reset]))
        }),
        history("torn refusals for ever", &[dead(NotConfirmed)], |ask| {
            suspect(ask, |_| json(401, r#"{"error":"invalid_tok"#))
        }),
        history("redirects for ever", &[dead(NotConfirmed)], |ask| {
            suspect(ask, |_| bare(302, &[("location", "/login")]))
        }),
        history("a lock-out for ever", &[dead(NotConfirmed)], |ask| {
            suspect(ask, |_| json(423, r#"{"error":"account_locked"}"#))
        }),
        history("the address list shuts us out", &[dead(NotConfirmed)], |ask| {
            everybody(ask, |_| json(403, r#"{"error":"ip_not_allowed"}"#))
        }),
        history("a missing scope is no death", &[dead(Survivor)], |ask| {
            suspect(ask, |_| json(403, r#"{"error":"insufficient_scope"}"#))
        }),
        history("refusals and limits in turn", &[dead(NotConfirmed)], |ask| {
            suspect(ask, |ask| if ask.count % 2 == 0 { refused() } else { bare(429, &[]) })
        }),
        history("two refusals, then life, again and again", &[dead(Survivor)], |ask| {
            suspect(ask, |ask| either(ask.count % 3 == 0))
        }),
        history("silence from minute ten on", &[dead(NotConfirmed)], |ask| {
            suspect(ask, |ask| if ask.at < 10 * MINUTE { let_in() } else { deeds([Deed::Hold]) })
        }),
        history("it was never seen to work", &[dead(Unproven)], |ask| {
            either(ask.who == Who::Bystander)
        }),
        history("it was limited before, and refused after", &[dead(Unproven)], |ask| {
            if ask.who == Who::Bystander {
                let_in()
            } else if ask.at < 0 {
                bare(429, &[])
            } else {
                refused()
            }
        }),
        history("nobody stands by", &[dead(Uncontrolled)], |ask| suspect(ask, |_| refused()))
            .alone(),
        history("nobody stands by, and it survives", &[dead(Uncontrolled)], |_| let_in()).alone(),
        history(
            "everything it reaches is refused, and it still signs in",
            &[contained(Holds), dead(Survivor)],
            |ask| match ask.path {
                "/me" => let_in(),
                _ => suspect(ask, |_| json(403, r#"{"error":"no_access"}"#)),
            },
        )
        .on("data"),
        history("one of two things it reaches is still open", &[contained(Survivor)], |ask| {
            match ask.path {
                "/me" => let_in(),
                "/tickets" => json(200, r#"{"tickets":[]}"#),
                _ => suspect(ask, |_| json(403, r#"{"error":"no_access"}"#)),
            }
        })
        .on("data"),
        history("walls before all it reaches contain nothing", &[contained(Survivor)], |ask| {
            match ask.path {
                "/me" => let_in(),
                _ => suspect(ask, |_| wall()),
            }
        })
        .on("data"),
        history(
            "its name leads to a host that refuses everybody",
            &[dead(NotConfirmed), unharmed(BystanderHarmed)],
            |_| let_in(),
        )
        .moves(3 * MINUTE, |_| refused()),
        history(
            "its name leads to a host that lets everybody in",
            &[dead(Holds), stays(Revenant)],
            |ask| suspect(ask, |_| refused()),
        )
        .moves(2 * HOUR, |_| let_in()),
        history("its name leads to a parked page", &[dead(NotConfirmed)], |_| let_in())
            .moves(3 * MINUTE, |_| html(200, LOGIN)),
    ]
}

impl History {
    fn says(self, says: &'static str) -> Self {
        Self { says, ..self }
    }

    fn token(self, token: String) -> Self {
        Self { token: Some(token), ..self }
    }

    fn alone(self) -> Self {
        Self { bystander: false, ..self }
    }

    fn on(self, channel: &'static str) -> Self {
        Self { channel, ..self }
    }

    fn moves(self, at: i64, world: World) -> Self {
        Self { moves: Some((at, world)), ..self }
    }
}
