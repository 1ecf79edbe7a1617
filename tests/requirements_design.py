"""The guarantees, and the rules of the design about words, states and claiming."""

# ruff: noqa: E501 -- names of tests are sentences

from __future__ import annotations

from requirements import Requirement, need

GUARANTEES: dict[str, Requirement] = {
    "G1": need(
        "Claims are linearizable: at most one live lease per task, the fence strictly rising.",
        "guarantee",
        property_claims_linearize="histories_of_eight_threads_over_two_handles_are_linearizable "
        "a_task_that_is_handed_out_twice_is_noticed",
        property_board_machine="any_calls_by_sessions_with_one_lease_each_keep_the_board_true",
        operations_claim="eight_threads_never_claim_a_task_twice "
        "eight_processes_never_claim_a_task_twice the_fence_rises_at_every_claim_and_is_never_reset",
        e2e_kill="sixteen_processes_with_random_deaths_do_every_task_once",
    ),
    "G2": need(
        "A call with a stale lease is refused with no effect, its work kept as salvage.",
        "guarantee",
        operations_fencing="a_holder_that_lost_its_task_cannot_finish_and_its_work_is_kept "
        "no_outcome_gets_past_the_fence salvage_appears_in_the_next_briefing "
        "salvage_is_never_accepted_by_itself a_stale_lease_renews_nothing",
        property_board_machine="any_calls_by_sessions_with_several_leases_keep_the_board_true",
        property_regressions="a_replaced_window_does_not_get_the_reply_of_the_window_that_finished",
    ),
    "G3": need(
        "Execution happens at least once, acceptance exactly once.",
        "guarantee",
        operations_expiry="an_expired_lease_returns_the_task_charges_an_attempt_and_keeps_the_fence",
        operations_finish="a_repeated_finish_gives_the_first_reply_and_changes_nothing",
        e2e_kill="sixteen_processes_with_random_deaths_do_every_task_once",
        e2e_agents_drive_a_plan="four_agents_take_a_small_plan_to_its_end "
        "four_agents_take_a_real_projects_plan_to_its_end",
    ),
    "G4": need(
        "An acknowledged call survives kill -9 and a loss of power.",
        "guarantee",
        e2e_kill="killed_writers_lose_nothing_acknowledged",
        e2e_power_cut="nothing_acknowledged_is_lost_with_the_power "
        "a_restore_ends_with_the_new_store_or_with_the_old_one",
        store_processes="killed_writers_lose_nothing_acknowledged",
        store_failures="the_writer_keeps_a_log_and_every_reader_is_read_only",
        store_flush="whatever_was_acknowledged_is_in_what_had_been_flushed_by_then",
    ),
    "G5": need(
        "State equals the replay of the log.",
        "guarantee",
        operations_verify="whatever_the_verbs_do_the_tables_equal_the_replay_of_the_log "
        "each_kind_of_damage_is_named",
        property_board_machine="any_calls_by_sessions_with_one_lease_each_keep_the_board_true",
        operations_look_past="every_past_revision_is_shown_as_it_was_seen_then",
    ),
    "G6": need(
        "The graph is acyclic; a task is ready exactly if its hard upstreams are done.",
        "guarantee",
        property_board_machine="any_calls_by_sessions_with_one_lease_each_keep_the_board_true "
        "the_machine_finds_a_planted_bug",
        operations_order="labels_and_ranks_agree_with_networkx_after_every_step "
        "a_long_circle_through_the_board_is_refused",
        operations_edit="states_follow_pending_through_a_series_of_edits",
        graph_states="a_task_that_has_not_begun_is_ready_exactly_if_nothing_is_pending",
    ),
    "G7": need(
        "Every call ends within its deadline in a reply or a typed error; the same `request` gives "
        "the first reply.",
        "guarantee",
        store_failures="a_store_held_too_long_is_busy_and_readable_meanwhile "
        "the_default_patience_is_ten_seconds",
        server_waiting="a_wait_ends_at_its_deadline_with_the_reason",
        operations_request_keys="a_repeated_call_gives_the_first_reply_and_other_arguments_are_"
        "refused a_repeated_claim_gives_the_same_lease_again",
        e2e_store_in_trouble="a_locked_store_is_busy_and_the_same_request_succeeds_once_afterwards "
        "a_full_disk_is_said_and_the_same_calls_succeed_when_there_is_room",
    ),
}

