"""The runner: agents in worktrees, merged when accepted."""

# ruff: noqa: E501 -- names of tests are sentences

from __future__ import annotations

from requirements import Requirement, need

RUNNER: dict[str, Requirement] = {
    "runner-release": need(
        "Under release_on=merged an accepted task frees its dependents when its branch is merged.",
        "design 8",
        operations_landing="an_accepted_task_frees_its_dependents_when_it_is_merged "
        "what_waits_to_be_merged_is_not_offered_for_review a_review_comes_before_the_merge "
        "only_what_is_accepted_can_be_merged what_cannot_be_merged_goes_back_with_feedback "
        "an_input_reopened_before_the_merge_is_settled_first "
        "an_input_changed_before_the_merge_sends_the_work_back "
        "a_delivery_parked_on_its_inputs_is_merged_after_they_settle "
        "what_a_person_did_by_hand_waits_for_no_merge "
        "stuck_names_what_waits_to_be_merged_and_who_waits_for_it "
        "who_waits_for_a_merge_is_told_so_and_by_whom_it_ends "
        "who_switches_merges_off_is_told_what_still_waits_for_one",
        runner_attempts="work_waits_for_its_review_before_it_is_merged",
    ),
    "runner-merge": need(
        "Accepted branches are merged once, in the order of dependencies, whoever runs.",
        "design 8",
        runner_run="a_diamond_merges_with_all_commits_present "
        "a_merge_that_its_runner_did_not_live_to_report_is_not_done_again "
        "a_task_starts_with_the_work_of_its_upstreams "
        "what_is_merged_is_cleared_away_unless_it_shall_be_kept "
        "a_task_asks_git_once_for_the_list_of_worktrees",
        runner_run_command="a_plan_is_worked_with_one_command two_runners_share_one_board "
        "a_runner_goes_on_with_what_another_held_that_was_killed_beside_it "
        "eight_agents_work_a_plan eight_agents_work_sixty_tasks",
        runner_attempts="a_rework_round_commits_on_top "
        "the_parts_of_a_task_go_on_with_what_its_holder_had_begun",
        runner_released="what_was_accepted_without_waiting_for_its_merge_is_merged_in_the_end "
        "what_does_not_merge_then_is_kept_and_named "
        "the_branch_of_a_task_that_a_person_did_stays_as_it_is",
        runner_git="a_merge_is_a_commit_and_moves_nothing "
        "what_is_merged_already_is_not_merged_again "
        "a_branch_moves_forward_only_and_with_its_working_tree "
        "a_branch_that_moved_meanwhile_is_not_moved "
        "variables_of_another_repository_do_not_mislead_it",
        runner_options="a_merge_over_changed_files_waits_for_them",
    ),
    "runner-odd": need(
        "Tags, hooks, settings, submodules and branches of a repository's own neither stop a run nor "
        "lose work.",
        "design 8",
        runner_odd_repositories="a_tag_of_the_same_name_does_not_hide_the_branch "
        "a_branch_in_the_way_of_the_runs_branches_is_named_before_anything_starts "
        "an_agent_that_left_its_branch_has_not_done_the_task "
        "hooks_of_the_repository_do_not_stop_the_runs_own_commits "
        "changed_files_in_the_way_are_not_stashed "
        "a_base_branch_whose_worktree_was_deleted_by_hand_still_moves "
        "worktrees_of_a_repository_with_a_submodule_are_cleared_away "
        "a_repository_of_another_owner_is_said_to_be_that "
        "long_keys_with_one_beginning_have_conflict_tasks_of_their_own "
        "a_git_directory_elsewhere_does_not_hide_the_working_tree "
        "no_hook_runs_at_a_merge_because_what_it_left_running_would_hold_the_lock "
        "files_in_conflict_are_named_as_people_write_them "
        "ignored_files_of_the_user_are_not_replaced_by_a_merge "
        "ignored_files_that_an_earlier_attempt_left_do_not_stop_the_next "
        "work_outside_of_a_sparse_checkout_is_taken",
        runner_submodules="a_submodule_that_a_merge_moves_follows_in_the_users_tree "
        "a_commit_of_a_submodule_that_is_pushed_nowhere_is_brought_and_kept "
        "a_merged_worktree_with_an_initialised_submodule_is_cleared_away "
        "files_that_only_a_submodule_has_keep_its_worktree "
        "another_attempt_does_not_take_back_what_moved_a_submodule_meanwhile "
        "what_was_changed_in_a_submodule_is_not_overwritten",
        runner_options="another_commit_as_base_is_not_taken_for_the_one_before "
        "a_base_branch_that_is_gone_is_named_and_another_can_be_given",
    ),
    "runner-whole": need(
        "No task is taken for done whose work is not all on its branch.",
        "design 8",
        runner_odd_worktrees="work_in_a_worktree_without_its_git_file_is_not_taken_for_done "
        "a_repository_inside_the_worktree_is_not_merged_without_its_files "
        "a_repository_inside_the_worktree_can_be_mended_by_the_next_attempt "
        "a_submodule_is_merged a_merge_left_half_done_is_gone_on_with "
        "a_rebase_left_half_done_is_gone_on_with "
        "a_worktree_that_lost_its_git_file_gets_it_again_for_the_next_attempt "
        "every_attempt_says_that_another_repository_is_in_the_place_of_the_worktree",
    ),
    "runner-conflict": need(
        "A conflict is never resolved by itself: branch and worktree stay, and a task asks for it.",
        "design 8",
        runner_conflicts="a_conflict_is_kept_and_reported "
        "a_conflict_task_resolves_it_and_the_run_goes_on "
        "a_conflict_that_waits_for_an_answer_says_so "
        "a_conflict_that_was_resolved_by_hand_is_gone_on_from "
        "a_merge_left_half_done_fails_the_attempt "
        "a_task_that_conflicts_again_after_its_conflict_was_resolved_asks_again "
        "upstreams_that_do_not_merge_become_a_conflict_task_upstream",
    ),
    "runner-crash": need(
        "A runner killed at any moment loses nothing and takes its agents with it; the next goes on.",
        "design 8",
        runner_run_command="a_killed_runner_takes_its_agents_with_it_and_resumes_with_nothing_lost "
        "a_runner_killed_at_random_moments_loses_and_doubles_nothing "
        "a_runner_killed_twenty_times_loses_and_doubles_nothing",
        runner_crashes="a_runner_that_is_killed_between_two_steps_is_gone_on_from "
        "a_runner_that_is_killed_with_its_git_leaves_no_half_work "
        "a_git_command_that_outlives_its_runner_is_waited_for",
        runner_erratic_agents="erratic_agents_and_killed_runners_lose_and_double_nothing "
        "many_stories_of_erratic_agents_and_killed_runners",
    ),
    "runner-machine": need(
        "A fault of the machine charges no attempt, ends the run with what to do, and loses nothing.",
        "design 8",
        runner_machine="a_full_disk_charges_no_attempt_and_the_run_goes_on_when_there_is_room "
        "a_folder_of_git_that_may_not_be_written_charges_no_attempt "
        "a_command_that_cannot_be_started_any_more_charges_no_attempt "
        "git_that_is_removed_in_the_middle_charges_no_attempt "
        "too_many_open_files_charge_no_attempt "
        "a_run_waits_for_a_store_that_is_busy_and_keeps_what_its_agents_have_done",
    ),
    "runner-stop": need(
        "A signal ends the agents with their process groups, gives leases back and keeps the work.",
        "design 8",
        runner_run_command="a_stopped_run_ends_its_agents_and_keeps_their_work "
        "a_stopped_run_ends_its_agents_also_if_nobody_reads_what_it_says",
        runner_stops="a_runner_that_is_told_to_end_ends_the_git_command_first "
        "an_agent_that_heeds_no_signal_is_ended_and_its_work_kept "
        "nobody_waits_for_what_has_left_an_agents_process_group",
        runner_attempts="what_a_command_leaves_running_is_ended_with_it "
        "a_cancelled_task_ends_its_agent",
    ),
    "runner-agent": need(
        "An agent gets its briefing and place, and its exit code, status block or result counts.",
        "design 8",
        runner_attempts="an_agent_gets_its_briefing_and_its_place a_status_block_is_the_delivery "
        "blocked_holds_the_task_with_its_question a_result_file_is_the_delivery "
        "a_broken_result_file_fails_the_attempt_and_says_why an_agent_may_finish_its_task_itself "
        "work_that_its_agent_finished_before_a_stop_is_not_said_to_be_given_back "
        "a_failed_attempt_is_tried_again_on_top_of_what_it_left "
        "a_task_that_always_fails_ends_the_run_with_its_work_kept "
        "the_task_of_an_agent_that_was_killed_is_tried_again "
        "a_command_that_is_not_there_fails_with_its_name "
        "a_promise_that_is_not_answered_fails_the_attempt",
        runner_options="a_preset_gives_the_agent_the_same_board",
        hosts_real_presets="every_option_of_a_preset_is_in_the_programs_help "
        "a_preset_gives_its_model_the_briefing_and_headwaters_tools",
        runner_result="a_status_block_is_understood anything_else_is_no_status_block "
        "concerns_reach_who_builds_on_it_and_who_watches without_a_block_the_last_paragraph_is_the_summary",
    ),
    "runner-progress": need(
        "On a terminal a table shows who works on what and what is left; elsewhere there are lines.",
        "design 8",
        runner_run="a_run_of_a_paused_board_says_so_and_goes_on_after_it",
        runner_progress="the_table_shows_who_works_on_what_and_what_is_left "
        "what_cannot_be_worked_any_more_is_not_counted_as_left "
        "a_run_on_a_terminal_draws_its_table_and_leaves_only_what_happened "
        "no_color_means_lines_without_any_escape_sequence",
    ),
    "runner-harmless": need(
        "No git command of the runner stashes, resets, forces or deletes what is not merged.",
        "design 8",
        runner_conflicts="no_command_that_could_lose_work_is_ever_run",
        runner_git="a_branch_that_moved_on_after_its_merge_is_not_deleted "
        "a_worktree_with_uncommitted_files_is_not_removed "
        "a_worktree_is_known_by_its_branch_and_repository "
        "a_merge_that_changes_no_file_is_still_to_be_committed",
        runner_odd_repositories="a_base_branch_that_is_being_rebased_is_not_moved_under_the_rebase",
    ),
    "runner-streams": need(
        "A split works a manifest's first batches and the rest side by side, and merges both.",
        "design 8",
        runner_streams="the_streams_of_a_manifest_are_worked_side_by_side_and_both_merged "
        "only_the_order_between_the_streams_is_dropped "
        "batches_count_by_their_ids_or_in_their_order",
        runner_options="a_split_works_the_first_batches_beside_the_rest "
        "a_split_ends_when_what_is_left_is_for_none_of_its_workers",
    ),
    "runner-options": need(
        "What cannot start says why and ends with 2; a dry run shows what it would take.",
        "design 8",
        runner_options="what_cannot_start_ends_with_two "
        "where_no_worktree_can_be_made_nothing_starts "
        "what_a_plan_says_and_a_run_does_not_take_over_is_said a_detached_head_needs_a_base "
        "changed_files_must_be_committed_or_a_base_named the_work_of_a_board_goes_into_one_branch "
        "a_commit_as_base_gets_a_branch_of_its_own "
        "a_dry_run_shows_waves_critical_path_makespan_and_cost "
        "a_dry_run_of_a_split_shows_the_streams a_dry_run_warns_of_a_plan_over_its_budget",
        runner_run_command="an_agent_of_a_run_may_not_start_a_run "
        "events_are_json_where_json_is_asked_for",
    ),
    "runner-prune": need(
        "Nothing unmerged is ever deleted.",
        "design 8",
        runner_git="a_worktree_with_uncommitted_files_is_not_removed "
        "everything_uncommitted_is_committed_but_ignored_files "
        "a_conflict_names_the_files_and_leaves_no_trace",
        runner_submodules="a_commit_of_a_submodule_that_is_pushed_nowhere_is_brought_and_kept "
        "files_that_only_a_submodule_has_keep_its_worktree",
        runner_options="worktrees_lists_what_is_left_and_prunes_what_is_merged "
        "pruning_leaves_uncommitted_work_and_unknown_branches_alone",
    ),
}
