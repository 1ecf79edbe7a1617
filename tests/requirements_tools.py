"""What each tool must do."""

from __future__ import annotations

from requirements import Requirement, need

TOOLS: dict[str, Requirement] = {
    "tools-argument-names": need(
        "Whoever uses an argument that there is not is told those that there are, at that place.",
        "tools",
        operations_bad_arguments="a_name_that_is_unknown_gets_the_names_of_its_own_place "
        "a_name_two_levels_down_gets_those_of_the_inner_part "
        "a_value_that_does_not_fit_is_not_answered_with_a_list_of_names",
    ),
    "terminal-hints": need(
        "At a terminal hints and errors name commands, not calls of tools.",
        "tools",
        cli_hints="a_call_of_a_hint_becomes_the_command_that_does_it "
        "every_hint_names_options_that_its_command_has "
        "an_error_at_the_terminal_says_which_command_to_type",
        cli_help="every_command_stands_in_one_section_and_its_line_is_whole",
    ),
    "terminal-help": need(
        "A shell completes commands, options and their words, and help says what each option is.",
        "tools",
        cli_help="a_shell_completes_commands_options_and_their_words "
        "every_option_says_what_it_is_for "
        "examples_are_commands_that_would_be_understood",
    ),
    "rules": need(
        "What holds for all tasks is said once: it stands in every briefing and prompt, in plans "
        "and exports, and who is at work is told of a change.",
        "tools",
        operations_rules="every_briefing_has_the_rules_whole "
        "a_reviewer_and_the_next_round_read_them_too "
        "a_rule_is_added_to_those_that_there_are new_rules_replace_all_others "
        "who_is_at_work_is_told_of_what_is_new "
        "only_who_may_plan_sets_rules a_secret_in_them_is_redacted_wherever_it_stands "
        "a_board_keeps_its_own_rules_but_on_an_update",
        formats_formats_headwater_json="what_holds_for_all_tasks_is_a_field_of_the_plan",
        runner_prompt="the_rules_of_the_board_stand_with_the_task",
    ),
    "pages-true": need(
        "Links of the documents lead somewhere, headings included; settings, variables of the "
        "environment and decisions are listed whole.",
        "tools",
        docs_docs="every_link_of_a_page_leads_somewhere the_table_of_policies_is_the_policies "
        "every_variable_of_the_environment_is_documented "
        "every_decision_is_listed_in_the_architecture",
    ),
    "terminal-output": need(
        "An output that is closed, full or of an old locale ends in one line and an exit code, "
        "never in a stack trace; JSON stays JSON.",
        "tools",
        cli_cli_output="an_output_that_cannot_be_written_is_an_error_in_one_line "
        "closed_streams_are_no_trouble json_is_json_in_a_locale_that_lacks_the_letters "
        "a_wrong_command_line_is_an_error_in_json_if_json_was_asked_for "
        "in_a_narrow_terminal_each_row_is_a_paragraph_with_all_there_is",
        cli_cli_surroundings="an_interrupt_ends_a_wait_quietly "
        "an_interrupt_before_a_command_has_begun_leaves_no_stack_trace",
    ),
    "session-cut-off": need(
        "A stdio window that claims without a join is told once what a dead window of its agent "
        "holds.",
        "tools",
        server_server_resume="a_window_that_claims_without_joining_is_told_once_what_a_dead_one_"
        "holds",
    ),
    "tools-budget": need(
        "The list of tools and the instructions fit into 12,000 bytes; the workflow is in the "
        "first 512 characters.",
        "tools",
        server_tools="tools_and_instructions_fit_into_their_budget_of_bytes "
        "the_workflow_is_in_the_first_512_characters_of_the_instructions",
    ),
    "tools-arguments": need(
        "Unknown arguments are refused with the allowed names; JSON strings are parsed; schemas "
        "have no unions.",
        "tools",
        server_tools="an_unknown_argument_is_refused_with_the_allowed_names "
        "lists_and_objects_are_understood_as_strings_of_json "
        "schemas_are_closed_and_without_unions_references_and_titles",
    ),
    "tools-errors": need(
        "An error has a code, a sentence, the present state and the next call; no agent's text.",
        "tools",
        server_tools="an_error_has_a_code_a_sentence_and_the_next_call "
        "a_crash_is_told_by_a_number_and_never_by_its_text",
        server_hostile_text="hostile_arguments_are_not_echoed_by_errors",
        operations_add="an_error_does_not_repeat_hostile_text",
    ),
    "tools-hints-hold": need(
        "The calls that a reply or an error names exist and are not refused, and what it says of "
        "the board is true.",
        "tools",
        property_replies_hold="what_replies_and_errors_say_can_be_done_and_is_true",
        server_server_replies_hold="what_replies_over_stdio_say_can_be_done "
        "what_replies_over_http_say_can_be_done",
        operations_hints_hold="a_task_that_is_ready_says_what_keeps_it_back "
        "a_worker_is_told_whom_advice_for_planners_is_for",
    ),
    "tools-both-eras": need(
        "Every tool answers the same in both protocol eras and on all transports.",
        "tools",
        server_tools="every_tool_answers_the_same_in_both_eras_and_on_all_transports",
    ),
    "tools-request": need(
        "`request` makes add, split, tell and claim repeatable for a week; finish is by its lease.",
        "tools",
        operations_request_keys="a_repeated_call_gives_the_first_reply_and_other_arguments_are_"
        "refused a_key_is_forgotten_after_a_week a_refused_call_is_not_remembered",
        operations_split="a_repeated_request_splits_once",
        operations_finish="a_repeated_finish_with_claim_next_gives_the_same_lease_again",
    ),
    "tools-finish-claims": need(
        "A finish with `claim_next` keeps no copy of the briefing: repeated in the same window, it "
        "describes what its session holds by then, and claims nothing more.",
        "tools",
        operations_finish="a_repeated_finish_with_claim_next_gives_the_same_lease_again "
        "a_finish_keeps_no_copy_of_the_briefing_that_it_claimed "
        "a_repeated_finish_that_asks_to_claim_only_now_claims_nothing "
        "a_repeated_finish_says_lost_when_the_claimed_lease_is_over "
        "a_repeated_finish_does_not_give_a_fenced_off_window_the_newer_windows_lease",
    ),
    "tools-finish-twice": need(
        "A second finish of an attempt gets the first reply; if it says something else it is "
        "warned that it changed nothing.",
        "tools",
        operations_finish="a_repeated_finish_gives_the_first_reply_and_changes_nothing "
        "a_second_finish_that_says_something_else_gets_the_first_reply_and_a_warning",
        operations_redact="no_digest_of_the_secret_stays_and_a_finish_can_still_be_repeated "
        "no_digest_of_a_value_or_an_artifact_confirms_a_guess "
        "artifacts_that_are_the_same_without_the_secret_become_one",
    ),
    "tools-amend": need(
        "Whoever delivered corrects it by its lease until somebody was given it, reviews it or "
        "has approved it; what is not said stays, and the history keeps both.",
        "tools",
        operations_amend="what_is_not_said_stays_as_it_was_delivered "
        "a_consumer_is_given_the_amended_delivery the_history_keeps_both_deliveries "
        "a_repeated_amendment_changes_nothing "
        "the_first_finish_sent_again_does_not_undo_the_amendment "
        "what_was_accepted_without_review_can_be_amended_until_somebody_is_given_it "
        "a_delivery_that_is_accepted_takes_another_round "
        "a_delivery_under_review_stays_as_its_reviewer_sees_it "
        "feedback_of_the_round_stays_open_when_its_answer_is_amended "
        "promises_are_kept_by_an_amendment",
        cli_verbs="what_was_delivered_is_amended_without_naming_its_lease",
    ),
    "tools-expect-version": need(
        "`expect_version` on edit, split, rework and cancel fails fast on a changed task.",
        "tools",
        operations_edit="a_task_that_changed_meanwhile_is_not_edited",
        operations_split="a_changed_task_is_not_split_blindly",
        operations_rework="a_task_that_changed_meanwhile_is_not_reworked",
        operations_cancel="a_task_that_changed_meanwhile_is_not_cancelled",
    ),
    "tools-lease-token": need(
        "A lease is unforgeable, nothing secret is stored, and a repeat can rebuild it.",
        "tools",
        operations_leases="a_lease_with_a_guessed_secret_is_refused "
        "no_lease_and_no_secret_is_stored_anywhere",
        operations_request_keys="a_repeated_claim_gives_the_same_lease_again "
        "a_repeated_claim_after_the_task_is_finished_says_lost",
    ),
    "tools-identity": need(
        "On stdio a missing session is joined silently until a second shows up; over HTTP it is "
        "required; rights come from the credential only.",
        "tools",
        server_sessions="the_first_claim_over_stdio_joins_silently_and_once "
        "a_session_joined_by_name_is_the_default_until_a_second_one "
        "claim_and_check_over_http_need_a_session_or_a_lease "
        "a_hint_is_a_call_that_this_connection_can_make "
        "wrong_rights_in_the_environment_are_refused_and_never_widened",
        operations_rights="a_verb_is_refused_to_the_next_lower_right "
        "a_worker_changes_neither_its_limits_nor_what_it_is_judged_by "
        "a_split_is_no_way_round_the_limits_of_a_worker",
    ),
    "tools-identity-named": need(
        "On stdio the first join by name names the session that claimed before it, with its "
        "leases; no later one, and none by a subagent that says who started it.",
        "tools",
        server_sessions="the_first_join_by_name_names_the_session_that_claimed_before "
        "two_first_joins_at_once_by_two_names_are_two_sessions "
        "a_silent_session_that_holds_a_task_is_not_forgotten_at_a_join_without_a_name",
        operations_join="a_session_that_has_a_name_is_not_named_again "
        "a_join_that_cannot_mean_the_session_of_the_calls_before_opens_one",
    ),
    "tools-identity-living": need(
        "On stdio a session that ended or was taken over elsewhere no longer counts; after a "
        "restart whoever goes on with a lease is known by it.",
        "tools",
        server_windows="a_session_that_another_window_ended_no_longer_counts "
        "a_session_that_was_taken_over_elsewhere_no_longer_counts "
        "sessions_that_have_ended_are_not_renewed_for_ever "
        "after_a_restart_whoever_goes_on_with_a_lease_is_known_by_it",
        server_sessions_state="who_lives_here_follows_from_what_happened",
        operations_sessions="a_window_is_told_which_of_its_sessions_still_live_there",
    ),
    "tools-renewal": need(
        "The stdio server renews its sessions' leases while its host is there; grace at the end.",
        "tools",
        server_sessions="leases_of_a_stdio_window_are_renewed_while_it_is_there "
        "two_minutes_of_grace_remain_after_the_host_has_gone",
        operations_check="background_renewal_stops_when_its_agent_made_no_call_for_long "
        "background_renewal_goes_on_for_four_times_a_long_estimate",
    ),
    "tools-undelivered": need(
        "What a reply hands out that cannot be delivered is taken back before the session's next "
        "call.",
        "tools",
        server_cancelled="a_cancelled_claim_is_undone_before_the_next_and_charges_no_attempt "
        "the_claim_of_a_cancelled_finish_is_undone_before_the_next "
        "sessions_do_not_wait_for_each_other",
        server_sessions="a_claim_is_undone_when_the_host_has_stopped_reading",
    ),
    "tool-join": need(
        "Join opens or resumes a session and restores leases, notices and counts in one call.",
        "tool join",
        operations_join="resuming_restores_the_lease_and_the_note "
        "earlier_sessions_that_hold_something_are_offered_for_resuming "
        "a_new_session_holds_nothing_and_sees_the_counts",
        operations_sessions="a_session_alive_in_another_window_is_not_resumed_without_take "
        "the_older_windows_check_is_told_resumed_elsewhere",
    ),
    "tool-add": need(
        "Add is an atomic batch with forward references, echoes edges as sentences and names what "
        "it refuses.",
        "tool add",
        operations_add="references_inside_a_batch_may_point_forwards "
        "every_edge_is_echoed_as_a_sentence two_tasks_cannot_need_each_other "
        "every_unknown_upstream_is_named a_key_twice_in_one_batch_is_refused",
        operations_supersedes="the_consumers_wait_for_the_new_task_instead",
        operations_before="a_task_can_be_inserted_into_an_edge",
    ),
    "tool-split": need(
        "Split makes a container: consumers keep their edges, children inherit its upstreams, "
        "review and budget, promises are answered by a child.",
        "tool split",
        operations_split="the_task_becomes_a_container_of_its_children "
        "children_inherit_the_containers_upstreams the_container_is_done_when_its_last_child_is "
        "when_all_children_are_cancelled_the_container_is_held "
        "several_last_children_must_say_who_answers splits_nest "
        "parts_are_held_to_what_the_container_is_where_they_say_nothing "
        "the_holder_splits_its_task_and_its_notes_go_to_all_children",
    ),
    "tool-edit": need(
        "Edit changes fields, edges and contracts, all or none; the holder is told.",
        "tool edit",
        operations_edit="one_bad_part_of_an_edit_undoes_the_rest "
        "the_holder_of_an_active_task_is_told_of_its_new_spec a_circle_is_refused_and_named",
        property_regressions="a_dropped_need_with_a_new_contract_stays_a_need_with_that_contract",
    ),
    "tool-rework": need(
        "Rework opens a new round with feedback, rejects in review, takes over in work; with a "
        "lease the requester waits.",
        "tool rework",
        operations_rework="a_done_task_gets_a_new_round_with_the_feedback "
        "rework_in_review_rejects_without_charging_an_attempt "
        "rework_of_an_active_task_takes_it_over a_worker_sends_its_upstream_back_and_waits_for_it "
        "a_task_that_has_not_begun_is_edited_instead a_task_that_is_not_upstream_is_refused",
    ),
    "tool-cancel": need(
        "Cancel refuses, takes or releases dependents; holders learn it and cannot finish.",
        "tool cancel",
        operations_cancel="unfinished_dependents_are_named_and_nothing_is_cancelled "
        "cancel_takes_every_unfinished_descendant "
        "release_drops_the_edges_and_says_why_in_the_briefing "
        "the_holder_learns_it_and_its_lease_cannot_finish",
    ),
    "tool-claim": need(
        "Claim gives the next task with its briefing, or says why not; only all_done says stop.",
        "tool claim",
        operations_none_reasons="only_all_done_says_stop a_paused_board_says_so "
        "wait_names_what_is_active_who_holds_it_and_what_it_frees "
        "stuck_names_the_failed_and_the_held_tasks several_reasons_are_counted_side_by_side",
        operations_take_over="a_take_over_fences_the_holder_off_and_charges_no_attempt",
        operations_waiting="a_waiting_claim_is_woken_by_a_task_that_another_process_adds",
    ),
    "tool-check": need(
        "Check renews, keeps the note, tells what was lost and which inputs changed; leave ends "
        "the session.",
        "tool check",
        operations_check="a_check_by_session_renews_all_its_leases "
        "a_note_is_kept_for_the_successor changed_inputs_are_shown_old_and_new "
        "leaving_frees_the_leases_and_says_how_to_come_back",
        operations_fencing="a_check_with_a_stale_lease_says_why_it_is_lost",
    ),
    "tool-finish": need(
        "Finish ends the attempt or review; `done` answers every promise or changes nothing.",
        "tool finish",
        operations_promises="every_unanswered_promise_is_named_and_nothing_is_changed "
        "text_or_an_artifact_named_like_the_consumer_answers_a_promise",
        operations_finish="claim_next_finds_what_the_finish_itself_unblocked "
        "an_unknown_outcome_is_refused",
    ),
    "tool-graph": need(
        "Graph reads everything, in pages, bounded, and at any past revision exactly.",
        "tool graph",
        operations_look_list="pages_show_every_task_once",
        operations_look_views="the_critical_path_is_the_longest_by_estimate_not_by_number "
        "held_and_failed_tasks_are_named_with_reason_and_who_waits "
        "a_container_whose_parts_were_all_cancelled_is_shown_with_what_opens_it_again",
        operations_recall="all_words_must_occur_and_provenance_is_shown "
        "the_better_match_comes_first_and_of_equal_ones_the_newer",
        operations_look_past="every_past_revision_is_shown_as_it_was_seen_then",
        operations_look_mermaid="a_hostile_title_stays_inside_its_label",
        server_resources="a_resource_is_what_graph_answers",
    ),
    "tool-tell": need(
        "Tell publishes a notice to exactly those it names.",
        "tool tell",
        operations_tell="a_target_reaches_exactly_those_it_names "
        "another_target_is_refused_with_the_known_forms",
    ),
    "people": need(
        "People pause, resume, do, release, answer, set policies and redact; the log still "
        "replays.",
        "tools",
        operations_people="done_accepts_at_once_and_releases_the_consumers "
        "release_frees_a_stuck_holder_uncharged an_answer_opens_a_held_task_with_the_text "
        "a_paused_board_hands_out_nothing_and_says_so",
        operations_redact="the_secret_is_gone_from_every_table_and_the_log_still_replays",
        cli_verbs="people_pause_resume_release_answer_and_set_policy",
    ),
    "updates": need(
        "Updates reach both kinds of subscribers, also when another process made the change.",
        "tools",
        server_resources="a_change_by_another_process_reaches_a_listen_stream "
        "a_change_by_another_process_reaches_an_older_subscriber "
        "a_subscriber_that_does_not_read_keeps_nobody_waiting",
    ),
}
