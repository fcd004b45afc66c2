//! Who answers: life needs the credential's own principal, and another one is a failed control.

use crate::torture::case::*;
use crate::torture::say::*;

pub(super) fn cases() -> Vec<Case> {
    let who = |name: &str, demand: Demand, body: &str| Case::new(name, demand, json(200, body));
    vec![
        who(
            "another principal",
            OTHER_PRINCIPAL,
            r#"{"user":{"id":"u-2","email":"leo@acme.example"}}"#,
        ),
        who(
            "the right id with another e-mail",
            OTHER_PRINCIPAL,
            r#"{"user":{"id":"u-1","email":"leo@acme.example"}}"#,
        ),
        who(
            "another id with the right e-mail",
            OTHER_PRINCIPAL,
            r#"{"user":{"id":"u-2","email":"maya@acme.example"}}"#,
        ),
        who("an id that begins like the right one", OTHER_PRINCIPAL, r#"{"account":"u-12"}"#),
        who("an id that ends like the right one", OTHER_PRINCIPAL, r#"{"account":"xu-1"}"#),
        who("nobody: an empty object", UNRECOGNISED, "{}"),
        who(
            "nobody: an id of null",
            ANONYMOUS,
            r#"{"user":{"id":null,"email":"anonymous@acme.example"}}"#,
        ),
        who("nobody: an empty id", UNRECOGNISED, r#"{"account":""}"#),
        who("nobody: an id of false", UNRECOGNISED, r#"{"account":false}"#),
        who("nobody: an id that is a list", UNRECOGNISED, r#"{"account":["u-1"]}"#),
        who("nobody: an id that is an object", UNRECOGNISED, r#"{"account":{"id":"u-1"}}"#),
        who(
            "the principal one level too deep",
            UNRECOGNISED,
            r#"{"data":{"user":{"id":"u-1","email":"maya@acme.example"}}}"#,
        ),
        who(
            "the principal under a name of another case",
            UNRECOGNISED,
            r#"{"User":{"Id":"u-1","Email":"maya@acme.example"}}"#,
        ),
        who(
            "the principal among others in a list",
            UNRECOGNISED,
            r#"[{"user":{"id":"u-1","email":"maya@acme.example"}},{"user":{"id":"u-2"}}]"#,
        ),
        // Platforms store e-mail addresses in lower case whatever was typed (and their hosts have no case at all).
        who(
            "the e-mail in other letters",
            ALIVE,
            r#"{"user":{"id":"u-1","email":"Maya@ACME.example"}}"#,
        ),
        who("an id in other letters is another id", OTHER_PRINCIPAL, r#"{"account":"U-1"}"#),
        who(
            "the e-mail with a look-alike letter",
            OTHER_PRINCIPAL,
            "{\"user\":{\"id\":\"u-1\",\"email\":\"m\u{430}ya@acme.example\"}}",
        ),
        who(
            "the e-mail with a zero-width space",
            OTHER_PRINCIPAL,
            "{\"user\":{\"id\":\"u-1\",\"email\":\"maya\u{200b}@acme.example\"}}",
        ),
        who(
            "the e-mail written with escapes",
            ALIVE,
            r#"{"user":{"id":"u-1","email":"\u006daya@acme.example"}}"#,
        ),
        who(
            "a refusal beside the principal's name",
            UNRECOGNISED,
            r#"{"ok":false,"error":"no_idea","who":"u-1"}"#,
        ),
        who(
            "a refusal and the principal at once",
            AMBIGUOUS,
            r#"{"ok":false,"error":"token_revoked","account":"u-1"}"#,
        ),
        // Whose refusal is it then?
        who(
            "a refusal and another principal at once",
            OTHER_PRINCIPAL,
            r#"{"ok":false,"error":"token_revoked","account":"u-2"}"#,
        ),
        who("the name in a sentence", ALIVE, r#"{"message":"Hello u-1, welcome back."}"#)
            .of(["desk", "token", "mention"]),
        who(
            "a longer name in a sentence",
            UNRECOGNISED,
            r#"{"message":"Hello u-12, welcome back."}"#,
        )
        .of(["desk", "token", "mention"]),
        who(
            "a longer name that ends so in a sentence",
            UNRECOGNISED,
            r#"{"message":"Hello xu-1, welcome back."}"#,
        )
        .of(["desk", "token", "mention"]),
        Case::new(
            "two documented classes at once",
            AMBIGUOUS,
            json(401, r#"{"error":"invalid_token","code":"vpn_required"}"#),
        ),
        Case::new(
            "dead for another reason than the code says nothing",
            UNRECOGNISED,
            json(401, r#"{"error":"Invalid_Token"}"#),
        ),
        Case::new(
            "a code with a blank after it",
            UNRECOGNISED,
            json(401, r#"{"error":"invalid_token "}"#),
        ),
        Case::new(
            "a code that contains the documented one",
            UNRECOGNISED,
            json(401, r#"{"error":"not_invalid_token"}"#),
        ),
        Case::new(
            "the documented code in another place",
            UNRECOGNISED,
            json(401, r#"{"message":"invalid_token"}"#),
        ),
        Case::new(
            "the documented code as an object",
            UNRECOGNISED,
            json(401, r#"{"error":{"code":"invalid_token"}}"#),
        ),
        Case::new(
            "no error at all but a status of refusal",
            UNRECOGNISED,
            json(401, r#"{"error":null}"#),
        ),
    ]
}
