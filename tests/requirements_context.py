"""What the design says of context, rework and staleness, and the faults of others in these."""

# ruff: noqa: E501 -- names of tests are sentences

from __future__ import annotations

from requirements import Requirement, need

CONTEXT: dict[str, Requirement] = {
    "briefing-entries": need(
        "Upstream entries are separate and attributed: task, distance, one shortest path, contract, "
        "delivered text; a diamond once, equal keys apart.",
        "design 5",
        operations_briefing="direct_upstreams_give_contract_delivered_text_summary_and_values "
        "the_source_of_a_diamond_is_listed_once",
        operations_context="the_path_names_the_container a_part_that_answers_shows_its_contract",
    ),
    "briefing-distance": need(
        "Contract and delivered text at distance one, summary to two hops, critical values and "
        "artifacts at any distance.",
        "design 5",
        operations_briefing="a_summary_goes_two_hops_and_values_go_any_distance "
        "a_value_reaches_any_distance_over_tasks_that_say_nothing",
    ),
    "briefing-conflicts": need(
        "A key that two upstreams give with different values is listed, and both are shown.",
        "design 5",
        operations_briefing="the_same_key_with_different_values_is_a_conflict_and_both_are_shown "
        "a_conflict_with_a_value_that_found_no_room_is_listed_all_the_same "
        "values_that_only_look_alike_conflict",
    ),
    "briefing-past": need(
        "The briefing has feedback, the last attempts' reasons, notes, salvage, and for work done "
        "again what was delivered before.",
        "design 5",
        operations_failures="the_reasons_of_the_last_attempts_are_in_the_briefing",
        operations_fencing="salvage_appears_in_the_next_briefing",
        operations_rework="a_worker_sends_its_upstream_back_and_waits_for_it "
        "who_redoes_a_task_sees_what_was_delivered_and_why_it_came_back "
        "who_redoes_a_rejected_delivery_sees_it what_came_too_late_is_no_delivery",
    ),
    "briefing-budget": need(
        "A briefing stays within its byte budget; every upstream gets its share, and what was left "
        "out is named with the call that shows it.",
        "design 5",
        operations_briefing="a_briefing_with_twenty_upstreams_stays_within_its_budget "
        "a_long_past_stays_within_the_budget_too every_upstream_that_is_left_out_is_counted "
        "no_upstream_is_left_out_for_the_long_text_of_another "
        "large_values_of_one_do_not_push_out_those_of_others "
        "long_keys_titles_and_many_conflicts_stay_within_the_budget_too "
        "a_long_spec_costs_no_word_that_direct_upstreams_say_to_the_task "
        "what_lies_farther_than_shown_is_named_with_the_call_that_shows_it",
    ),
    "briefing-same": need(
        "The same store gives the same briefing, byte for byte, in every process.",
        "design 5",
        operations_briefing="two_processes_give_the_same_briefing_of_one_store_byte_for_byte "
        "the_briefing_is_the_same_in_processes_with_different_hash_seeds",
    ),
    "briefing-released": need(
        "A consumer released from a cancelled upstream is told so, and why, in its briefing.",
        "tool cancel",
        operations_cancel="release_drops_the_edges_and_says_why_in_the_briefing",
    ),
    "artifacts": need(
        "An artifact is stored once by content, capped, and read by its resource or, page by page, "
        "by graph.",
        "design 6",
        operations_look_task="equal_texts_are_stored_once "
        "an_artifact_over_the_limit_is_refused_with_what_to_do "
        "a_long_artifact_is_read_page_by_page_and_loses_nothing "
        "a_cursor_that_no_page_of_an_artifact_gave_is_refused",
        server_resources="a_long_artifact_is_read_whole_as_a_resource_and_by_pages_as_a_tool",
    ),
    "inputs-recorded": need(
        "Inputs are what was shown, at any distance; direct upstreams count even without room.",
        "design 5",
        operations_early_cutoff="a_reader_two_hops_away_is_reopened_directly "
        "a_direct_input_without_room_in_the_briefing_counts_all_the_same "
        "what_a_holder_is_shown_again_is_what_it_was_given "
        "a_source_that_was_done_without_words_is_compared_by_the_contracts_keys",
        operations_context="what_is_shown_of_parts_is_recorded_as_read",
    ),
    "inputs-changed": need(
        "1, 2, 1 is no change; a key that is taken back is one; only the contract's keys count; text counts "
        "only by `changed`.",
        "design 5",
        operations_early_cutoff="one_two_one_is_no_change_for_who_read_the_first "
        "a_key_that_is_taken_back_is_a_change only_the_contracts_keys_count "
        "a_contracted_key_that_appears_is_a_change a_changed_artifact_is_a_change "
        "text_counts_only_where_the_finisher_says_so "
        "the_order_of_keys_inside_a_value_is_no_change",
        graph_inputs="exactly_the_keys_that_were_read_and_differ_are_named",
    ),
    "cutoff-unchanged": need(
        "Readers of what has not changed are left alone.",
        "design 5",
        operations_early_cutoff="an_unchanged_result_leaves_done_readers_alone "
        "an_active_reader_is_not_told_of_the_same_result "
        "a_change_travels_no_farther_than_it_changes_results",
        server_example="exactly_the_readers_of_the_changed_key_worked_again",
    ),
    "cutoff-commits": need(
        "Where it is known what git has in two commits, that and not their names decides.",
        "design 5",
        operations_git_objects="the_same_content_in_another_commit_is_no_change "
        "other_content_or_another_path_is_a_change "
        "where_one_round_alone_knows_it_the_place_decides "
        "a_finish_again_is_the_same_call_whatever_git_said_of_it",
        place_committed="files_folders_and_whole_commits_are_known_by_what_is_in_them "
        "what_is_not_surely_known_is_left_out "
        "a_git_that_does_not_answer_as_it_should_costs_nothing_but_the_limit",
        cli_commits="of_two_files_in_a_new_commit_the_one_that_changed_sends_its_readers_back",
        server_commits="the_same_file_in_another_commit_sends_no_reader_back "
        "other_calls_are_answered_while_git_takes_its_time",
        runner_attempts="of_files_whose_commit_a_result_names_their_content_is_known",
    ),
    "cutoff-split": need(
        "Readers of a task that was sent back and split are compared with its parts.",
        "design 5",
        operations_handover="a_reader_whose_values_the_parts_deliver_unchanged_is_left_alone "
        "a_reader_of_a_value_that_a_part_delivers_anew_is_reopened "
        "a_reader_that_was_left_alone_is_compared_with_the_part_from_then_on "
        "who_works_with_the_old_values_is_told_and_not_accepted_with_them",
        operations_context="what_a_contract_uses_of_a_container_it_uses_of_every_part",
    ),
    "cutoff-done": need(
        "Done readers are reopened with the keys, the old and the new values, transitively, within "
        "the policy's bound; `consumers` says changed, all or none.",
        "design 5",
        operations_early_cutoff="a_reopened_reader_is_given_the_old_and_the_new_value "
        "a_long_value_is_cut_in_the_reason_and_many_are_counted "
        "reopening_is_transitive_where_results_change the_policys_bound_holds_for_automatic_rounds "
        "all_reopens_every_done_consumer none_reopens_nobody",
    ),
    "cutoff-active": need(
        "Active readers are told by notice and check, old and new; what they were told counts as "
        "given.",
        "design 5",
        operations_early_cutoff="an_active_reader_is_told_which_keys_changed "
        "a_changed_artifact_names_both_contents a_changed_text_shows_both_texts "
        "what_a_holder_was_told_is_only_named_from_then_on_and_waits_end_by_it_once "
        "a_holder_that_was_told_finishes_and_is_compared_with_what_it_was_told "
        "a_value_that_comes_back_after_the_holder_was_told_is_a_change_for_it "
        "telling_a_holder_moves_no_revision",
    ),
    "cutoff-finish": need(
        "No accepted result rests on an input that changed without its worker being told.",
        "design 5",
        operations_early_cutoff="a_finish_that_rests_on_an_input_its_holder_was_not_told_of_is_sent_back "
        "a_late_holder_is_held_to_the_same_rule "
        "a_parked_delivery_is_rejected_with_the_changed_keys "
        "a_delivery_under_review_is_sent_back_when_an_input_changed",
        property_cutoff_oracle="no_done_task_rests_on_a_value_that_is_gone_and_none_is_redone_in_vain",
    ),
    "cutoff-far": need(
        "A far reader of a changed value is redone once, after the tasks between.",
        "design 5",
        operations_early_cutoff="a_far_reader_is_redone_once_after_the_task_between "
        "a_far_reader_is_redone_even_if_the_task_between_absorbs_the_change "
        "an_active_far_reader_is_told_by_each_of_its_sources "
        "a_far_reader_that_delivers_while_the_task_between_is_redone_is_settled_once",
    ),
    "cutoff-soft": need(
        "Soft upstreams tell, and never reopen.",
        "design 1",
        operations_early_cutoff="a_soft_source_tells_its_active_reader_and_redoes_nobody "
        "an_untold_change_of_a_soft_source_keeps_no_result_back "
        "a_source_that_hard_edges_also_lead_to_binds a_source_behind_a_soft_one_does_not_bind",
    ),
    "rework-states": need(
        "Rework opens a new round of what is closed, adds to an open round, rejects in review, takes "
        "over what is active for a planner, and says edit for what never began.",
        "tool rework",
        operations_rework="a_done_task_gets_a_new_round_with_the_feedback "
        "a_failed_or_held_task_is_open_again a_second_fault_is_added_to_the_open_round "
        "two_workers_send_the_same_upstream_back_and_both_wait "
        "a_workers_feedback_does_not_throw_out_who_redoes_the_task "
        "rework_in_review_rejects_without_charging_an_attempt "
        "rework_of_an_active_task_takes_it_over a_task_that_has_not_begun_is_edited_instead "
        "a_cancelled_task_comes_back_and_its_upstreams_rank_higher_again",
    ),
    "supersede": need(
        "A corrective task carries the output of its source and the feedback on it.",
        "tool add",
        operations_supersedes="the_new_worker_sees_what_the_old_one_delivered "
        "the_new_worker_gets_the_feedback_and_the_attempts_of_the_old_task "
        "the_salvage_of_the_old_task_reaches_the_new_worker",
    ),
    "supersede-for-good": need(
        "It stands in its place for good: for later readers, later reworks, and in the views.",
        "tool add",
        operations_supersedes="one_that_is_superseded_is_not_redone_for_what_it_read "
        "a_task_added_later_needs_the_one_that_stands_in_the_place "
        "an_edge_added_later_leads_to_the_one_that_stands_in_the_place "
        "sending_the_old_task_back_sends_back_the_one_in_its_place "
        "the_last_of_a_line_of_corrections_stands_for_all "
        "the_views_show_who_stands_in_whose_place "
        "a_reader_of_the_corrected_result_is_compared_with_later_rounds_of_it "
        "a_container_cannot_be_superseded_and_its_parts_can",
        property_board_machine="any_calls_by_sessions_with_one_lease_each_keep_the_board_true",
    ),
    "example-rework": need(
        "In the worked example exactly the readers of the changed key work again.",
        "design 5",
        server_example="the_worked_example_happens_as_it_is_told "
        "exactly_the_readers_of_the_changed_key_worked_again",
    ),
    "fault-replay-of-rework": need(
        "Absent: a replay that drops what was delivered or why it came back.",
        "fault 5",
        operations_verify="whatever_the_verbs_do_the_tables_equal_the_replay_of_the_log",
        property_board_machine="any_calls_by_sessions_with_several_leases_keep_the_board_true",
    ),
    "fault-spec-as-result": need(
        "Absent: an edited spec that hides the task from its worker or is delivered downstream.",
        "fault 6",
        operations_context="what_a_task_asks_for_is_never_delivered_in_its_name",
    ),
    "fault-both-results": need(
        "Absent: a corrective task without its source, and readers that see old and new at once.",
        "fault 7",
        operations_supersedes="the_new_worker_sees_what_the_old_one_delivered "
        "consumers_see_the_new_result_only_and_no_conflict "
        "a_far_consumer_sees_the_new_result_only",
    ),
    "fault-leaked-lease": need(
        "Absent: a rework that leaks the last claim's lease to the next.",
        "fault 18",
        operations_rework="a_new_round_starts_without_the_lease_of_the_last",
    ),
    "fault-blank-contract": need(
        "Absent: a blank contract or a circle that ends in an internal error.",
        "fault 20",
        operations_context="a_contract_of_blanks_asks_for_nothing_and_blocks_like_any_need",
        operations_add="a_circle_of_a_thousand_is_found_and_shortened",
    ),
    "fault-nan": need(
        "Absent: a value that is no JSON in what is delivered.",
        "fault 22",
        operations_finish="critical_values_that_no_reader_could_use_are_refused",
    ),
}
