"""What other task graphs for agents do, item by item; and each fault that was measured in them."""

# ruff: noqa: E501 -- names of tests are sentences

from __future__ import annotations

from requirements import Requirement, need

PROBES: dict[str, Requirement] = {
    "probe-A1": need(
        "A duplicate key is refused.",
        "probe A",
        operations_add="every_taken_key_is_named a_key_twice_in_one_batch_is_refused",
    ),
    "probe-A2": need(
        "An unknown upstream is refused.",
        "probe A",
        operations_add="every_unknown_upstream_is_named",
    ),
    "probe-A3": need(
        "A task whose upstreams are done starts claimable, one with an open upstream waits.",
        "probe A",
        operations_add="a_task_whose_upstreams_are_done_is_ready a_task_with_an_unfinished_upstream_waits",
    ),
    "probe-A4": need(
        "Several disconnected groups are allowed.",
        "probe A",
        operations_add="disconnected_groups_are_welcome",
    ),
    "probe-A5": need(
        "A batch is all or nothing, in the log too, and may refer to itself.",
        "probe A",
        operations_add="a_batch_is_one_revision every_unknown_upstream_is_named references_inside_a_batch_may_point_forwards",
    ),
    "probe-A6": need(
        "A predecessor can be put before an existing task.",
        "probe A",
        operations_before="an_existing_ready_task_waits_for_what_is_put_before_it a_task_can_be_inserted_into_an_edge",
    ),
    "probe-A7": need(
        "A contract may have either text, and one of blanks asks for nothing instead of being an error.",
        "probe A",
        operations_context="a_contract_of_blanks_asks_for_nothing_and_blocks_like_any_need",
        operations_add="a_contract_implies_a_hard_edge",
    ),
    "probe-A8": need(
        "Circles, direct, long or through consumers, are refused with nothing changed.",
        "probe A",
        operations_add="two_tasks_cannot_need_each_other a_circle_of_a_thousand_is_found_and_shortened",
        operations_before="a_circle_through_the_board_is_named",
    ),
    "probe-B1": need(
        "A claim needs somebody who claims.",
        "probe B",
        operations_sessions="a_call_without_any_session_is_told_to_join",
    ),
    "probe-B2": need(
        "A claim is of a named task, or of the next.",
        "probe B",
        operations_claim="a_claim_makes_the_session_the_holder_and_raises_the_fence a_task_that_is_not_ready_is_refused_with_its_state",
        operations_claim_order="equal_tasks_go_in_the_order_in_which_they_were_added",
    ),
    "probe-B3": need(
        "The head of the longest remaining chain comes first; what is finished does not count.",
        "probe B",
        operations_claim_order="the_head_of_the_longest_remaining_chain_goes_first finished_work_does_not_count_toward_a_chain",
    ),
    "probe-B4": need(
        "A busy session's second claim is refused, naming its task.",
        "probe B",
        operations_sessions="claiming_another_task_while_holding_one_is_refused",
    ),
    "probe-B5": need(
        "Held, waiting, finished and unknown tasks are each refused in their own way.",
        "probe B",
        operations_claim="a_task_held_by_another_names_the_holder_and_until_when a_task_that_is_not_ready_is_refused_with_its_state an_unknown_task_is_refused",
    ),
    "probe-B6": need(
        "Nothing claimable comes with counts, and done is told apart from stuck.",
        "probe B",
        operations_none_reasons="several_reasons_are_counted_side_by_side stuck_names_the_failed_and_the_held_tasks",
        operations_faults="whoever_is_told_nothing_is_claimable_knows_whether_to_stop",
    ),
    "probe-B7": need(
        "Of two racing claimers one wins; many racers on many tasks all win.",
        "probe B",
        operations_claim="a_racing_claim_of_one_task_has_exactly_one_winner eight_processes_never_claim_a_task_twice",
    ),
    "probe-C1": need(
        "A finish needs the proof of its claim; another's, a forged or an unknown one is refused.",
        "probe C",
        operations_leases="a_lease_with_a_guessed_secret_is_refused a_secret_of_another_task_is_refused the_lease_of_a_task_that_does_not_exist_is_refused_like_a_forged_one",
        operations_sessions="a_lease_of_another_credential_gets_the_same_answer_as_a_forged_one",
    ),
    "probe-C2": need(
        "After release and a new claim the old proof is refused and the new one works.",
        "probe C",
        operations_fencing="a_holder_that_lost_its_task_cannot_finish_and_its_work_is_kept",
        operations_expiry="a_new_claim_ends_the_chance_of_the_late_holder",
    ),
    "probe-C3": need(
        "Proofs strictly increase.",
        "probe C",
        operations_claim="the_fence_rises_at_every_claim_and_is_never_reset",
    ),
    "probe-C4": need(
        "Completion frees exactly the dependents with nothing left to wait for, and reports them.",
        "probe C",
        operations_finish="finishing_releases_exactly_the_dependents_with_nothing_left_to_wait_for",
    ),
    "probe-C5": need(
        "The promise gate lists each unmet promise and changes nothing.",
        "probe C",
        operations_promises="every_unanswered_promise_is_named_and_nothing_is_changed",
    ),
    "probe-C6": need(
        "A finish without content is allowed, with a warning.",
        "probe C",
        operations_finish="a_finish_without_any_content_is_accepted_with_a_warning",
    ),
    "probe-D1": need(
        "A plain failure leaves dependents waiting.",
        "probe D",
        operations_failures="the_last_failure_fails_the_task_and_tells_the_planners",
        operations_faults="whoever_is_told_nothing_is_claimable_knows_whether_to_stop",
    ),
    "probe-D2": need(
        "A cascade reaches every open descendant through fans and diamonds, and skips finished ones.",
        "probe D",
        operations_cancel="cancel_takes_every_unfinished_descendant cancel_follows_a_diamond_once cancel_spares_finished_descendants_and_lists_them",
    ),
    "probe-D3": need(
        "A release returns to the pool, frees holder and lease, and is seen by the next.",
        "probe D",
        operations_release_handoff_blocked="a_released_task_is_ready_again_and_no_attempt_is_charged",
        operations_failures="the_reasons_of_the_last_attempts_are_in_the_briefing",
    ),
    "probe-E1": need(
        "Renewing needs the proof, resets the clock, and changes neither state nor proof.",
        "probe E",
        operations_check="a_check_renews_its_lease_without_a_revision",
        operations_fencing="a_stale_lease_renews_nothing",
    ),
    "probe-E2": need(
        "Leases that ran out are freed and others not, by the policy's length.",
        "probe E",
        operations_expiry="an_expired_lease_returns_the_task_charges_an_attempt_and_keeps_the_fence the_policy_sets_how_long_a_lease_lasts a_short_silence_is_no_gap",
    ),
    "probe-E3": need(
        "Listings show holder, age, and what is overdue.",
        "probe E",
        operations_look_views="agents_shows_who_is_there_and_what_they_hold_and_no_token an_expired_lease_a_missing_review_and_a_pause_are_named",
        operations_look_task="a_task_that_is_being_worked_on_says_by_whom_until_when_and_how_far",
    ),
    "probe-F1": need(
        "Somebody's active task is not split; after a release it is.",
        "probe F",
        operations_split="somebody_elses_active_task_cannot_be_split the_holder_splits_its_task_and_its_notes_go_to_all_children",
    ),
    "probe-F2": need(
        "Children take over edges and contracts; dependents wait for all; readiness follows.",
        "probe F",
        operations_split="children_inherit_the_containers_upstreams what_the_container_expected_travels_to_its_children the_container_is_done_when_its_last_child_is",
    ),
    "probe-F3": need(
        "A taken key is refused, and no split closes a circle.",
        "probe F",
        operations_split="a_taken_key_is_refused a_part_that_needs_a_consumer_of_the_container_closes_a_circle",
    ),
    "probe-G1": need(
        "Refining: unknown and circular edges are refused, an edge that is there changes nothing.",
        "probe G",
        operations_edit="an_unknown_upstream_is_refused a_circle_is_refused_and_named setting_what_is_there_already_changes_nothing",
    ),
    "probe-G2": need(
        "A claimable task waits once it has an open upstream.",
        "probe G",
        operations_edit="a_new_hard_upstream_makes_a_ready_task_wait",
    ),
    "probe-G3": need(
        "Removing: alone, or with all descendants; an unknown task is refused.",
        "probe G",
        operations_cancel="a_task_without_dependents_is_cancelled cancel_takes_every_unfinished_descendant one_bad_key_undoes_the_whole_call",
    ),
    "probe-H1": need(
        "Only legal moves; a state filter takes any case and refuses unknown ones with the known.",
        "probe H",
        graph_states="a_move_is_legal_exactly_if_the_table_has_it",
        operations_look_list="a_state_filters_whatever_its_case an_unknown_state_is_refused_with_those_that_exist",
    ),
    "probe-H2": need(
        "Doing it by hand frees the dependents; an edit that changes nothing says so.",
        "probe H",
        operations_people="done_accepts_at_once_and_releases_the_consumers",
        operations_edit="setting_what_is_there_already_changes_nothing",
    ),
    "probe-H3": need(
        "Fields can be set, replaced and emptied.",
        "probe H",
        operations_edit="a_field_is_set_and_the_version_rises a_long_field_is_set a_field_can_be_emptied",
    ),
    "probe-I1": need(
        "The requester holds a task that needs the source, at any distance.",
        "probe I",
        operations_rework="a_task_that_is_not_upstream_is_refused a_farther_ancestor_becomes_a_direct_upstream a_lease_that_is_over_sends_nothing_back",
    ),
    "probe-I2": need(
        "Then the rework is claimable, the requester waits unheld, and goes on afterwards.",
        "probe I",
        operations_rework="a_worker_sends_its_upstream_back_and_waits_for_it the_requesters_session_is_free_for_the_rework_itself",
    ),
    "probe-I3": need(
        "A corrective task is possible, and the graph stays acyclic.",
        "probe I",
        operations_supersedes="the_consumers_wait_for_the_new_task_instead a_new_task_that_needs_a_consumer_of_the_old_one_closes_a_circle",
    ),
    "probe-J1": need(
        "Contracts at one hop, summaries to two, values at any distance, with path and distance.",
        "probe J",
        operations_briefing="direct_upstreams_give_contract_delivered_text_summary_and_values a_summary_goes_two_hops_and_values_go_any_distance",
    ),
    "probe-J2": need(
        "Diamond sources once, equal keys apart.",
        "probe J",
        operations_briefing="the_source_of_a_diamond_is_listed_once the_same_key_with_different_values_is_a_conflict_and_both_are_shown",
    ),
    "probe-J3": need(
        "What is downstream is shown: what is owed to whom.",
        "probe J",
        operations_promises="what_a_task_owes_is_in_its_briefing "
        "keys_that_a_consumer_relies_on_are_owed_without_a_promise_too",
    ),
    "probe-K1": need(
        "A lease is good after a claim, gone after completion, and lost with a reason otherwise.",
        "probe K",
        operations_fencing="a_check_with_a_stale_lease_says_why_it_is_lost who_took_the_task_is_named",
    ),
    "probe-K2": need(
        "A notifier fires once, late registration fires at once, waiting works.",
        "probe K",
        worker_worker="every_loss_sets_it a_callback_that_fails_keeps_no_other_from_being_told",
        worker_worker_async="a_lost_lease_is_awaited_and_can_cancel_a_scope",
    ),
    "probe-K3": need(
        "A cascade of cancellations reaches fans and diamonds and spares finished subtrees, across processes.",
        "probe K",
        operations_cancel_far="a_holder_in_another_process_is_woken_and_can_finish_no_more a_task_in_the_middle_takes_no_finished_and_no_unrelated_task_along",
    ),
    "probe-L1": need(
        "One event a mutation, with its reason; filtered by task; ranges; counts.",
        "probe L",
        operations_look_views="an_event_says_who_did_what_when_and_why history_since_a_revision_goes_onwards the_history_of_a_task_has_its_events_and_what_others_did_to_it",
    ),
    "probe-L2": need(
        "A snapshot as of any revision.",
        "probe L",
        operations_look_past="every_past_revision_is_shown_as_it_was_seen_then",
    ),
    "probe-L3": need(
        "Edited, deleted or relinked records of the log are noticed.",
        "probe L",
        operations_archive="a_changed_archive_is_noticed archives_follow_each_other_and_are_checked_together",
        operations_verify="each_kind_of_damage_is_named",
    ),
    "probe-L4": need(
        "Kinds of events that this version does not know are tolerated.",
        "probe L",
        graph_replay="a_kind_of_event_and_a_field_that_nobody_knows_are_tolerated",
        operations_faults="an_event_that_nobody_knows_stops_no_call",
    ),
    "probe-M1": need(
        "Every field round-trips, whatever its script.",
        "probe M",
        operations_add="every_field_is_stored_as_given",
    ),
    "probe-M2": need(
        "Readers see whole states; an exception frees every lock.",
        "probe M",
        store_promises="a_query_sees_one_snapshot an_operation_that_fails_alone_leaves_nothing an_operation_that_was_interrupted_leaves_nothing",
    ),
    "probe-M3": need(
        "Empty, truncated and foreign files are detected with path and cause.",
        "probe M",
        store_failures="a_file_that_is_no_database_is_corrupt a_damaged_page_is_corrupt_when_it_is_read a_database_of_another_program_is_refused_and_left_alone",
    ),
    "probe-M4": need(
        "What the log can tell is rebuilt after a backup, and the repair is an event.",
        "probe M",
        operations_repair="what_the_log_can_tell_is_repaired the_backup_holds_what_was_there_before",
    ),
    "probe-M5": need(
        "Namespaces share nothing.",
        "probe M",
        property_isolation="no_answer_of_one_board_shows_anything_of_another "
        "every_kind_of_call_answers_as_if_the_board_were_alone",
    ),
    "probe-N1": need(
        "Acyclic, claimable exactly if all upstreams are done, no holder on what is closed, replay equals tables, legal moves only: under all operations.",
        "probe N",
        property_board_machine="any_calls_by_sessions_with_one_lease_each_keep_the_board_true the_machine_finds_a_planted_bug",
    ),
    "fault-1": need(
        "Absent: a token of the whole graph, which every claim of anybody makes stale; a forged one that is accepted.",
        "fault 1",
        operations_faults="what_others_do_never_ends_a_lease",
        operations_leases="a_lease_with_another_fence_is_refused",
    ),
    "fault-2": need(
        "Absent: a tool layer that cannot carry the proof of a claim, so that no finish by a tool succeeds.",
        "fault 2",
        server_tools="every_tool_answers_the_same_in_both_eras_and_on_all_transports",
        e2e_agents_drive_a_plan="four_agents_take_a_small_plan_to_its_end",
    ),
    "fault-3": need(
        "Absent: a recovery that deletes the neighbours of what was removed.",
        "fault 3",
        operations_faults="a_repair_keeps_the_neighbours_of_what_was_cancelled_and_split",
        operations_look_past="a_dropped_edge_is_still_seen_from_both_ends_in_the_past",
    ),
    "fault-4": need(
        "Absent: a recovery after a split that loses the edges and makes blocked work claimable.",
        "fault 4",
        operations_faults="a_repair_keeps_the_neighbours_of_what_was_cancelled_and_split",
        operations_repair="a_board_that_was_wandered_over_survives_the_loss_of_all_that_is_derived",
    ),
    "fault-8": need(
        "Absent: a removal that deletes a deep task under its worker.",
        "fault 8",
        operations_cancel_far="each_holder_among_the_descendants_is_told what_a_cancelled_holder_delivers_is_kept_and_shown_to_the_next",
    ),
    "fault-9": need(
        "Absent: a cascade that fails on a long chain.",
        "fault 9",
        operations_cancel="a_chain_of_a_thousand_is_cancelled_without_recursion",
        operations_cancel_far="ten_thousand_descendants_are_cancelled_in_one_call",
    ),
    "fault-10": need(
        "Absent: a key that poisons every claim or names a file outside.",
        "fault 10",
        operations_add="a_hostile_key_is_refused_wherever_it_stands",
    ),
    "fault-11": need(
        "Absent: an event of an unknown kind that loses the token of a claim.",
        "fault 11",
        operations_faults="an_event_that_nobody_knows_stops_no_call",
        graph_replay="a_kind_of_event_and_a_field_that_nobody_knows_are_tolerated",
    ),
    "fault-12": need(
        "Absent: a torn record that makes the store unusable or glues the next one to it.",
        "fault 12",
        e2e_kill="killed_writers_lose_nothing_acknowledged",
        e2e_store_in_trouble="a_board_on_a_small_disk_fills_it_and_recovers",
    ),
    "fault-13": need(
        "Absent: other agents' proofs that stay valid after a cascade or a cancellation by edit.",
        "fault 13",
        operations_cancel="the_holder_learns_it_and_its_lease_cannot_finish",
        operations_fencing="no_outcome_gets_past_the_fence",
    ),
    "fault-14": need(
        "Absent: an idempotency key that runs twice when two calls come at once, or is forgotten by other processes.",
        "fault 14",
        operations_faults="a_request_that_comes_twice_at_once_is_done_once",
        operations_split="a_repeated_request_splits_once",
        operations_request_keys="a_repeated_call_gives_the_first_reply_and_other_arguments_are_refused",
    ),
    "fault-15": need(
        "Absent: a log that is called forged once two writers have used it.",
        "fault 15",
        e2e_kill="sixteen_processes_with_random_deaths_do_every_task_once",
        store_processes="eight_processes_lose_no_increment_and_advance_evenly",
    ),
    "fault-16": need(
        "Absent: a package whose names cannot all be imported.",
        "fault 16",
        operations_faults="everything_that_is_exported_is_there",
    ),
    "fault-17": need(
        "Absent: an archive that loses what tasks delivered.",
        "fault 17",
        operations_faults="an_archive_keeps_what_tasks_delivered",
        operations_archive="every_revision_that_is_left_is_shown_exactly_as_before",
    ),
    "fault-19": need(
        "Absent: a filter that knows one spelling of a state and finds nothing with another.",
        "fault 19",
        operations_look_list="a_state_filters_whatever_its_case an_unknown_state_is_refused_with_those_that_exist",
    ),
    "fault-21": need(
        "Absent: a notifier that raises and with that loses every other's news.",
        "fault 21",
        worker_worker="a_callback_that_fails_keeps_no_other_from_being_told",
        store_feed="a_subscriber_that_fails_does_not_silence_the_others",
    ),
}
