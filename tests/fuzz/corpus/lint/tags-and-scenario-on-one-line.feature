@a @b
Feature: F
  words

  Rule: R
    Background:
      Given the supplier "acme"
    @c    Scenario: S
      When the supplier's users are re-activated
      Then nothing of theirs works
