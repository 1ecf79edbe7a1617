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
        "somebody_who_only_released_it_in_this_round_may_not_review "
        "a_new_round_starts_clean_for_its_reviewers "
        "whoever_rejected_may_review_again_and_may_not_after_working_on_it "
        "a_claim_that_was_undone_keeps_nobody_from_reviewing",
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
}
