"""Going on after a crash, standing in the right place, and the hooks of hosts."""

from __future__ import annotations

from requirements import Requirement, need

SESSIONS: dict[str, Requirement] = {
    "resume-after-kill": need(
        "After a killed host join(session) gives back leases, notes and unread notices; the dead "
        "window's leases are refused.",
        "design 3",
        server_resume="after_a_killed_host_a_new_window_gets_leases_notes_and_notices_back",
        operations_join="resuming_restores_the_lease_and_the_note "
        "resuming_gives_back_the_notices_that_were_not_read resuming_renews_what_it_gives_back",
    ),
    "resume-lapsed": need(
        "A lease that ran out comes back at a join if nobody has taken the task since.",
        "design 3",
        operations_join="a_lease_that_ran_out_comes_back_if_nobody_took_the_task "
        "a_lease_that_ran_out_and_was_taken_does_not_come_back_but_is_told",
    ),
    "resume-windows": need(
        "Windows are told apart by the host's process: an open one keeps its session, a dead one "
        "gives it up at once.",
        "design 3",
        server_resume="a_session_whose_window_is_open_is_neither_offered_nor_given_without_take",
        place_processes="a_shell_between_is_left_out "
        "a_process_is_gone_when_it_has_ended_and_not_before "
        "a_number_used_again_is_not_taken_for_the_process_that_had_it",
    ),
    "session-shell": need(
        "The command line keeps one session for each agent at each board, and replaces one that "
        "has ended.",
        "design 3",
        cli_cli_verbs="each_agent_of_a_place_keeps_a_session_of_its_own "
        "an_agent_has_another_session_at_each_board_of_a_store "
        "a_session_file_that_is_damaged_or_a_folder_is_no_trouble "
        "a_session_that_has_ended_is_replaced_silently",
    ),
    "preflight-recorded": need(
        "A session records host, window, workspace, branch and commit, and others see them.",
        "design 3",
        operations_preflight="a_session_records_where_it_stands_and_others_see_it",
        server_resume="a_stdio_session_stands_where_git_says",
        cli_standing="status_shows_who_is_where",
    ),
    "preflight-git": need(
        "Branch and commit are read from git's files as git itself shows them: worktrees, detached "
        "heads, packed refs.",
        "design 3",
        place_checkout="branch_and_commit_are_those_git_shows_also_from_a_folder_below "
        "a_worktree_has_its_own_root_and_branch_and_shares_the_repository "
        "a_detached_head_has_a_commit_and_no_branch "
        "packed_refs_are_read_and_a_loose_one_counts_more "
        "a_submodule_is_a_working_tree_of_its_own what_cannot_be_read_is_left_empty",
    ),
    "preflight-refused": need(
        "A policy can demand a workspace and a branch; a claim from elsewhere is refused with both "
        "values.",
        "design 3",
        operations_preflight="a_claim_from_elsewhere_is_refused_with_both_values "
        "a_review_and_a_named_task_are_refused_from_elsewhere_too "
        "join_says_at_once_that_claims_will_be_refused "
        "a_finish_from_elsewhere_is_accepted_and_claims_nothing_more "
        "a_folder_below_the_workspace_is_another_place",
        cli_standing="a_claim_from_another_branch_is_refused_until_it_is_checked_out",
        property_board_machine="any_calls_by_sessions_with_one_lease_each_keep_the_board_true",
    ),
    "preflight-once": need(
        "The place is confirmed once and reused for the whole session.",
        "design 3",
        operations_preflight="the_place_is_confirmed_once_and_serves_the_whole_session "
        "joining_again_from_the_right_place_lets_the_same_session_work "
        "a_holder_keeps_its_task_when_the_policy_changes",
    ),
    "hook-paths": need(
        "The hook refuses an edit to a path that another active task owns, naming task and holder, "
        "and lets a window's own work through.",
        "design 4",
        cli_hooks="an_edit_of_a_file_that_anothers_task_owns_is_refused "
        "the_windows_own_task_may_be_worked_on other_files_may_be_edited "
        "names_that_differ_in_case_alone_are_one_file_unless_the_board_says_otherwise "
        "the_file_counts_in_every_working_tree_of_the_repository a_link_does_not_hide_the_file "
        "a_finished_task_and_one_whose_lease_ran_out_own_nothing two_real_windows_see_each_other",
    ),
    "hook-memory": need(
        "Hooks say what is held and how to go on: at the start, before a compaction, at a stop; a "
        "stop is held up once at most.",
        "design 7",
        cli_hooks="after_a_compaction_the_window_learns_what_it_holds_and_how_to_go_on "
        "a_new_window_is_offered_the_work_of_one_that_has_died_here "
        "before_a_compaction_the_summary_is_told_what_to_keep a_stop_with_a_lease_is_held_up_once "
        "a_window_with_nothing_to_go_on_with_costs_no_words",
    ),
    "hook-fails-open": need(
        "A hook never stands in the way: whatever goes wrong, the host goes on; it is quick.",
        "design 7",
        cli_hooks="without_a_board_everything_is_allowed_and_nothing_is_made "
        "a_store_that_cannot_be_read_allows_everything "
        "a_window_whose_store_is_gone_is_let_through_and_the_store_stays_gone "
        "an_event_that_makes_no_sense_allows_everything "
        "a_wrong_call_never_ends_with_the_code_that_blocks_the_host "
        "a_hook_loads_none_of_the_slow_libraries",
    ),
    "hook-install": need(
        "bootstrap --hooks adds the hooks beside those that are there, once, and takes them out "
        "without a trace.",
        "design 7",
        hosts_claude_hooks="the_hooks_are_written_and_a_second_run_changes_nothing "
        "whoever_changes_to_http_can_take_them_out "
        "what_was_there_stays_and_is_there_alone_after_the_removal "
        "a_command_that_somebody_put_beside_ours_stays settings_of_another_shape_are_left_alone "
        "the_command_that_is_written_runs",
        hosts_examples="the_checked_in_files_equal_the_generated_ones",
    ),
    "paths-from-diff": need(
        "Paths are inferred on request from what git says has changed.",
        "design 4",
        cli_paths_from_diff="committed_changed_renamed_and_new_files_are_the_paths "
        "what_main_did_meanwhile_is_not_this_tasks "
        "more_files_than_a_task_may_name_become_directories",
    ),
}
