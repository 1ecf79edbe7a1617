"""The limits table: every bound that Headwater enforces, in one place.

Over a limit a call is refused with the figure and the limit; nothing is truncated silently.
Sizes are bytes of UTF-8 (`_bytes`), times are milliseconds (`_ms`), minutes or seconds by name.
"""

from __future__ import annotations

from typing import Final

KEY_PATTERN: Final = r"^[a-z0-9][a-z0-9._-]{0,99}$"
KEY_CHARS: Final = 100
NOT_IN_A_LINE: Final = r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]"
"""What ends a line, acts on a terminal, or turns the direction of writing."""
TITLE_CHARS: Final = 200
NAME_CHARS: Final = 100
LINE_CHARS: Final = 400
TEXT_BYTES: Final = 64 * 1024
CRITICAL_BYTES: Final = 32 * 1024
CRITICAL_DEPTH: Final = 20
CRITICAL_DIGITS: Final = 4300
"""Of an integer: what Python reads at most."""
COUNTER: Final = 10**15
"""No revision or version ever gets there."""
ARTIFACT_BYTES: Final = 1024 * 1024
ARTIFACT_PAGE_BYTES: Final = 64 * 1024
ARTIFACTS: Final = 64
GIT_OBJECT_PATTERN: Final = r"^(?:[0-9a-f]{40}|[0-9a-f]{64})\Z"
ACCESS_TOKEN_PATTERN: Final = r"hw_([a-z0-9]{12})_[A-Za-z0-9_-]{43}"  # noqa: S105  # of any
"""`hw_HANDLE_SECRET`, wherever it stands in a text."""
GIT_SECONDS: Final = 5.0
"""For git to say what is in the commits that a finish names."""
CALL_BYTES: Final = 4 * 1024 * 1024

TASKS_PER_CALL: Final = 1000
TASKS_PER_IMPORT: Final = 100_000
TASKS_PER_BOARD: Final = 1_000_000
NEEDS_PER_TASK: Final = 256
ACCEPTANCE_ITEMS: Final = 50
CAPABILITIES: Final = 16
PATHS: Final = 64
PATH_NEIGHBOURS: Final = 20
PATH_NEIGHBOURS_BYTES: Final = 1_000
CONTRACT_KEYS: Final = 32
LANES_PER_BOARD: Final = 500
POOLS_PER_BOARD: Final = 200
BUDGET_TOKENS: Final = 10**12
BUDGET_USD: Final = 1_000_000.0
BUDGET_MINUTES: Final = 10_000_000.0
PRIORITY: Final = 100
ATTEMPTS: Final = 100
ESTIMATE_MINUTES: Final = 100_000.0

WAIT_SECONDS: Final = 45
"""Of one call: hosts give up on tools that take a minute."""
SHELL_WAIT_SECONDS: Final = 86_400
"""Of one command, which whoever called it may stop at any time."""
PAGE: Final = 500
PAGE_DEFAULT: Final = 50
DELIVERIES_BYTES: Final = 192 * 1024
"""Of a page of deliveries, which ends sooner then: none of their commits and names is cut."""
CLAIM_COUNT: Final = 256
LOOK_AHEAD: Final = 128
RECLAIM_AT_ONCE: Final = 20
RANK_BUDGET: Final = 500
RECALL_PORTIONS: Final = 25
"""Of tasks, that one search may have to index before it looks."""
NOTICES_AT_ONCE: Final = 20
NOTICES_BESIDE_BYTES: Final = 2_000
"""Of those that come with a briefing."""
NOTICE_TEXT_BYTES: Final = 1_500
"""Of each text that a notice tells its reader to work by: one fits beside a briefing."""
NOTICE_DAYS: Final = 7
NOTICES_PRUNED_AT_ONCE: Final = 64
SESSION_IDLE_DAYS: Final = 7
SESSIONS_REAPED_AT_ONCE: Final = 20
BRIEF_BYTES: Final = {"short": 3_000, "normal": 8_000, "full": 48_000}
REMARKS_BYTES: Final = 400
"""Of what a reviewer remarks who approves, as others are shown it."""
EARLIER_BYTES: Final = 1_500
"""Of a summary of an earlier round beside the newest."""
BRIEF_ENTRIES: Final = {"short": 4, "normal": 8, "full": 64}
SALVAGE_SHOWN: Final = 2
KEYS_SHOWN: Final = 50
"""Of each list of tasks in a reply that a graph, and not the caller, makes long."""
FEEDBACK_KEPT: Final = 5
CHANGES_SHOWN: Final = 20
CHANGE_BYTES: Final = 300
RULES_BYTES: Final = 2_000
"""Of the rules of a board, which every briefing has whole."""
BRIEF_DEPTH: Final = 32
BRIEF_VISITS: Final = 256
PAST_SHOWN: Final = 3
EXCEPTION_CHARS: Final = 4000
"""Of the text of an exception that ends a block of `board.work`."""
REUSE_BACKFILL: Final = 1000

