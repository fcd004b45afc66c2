Feature: The contract ends
  Background:
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Planned end
    When the supplier is terminated with the procedure "contract-end"
    Then every shared login stops working within 20 minutes
    And the token "zd-token" stops working within 20 minutes
    And the token "gl-token" stops working within 20 minutes
    And the key "aws-key" stops working within 20 minutes
    And the key "zd-client" stops working within 20 minutes
    And nothing comes back for 5 minutes
    And no unrecorded access of the supplier remains on any platform that can be listed
    And every bystander still works
