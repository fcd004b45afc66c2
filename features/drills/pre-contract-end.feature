# Days before the contract ends, and again on the eve: is everything known, does everything work that is to be
# seen ending, and is the chosen procedure known to end all of it? Nothing is ended here.
#
# On a real environment: `doornail run features/drills/pre-contract-end.feature --env NAME --confirm NAME` rehearses
# with canaries; `doornail arm` proves the supplier's own credentials to work without a feature.
@pre-contract-end @owasp:NHI1 @csf:GV.SC-10
Feature: The contract is about to end
  # Before anything is used: to use a grant is to mint from it. At Zendesk, `Given the supplier` finds something at
  # once: the access token beside a recorded refresh token is access of its own, and no inventory has it yet.
  Scenario: Everything the supplier holds at the identity provider is known
    Given the supplier at "okta"
    When nothing is ended yet
    Then no unrecorded access of the supplier remains on any platform that can be listed

  Scenario: Everything that is to be seen ending works today, and the procedure is known to end it
    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When nothing is ended yet
    Then every bystander still works
    # Both expire by themselves, within the inventory's targets.
    And the procedure "contract-end" is known to end every credential but "okta-access, oidc-jwt"