DESIGN: dict[str, Requirement] = {
    "words-board": need(
        "A board is a namespace of its own: boards of one store do not see each other.",
        "design 1",
        operations_add="boards_of_one_store_do_not_see_each_other",
        operations_look_list="other_boards_of_the_store_are_not_listed",
        operations_sessions="a_session_of_another_board_is_unknown_here "
        "a_lease_of_another_board_is_unknown_here",
    ),
    "words-task": need(
        "A task is named by a slug that is unique on its board; its version rises with its spec, "
        "edges and contracts.",
        "design 1",
        operations_add="a_hostile_key_is_refused_wherever_it_stands every_taken_key_is_named",
        operations_edit="a_field_is_set_and_the_version_rises",
        operations_before="it_raises_the_consumers_version",
    ),
    "words-dependency": need(
        "A hard dependency blocks; a soft one never does, and counts for circles.",
        "design 1",
        operations_add="a_task_with_an_unfinished_upstream_waits a_soft_upstream_never_blocks "
        "soft_edges_count_for_circles",
    ),
    "words-contract": need(
        "A contract stands on a hard edge and says what is expected, promised and read.",
        "design 1",
        operations_add="a_contract_implies_a_hard_edge a_contract_on_a_soft_edge_is_refused",
        operations_early_cutoff="only_the_contracts_keys_count",
    ),
    "words-session": need(
        "A session belongs to a credential and holds one lease unless the policy says more.",
        "design 1",
        operations_sessions="a_session_holds_one_lease_and_is_given_its_briefing_again "
        "the_policy_may_allow_more_leases_for_one_session "
        "a_session_of_another_credential_gets_the_same_answer_as_an_absent_one",
    ),
    "words-grip": need(
        "The grip rises when a resumed session takes its lease over from an older window.",
        "design 1",
        operations_sessions="taking_a_session_over_fences_the_older_windows_lease "
        "a_lapsed_lease_is_fenced_too_when_another_window_takes_the_session",
    ),
    "words-round": need(
        "A round starts at the first claim and at every rework; attempts count within it.",
        "design 1",
        operations_rework="a_done_task_gets_a_new_round_with_the_feedback",
        operations_failures="a_rework_gives_a_failed_task_its_attempts_back",
    ),
    "words-delivery": need(
        "A delivery has summary, critical values, artifacts, text per consumer and cost.",
        "design 1",
        operations_look_task="a_delivery_is_shown_with_its_author_and_artifacts_as_references",
        operations_finish="the_server_measures_minutes_and_keeps_the_reported_cost",
    ),
    "words-notice": need(
        "A notice reaches the session, capability, agent, group or topic it is addressed to, at "
        "least once.",
        "design 1",
        operations_tell="a_target_reaches_exactly_those_it_names",
        operations_notices="a_notice_is_given_once_to_who_goes_on_checking "
        "what_a_lost_reply_offered_is_offered_again_under_the_same_id",
    ),
    "words-revision": need(
        "The revision rises by one with every mutation; reads and renewals never move it.",
        "design 1",
        operations_add="a_batch_is_one_revision",
        operations_look_list="reading_moves_no_revision_and_writes_nothing",
        operations_check="a_check_renews_its_lease_without_a_revision",
    ),
    "state-table": need(
        "One table holds every legal transition; what is not in it is refused.",
        "design 1",
        graph_states="a_move_is_legal_exactly_if_the_table_has_it "
        "the_diagram_draws_each_usual_arrow_of_the_table_and_no_other",
        property_board_machine="any_calls_by_sessions_with_one_lease_each_keep_the_board_true",
    ),
    "state-accepted": need(
        "A dependent is released when its upstream is accepted, not merely delivered.",
        "design 1",
        operations_reviews="a_delivery_is_not_done_and_releases_nobody_before_it_is_approved",
    ),
    "state-moves": need(
        "Each outcome leads where the table says: release, handoff, retry, question, approval, "
        "rejection.",
        "design 1",
        operations_release_handoff_blocked="a_released_task_is_ready_again_and_no_attempt_is_charged "
        "a_handoff_charges_no_attempt a_question_holds_the_task_and_reaches_the_planners",
        operations_failures="a_failure_with_attempts_left_leaves_the_queue_until_its_backoff_is_due",
        operations_reviews="a_rejection_sends_it_back_with_the_feedback_and_charges_no_attempt",
    ),
    "state-expiry": need(
        "Expiry frees the task and charges an attempt; while the fence is current a late finish "
        "is accepted, after a new claim it is refused and kept.",
        "design 1",
        operations_expiry="a_late_finish_is_accepted_while_nobody_has_claimed "
        "a_new_claim_ends_the_chance_of_the_late_holder a_late_check_revives_the_lease",
    ),
    "state-parked": need(
        "A finish while an input is reopened is parked, and accepted or rejected by its inputs.",
        "design 1",
        operations_finish="a_delivery_waits_for_an_input_that_was_reopened_meanwhile "
        "a_parked_delivery_is_approved_when_its_inputs_settle_unchanged "
        "a_parked_delivery_is_rejected_with_the_changed_keys",
    ),
    "state-new-upstreams": need(
        "New hard upstreams: as usual before work, by the holder during it, refused after it; "
        "dropping an edge is always allowed.",
        "design 1",
        operations_edit="the_holder_may_add_an_upstream_and_goes_back_to_waiting_uncharged "
        "a_task_past_its_work_takes_no_hard_upstream an_edge_may_be_dropped_from_an_active_task",
    ),
    "state-giving-back": need(
        "What a session gave back is not offered to it while there is other work; three releases "
        "in a round hold the task; the policy bounds reworks.",
        "design 1",
        operations_release_handoff_blocked="three_releases_in_a_round_hold_the_task_with_the_reason "
        "a_released_task_is_not_offered_to_the_same_session_while_there_is_other_work",
        operations_rework="over_the_policys_bound_it_is_held_and_planners_are_told",
    ),
    "order": need(
        "Claim order: ageing bucket and priority, critical path, soft upstreams, insertion.",
        "design 4",
        operations_claim_order="equal_tasks_go_in_the_order_in_which_they_were_added "
        "the_head_of_the_longest_remaining_chain_goes_first the_chain_is_weighted_by_the_estimate "
        "a_priority_beats_the_critical_path a_day_in_the_queue_is_worth_one_step_of_priority "
        "a_task_whose_soft_upstreams_are_finished_goes_before_one_whose_are_not "
        "two_boards_built_alike_are_worked_off_alike",
    ),
    "order-index": need(
        "Hot statements read through an index, never a scan; look-ahead is capped and said.",
        "design 4",
        store_query_plans="a_hot_statement_reads_through_an_index",
        operations_none_reasons="more_rows_than_the_look_ahead_are_answered_partial",
    ),
    "order-capabilities": need(
        "Tasks whose capabilities a session lacks are skipped.",
        "design 4",
        operations_lanes="a_task_is_offered_to_a_session_with_all_its_capabilities",
        operations_none_reasons="not_for_you_names_the_capabilities_that_are_missing",
    ),
    "order-reviews": need(
        "Nobody reviews what the same session, agent or parent worked on in this round.",
        "design 4",
        operations_reviews="the_authors_session_may_not_review "
        "another_session_of_the_same_agent_may_not_review "
        "a_parent_a_child_or_a_sibling_of_the_author_may_not_review",
    ),
    "order-backoff": need(
        "Backoff takes a task out of the queue until it is due.",
        "design 4",
        operations_failures="the_backoff_grows_with_the_attempts_and_is_bounded",
        operations_none_reasons="backoff_says_when_the_next_try_is_due",
    ),
    "order-reclaim": need(
        "Expired leases are reclaimed inside calls, at most 20 at a time, also if nobody checked "
        "in; waiters wake for the next expiry.",
        "design 4",
        operations_expiry="at_most_twenty_leases_are_reclaimed_by_one_call "
        "the_lease_of_a_holder_that_never_checked_in_expires_too",
        operations_waiting="a_waiting_claim_wakes_when_a_lease_expires",
    ),
    "order-sleep": need(
        "After a gap of all calls expiry is put off by two minutes.",
        "design 4",
        operations_expiry="after_a_gap_of_all_calls_expiry_is_put_off_by_two_minutes "
        "a_holder_that_wakes_with_the_laptop_keeps_its_lease a_short_silence_is_no_gap",
    ),
}
