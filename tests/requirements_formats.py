"""Plans in and boards out."""

# ruff: noqa: E501 -- names of tests are sentences

from __future__ import annotations

from requirements import Requirement, need

FORMATS: dict[str, Requirement] = {
    "formats-adm": need(
        "A dispatch manifest becomes tasks in the order of its batches, with groups, capabilities and paths.",
        "plans in",
        formats_adm="batches_run_in_their_order_side_by_side_only_if_they_say_so "
        "each_batch_is_a_group_and_each_agent_type_a_capability "
        "owned_files_are_paths_and_what_is_no_path_stays_in_the_spec "
        "a_manifest_inside_an_example_is_no_plan "
        "a_written_manifest_reads_back_with_the_same_order_and_texts",
    ),
    "formats-taskmaster": need(
        "task-master's tags, subtasks, dependencies, priorities and statuses come in.",
        "plans in",
        formats_taskmaster="tasks_and_subtasks_keep_their_order_and_the_parent_comes_last "
        "tags_are_groups_or_a_board_of_their_own each_status_becomes_a_state "
        "texts_and_priorities_are_kept a_real_file_of_nine_tags_is_read_whole",
        cli_export="a_tag_of_task_master_is_a_board_of_its_own",
    ),
    "formats-checklist": need(
        "Markdown checklists come in with nesting, order and needs.",
        "plans in",
        formats_checklist="items_nest_need_each_other_and_carry_fields "
        "numbered_items_come_one_after_another_and_bullets_side_by_side "
        "a_title_gives_always_the_same_short_key",
    ),
    "formats-wfformat": need(
        "WfFormat 1.5 comes in with runtimes as estimates.",
        "plans in",
        formats_wfformat="runtimes_become_estimates_and_parents_needs "
        "a_real_workflow_is_read_with_an_estimate_for_each_task",
    ),
    "formats-problems": need(
        "What is wrong with a file is said at once, with its line or field.",
        "plans in",
        formats_adm="everything_wrong_is_said_at_once_with_its_field "
        "a_broken_manifest_names_the_line_of_the_document",
        formats_taskmaster="dangling_dependencies_doubles_and_bad_fields_are_all_said_at_once",
        formats_checklist="everything_wrong_is_said_at_once_with_its_line",
        formats_wfformat="everything_wrong_is_said_at_once",
    ),
    "formats-report": need(
        "Nothing of a file is dropped silently.",
        "plans in",
        formats_adm="what_a_manifest_says_beyond_its_fields_is_reported",
        formats_checklist="what_belongs_to_no_item_is_reported_with_its_line",
        formats_beads_write="what_an_issue_cannot_say_is_reported",
        cli_export="what_an_export_loses_is_said_beside_it",
    ),
    "formats-update": need(
        "A plan imported again updates tasks by the rules of edit, and names what it leaves.",
        "plans in",
        operations_import_again="the_same_plan_again_changes_nothing "
        "fields_that_differ_are_edited "
        "edges_among_the_plans_tasks_become_those_of_the_plan "
        "what_stands_before_others_is_compared_as_their_need "
        "a_task_of_the_plan_that_can_wait_for_no_more_is_left_and_named "
        "what_may_not_change_any_more_is_left_and_named "
        "what_the_plan_says_is_done_is_done_unless_somebody_is_at_it "
        "a_dry_run_says_the_same_and_changes_nothing "
        "a_circle_with_what_the_board_has_changes_nothing parts_and_stand_ins_stay_in_their_places "
        "an_update_of_any_board_leaves_nothing_for_a_second_one",
        cli_export="importing_again_updates_and_says_what_it_left",
    ),
    "formats-all-at-once": need(
        "Circles, dangling needs and duplicates of a file are reported together.",
        "plans in",
        formats_all_at_once="a_circle_a_dangling_need_and_a_duplicate_are_found_together "
        "values_that_no_task_can_have_are_named_as_problems "
        "a_number_that_no_machine_can_hold_is_named_as_a_problem "
        "a_field_that_is_there_twice_is_refused_because_one_would_be_lost",
    ),
    "formats-clear": need(
        "What an import filled is cleared when the plan says it no more; what people filled stays.",
        "plans in",
        operations_import_again="an_update_fills_and_a_later_one_clears "
        "what_an_import_has_filled_is_cleared_when_the_plan_says_it_no_more "
        "what_somebody_here_has_filled_is_not_cleared what_a_format_has_no_place_for_stays "
        "a_contract_and_a_hard_need_are_taken_back_too "
        "nothing_is_cleared_by_guess_after_the_history_was_archived",
        cli_export="importing_again_clears_what_the_file_has_lost",
        formats_again="what_a_file_does_not_say_any_more_is_cleared "
        "one_tag_of_a_file_says_no_group",
    ),
    "formats-round-trip": need(
        "An exported board imports to one that exports the same.",
        "boards out",
        operations_export_round_trip="export_import_export_is_the_identity_for_any_board "
        "a_plan_of_a_thousand_tasks_comes_back_equal "
        "a_task_without_review_comes_back_without_one_where_all_others_have_it",
        operations_export="files_and_bundles_are_written_from_either_database "
        "work_in_progress_is_open_and_keeps_its_notes "
        "what_was_split_needs_its_parts_but_not_the_cancelled_ones "
        "a_held_task_brings_its_question imported_deliveries_are_read_by_the_next_worker "
        "what_was_delivered_comes_along_with_the_text_of_its_artifacts",
        cli_export="every_real_file_comes_in_and_goes_out_again_equal",
    ),
    "formats-pictures": need(
        "Pictures stand alone, show every task and edge, and make no text of an agent's markup.",
        "boards out",
        formats_pictures="no_line_of_a_real_plan_runs_behind_a_box an_svg_stands_alone_with_a_box_for_each_task_and_a_line_for_each_edge "
        "no_text_of_an_agent_becomes_markup a_column_lies_right_of_all_that_it_needs",
    ),
    "formats-files": need(
        "Board files say what the board says, are replaced whole, and follow every change when watched.",
        "boards out",
        formats_board_files="the_files_say_what_the_board_says "
        "of_many_sessions_the_newest_are_listed_and_the_others_counted "
        "a_file_is_replaced_whole_and_nothing_is_left_beside_it "
        "files_that_say_so_already_are_not_touched watched_files_follow_every_change "
        "somebody_elses_page_is_not_overwritten "
        "somebody_elses_notes_and_state_are_not_overwritten",
        cli_export="watched_files_follow_other_processes_until_interrupted",
    ),
    "formats-bundle": need(
        "A handoff bundle holds all that a successor needs, as data.",
        "boards out",
        formats_board_files="a_bundle_holds_all_that_a_successor_needs "
        "text_of_agents_stays_data_in_a_bundle",
    ),
    "formats-intake": need(
        "Tasks are proposed from checklists, comments and CI jobs, with candidates, and added only when confirmed.",
        "proposals",
        formats_intake="open_checklist_items_are_proposed_with_their_order "
        "comments_are_proposed_with_their_file_and_the_lines_around "
        "jobs_of_workflows_have_their_needs_as_candidates "
        "an_item_that_names_a_file_may_need_what_is_left_to_do_there",
        cli_intake="proposals_are_a_plan_on_standard_output "
        "proposals_are_added_after_a_question_and_only_once",
    ),
    "formats-intake-failing": need(
        "Of a CI run that is known, jobs and tests that failed are proposed, and what needs them.",
        "intake",
        formats_intake="only_jobs_that_failed_and_what_needs_them_are_proposed "
        "what_could_not_run_is_found_however_far_down a_pipeline_of_gitlab_tells_what_failed "
        "nothing_is_proposed_of_a_run_in_which_nothing_failed "
        "another_workflow_s_failure_is_not_this_ones tests_that_failed_are_a_task_for_each_file "
        "results_that_are_none_are_refused stages_order_the_jobs_of_gitlab_that_name_no_needs "
        "other_ways_to_write_yaml_do_not_mislead_it",
        cli_intake="failing_jobs_are_named_or_read_from_a_file",
    ),
}
