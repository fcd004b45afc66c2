# Needs a server of its own: what is ended there stays so.
@live
Feature: A supplier's mailbox is taken away at a real mail server
  Background:
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  @demand
  Scenario Outline: <procedure>
    When the supplier is terminated with the procedure "<procedure>"
    Then every shared login stops working within 15 seconds
    And every open session ends within 15 seconds
    And every bystander still works

    @delete
    Examples:
      | procedure |
      | delete    |
    @change
    Examples:
      | procedure |
      | change    |
    @change-and-use
    Examples:
      | procedure      |
      | change-and-use |
    @change-and-mistake
    Examples:
      | procedure          |
      | change-and-mistake |
    @change-and-flush
    Examples:
      | procedure        |
      | change-and-flush |
    @in-order
    Examples:
      | procedure |
      | in-order  |
    @kick
    Examples:
      | procedure |
      | kick      |
    @break
    Examples:
      | procedure |
      | break     |

  # Ended, and there again: what was refused for good is not.
  @back
  Scenario: back
    When the supplier is terminated with the procedure "delete"
    Then every shared login stops working within 15 seconds
    When the supplier is terminated with the procedure "restore"
    Then nothing comes back for 6 seconds
    And every bystander still works
