"""The rules about budgets, profiles and advice."""

# ruff: noqa: E501 -- names of tests are sentences

from __future__ import annotations

from requirements import Requirement, need

BUDGETS: dict[str, Requirement] = {
    "budget-reserve": need(
        "A claim reserves the task's limit, or its estimate, of the board's pool and its group's.",
        "budgets",
        operations_budgets="a_claim_reserves_and_a_finish_settles_what_was_used "
        "a_task_without_a_limit_reserves_its_estimate_in_minutes "
        "a_group_draws_on_its_own_pool_and_on_the_boards a_review_reserves_nothing_and_what_it_uses_is_counted",
        property_budget_machine="any_calls_on_a_board_with_budgets_keep_them_true "
        "the_machine_finds_a_planted_bug_in_budgets",
        graph_budget="what_a_pool_lends_it_has",
    ),
    "budget-settle": need(
        "However an attempt ends, its reservation is freed and its use is spent, once; each round anew.",
        "budgets",
        operations_budgets="however_an_attempt_ends_its_reservation_ends_and_its_minutes_are_spent "
        "an_expired_attempt_is_charged_until_its_lease_ran_out a_lapsed_attempt_is_settled_once "
        "a_lapsed_holder_that_returns_is_charged_as_if_it_had_not_lapsed each_round_reserves_anew "
        "a_take_over_frees_what_the_old_holder_held a_claim_that_is_undone_has_used_nothing",
    ),
    "budget-refuse": need(
        "What does not fit is not handed out: the next task that fits is, or the figures are told.",
        "budgets",
        operations_budgets="what_does_not_fit_is_not_handed_out_and_the_figures_are_told "
        "the_next_task_that_fits_is_offered a_claim_by_name_is_refused_with_the_same_figures "
        "tasks_that_fit_come_in_claim_order_of_all_purses "
        "a_task_handed_to_me_that_does_not_fit_is_not_given "
        "a_used_up_pool_lends_nothing_even_to_a_task_that_says_no_figure",
        cli_budgets="what_is_over_budget_is_said_with_the_figures",
    ),
    "budget-share": need(
        "One task takes at most the share of a pool that the policy says.",
        "budgets",
        operations_budgets="a_share_cap_refuses_a_task_that_wants_too_much_of_a_pool",
    ),
    "budget-task": need(
        "A task over its own limit is told; once it is used up, the task is held at its next claim.",
        "budgets",
        operations_budgets="a_task_over_its_own_limit_is_told_at_check_and_at_finish "
        "a_task_whose_limit_is_used_up_is_held_at_its_next_claim "
        "a_limit_counts_all_attempts_of_all_rounds "
        "a_held_task_goes_on_when_its_limit_is_raised_and_it_is_answered",
    ),
    "budget-cost": need(
        "A board without budgets pays no statement for them, and an exhausted group is not walked through.",
        "budgets",
        operations_budgets="a_board_without_pools_runs_no_statement_about_budgets "
        "an_exhausted_group_is_not_walked_through",
    ),
    "budget-verify": need(
        "Pools, purses and limits are recomputed from the attempts and the log.",
        "budgets",
        operations_budgets="verify_finds_budgets_that_do_not_add_up "
        "tasks_that_are_there_get_their_purses_with_the_first_pool",
    ),
    "profiles": need(
        "A profile sets all its policies at once; what deviates from it is shown.",
        "profiles",
        operations_profiles="a_profile_sets_all_its_settings_at_once "
        "a_setting_beside_a_profile_wins_and_is_a_deviation a_deviation_to_a_default_is_kept "
        "every_profile_has_the_same_settings_so_that_switching_leaves_none_behind "
        "review_always_is_for_tasks_that_do_not_say_it_themselves",
        cli_budgets="a_profile_and_what_deviates_from_it_are_part_of_the_status",
    ),
    "advice": need(
        "The way to run it follows from agents and machines, never from a shared disk, and its commands exist.",
        "advice",
        graph_advice="the_way_follows_from_agents_and_machines_and_never_from_a_shared_disk "
        "a_server_for_other_machines_is_told_to_use_tls_and_tokens "
        "numbers_that_make_no_sense_are_refused",
        cli_budgets="every_command_that_is_advised_can_be_typed",
    ),
}
