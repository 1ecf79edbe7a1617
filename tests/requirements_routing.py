"""Handoff, questions, retries, take-over, routing and notices."""

# ruff: noqa: E501 -- names of tests are sentences

from __future__ import annotations

from requirements import Requirement, need

ROUTING: dict[str, Requirement] = {
    "handoff-briefing": need(
        "A handoff to an agent or to anyone reaches the next holder with notes, what was made and "
        "the branch or commit where it lies, all attributed.",
        "coordination 5",
        operations_handoff="notes_and_what_was_made_reach_the_next_holder_with_the_giver_named "
        "the_note_says_on_which_branch_and_where_the_work_lies "
        "a_session_without_a_place_leaves_none",
    ),
    "handoff-addressee": need(
        "It is offered to the addressee first and to anybody after a while; a name that nobody "
        "bears is warned about.",
        "coordination 5",
        operations_handoff="the_addressee_is_offered_it_first_and_anybody_when_it_does_not_come "
        "a_handoff_to_a_name_that_nobody_bears_is_made_with_a_warning",
    ),
    "handoff-inbox": need(
        "Handoffs are found by claim(kind=handoff) and by notices.",
        "coordination 5",
        operations_release_handoff_blocked="only_handed_tasks_are_claimed_when_that_is_asked_for "
        "the_agent_it_is_handed_to_gets_a_notice_and_the_reason",
        operations_handoff="a_handoff_to_anyone_is_told_to_those_who_can_do_it",
    ),
    "handoff-back": need(
        "A task that is handed back is offered first to the agent that had handed it on.",
        "coordination 5",
        operations_handoff="what_is_handed_back_to_whom_it_came_from_is_offered_first "
        "a_handoff_to_ones_own_name_is_for_another_session",
    ),
    "attempt-unfinished": need(
        "What an attempt made is kept for the next holder however it ends.",
        "coordination 5",
        operations_handoff="what_an_attempt_made_is_not_lost_when_it_ends_otherwise "
        "a_word_is_no_unfinished_delivery",
    ),
    "question-answer": need(
        "The next holder of a held task reads the question and the answer.",
        "coordination 5",
        operations_handoff="the_next_holder_reads_question_and_answer",
    ),
    "retry-backoff": need(
        "Retries wait exponentially longer, with jitter.",
        "coordination 5",
        operations_handoff="each_try_waits_about_twice_as_long_and_no_two_tasks_the_same",
    ),
    "dead-letter": need(
        "After the last attempt a task is failed, with the reasons of all attempts in the task's "
        "view and under stuck; rework brings it back.",
        "coordination 5",
        operations_handoff="the_reasons_of_all_attempts_stand_in_one_place "
        "a_failed_task_comes_back_by_rework_with_all_its_attempts",
    ),
    "session-idle": need(
        "Sessions that hold nothing and were not seen for a week are ended, a few at a call.",
        "coordination 5",
        operations_handoff="sessions_that_hold_nothing_and_are_gone_for_a_week_end_a_few_at_a_time "
        "a_session_that_still_holds_something_is_not_ended",
    ),
    "take-over-interval": need(
        "Anybody may take a task or a review over once its holder made no call for the policy's "
        "check interval; renewals in the background are no calls.",
        "coordination 5",
        operations_take_over="anybody_may_take_over_once_the_holder_has_missed_its_check_interval "
        "before_that_the_refusal_says_from_when_on "
        "any_call_of_the_holder_counts_and_a_renewal_in_the_background_does_not "
        "a_claim_that_does_not_ask_says_that_it_might "
        "a_worker_takes_a_review_over_only_after_the_check_interval",
        property_board_machine="any_calls_by_sessions_with_several_leases_keep_the_board_true",
    ),
    "take-over-fences": need(
        "Whoever is taken over from is fenced off and told, and its work is kept and shown.",
        "coordination 5",
        operations_take_over="late_work_of_the_one_taken_over_is_shown_to_the_new_holder "
        "a_review_can_be_taken_over_and_the_first_reviewer_is_told "
        "a_review_is_taken_over_only_by_those_who_may_review "
        "the_holders_note_goes_to_the_one_who_takes_over",
    ),
    "next-action": need(
        "One claim gives handoffs, then reviews, then work, and says why this one.",
        "coordination 5",
        operations_handoff="handoffs_go_before_reviews_and_reviews_before_new_work "
        "the_claim_says_who_handed_it_on",
    ),
    "routing-lanes": need(
        "Capabilities route work, reviews and what is told about them.",
        "coordination 6",
        operations_lanes="a_task_is_offered_to_a_session_with_all_its_capabilities "
        "a_review_needs_the_tasks_capabilities_too",
        operations_notices="reviewers_without_the_capability_are_not_told_of_a_review",
    ),
    "routing-ageing": need(
        "Waiting raises a task's priority, a step per interval.",
        "coordination 6",
        operations_claim_order="a_day_in_the_queue_is_worth_one_step_of_priority "
        "a_higher_priority_still_wins_over_a_shorter_wait",
    ),
    "routing-soft": need(
        "Soft dependencies order and give context, and never block.",
        "coordination 6",
        operations_claim_order="a_task_whose_soft_upstreams_are_finished_goes_before_one_whose_are_not "
        "a_soft_upstream_never_blocks",
    ),
    "routing-candidates": need(
        "A candidate dependency is stored unconfirmed, behaves as soft, is shown as what it is, "
        "and is confirmed or rejected by edit.",
        "coordination 6",
        operations_candidates="it_is_stored_unconfirmed_and_does_not_block "
        "it_is_read_aloud_listed_and_drawn_as_what_it_is it_counts_for_circles "
        "it_orders_and_gives_context_as_a_soft_one_does "
        "it_is_confirmed_to_a_need_and_blocks_from_then_on it_is_confirmed_as_soft it_is_rejected "
        "nobody_confirms_one_to_a_need_over_the_holders_head parts_inherit_it",
    ),
    "routing-parents": need(
        "A subagent's session names its parent, of the same credential, and neither reviews what "
        "the other did.",
        "coordination 6",
        operations_handoff="a_parent_must_be_a_session_of_the_same_credential "
        "what_a_subagent_made_its_parent_does_not_review",
        operations_reviews="the_agent_of_the_authors_parent_may_not_review_after_a_restart_either",
    ),
    "notice-settled": need(
        "What is settled before it is offered is no notice any more.",
        "coordination 5",
        operations_notices="of_a_review_that_was_made_nobody_is_told "
        "of_a_question_that_was_answered_nobody_is_told "
        "of_a_handoff_that_was_taken_and_a_failure_that_is_worked_on_nobody_is_told "
        "news_of_a_task_reach_who_holds_it_and_not_who_has_finished_it",
    ),
    "notice-at-least-once": need(
        "A notice is offered until a check says that it arrived, under an id that does not "
        "change; a cancelled or forgotten reply loses none, nor does a lost one whose client says "
        "`seen` or joins.",
        "coordination 10",
        operations_notices="what_a_lost_reply_offered_is_offered_again_under_the_same_id "
        "what_a_check_confirmed_stays_behind_when_its_own_reply_is_lost "
        "a_session_that_is_resumed_gets_the_last_reply_again_until_it_checks "
        "a_program_says_itself_up_to_which_notice_it_has_come "
        "of_a_reply_that_only_its_client_knows_was_lost_join_or_seen_gets_all_again",
        property_notices_arrive="every_notice_arrives_in_order_whatever_replies_are_lost",
        server_cancelled="notices_of_a_cancelled_call_come_with_the_next_check",
    ),
    "notice-bounded": need(
        "A call hands out a bounded number, and old notices are forgotten a few at a time.",
        "coordination 10",
        operations_notices="more_notices_than_a_call_carries_come_with_the_next_calls "
        "old_notices_are_forgotten_a_few_at_a_time_as_new_ones_come "
        "other_boards_keep_their_notices",
    ),
    "notice-wait": need(
        "A waiting check wakes across processes for what it can report, and for nothing else.",
        "coordination 10",
        operations_waiting="a_waiting_check_is_stepped_only_by_what_a_check_can_report "
        "a_waiting_check_is_stepped_when_another_window_takes_the_session",
        server_waiting="a_waiting_check_is_woken_by_a_notice",
    ),
    "notice-kinds": need(
        "Every kind of notice is in one table, and the page that shows it is generated.",
        "coordination 10",
        operations_notices="every_kind_is_in_the_table_and_every_kind_of_the_table_is_sent",
        docs_docs="the_page_of_notices_is_generated_from_the_table",
    ),
    "notice-topics": need(
        "A message under a topic alone reaches everybody, under that topic.",
        "coordination 10",
        operations_tell="a_topic_alone_reaches_everybody_under_that_topic",
    ),
}
