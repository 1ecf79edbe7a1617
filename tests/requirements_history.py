"""The rules about history, archives, repair and recall."""

# ruff: noqa: E501 -- names of tests are sentences

from __future__ import annotations

from requirements import Requirement, need

HISTORY: dict[str, Requirement] = {
    "history-at": need(
        "Every view that takes `at` shows what a reader saw at that revision.",
        "history",
        operations_look_past="every_past_revision_is_shown_as_it_was_seen_then "
        "every_view_that_shows_the_past_equals_what_a_reader_saw_then "
        "the_picture_of_a_large_board_is_the_one_drawn_then",
    ),
    "history-diff": need(
        "The difference of two revisions says what is different, and only that, also on a terminal.",
        "history",
        operations_look_past="the_difference_of_two_revisions_says_what_is_different "
        "what_came_back_to_what_it_was_is_no_difference",
        cli_keep="diff_shows_a_line_a_task",
    ),
    "history-diff-settings": need(
        "The difference names policies, budgets and the pause with the values before and after.",
        "history",
        operations_look_past="the_difference_names_policies_budgets_and_the_pause_with_both_values "
        "settings_that_came_back_to_what_they_were_are_no_difference "
        "settings_are_told_apart_after_what_was_before_them_is_archived",
        cli_keep="diff_shows_a_line_a_setting",
    ),
    "archive-exact": need(
        "After an archive every revision that is left is shown and replayed exactly; earlier ones are refused with the oldest left and the file.",
        "history",
        operations_archive="every_revision_that_is_left_is_shown_exactly_as_before "
        "what_is_gone_is_refused_with_the_oldest_that_is_left "
        "briefings_reviews_and_early_cutoff_do_not_need_what_was_moved",
    ),
    "archive-atomic": need(
        "An archive that is interrupted, overtaken or in the way of a redaction loses nothing.",
        "history",
        operations_archive="who_is_killed_after_the_file_was_written_loses_nothing "
        "who_is_killed_while_deleting_loses_nothing "
        "an_archive_that_another_one_overtook_deletes_nothing "
        "a_redaction_while_the_file_is_written_stops_the_archive "
        "a_file_that_is_something_else_is_never_replaced",
    ),
    "archive-append-only": need(
        "The log stays append-only but for what an archive has taken over.",
        "history",
        operations_archive="an_archive_lets_nothing_else_be_deleted "
        "nothing_is_deleted_that_no_archive_has",
    ),
    "archive-chain": need(
        "Whatever is changed in an archive file, or in what replay starts from, is noticed.",
        "history",
        operations_archive="a_changed_archive_is_noticed archives_follow_each_other_and_are_checked_together "
        "damage_to_what_replay_starts_from_is_noticed",
        cli_keep="archive_moves_history_to_a_file_that_verify_checks",
    ),
    "archive-redaction": need(
        "A redaction names the archive files, which it does not change.",
        "history",
        operations_archive="a_redaction_names_the_files_that_it_cannot_change",
    ),
    "redaction-hold": need(
        "A redaction looks through the store before it takes the lock; what is written meanwhile does not escape it.",
        "history",
        operations_redact="what_is_written_while_a_redaction_looks_does_not_escape_it "
        "a_digest_written_while_a_redaction_looks_does_not_escape_it "
        "a_writer_that_never_stops_is_redacted_up_to_the_redaction "
        "a_redaction_that_another_overtakes_is_refused "
        "what_the_lock_is_held_for_does_not_grow_with_the_board",
    ),
    "repair": need(
        "A repair rebuilds rows and every derived column from the log after a backup, or changes nothing and says why.",
        "history",
        operations_repair="every_derived_column_is_rebuilt_as_it_was what_the_log_can_tell_is_repaired "
        "what_the_log_cannot_tell_is_refused_and_nothing_is_changed "
        "the_backup_holds_what_was_there_before budgets_are_added_up_again",
        cli_keep="verify_says_what_is_wrong_and_repair_mends_it",
    ),
    "recall-sources": need(
        "Specs, deliveries, failures with their reasons, feedback and notes are found, with provenance.",
        "recall",
        operations_recall="every_kind_of_text_is_found all_words_must_occur_and_provenance_is_shown "
        "a_failure_is_found_with_its_outcome_and_who_gave_up feedback_of_earlier_rounds_is_kept "
        "texts_say_when_they_were_written",
    ),
    "recall-order": need(
        "The better match comes first, of equal ones the newer, in pages that do not shift.",
        "recall",
        operations_recall="the_better_match_comes_first_and_of_equal_ones_the_newer "
        "hits_come_in_pages_that_do_not_shift deliveries_that_were_replaced_come_after_all_others "
        "what_has_only_some_of_the_words_is_short_and_shares_a_telling_one",
    ),
    "recall-hostile": need(
        "No query is an error.",
        "recall",
        operations_recall="no_query_is_an_error words_are_found_in_many_scripts",
    ),
    "recall-free": need(
        "Claim and finish index nothing; searches follow the log all the same.",
        "recall",
        operations_recall="agents_at_work_index_nothing whatever_the_verbs_do_the_index_follows "
        "a_large_board_is_indexed_in_portions a_busy_store_is_searched_as_it_stands",
    ),
    "recall-redaction": need(
        "What was redacted is not found any more.",
        "recall",
        operations_recall="a_redacted_text_is_not_found_any_more",
        operations_redact="no_word_of_it_stays_in_the_full_text_index",
    ),
    "recall-plain": need(
        "Without FTS5 texts are compared, with a note, and the index is made anew later.",
        "recall",
        operations_recall="without_fts5_words_are_compared_and_the_answer_says_so "
        "an_index_that_was_left_behind_without_fts5_is_made_anew",
    ),
    "recall-hints": need(
        "The policy recall=hints puts at most three attributed lines about similar work into briefings.",
        "recall",
        operations_recall="hints_tell_of_similar_work_and_its_failures "
        "hints_are_the_same_whoever_asks_and_bounded "
        "looking_for_hints_costs_the_same_however_much_was_written "
        "there_are_no_hints_without_the_policy_and_nothing_is_indexed "
        "an_upstream_that_is_shown_anyway_is_no_hint",
    ),
}
