# Each scenario needs a server of its own: what it ends stays ended. Choose one by its tag.
@live
Feature: A supplier's Redis user is ended

  @switch-off
  Scenario: The user is switched off, and who is signed in stays
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "switch-off"
    Then every shared login stops working within 10 seconds
    And every open session ends within 10 seconds
    And nothing comes back for 1 second
    And every bystander still works

  @password-gone
  Scenario: The password is taken away, and who is signed in stays
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "password-gone"
    Then every shared login stops working within 10 seconds
    And every open session ends within 10 seconds
    And nothing comes back for 1 second
    And every bystander still works

  @no-commands
  Scenario: The user may do nothing any more, and signs in still
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "no-commands"
    Then every shared login stops working within 10 seconds
    And every open session ends within 10 seconds
    And nothing comes back for 1 second
    And every bystander still works

  @kill-connections
  Scenario: The connections are cut, and the password makes new ones
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "kill-connections"
    Then every shared login stops working within 10 seconds
    And every open session ends within 10 seconds
    And nothing comes back for 1 second
    And every bystander still works

  @delete
  Scenario: The user is deleted
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "delete"
    Then every shared login stops working within 10 seconds
    And every open session ends within 10 seconds
    And nothing comes back for 1 second
    And every bystander still works

  @delete-in-file
  Scenario: The user is taken out of the file of users, and reading it anew cuts everybody off
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "delete-in-file"
    Then every shared login stops working within 10 seconds
    And every open session ends within 10 seconds
    And nothing comes back for 1 second
    And every bystander still works

  @off-and-cut
  Scenario: The user is switched off, and then cut off
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "off-and-cut"
    Then every shared login stops working within 10 seconds
    And every open session ends within 10 seconds
    And nothing comes back for 1 second
    And every bystander still works

  # A restart cuts everybody's connections, so this is asked of those who keep none.
  @delete-unsaved
  Scenario: The user is deleted, nothing is saved, and a restart brings it back
    Given the supplier "acme-batch"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "delete-unsaved"
    Then every shared login stops working within 10 seconds
    And nothing comes back for 1 second
    And every bystander still works