REQUEST_DAYS: Final = 7
TOKEN_DAYS: Final = 3650
LOG_CHARS: Final = 2000
"""Of one message in a server's log: strangers put a header of theirs into it."""
CALLS_PER_SECOND: Final = 200
"""What one credential may call; of a burst five times as many, before it is held to that."""
STRANGERS_PER_SECOND: Final = 5
STRANGERS_AT_ONCE: Final = 50
"""Requests with a wrong token or none, from one address."""
CONNECTIONS_PER_CREDENTIAL: Final = 1000
"""Of the older protocol, which the server keeps (some 40 KiB each) until the client ends them."""
CONNECTION_IDLE_HOURS: Final = 24
SUBSCRIPTIONS: Final = 500
"""Resources that one connection, or one listen stream, may follow."""
WAITS_PER_SESSION: Final = 8
WAITS_IN_ALL: Final = 4000
"""On one board of a server."""
OPEN_FILES: Final = 65_536
"""Of an HTTP server, whose clients take one each, if the machine allows so many."""
LEASE_MINUTES: Final = 60
GLANCE_MS: Final = 2 * 60_000
"""Who gives a task back so soon has done nothing of it."""
AUTHOR_FIRST_MS: Final = 2 * 60_000
"""So long whoever rejected a delivery leaves the task to others: its author was told of it."""
DAY_MS: Final = 24 * 60 * 60_000
STDIO_LEASE_MS: Final = 5 * 60_000
STDIO_RENEW_MS: Final = 90_000
STDIO_GRACE_MS: Final = 2 * 60_000
STDIO_PRESENT_MS: Final = 2 * 60 * 60_000
SLEEP_GAP_MS: Final = 5 * 60_000
SLEEP_GRACE_MS: Final = 2 * 60_000
LAST_SEEN_STEP_MS: Final = 30_000
SESSION_ALIVE_MS: Final = 10 * 60_000
QUIET_MS: Final = 3 * 60_000
"""From then on it is said how long a holder has made no call: its lease may be renewed for it."""
SLOW_TIMES: Final = 2
"""A task that is worked on for so many times its estimate is named as slow."""
PLANNERS_ASKED_MS: Final = 5 * 60_000
"""So long after a message to planners more work may come of it, though everything is done."""
AVOID_MINUTES: Final = 30
BACKOFF_FIRST_MS: Final = 30_000
BACKOFF_MOST_MS: Final = 30 * 60_000
RELEASES_PER_ROUND: Final = 3
REWORKS: Final = 5
AGEING_MINUTES: Final = 24 * 60

STORE_BUSY_SECONDS: Final = 10.0
BATCH_OPERATIONS: Final = 256
WAL_TRUNCATE_BYTES: Final = 64 * 1024 * 1024
FEED_POLL_MS: Final = 4
FEED_IDLE_POLL_MS: Final = 8
