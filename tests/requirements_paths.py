"""Paths: who is in which files."""

# ruff: noqa: E501 -- names of tests are sentences

from __future__ import annotations

from requirements import Requirement, need

PATHS: dict[str, Requirement] = {
    "paths-forms": need(
        "Paths are relative POSIX globs of a few forms, kept in their usual spelling; any other form "
        "is refused by every verb, naming the forms.",
        "design 4, coordination 7",
        graph_paths="each_form_holds_its_paths_and_no_others a_glob_is_kept_in_its_usual_spelling "
        "any_other_form_is_refused_with_the_forms_that_there_are "
        "a_glob_in_its_usual_spelling_is_the_same_glob",
        operations_path_policy="paths_are_kept_in_their_usual_spelling "
        "another_form_is_refused_by_add_split_edit_and_import",
    ),
    "paths-exact": need(
        "Whether two globs overlap is decided exactly.",
        "design 4, coordination 7",
        graph_paths="two_globs_overlap_exactly_if_some_path_belongs_to_both",
    ),
    "paths-fold": need(
        "Paths that differ in case alone are one file, unless the board says otherwise.",
        "coordination 7",
        graph_paths="case_counts_unless_the_checkout_folds_it "
        "two_globs_overlap_exactly_if_some_path_belongs_to_both",
        operations_path_policy="paths_that_differ_in_case_alone_are_the_same_unless_the_policy_says_otherwise",
    ),
    "paths-warn": need(
        "By default a claim lists the active tasks in the same files, boundedly, and both holders are "
        "told, also when paths are edited under a holder.",
        "design 4, design 5, coordination 7",
        operations_path_policy="a_claim_lists_the_active_tasks_that_touch_the_same_files "
        "both_holders_of_overlapping_tasks_are_told_once "
        "what_many_neighbours_take_of_a_briefing_is_bounded "
        "paths_edited_under_a_holder_tell_both_holders a_board_that_does_not_care_tells_nobody",
    ),
    "paths-active": need(
        "A task owns its paths while it is active, and only then.",
        "coordination 7",
        operations_path_policy="a_task_in_review_or_held_or_waiting_owns_no_paths "
        "whatever_ends_the_blocker_frees_what_is_parked_on_it "
        "a_lease_that_runs_out_frees_the_paths_too",
    ),
    "paths-refuse": need(
        "A board can refuse overlaps: then no two active tasks overlap, whatever is called.",
        "design 4, coordination 7",
        operations_path_policy="the_queue_passes_over_a_task_whose_files_are_taken "
        "a_claim_by_name_says_who_holds_which_paths a_handed_over_task_waits_for_its_files_too "
        "paths_are_not_edited_into_those_of_another_active_task "
        "a_late_finish_is_welcome_although_somebody_is_in_its_files "
        "a_task_that_overlaps_since_before_the_policy_can_still_be_taken_over",
        property_path_machine="any_calls_on_a_board_that_refuses_overlaps_keep_files_apart "
        "the_machine_finds_a_planted_bug_in_paths",
    ),
    "paths-parked": need(
        "A task whose files are taken is parked on its blocker, out of the queue, and comes back when "
        "that is not active any more; nothing is parked on what is not active.",
        "design 4",
        operations_path_policy="a_parked_task_returns_as_soon_as_its_blocker_is_not_active "
        "whatever_ends_the_blocker_frees_what_is_parked_on_it "
        "a_parked_task_whose_paths_are_edited_is_looked_at_anew "
        "a_parked_task_may_be_cancelled_or_begin_to_wait who_looks_is_told_what_is_parked",
        property_path_machine="any_calls_on_a_board_that_refuses_overlaps_keep_files_apart",
    ),
    "paths-cost": need(
        "A task without paths costs nothing, and overlaps are found without reading all active tasks.",
        "design 4",
        operations_path_policy="a_task_without_paths_runs_no_statement_about_paths",
        operations_paths_stored="with_a_thousand_active_tasks_only_those_nearby_are_read",
        store_query_plans="a_hot_statement_reads_through_an_index",
    ),
    "paths-verified": need(
        "Verify computes claimed paths and parking anew, repair mends them, and a board with paths of "
        "no known form keeps working.",
        "design 6",
        operations_paths_stored="verify_finds_paths_that_are_not_as_they_should_be_and_repair_mends_them "
        "a_board_with_paths_of_no_known_form_keeps_working",
    ),
    "paths-seen-before-the-merge": need(
        "Fault of others: two agents edit the same files, and it is seen at the merge. Here it is said "
        "in the reply of the claim, and a board can rule it out.",
        "fault: peers, two agents in the same files",
        operations_path_policy="a_claim_lists_the_active_tasks_that_touch_the_same_files "
        "both_holders_of_overlapping_tasks_are_told_once "
        "the_queue_passes_over_a_task_whose_files_are_taken",
    ),
    "paths-end-with-the-lease": need(
        "Fault of others: file locks without an end, which a dead agent keeps for ever. Here paths end "
        "with the lease, however it ends.",
        "fault: peers, lock files without a time limit",
        operations_path_policy="a_lease_that_runs_out_frees_the_paths_too "
        "whatever_ends_the_blocker_frees_what_is_parked_on_it",
    ),
}
