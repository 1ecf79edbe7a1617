"""Acceptance, reviews, reuse, cancellation, and work done inside a Python block."""

# ruff: noqa: E501 -- names of tests are sentences

from __future__ import annotations

from requirements import Requirement, need

ACCEPTANCE: dict[str, Requirement] = {
    "acceptance-evidence": need(
        "Acceptance items can each be answered with evidence at finish, by text or by number; a "
        "wrong name is refused naming the items.",
        "coordination 4",
        operations_evidence="evidence_names_an_item_by_its_text_or_its_number "
        "a_wrong_name_is_refused_naming_the_items an_item_answered_by_text_and_by_number_is_refused "
        "a_task_without_items_takes_no_evidence evidence_is_optional_by_default",
    ),
    "acceptance-evidence-required": need(
        "A board can demand evidence: finish(done) then refuses with the missing items and changes "
        "nothing; other outcomes and people are exempt.",
        "coordination 4",
        operations_evidence="a_board_can_demand_evidence_of_every_item only_done_needs_evidence "
        "a_board_that_demands_evidence_says_so_in_the_briefing "
        "a_person_may_do_it_without_evidence",
    ),
    "acceptance-evidence-shown": need(
        "Evidence is shown to the reviewer and in the task's view, and kept as salvage.",
        "coordination 4",
        operations_evidence="the_reviewer_sees_the_evidence_and_what_each_consumer_is_told "
        "long_evidence_stays_inside_the_reviewers_budget evidence_alone_is_worth_keeping_as_salvage",
        operations_look_task="a_delivery_is_shown_with_its_author_and_artifacts_as_references",
    ),
    "reuse-same": need(
        "`add(reuse=...)` finishes a task from an accepted one whose spec, acceptance, paths, "
        "contracts and inputs are equal: to the letter, or but for white space. Titles count where "
        "there is no spec.",
        "coordination 3",
        operations_reuse="an_identical_task_is_done_at_once_with_what_the_earlier_one_delivered "
        "exact_counts_white_space_and_normalised_does_not "
        "another_spec_acceptance_or_path_is_other_work title_priority_and_estimate_do_not_count "
        "a_task_without_a_spec_is_told_by_its_title "
        "inputs_must_be_equal_whatever_their_tasks_are_called the_texts_of_inputs_count_too "
        "only_the_keys_of_the_contract_count_of_the_values "
        "a_need_that_delivered_nothing_equals_only_itself "
        "another_contract_with_an_input_is_other_work",
    ),
    "reuse-off": need(
        "Reuse is off by default, and a board that never asks for it keeps no fingerprints.",
        "coordination 3",
        operations_reuse="reuse_is_off_by_default_and_leaves_no_trace",
    ),
    "reuse-provenance": need(
        "What was reused, and who made it, is said in the log, in the task's view and in the "
        "briefings of its readers.",
        "coordination 3",
        operations_reuse="where_it_came_from_is_in_the_log_and_in_the_briefings_of_those_who_need_it "
        "an_identical_task_is_done_at_once_with_what_the_earlier_one_delivered",
    ),
    "reuse-accepted": need(
        "Only what is accepted now is reused: nothing reworked, superseded, edited since, redacted, "
        "or in review; and evidence that is demanded must have been given.",
        "coordination 3",
        operations_reuse="only_what_is_accepted_now_is_reused "
        "a_reworked_task_is_reused_with_its_new_result "
        "what_was_edited_after_it_was_delivered_is_not_what_was_accepted "
        "a_redacted_delivery_is_not_reused evidence_that_is_demanded_must_have_been_given "
        "a_replacement_is_never_taken_from_what_it_replaces",
    ),
    "reuse-when": need(
        "It is decided at the add, or when the last input is accepted, and never once somebody has "
        "begun; whole chains are reused in one call.",
        "coordination 3",
        operations_reuse="a_task_whose_inputs_are_open_is_decided_when_the_last_is_accepted "
        "a_chain_of_identical_tasks_is_reused_in_one_add "
        "a_task_that_somebody_began_is_never_finished_by_reuse",
    ),
    "reuse-promises": need(
        "Promises to consumers are matched by their contracts; one that was not kept before is no "
        "reuse.",
        "coordination 3",
        operations_reuse="promises_are_matched_by_their_contract "
        "what_was_promised_counts_as_it_was_when_it_was_accepted",
    ),
    "reuse-cutoff": need(
        "Early cutoff treats a reused task like any other, as a reader and as a source.",
        "coordination 3",
        operations_reuse="a_reused_task_is_redone_when_an_input_changes "
        "readers_of_a_reused_task_are_compared_with_what_they_were_given",
    ),
    "reuse-verified": need(
        "`verify` computes the fingerprints of accepted tasks anew, and the state machine compares "
        "what was asked, read and delivered of every reused task.",
        "coordination 3",
        operations_reuse="a_fingerprint_that_was_damaged_is_named",
        property_board_machine="any_calls_by_sessions_with_one_lease_each_keep_the_board_true",
    ),
    "reuse-review": need(
        "A review is not skipped by reuse, and not done by the author of what is reused.",
        "coordination 3",
        operations_reuse="a_review_is_not_skipped_and_not_done_by_the_author "
        "a_rejected_reuse_is_worked_on_like_any_task",
    ),
    "review-gate": need(
        "Dependents wait until a delivery is accepted, not merely delivered.",
        "coordination 4",
        operations_reviews="a_delivery_is_not_done_and_releases_nobody_before_it_is_approved "
        "a_rejected_delivery_reaches_no_dependent what_is_edited_to_need_a_review_goes_to_review",
    ),
    "review-strangers": need(
        "A reviewer held no attempt of this round: not as this session, agent, parent, child or "
        "sibling; a new round starts clean, and an undone claim counts for nothing.",
        "coordination 4",
        operations_reviews="the_authors_session_may_not_review "
        "another_session_of_the_same_agent_may_not_review "
        "a_parent_a_child_or_a_sibling_of_the_author_may_not_review "
        "somebody_who_only_released_it_may_not_review_but_if_it_was_at_once "
        "a_review_that_is_asked_for_is_held_beside_work "
        "a_new_round_starts_clean_for_its_reviewers "
        "whoever_rejected_may_review_again_and_may_not_after_working_on_it "
        "a_claim_that_was_undone_keeps_nobody_from_reviewing "
        "a_review_needs_the_capabilities_of_the_task_also_by_its_key",
    ),
    "review-verdicts": need(
        "A review ends by approval, by rejection with feedback (which charges no attempt), or given "
        "back.",
        "coordination 4",
        operations_reviews="a_rejection_needs_feedback "
        "a_rejection_sends_it_back_with_the_feedback_and_charges_no_attempt "
        "a_reviewer_can_give_the_review_back",
    ),
    "review-briefing": need(
        "The reviewer's briefing has the acceptance, the delivery with its evidence, what consumers "
        "are told, and what earlier reviewers said.",
        "coordination 4",
        operations_reviews="the_reviewer_sees_the_delivery "
        "the_reviewer_sees_what_earlier_reviewers_said",
        operations_evidence="the_reviewer_sees_the_evidence_and_what_each_consumer_is_told",
    ),
    "review-lost": need(
        "A review that expires comes back; one that is cancelled or reworked ends, and its holder "
        "learns it.",
        "coordination 4",
        operations_expiry="an_expired_review_is_offered_again_and_charges_no_attempt "
        "a_late_approval_is_accepted_while_nobody_else_reviews "
        "a_late_approval_is_refused_once_somebody_else_reviews",
        operations_reviews="a_delivery_cancelled_under_review_can_no_longer_be_approved",
        operations_rework="rework_in_review_frees_the_reviewer",
    ),
    "review-who-may": need(
        "When only reviews are left that this session may not do, it is told who may.",
        "coordination 4",
        operations_reviews="needs_review_says_who_may_do_it",
    ),
    "cancel-cascade": need(
        "Cancelling takes the full set of unfinished descendants, containers with all their parts, "
        "in one call without recursion; finished ones are spared and listed.",
        "coordination 9",
        operations_cancel="cancel_takes_every_unfinished_descendant "
        "cancel_spares_finished_descendants_and_lists_them cancel_follows_a_diamond_once "
        "cancelling_a_container_reaches_all_its_parts "
        "cancelling_an_upstream_reaches_dependent_containers_and_their_parts",
        operations_cancel_far="ten_thousand_descendants_are_cancelled_in_one_call "
        "containers_in_containers_are_cancelled_with_their_consumers "
        "a_container_deep_in_containers_is_cancelled "
        "a_task_in_the_middle_takes_no_finished_and_no_unrelated_task_along",
    ),
    "cancel-refuse": need(
        "Without being told what becomes of dependents, cancel refuses and names them all.",
        "coordination 9",
        operations_cancel="unfinished_dependents_are_named_and_nothing_is_cancelled",
        operations_cancel_far="refusing_names_all_descendants_and_not_only_the_nearest",
    ),
    "cancel-release": need(
        "Cancel can release the dependents instead: the edges go, and their briefings say why.",
        "coordination 9",
        operations_cancel="release_drops_the_edges_and_says_why_in_the_briefing "
        "release_tells_an_active_consumer "
        "release_settles_a_delivery_that_was_parked_on_the_cancelled_input",
    ),
    "cancel-told": need(
        "Active holders learn of it by a notice and at their next check, in other processes too.",
        "coordination 9",
        operations_cancel="the_holder_learns_it_and_its_lease_cannot_finish",
        operations_cancel_far="a_holder_in_another_process_is_woken_and_can_finish_no_more "
        "each_holder_among_the_descendants_is_told",
        worker_worker="a_cancel_by_another_process_reaches_the_job_at_once",
    ),
    "cancel-late": need(
        "Work that comes after a cancellation changes nothing and is kept as salvage; an expired "
        "lease is not revived by it.",
        "coordination 9",
        operations_cancel_far="what_a_cancelled_holder_delivers_is_kept_and_shown_to_the_next "
        "a_cancelled_task_whose_lease_had_expired_cannot_be_revived",
    ),
    "worker-block": need(
        "`board.work` claims at the start of a block, finishes done at its end with what was "
        "delivered, fails with an exception's bounded text and raises it again, and gives back after "
        "an interruption.",
        "coordination 15",
        worker_worker="a_block_claims_and_finishes_with_what_was_delivered "
        "a_block_without_a_task_says_why_and_ends_nothing a_block_waits_for_a_task "
        "an_exception_fails_the_attempt_with_its_text_and_is_raised_again "
        "the_text_of_an_exception_is_bounded_and_made_storable "
        "an_interruption_gives_the_task_back a_job_can_be_ended_inside_the_block_once "
        "a_finish_that_is_refused_at_the_end_fails_the_attempt "
        "a_review_needs_a_verdict_and_is_given_back_without_one",
        docs_python_page="the_examples_print_what_the_page_says",
    ),
    "worker-renewal": need(
        "A job's lease is renewed in the background, and no lease is left behind.",
        "coordination 15",
        worker_worker="a_lease_is_renewed_in_the_background "
        "an_interruption_between_claim_and_block_leaves_no_lease "
        "a_session_of_its_own_ends_with_the_block_and_a_given_one_stays",
        worker_worker_async="a_cancelled_claim_leaves_no_lease",
    ),
    "worker-push": need(
        "A lease that is taken away, by any process, sets `job.cancelled` at once: an event, "
        "callbacks, an exception; what a late job delivers is salvage.",
        "coordination 15",
        worker_worker="a_cancel_by_another_process_reaches_the_job_at_once every_loss_sets_it "
        "what_a_cancelled_job_delivers_is_kept_as_salvage the_jobs_own_end_is_no_cancellation "
        "a_callback_that_fails_keeps_no_other_from_being_told",
        worker_worker_async="a_lost_lease_is_awaited_and_can_cancel_a_scope",
    ),
    "worker-async": need(
        "`board.work_async` does the same for asyncio and anyio, without holding the loop up.",
        "coordination 15",
        worker_worker_async="a_block_claims_and_finishes_with_what_was_delivered "
        "waiting_blocks_no_other_task_of_the_loop "
        "an_exception_fails_the_attempt_and_is_raised_as_it_is "
        "a_cancelled_scope_gives_the_task_back a_cancelled_asyncio_task_gives_the_task_back",
    ),
}
