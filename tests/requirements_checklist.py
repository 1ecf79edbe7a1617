"""What other task graphs for agents do, letter by letter: nothing of it may be missing here."""

# ruff: noqa: E501 -- names of tests are sentences

from __future__ import annotations

from requirements import Requirement, need

CHECKLIST: dict[str, Requirement] = {
    "A": need(
        "Building: duplicates, unknown names and circles are refused with nothing changed; batches "
        "are whole; done upstreams let a task start.",
        "checklist A",
        operations_add="every_taken_key_is_named every_unknown_upstream_is_named "
        "a_task_whose_upstreams_are_done_is_ready a_task_with_an_unfinished_upstream_waits "
        "disconnected_groups_are_welcome a_circle_of_a_thousand_is_found_and_shortened",
        operations_before="an_existing_ready_task_waits_for_what_is_put_before_it",
    ),
    "B": need(
        "Claiming: specific or automatic, by the longest chain, one winner in a race, every refusal "
        "with its own reason.",
        "checklist B",
        operations_claim="a_racing_claim_of_one_task_has_exactly_one_winner "
        "a_task_held_by_another_names_the_holder_and_until_when "
        "a_task_that_is_not_ready_is_refused_with_its_state an_unknown_task_is_refused",
        operations_claim_order="the_head_of_the_longest_remaining_chain_goes_first "
        "finished_work_does_not_count_toward_a_chain",
        operations_sessions="claiming_another_task_while_holding_one_is_refused",
    ),
    "C": need(
        "Finishing: needs the proof of the claim, unblocks exactly the right dependents, gates on "
        "promises, warns when there is nothing to show.",
        "checklist C",
        operations_finish="finishing_releases_exactly_the_dependents_with_nothing_left_to_wait_for "
        "a_finish_without_any_content_is_accepted_with_a_warning",
        operations_leases="a_lease_with_another_fence_is_refused a_secret_of_another_task_is_refused",
        operations_promises="every_unanswered_promise_is_named_and_nothing_is_changed",
        operations_claim="the_fence_rises_at_every_claim_and_is_never_reset",
    ),
    "D": need(
        "Failing and releasing: dependents wait, a cascade takes every open descendant, a released "
        "task goes back to the pool with its reason.",
        "checklist D",
        operations_failures="the_last_failure_fails_the_task_and_tells_the_planners "
        "the_reasons_of_the_last_attempts_are_in_the_briefing",
        operations_cancel="cancel_takes_every_unfinished_descendant "
        "cancel_spares_finished_descendants_and_lists_them",
        operations_release_handoff_blocked="a_released_task_is_offered_to_others_at_once",
    ),
    "E": need(
        "Leases: renewing resets the clock without changing the state; only expired ones are swept; "
        "holders and their age are listed.",
        "checklist E",
        operations_check="a_check_renews_its_lease_without_a_revision",
        operations_expiry="an_expired_lease_returns_the_task_charges_an_attempt_and_keeps_the_fence "
        "the_policy_sets_how_long_a_lease_lasts",
        operations_look_views="agents_shows_who_is_there_and_what_they_hold_and_no_token "
        "an_expired_lease_a_missing_review_and_a_pause_are_named",
    ),
    "F": need(
        "Splitting: over the holder's head refused, edges and contracts carried over, dependents "
        "wait for all children, no circle.",
        "checklist F",
        operations_split="somebody_elses_active_task_cannot_be_split "
        "what_the_container_expected_travels_to_its_children a_taken_key_is_refused "
        "a_part_that_needs_a_consumer_of_the_container_closes_a_circle",
    ),
    "G": need(
        "Refining and removing: unknown names and circles refused; a claimable task waits for a new "
        "upstream; removal alone or with descendants.",
        "checklist G",
        operations_edit="a_new_hard_upstream_makes_a_ready_task_wait "
        "an_unknown_upstream_is_refused a_circle_is_refused_and_named",
        operations_cancel="a_task_without_dependents_is_cancelled "
        "cancel_takes_every_unfinished_descendant",
    ),
    "H": need(
        "Editing states: only legal moves; marking done unblocks dependents; unknown states are "
        "answered with the known ones.",
        "checklist H",
        operations_people="done_accepts_at_once_and_releases_the_consumers "
        "done_is_refused_on_a_closed_task",
        operations_look_list="an_unknown_state_is_refused_with_those_that_exist "
        "a_state_filters_whatever_its_case",
        operations_edit="setting_what_is_there_already_changes_nothing",
    ),
    "I": need(
        "Rework: by a worker for an ancestor, or by a corrective task; the requester waits and goes "
        "on afterwards; acyclic.",
        "checklist I",
        operations_rework="a_worker_sends_its_upstream_back_and_waits_for_it "
        "the_requesters_session_is_free_for_the_rework_itself",
        operations_supersedes="the_new_worker_sees_what_the_old_one_delivered "
        "a_new_task_that_needs_a_consumer_of_the_old_one_closes_a_circle",
    ),
    "J": need(
        "Context: contracts at distance one, summaries to two hops, values at any distance, diamonds "
        "once, equal keys apart.",
        "checklist J",
        operations_briefing="a_summary_goes_two_hops_and_values_go_any_distance "
        "the_source_of_a_diamond_is_listed_once "
        "the_same_key_with_different_values_is_a_conflict_and_both_are_shown "
        "direct_upstreams_give_contract_delivered_text_summary_and_values",
    ),
    "K": need(
        "Cancellation reaches the holder, in any process, and spares what is done.",
        "checklist K",
        operations_cancel="the_holder_learns_it_and_its_lease_cannot_finish "
        "cancel_follows_a_diamond_once cancel_spares_finished_descendants_and_lists_them",
        operations_fencing="the_reason_of_a_cancellation_reaches_its_holder",
        server_waiting="a_waiting_check_is_woken_by_a_notice",
    ),
    "L": need(
        "The log: one event a mutation with reason and author, readable by task, range and time; "
        "damage is detected.",
        "checklist L",
        operations_look_views="an_event_says_who_did_what_when_and_why "
        "history_since_a_revision_goes_onwards "
        "the_history_of_a_task_has_its_events_and_what_others_did_to_it",
        operations_look_past="every_past_revision_is_shown_as_it_was_seen_then",
        operations_verify="each_kind_of_damage_is_named",
        store_promises="append_only_tables_refuse_changes_unless_redacting",
    ),
    "M": need(
        "The store: every field round-trips, readers see whole states, damage is found with path and "
        "cause, locks are released, namespaces are apart.",
        "checklist M",
        operations_add="every_field_is_stored_as_given boards_of_one_store_do_not_see_each_other",
        store_promises="a_query_sees_one_snapshot an_operation_that_fails_alone_leaves_nothing",
        store_failures="a_file_that_is_no_database_is_corrupt "
        "a_damaged_page_is_corrupt_when_it_is_read",
    ),
    "N": need(
        "Invariants under all operations: acyclic, claimable exactly if all upstreams are done, no "
        "holder on what is closed, replay equals the tables, only legal moves.",
        "checklist N",
        property_board_machine="any_calls_by_sessions_with_one_lease_each_keep_the_board_true "
        "any_calls_by_sessions_with_several_leases_keep_the_board_true "
        "the_machine_finds_a_planted_bug",
        operations_verify="long_walks_leave_a_sound_board",
    ),
}
